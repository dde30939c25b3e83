package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"connectrpc.com/connect"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"
	"pgregory.net/rapid"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

func TestExitCodes(t *testing.T) {
	t.Parallel()
	server := settings()[0].start(t)
	sh := signedIn(t, server, 10)
	away := &shell{env: append(sh.env, "DBJ_WAIT=300ms")}
	elsewhere := settings()[0].start(t)
	gone := signedIn(t, elsewhere, 0, "DBJ_WAIT=300ms")
	elsewhere.Stop()
	for _, test := range []struct {
		shell *shell
		args  []string
		code  int
		says  string
	}{
		{sh, []string{"members"}, exitDone, ""},
		{sh, nil, exitDone, ""},
		{sh, []string{"chat"}, exitDone, ""},
		{sh, []string{"--version"}, exitDone, ""},
		{sh, []string{"help", "exit-codes"}, exitDone, ""},
		{sh, []string{"member"}, exitUsage, "members"},
		{sh, []string{"chat", "rroms"}, exitUsage, "명령이 없습니다"},
		{sh, []string{"posts", "shwo"}, exitUsage, "명령이 없습니다"},
		{sh, []string{"members", "--named"}, exitUsage, "--named"},
		{sh, []string{"members", "-o", "yaml"}, exitUsage, "table, json, jsonl"},
		{sh, []string{"members", "--lang", "fr"}, exitUsage, "ko나 en"},
		{sh, []string{"members", "--server", "localhost"}, exitUsage, "https://"},
		{sh, []string{"games", "--status", "over"}, exitUsage, "scheduled, ongoing"},
		{sh, []string{"games", "--from", "25.11."}, exitUsage, "2026-11-25"},
		{sh, []string{"chat", "tail", "x", "-n", "3", "--after", "1"}, exitUsage, "after"},
		{sh, []string{"games", "complete", "x", "--retired", "--abandoned"}, exitUsage, "retired"},
		{sh, []string{"games", "complete", "x", "--winner", "me"}, exitUsage, "team1, team2"},
		{sh, []string{"games", "show", "nothing"}, exitNotFound, "GAME_NOT_FOUND, request "},
		{sh, []string{"members", "--search", strings.Repeat("가", 101)}, exitFailed, "search"},
		{sh, []string{"members", "--search", "\xff"}, exitUsage, "UTF-8"},
		{sh, []string{"chat", "send", "한\xff", "x"}, exitUsage, "UTF-8"},
		{gone, []string{"members", "--search=\xff"}, exitUsage, "UTF-8"},
		{gone, []string{"export", ""}, exitUsage, "FILE"},
		{gone, []string{"members"}, exitAway, elsewhere.URL},
		{away, []string{"members", "--server", "http://127.0.0.1:1"}, exitSignedOut, "dbj login --server http://127.0.0.1:1"},
		{newShell(t, server), []string{"export"}, exitSignedOut, "dbj login"},
	} {
		r := test.shell.run(t.Context(), "", test.args...)
		if r.code != test.code || !strings.Contains(r.err, test.says) || r.code != exitDone && !strings.Contains(r.err, "dbj: ") || strings.Contains(r.err, "다시 연결") {
			t.Errorf("dbj %s: exits with %d, want %d: %s", strings.Join(test.args, " "), r.code, test.code, r.err)
		}
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	sh := signedIn(t, server, 10)
	_, denied := sh.client(t).Chat.CreateRoom(t.Context(), &v1.CreateRoomRequest{Name: "x", Type: v1.RoomType_ROOM_TYPE_GLOBAL})
	d := &dbj{began: true}
	for _, test := range []struct {
		err  error
		want int
	}{
		{denied, exitDenied},
		{errors.New("else"), exitFailed},
		{connect.NewError(connect.CodeUnavailable, errors.New("x")), exitAway},
		{connect.NewError(connect.CodeUnknown, errors.New("broken pipe")), exitAway},
		{context.DeadlineExceeded, exitAway},
	} {
		if got := d.explain(test.err); got.code != test.want || got.message == "" {
			t.Errorf("%v: %+v, want %d", test.err, got, test.want)
		}
	}
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	folder := filepath.Join(home, "dongbaejul")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	file := func(content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, "config.json"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	type result struct {
		server string
		format format
		lang   lang
		wait   time.Duration
	}
	for _, test := range []struct {
		name, file string
		env        []string
		flags      flags
		want       result
	}{
		{"nothing said", `{}`, nil, flags{}, result{defaultServer, asTable, korean, 30 * time.Second}},
		{"by the file", `{"server": "http://f/", "output": "json", "lang": "en"}`, nil, flags{}, result{"http://f", asJSON, english, 30 * time.Second}},
		{"by the environment", `{"server": "http://f", "output": "json"}`,
			[]string{"DBJ_SERVER=http://e", "DBJ_OUTPUT=jsonl", "DBJ_LANG=en", "DBJ_WAIT=5s"}, flags{}, result{"http://e", asLines, english, 5 * time.Second}},
		{"by flags", `{"server": "http://f"}`, []string{"DBJ_SERVER=http://e", "DBJ_LANG=en", "DBJ_WAIT=5s"},
			flags{server: "http://l", output: "json", lang: "ko", wait: time.Second}, result{"http://l", asJSON, korean, time.Second}},
		{"by the locale", `{}`, []string{"LC_ALL=", "LANG=en_GB.UTF-8"}, flags{}, result{defaultServer, asTable, english, 30 * time.Second}},
		{"by a locale that says nothing", `{}`, []string{"LC_ALL=C.UTF-8", "LANG=en_GB.UTF-8"}, flags{}, result{defaultServer, asTable, korean, 30 * time.Second}},
	} {
		file(test.file)
		c, err := loadConfig(append(test.env, "XDG_CONFIG_HOME="+home), test.flags)
		if got := (result{c.server, c.format, c.lang, c.wait}); err != nil || got != test.want {
			t.Errorf("%s: %+v, want %+v, %v", test.name, got, test.want, err)
		}
	}
	file(`{`)
	if _, err := loadConfig([]string{"XDG_CONFIG_HOME=" + home}, flags{}); err == nil || !strings.Contains(err.Error(), "config.json") {
		t.Errorf("a file that is broken: %v", err)
	}
	if _, err := loadConfig([]string{"DBJ_WAIT=soon"}, flags{}); err == nil || !strings.Contains(err.Error(), "Wait") {
		t.Errorf("an environment that is wrong: %v", err)
	}
}

// What somebody wrote does nothing to the terminal of who reads it.
func TestClean(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		for _, line := range append(cleanLines(s), clean(s)) {
			if strings.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }) {
				t.Fatalf("%q becomes %q", s, line)
			}
		}
	})
	if got := clean("김민수\x1b[2J\u202e 안녕\n여러분"); got != "김민수\uFFFD[2J\uFFFD 안녕 여러분" {
		t.Errorf("got %q", got)
	}
}

// Every column of a table begins at the same place, whatever is wide in it.
func TestColumnsAreStraight(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.StringMatching(`[a-z가-힣0-9]{1,8}`)
		var rows []row
		for range rapid.IntRange(1, 5).Draw(t, "rows") {
			rows = append(rows, row{cell.Draw(t, "a"), cell.Draw(t, "b"), "|"})
		}
		p := &printer{lang: korean}
		at := -1
		for _, line := range strings.Split(p.table(row{"이름", "x", "|"}, rows), "\n") {
			before, _, _ := strings.Cut(line, "|")
			if w := text.StringWidth(before); at >= 0 && w != at {
				t.Fatalf("the last column begins at %d and at %d", at, w)
			} else {
				at = w
			}
		}
	})
	p := &printer{lang: korean, width: 11}
	if got := p.table(row{"a"}, []row{{"동탄 배드민턴 클럽"}}); got != "A\n동탄 배드…" {
		t.Errorf("on a narrow terminal: %q", got)
	}
}

func TestTroubleIsToldOfOnce(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	s := &status{out: &out, lang: english}
	for range 3 {
		s.away(errors.New("no route"), 1234*time.Millisecond)
	}
	s.back()
	s.back()
	s.away(errors.New("no route"), time.Second)
	if got := out.String(); got != "no route\nTrying again in 1.2s.\nConnected again.\nno route\nTrying again in 1s.\n" {
		t.Errorf("got %q", got)
	}
}

func TestShellsAreOffered(t *testing.T) {
	t.Parallel()
	server := settings()[0].start(t)
	sh := signedIn(t, server, 0)
	room, game := sh.room(t, "동배즐 전체"), sh.game(t, "목요일 복식", v1.GameType_GAME_TYPE_DOUBLES, 4)
	post := sh.post(t, "안내", "x", v1.PostCategory_POST_CATEGORY_FREE)
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if out := sh.do(t, "completion", shell); !strings.Contains(out, "dbj") {
			t.Errorf("%s gets %q", shell, out)
		}
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"chat", "tail", ""}, room.GetId() + "\t동배즐 전체\n"},
		{[]string{"games", "join", ""}, game.GetId() + "\t"},
		{[]string{"posts", "show", ""}, post.GetId() + "\t안내\n"},
		{[]string{"games", "--status", ""}, "scheduled\nongoing\ncompleted\ncancelled\n"},
		{[]string{"members", "-o", ""}, "table\njson\njsonl\n"},
		{[]string{"export", "--only", ""}, "members\nposts\n"},
	} {
		r := sh.run(t.Context(), "", append([]string{cobra.ShellCompRequestCmd}, test.args...)...)
		if r.code != exitDone || !strings.HasPrefix(r.out, test.want) {
			t.Errorf("%q: %+v", test.args, r)
		}
	}
	// Who has not signed in is offered nothing, and is not kept waiting.
	if r := newShell(t, server).run(t.Context(), "", cobra.ShellCompRequestCmd, "chat", "tail", ""); strings.Contains(r.out, room.GetId()) {
		t.Errorf("to nobody: %+v", r)
	}
}

// Every command says what it does, and every flag what it is for.
func TestHelp(t *testing.T) {
	t.Parallel()
	d := &dbj{}
	var check func(c *cobra.Command)
	check = func(c *cobra.Command) {
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s says %q", c.CommandPath(), c.Short)
		}
		for _, sub := range c.Commands() {
			check(sub)
		}
	}
	check(d.root())
}
