package compose_test

import (
	"debug/elf"
	"maps"
	"net/netip"
	"os"
	"os/exec"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// root is where the module lies, from here.
const root = "../../"

// service is what is looked at of a service in docker-compose.yml.
type service struct {
	Image       string            `yaml:"image"`
	Ports       []string          `yaml:"ports"`
	Environment map[string]string `yaml:"environment"`
	DependsOn   map[string]struct {
		Condition string `yaml:"condition"`
		// Required is false where the other need not be started.
		Required *bool `yaml:"required"`
	} `yaml:"depends_on"`
	// Profiles are those with one of which the service is started; always, if there are none.
	Profiles    []string  `yaml:"profiles"`
	Healthcheck *struct{} `yaml:"healthcheck"`
}

// read returns a file of the repository.
func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(root + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// find returns what the pattern's group matches in a file.
func find(t *testing.T, name, pattern string) string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(read(t, name))
	if found == nil {
		t.Fatalf("%s has nothing like %s", name, pattern)
	}
	return found[1]
}

func services(t *testing.T) map[string]service {
	t.Helper()
	var file struct {
		Services map[string]service `yaml:"services"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "docker-compose.yml")), &file); err != nil {
		t.Fatal(err)
	}
	return file.Services
}

// variables are those the server is configured by.
func variables() map[string]bool {
	names := make(map[string]bool)
	for _, field := range reflect.VisibleFields(reflect.TypeFor[app.Config]()) {
		names[field.Tag.Get("env")] = true
	}
	return names
}

func TestTheServersVariablesExist(t *testing.T) {
	known := variables()
	for _, name := range []string{"api1", "api2"} {
		environment := services(t)[name].Environment
		if len(environment) == 0 {
			t.Fatalf("%s has no environment", name)
		}
		for variable := range environment {
			if !known[variable] {
				t.Errorf("%s is told %s, which the server does not know", name, variable)
			}
		}
	}
}

// What .env may set is a variable of the server or one that docker-compose.yml reads, and the other way round.
func TestTheExampleOfSettings(t *testing.T) {
	known, shown := variables(), make(map[string]bool)
	compose := make(map[string]bool)
	for _, reference := range regexp.MustCompile(`[^$]\$\{([A-Z_]+)`).FindAllStringSubmatch(read(t, "docker-compose.yml"), -1) {
		compose[reference[1]] = true
	}
	for _, line := range regexp.MustCompile(`(?m)^(?:# )?([A-Z_]+)=`).FindAllStringSubmatch(read(t, ".env.example"), -1) {
		shown[line[1]] = true
		if !known[line[1]] && !compose[line[1]] {
			t.Errorf(".env.example has %s, which nobody reads", line[1])
		}
	}
	for variable := range compose {
		if !known[variable] && !shown[variable] {
			t.Errorf("docker-compose.yml reads %s, which .env.example does not show", variable)
		}
	}
}

// Whoever waits for another does so until it is well, and only for one that reports its health: the image of the server does.
func TestWaitingIsForHealth(t *testing.T) {
	all := services(t)
	for name, s := range all {
		for other, wait := range s.DependsOn {
			if wait.Condition != "service_healthy" {
				t.Errorf("%s waits for %s until %s", name, other, wait.Condition)
			}
			if all[other].Healthcheck == nil && all[other].Image != "dongbaejul" {
				t.Errorf("%s waits for %s, which has no health check", name, other)
			}
		}
	}
	if check := find(t, "Dockerfile", `HEALTHCHECK .*CMD (.*)`); check != `["/dongbaejul", "healthcheck"]` {
		t.Errorf("the image's health check is %s", check)
	}
}

// What .env sets is used: the database and Redis of compose are only the default.
func TestTheEnvironmentOverridesTheServices(t *testing.T) {
	for name, pattern := range map[string]string{
		"APP_ENV": `^\$\{APP_ENV:\?`, "REDIS_URL": `^\$\{REDIS_URL:-redis://redis:`,
		"MONGODB_URI": `^\$\{MONGODB_URI:-mongodb://[a-z]+:\$\{MONGODB_PASSWORD:\?[^}]+\}@mongodb:`,
	} {
		if value := services(t)["api1"].Environment[name]; !regexp.MustCompile(pattern).MatchString(value) {
			t.Errorf("%s is %s", name, value)
		}
	}
	if ports := services(t)["api1"].Ports; !slices.Equal(ports, []string{"${API_PORT:-3000}:3000"}) {
		t.Errorf("port 3000 is published as %v", ports)
	}
}

// Operators with a MongoDB or a Redis of their own do not start it here and need no password for it: the profiles of .env say which
// are started, and one that does not say is refused.
func TestTheDatabasesAreOptional(t *testing.T) {
	all, started := services(t), []string(nil)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		switch s := all[name]; name {
		case "mongodb", "redis":
			started = append(started, s.Profiles...)
			if !slices.Equal(s.Profiles, []string{name}) {
				t.Errorf("%s is started with the profiles %v", name, s.Profiles)
			}
		default:
			if len(s.Profiles) > 0 {
				t.Errorf("%s is started with the profiles %v only", name, s.Profiles)
			}
		}
	}
	for _, process := range []string{"api1", "api2"} {
		for _, name := range []string{"mongodb", "redis"} {
			if wait := all[process].DependsOn[name]; wait.Condition == "" || wait.Required == nil || *wait.Required {
				t.Errorf("%s needs %s where it is not started", process, name)
			}
		}
	}
	if shown := find(t, ".env.example", `(?m)^COMPOSE_PROFILES=(.*)$`); shown != strings.Join(started, ",") {
		t.Errorf(".env.example starts %s, want %v", shown, started)
	}
	find(t, "docker-compose.yml", `(?m)^x-profiles: (\$\{COMPOSE_PROFILES\?[^}]+\})$`)
	// Compose reads what it does not start, too.
	asked := regexp.MustCompile(`\$\{MONGODB_PASSWORD(:?[^-:}][^}]*)?\}`).FindAllString(read(t, "docker-compose.yml"), -1)
	if uri := all["api1"].Environment["MONGODB_URI"]; len(asked) != 1 || !strings.Contains(uri, asked[0]) {
		t.Errorf("a password is needed for %q", asked)
	}
}

// The secret that makes a demo work is refused where it must be.
func TestTheDefaultSecretIsTooShortForProduction(t *testing.T) {
	if secret := find(t, "docker-compose.yml", `JWT_SECRET: \$\{JWT_SECRET:-(.*)\}`); len(secret) >= 32 {
		t.Errorf("a secret that everybody knows has %d bytes, which production takes", len(secret))
	}
}

func TestTheProxyKnowsTheProcesses(t *testing.T) {
	all := services(t)
	upstreams := strings.Fields(find(t, "deploy/compose/Caddyfile", `\{\$UPSTREAMS:(.*?)\}`))
	if len(upstreams) != 2 {
		t.Fatalf("the proxy's processes are %v", upstreams)
	}
	for _, upstream := range upstreams {
		name, port, _ := strings.Cut(strings.TrimPrefix(upstream, "h2c://"), ":")
		if got := all[name].Environment["PORT"]; got != port {
			t.Errorf("the proxy speaks to port %s of %s, which listens on %q", port, name, got)
		}
	}
	proxy, err := netip.ParseAddr(all["api1"].Environment["TRUSTED_PROXIES"])
	if err != nil {
		t.Fatal(err)
	}
	network := netip.MustParsePrefix(find(t, "docker-compose.yml", `subnet: ([0-9./]+)`))
	others := netip.MustParsePrefix(find(t, "docker-compose.yml", `ip_range: ([0-9./]+)`))
	if !network.Contains(proxy) || others.Contains(proxy) {
		t.Errorf("the proxy's address %s is not one of %s that is left for it, outside of %s", proxy, network, others)
	}
}

// The version that logs and health name is that of the build, also in the image that compose builds.
func TestTheImageKnowsItsVersion(t *testing.T) {
	name := find(t, "Makefile", `-ldflags "[^"]*-X main\.(\w+)=\$\(VERSION\)"`)
	find(t, "Dockerfile", `make binary .*VERSION="\$(VERSION)"`)
	if argument := find(t, "docker-compose.yml", `(?m)^ +VERSION: (.+)$`); argument != "${VERSION:-}" {
		t.Errorf("the image is built with the version %s", argument)
	}
	find(t, "server/version.go", `(?m)^var (`+name+`)\b`)
}

// The image has nothing but the binary, no loader of shared libraries. Who builds by hand does it as the README says.
func TestTheBinaryIsStatic(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("binaries are static on Linux only")
	}
	binary, err := elf.Open(apptest.Binary(t))
	if err != nil {
		t.Fatal(err)
	}
	defer binary.Close()
	for _, part := range binary.Progs {
		if part.Type == elf.PT_INTERP || part.Type == elf.PT_DYNAMIC {
			t.Errorf("the binary has a part %v", part.Type)
		}
	}
	tags := find(t, "Makefile", `(?m)^GO_TAGS := -tags=(.+)$`)
	if read := find(t, "README.md", "`CGO_ENABLED=0 go build -tags (\\S+) -o bin/dongbaejul ./server`"); read != tags {
		t.Errorf("README.md builds with the tags %s, the Makefile with %s", read, tags)
	}
}

func TestVersions(t *testing.T) {
	language := find(t, "go.mod", `(?m)^go (\d+\.\d+)`)
	if image := find(t, "Dockerfile", `FROM .*golang:(\d+\.\d+)`); image != language {
		t.Errorf("go.mod is of Go %s, the image is built by %s", language, image)
	}
	version, err := exec.Command(caddyPath(t), "version").Output()
	if err != nil {
		t.Fatal(err)
	}
	major, _, _ := strings.Cut(strings.TrimPrefix(string(version), "v"), ".")
	if image := services(t)["proxy"].Image; !strings.HasPrefix(image, "caddy:"+major+".") {
		t.Errorf("the proxy's image is %s, it was tried with Caddy %s", image, version)
	}
}
