# Everything a person or CI does here. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# npm packages of tools, pinned by clients/typescript/package.json.
NODE_BIN := $(CURDIR)/clients/typescript/node_modules/.bin
BUF := $(NODE_BIN)/buf
# What builds and tests the web app, pinned by clients/web/package.json.
VITE := clients/web/node_modules/.bin/vite
WEB := npm run --silent --prefix clients/web
# What the Expo app is made with, pinned by clients/expo/package.json.
EXPO := clients/expo/node_modules/.package-lock.json
# The viewer of the OpenAPI document, pinned by tools/openapi/package.json.
SWAGGER_UI := tools/openapi/node_modules/swagger-ui-dist
# TypeDoc, with a TypeScript of its own that it can read by.
TYPEDOC := clients/typescript/tools/typedoc
# Other generators than ours, pinned by tools/generators.
GENERATORS := tools/generators/node_modules/.package-lock.json
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
SHFMT := mvdan.cc/sh/v3/cmd/shfmt@v3.14.1
GO_PACKAGES := ./...
# Without this tag, github.com/gen2brain/webp links a loader of shared libraries, with which no binary is static.
GO_TAGS := -tags=nodynamic
export GOFLAGS := $(strip $(filter-out $(GO_TAGS),$(GOFLAGS)) $(GO_TAGS))
SCRIPTS = .ci/run $(shell git ls-files '*.sh')
FUZZ_TIME ?= 30s

.PHONY: help
help: ## Lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: ## Starts the whole product on embedded defaults: http://localhost:3000
	go run ./server

# What the server calls itself in logs and health. Left empty, it is what Go knows of the repository.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
# The server's binary, which the image and tests have elsewhere.
BINARY := bin/dongbaejul

.PHONY: binary
binary: ## Builds bin/dongbaejul, the one server binary, which is static
	CGO_ENABLED=0 go build -trimpath -ldflags "$(LDFLAGS) -X main.version=$(VERSION)" -o $(BINARY) ./server

.PHONY: build
build: binary ## Builds bin/dongbaejul, and bin/dbj, the command-line tool
	CGO_ENABLED=0 go build -trimpath -o bin/dbj ./clients/cli

.PHONY: test
test: lint check-generated check-web ## Runs all checks and tests, on servers that it starts for them
	tools/servers.sh run $(MAKE) test-go
	$(MAKE) test-typescript test-web test-generators test-expo

# Many tests hold something to a time, so one package runs after the other, while the next one is built.
ONE_AT_A_TIME := $(if $(shell command -v flock),-p 2 -exec 'flock $(CURDIR)/Makefile',-p 1)
# lint has vetted all of it, and nothing here needs the symbols that take long to link.
GO_TEST := go test -race -vet=off -ldflags=-s $(ONE_AT_A_TIME)

# The second time the services' tests run on MongoDB and Redis, where a few take many minutes: `make test-go SHORT=` runs these too.
SHORT ?= -short
SERVICES := $(patsubst %,./internal/%,auth bandsync chat events games notifications photos posts users)
.PHONY: test-go
test-go: ## Tests the server and the Go clients, on what the variables of tools/servers.sh name
	$(GO_TEST) -timeout 20m $(GO_PACKAGES)
	TEST_SETTING=shared $(GO_TEST) $(SHORT) -timeout $(if $(SHORT),10m,60m) -count=1 $(SERVICES)

# The packed package is tried by programs of its own, whose tools are many: see their package.json.
PACKAGE_PROGRAMS := $(patsubst %,clients/typescript/test/%/node_modules/.package-lock.json,package react-native)

# Also unpacks the client for the programs it is given. Those wait for the target pack, so that `make -j` packs once.
PACK := clients/typescript/tools/pack.sh

.PHONY: pack
pack: $(BUF) ## Packs the TypeScript client as it would be published, if it has changed
	$(PACK)

.PHONY: test-typescript
test-typescript: build pack $(VITE) $(PACKAGE_PROGRAMS) ## Tests the TypeScript client on the real server, and its package
	npm run check --silent --prefix clients/typescript
	$(PACK) test/react-native test/package
	npm run size --silent --prefix clients/typescript
	DONGBAEJUL_SERVER=$(CURDIR)/bin/dongbaejul npm test --silent --prefix clients/typescript

.PHONY: docs-typescript
docs-typescript: $(BUF) $(TYPEDOC)/node_modules/.package-lock.json ## Writes the TypeScript client's reference to docs/typescript
	cd $(TYPEDOC) && node_modules/.bin/typedoc

.PHONY: test-generators
test-generators: build $(BUF) $(GENERATORS) ## Generates clients as others do, from a clean clone, and tries them
	tools/generators/test.sh bin/dongbaejul

# npm runs all of it on the Node that Expo wants, which the app's package.json has.
.PHONY: test-expo
test-expo: pack $(VITE) $(EXPO) ## Exports the Expo app for all its platforms, and tests it in a browser
	$(PACK) ../expo
	npm run check --silent --prefix clients/expo
	npm run export --silent --prefix clients/expo
	CHROMIUM="$$(tools/tool.sh chromium)" npm test --silent --prefix clients/expo

# The web app builds on the packed client, not on its sources.
.PHONY: pack-web
pack-web: pack $(VITE) ## Installs what the web app is made with, the packed TypeScript client included
	$(PACK) ../web

.PHONY: test-web
test-web: pack-web ## Tests the web app, by itself and in a browser
	$(WEB) test
	CHROMIUM="$$(tools/tool.sh chromium)" $(WEB) test:browser

.PHONY: measure-web
measure-web: pack-web ## Prints how soon the web app is there, on a phone, a desktop and with bad reception
	CHROMIUM="$$(tools/tool.sh chromium)" $(WEB) measure

.PHONY: servers
servers: ## Starts the servers that tests need, to stay until tools/servers.sh down
	@tools/servers.sh up

.PHONY: chromium
chromium: ## Installs the browser that tests need
	@tools/tool.sh chromium

.PHONY: lint
lint: $(BUF) third_party ## Checks the contract, the code and the scripts
	$(BUF) lint
	$(BUF) format --diff --exit-code proto
	BUF=$(BUF) tools/breaking.sh
	@unformatted=$$(git ls-files '*.go' | grep -v '^gen/' | xargs gofmt -l); \
		if [ -n "$$unformatted" ]; then echo "gofmt would change: $$unformatted"; exit 1; fi
	go run $(GOLANGCI) run
	go run $(SHFMT) -d $(SCRIPTS)
	"$$(tools/tool.sh shellcheck)" -x $(SCRIPTS)

.PHONY: generate
generate: $(BUF) $(SWAGGER_UI)/package.json third_party ## Writes the generated code, the OpenAPI document and its viewer
	$(BUF) generate
	$(BUF) generate --template buf.gen.ts.yaml
	$(BUF) build proto -o - | go run ./tools/openapi internal/app/docs/openapi.yaml
	tools/openapi/viewer.sh $(SWAGGER_UI) internal/app/docs/swagger-ui

.PHONY: release-contract
release-contract: $(BUF) third_party ## Makes today's contract the one that later ones must not break
	$(BUF) build proto --exclude-source-info -o tools/released.binpb

# What generate writes.
GENERATED = gen clients/typescript/src/gen internal/app/docs

.PHONY: check-generated
check-generated: generate ## Fails when what is generated and committed is stale
	@if [ -n "$$(git status --porcelain -- $(GENERATED))" ]; then \
		git status --short -- $(GENERATED); \
		echo "what is generated is stale: run 'make generate' and commit what it writes"; exit 1; fi

.PHONY: web
web: pack-web ## Builds the web app that the server embeds
	$(WEB) build

.PHONY: check-web
check-web: pack-web ## Fails when the committed web app is stale, or too large
	$(WEB) check
	$(WEB) stale

.PHONY: fuzz
fuzz: ## Runs every fuzz target for FUZZ_TIME
	@for file in $$(git grep -lE '^func Fuzz' -- '*_test.go'); do \
		for target in $$(grep -oE '^func Fuzz\w+' $$file | cut -c6-); do \
			echo "$$file $$target"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZ_TIME) ./$$(dirname $$file); \
		done; done

.PHONY: bench
bench: build ## Measures writes, history pages and fan-out
	DURABLE=1 tools/servers.sh run tools/bench.sh

# Other projects' .proto files, for buf; printed from what go.mod links.
.PHONY: third_party
third_party:
	go run ./tools/protodeps third_party/proto

# Not `npm ci`: a lock file written where only this platform's binaries of buf can be had is refused everywhere.
$(BUF): clients/typescript/package.json
	npm install --prefix clients/typescript --no-package-lock --no-audit --no-fund --loglevel=error
	@touch $@

clients/typescript/test/%/node_modules/.package-lock.json: clients/typescript/test/%/package.json
	npm install --prefix clients/typescript/test/$* --no-package-lock --no-audit --no-fund --ignore-scripts --omit=peer --loglevel=error
	@touch $@

$(TYPEDOC)/node_modules/.package-lock.json: $(TYPEDOC)/package.json
	npm install --prefix $(TYPEDOC) --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@

$(EXPO): clients/expo/package.json $(BUF)
	npm install --prefix clients/expo --no-package-lock --no-audit --no-fund --loglevel=error
	@touch $@

$(VITE): clients/web/package.json
	npm install --prefix clients/web --no-package-lock --no-audit --no-fund --loglevel=error
	@touch $@

$(GENERATORS): tools/generators/package-lock.json
	npm ci --prefix tools/generators --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@

# Its scripts count downloads.
$(SWAGGER_UI)/package.json: tools/openapi/package.json
	npm install --prefix tools/openapi --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@
