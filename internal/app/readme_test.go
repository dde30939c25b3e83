package app_test

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// The tour of the README works as pasted.
func TestTheTourOfTheREADME(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var tour strings.Builder
	for _, part := range strings.Split(string(text), "```bash tour\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		tour.WriteString(block)
	}
	server := apptest.StartProcess(t)
	script := strings.Replace(tour.String(), "http://localhost:3000", server.URL, 1)
	command := exec.CommandContext(t.Context(), "bash", "-eu", "-o", "pipefail", "-c", script)
	command.Dir = t.TempDir()
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{`"display_name":"김민수"`, `"category":"notice"`, `"participant_status":"joined"`, `"hello"`, `"content":"오늘 저녁 7시, 2번 코트!"`} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the tour does not show %s:\n%s", want, out)
		}
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "}{") || !strings.HasSuffix(line, "\n") && strings.HasSuffix(line, "}") {
			t.Errorf("the tour shows more than one answer in a line: %.200s", line)
		}
	}
	if n := strings.Count(string(out), `"seq":"1"`); n < 2 {
		t.Errorf("a retry with the same temp_id made another message:\n%s", out)
	}
}

// The variables of the Korean README's table are all that a club's own server needs. It starts by the commands there without asking
// Band, and ADMIN_BAND_USER_KEYS makes a member the president at the next sign-in.
func TestTheKoreanREADMEStartsAServer(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../README.ko.md")
	if err != nil {
		t.Fatal(err)
	}
	sim := bandsim.New(bandsim.Options{Apps: []bandsim.App{{ClientID: "20250001", ClientSecret: "a secret of the app"}}})
	var asked atomic.Int32
	naver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		sim.ServeHTTP(w, r)
	}))
	defer naver.Close()
	president := sim.Members()[0]

	folder, addr := t.TempDir(), testkit.FreeAddr(t)
	_, port, _ := net.SplitHostPort(addr)
	random := make([]byte, 32)
	_, _ = rand.Read(random)
	values := map[string]string{
		"PUBLIC_URL": "https://club.example.com", "DATA_DIR": filepath.Join(folder, "data"),
		"JWT_SECRET":     base64.StdEncoding.EncodeToString(random),
		"BAND_CLIENT_ID": "20250001", "BAND_CLIENT_SECRET": "'a secret of the app'", "BAND_KEY": sim.BandKey(),
		"ADMIN_BAND_USER_KEYS": president.UserKey,
	}
	// What the README does not need, since Band's own addresses and port 3000 are the defaults.
	settings := fmt.Sprintf("PORT=%s\nBAND_API_URL=%s\nBAND_AUTH_URL=%s\n", port, naver.URL, naver.URL)
	rows := regexp.MustCompile("(?m)^\\| (`[A-Z].*?) \\| (.*) \\|$").FindAllStringSubmatch(string(text), -1)
	for _, row := range rows {
		for _, variable := range regexp.MustCompile("`(.*?)`").FindAllStringSubmatch(row[1], -1) {
			name, value, given := strings.Cut(variable[1], "=")
			if !given {
				value = values[name]
			}
			if _, example, found := strings.Cut(row[2], "예: `"); value == "" && found {
				value, _, _ = strings.Cut(example, "`")
			}
			if value == "" {
				t.Fatalf("the README has a variable %s, and this test no value for it", name)
			}
			settings += name + "=" + value + "\n"
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "club.env"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(folder, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(apptest.Binary(t), filepath.Join(folder, "bin/dongbaejul")); err != nil {
		t.Fatal(err)
	}
	_, commands, _ := strings.Cut(string(text), "   ```sh\n   set -a;")
	commands, _, _ = strings.Cut("set -a;"+commands, "```")
	// In the place of the shell, so that what is killed is the server.
	command := exec.Command("bash", "-euc", strings.Replace(commands, "bin/dongbaejul", "exec bin/dongbaejul", 1))
	command.Dir, command.Env = folder, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + folder}
	command.Stdout, command.Stderr = t.Output(), t.Output()
	server := apptest.Server{URL: "http://" + addr}
	program := testkit.Run(t, command, func() bool {
		res, err := http.Get(server.URL + "/health")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	t.Cleanup(program.Kill)
	if n := asked.Load(); n > 0 {
		t.Errorf("the start asks Band %d times", n)
	}

	open := server.Clients(t, apptest.ConnectJSON, nil)
	login, err := open.Auth.StartBandLogin(t.Context(), &v1.StartBandLoginRequest{RedirectUri: "https://club.example.com/auth"})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := open.Auth.CompleteBandLogin(t.Context(), &v1.CompleteBandLoginRequest{
		Code: server.Consent(t, login.GetAuthUrl(), apptest.Person{UserKey: president.UserKey}), State: login.GetState(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if role := answer.GetUser().GetRole(); role != v1.Role_ROLE_ADMIN || answer.GetUser().GetBandUserId() != president.UserKey {
		t.Errorf("who is named in ADMIN_BAND_USER_KEYS signs in as %v", answer.GetUser())
	}
}

// Every link of the documentation to a file of the repository leads to one, and to a heading of it.
func TestLinksOfTheDocumentation(t *testing.T) {
	t.Parallel()
	const root = "../.."
	var files []string
	for _, pattern := range []string{"*.md", "docs/*.md", "clients/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	links := 0
	for _, file := range files {
		for _, found := range link.FindAllStringSubmatch(prose(t, file), -1) {
			to, err := url.Parse(found[1])
			if err != nil || to.IsAbs() {
				continue
			}
			links++
			target := file
			if to.Path != "" {
				target = filepath.Join(filepath.Dir(file), filepath.FromSlash(to.Path))
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %s leads nowhere", file, found[1])
			} else if to.Fragment != "" && !headings(t, target)[to.Fragment] {
				t.Errorf("%s: %s leads to no heading", file, found[1])
			}
		}
	}
	if links < 20 {
		t.Errorf("only %d links were found", links)
	}
}

var code = regexp.MustCompile("(?ms)^ *```.*?^ *```$")

// prose returns the text of a Markdown file without its blocks of code.
func prose(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return code.ReplaceAllString(string(text), "")
}

// headings returns what the headings of a Markdown file are called in links, as GitHub does.
func headings(t *testing.T, file string) map[string]bool {
	t.Helper()
	names := make(map[string]bool)
	dropped := regexp.MustCompile(`[^\p{L}\p{N}\s_-]`)
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(prose(t, file), -1) {
		names[strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(heading[1]), ""), " ", "-")] = true
	}
	return names
}
