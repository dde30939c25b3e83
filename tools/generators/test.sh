#!/usr/bin/env bash
# Generates clients as others do, from a clean clone of what is committed, and tries them: in Go by oapi-codegen and by buf, in
# TypeScript by openapi-typescript and by buf.
#
#   tools/generators/test.sh SERVER     SERVER is the program on which they are tried
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
OAPI_CODEGEN=github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2
MODULES=$ROOT/clients/typescript/node_modules

# shellcheck source-path=SCRIPTDIR
. "$HERE/../common.sh"

generate() {
	local app=$1
	mkdir "$app/rest"
	go run "$OAPI_CODEGEN" -generate types,client -package rest -o "$app/rest/rest.gen.go" internal/app/docs/openapi.yaml
	"$HERE/node_modules/.bin/openapi-typescript" internal/app/docs/openapi.yaml --output "$app/contract-ts/rest.ts" >/dev/null
	go run ./tools/protodeps third_party/proto
	PATH=$MODULES/.bin:$PATH buf generate --template tools/generators/buf.gen.yaml
}

check_typescript() {
	local app=$1
	cp tools/generators/ts/app.ts "$app/contract-ts"
	ln -s "$MODULES" "$app/node_modules"
	"$HERE/node_modules/.bin/tsc" --noEmit --strict --module nodenext --target es2022 "$app/contract-ts/app.ts"
}

check_go() {
	local app=$1 folder=$2
	(cd "$app" && go build -o "$folder/program" .)
	"$folder/program" "$SERVER" "$folder" "$PWD/internal/app/docs/openapi.yaml"
}

main() {
	local folder began=$SECONDS
	SERVER=$(realpath "$1")
	folder=$(mktemp -d)
	# shellcheck disable=SC2064 # The folder of now.
	trap "rm -rf '$folder'" EXIT
	git clone --quiet --depth 1 "file://$ROOT" "$folder/clone"
	cd "$folder/clone"
	cp -r tools/generators/go "$folder/clone/app"
	mkdir app/contract-ts
	generate app
	check_typescript app
	check_go app "$folder"
	say "generated and tried clients in $((SECONDS - began)) s"
}

main "$@"
