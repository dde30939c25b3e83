package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	dongbaejul "github.com/dongbaejul/dongbaejul/clients/go"
	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// patience is how long a test waits for what should come soon.
const patience = 30 * time.Second

// setting is a way to run the server that dbj is held to.
type setting struct {
	name string
	in   func(testing.TB) apptest.Setting
}

// start runs the server in this process.
func (s setting) start(t *testing.T, configure ...func(*app.Config)) *apptest.Server {
	t.Helper()
	return apptest.StartIn(t, s.in(t), configure...)
}

// process runs it in one of its own.
func (s setting) process(t *testing.T) *apptest.Process {
	t.Helper()
	return apptest.StartProcessIn(t, s.in(t))
}

// settings are all of them.
func settings() []setting {
	return []setting{
		{name: "SQLite", in: func(testing.TB) apptest.Setting { return apptest.Setting{} }},
		{name: "MongoDB", in: apptest.SharedSetting},
	}
}

// eachSetting runs a test on each setting, side by side with others.
func eachSetting(t *testing.T, test func(t *testing.T, s setting)) {
	t.Helper()
	t.Parallel()
	for _, s := range settings() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			test(t, s)
		})
	}
}

// shell runs dbj as one person does.
type shell struct {
	server *apptest.Server
	env    []string
}

// newShell is that of somebody who has not signed in.
func newShell(t *testing.T, server *apptest.Server, env ...string) *shell {
	t.Helper()
	return &shell{server: server, env: append([]string{
		"XDG_CONFIG_HOME=" + t.TempDir(), "DBJ_SERVER=" + server.URL, "DBJ_WAIT=20s", "LANG=ko_KR.UTF-8",
	}, env...)}
}

// signedIn is a shell of the nth of the server's people.
func signedIn(t *testing.T, server *apptest.Server, n int, env ...string) *shell {
	t.Helper()
	s := newShell(t, server, env...)
	s.do(t, "login", "--user-key", server.People(t)[n].UserKey)
	return s
}

// result is what a run of dbj left behind.
type result struct {
	code     int
	out, err string
}

func (s *shell) run(ctx context.Context, stdin string, args ...string) result {
	var out, stderr bytes.Buffer
	code := run(ctx, args, system{env: s.env, stdin: strings.NewReader(stdin), stdout: &out, stderr: &stderr})
	return result{code: code, out: out.String(), err: stderr.String()}
}

// do runs dbj, which must succeed, and returns what it printed.
func (s *shell) do(t *testing.T, args ...string) string {
	t.Helper()
	r := s.run(t.Context(), "", args...)
	if r.code != exitDone {
		t.Fatalf("dbj %s: %d: %s", strings.Join(args, " "), r.code, r.err)
	}
	return r.out
}

// background is a run that goes on.
type background struct {
	lines  chan string
	told   chan string
	stop   context.CancelFunc
	ended  chan struct{}
	stderr testkit.Log
	// code may be read once ended is closed.
	code int
}

// lineWriter returns whole lines on.
type lineWriter struct {
	lines chan string
	rest  string
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.rest += string(p)
	for {
		line, rest, whole := strings.Cut(w.rest, "\n")
		if !whole {
			return len(p), nil
		}
		w.lines <- line
		w.rest = rest
	}
}

// start runs dbj until the test ends.
func (s *shell) start(t *testing.T, args ...string) *background {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	b := &background{lines: make(chan string, 1<<15), told: make(chan string, 1<<10), stop: cancel, ended: make(chan struct{})}
	go func() {
		defer close(b.ended)
		b.code = run(ctx, args, system{
			env: s.env, stdin: strings.NewReader(""), stdout: &lineWriter{lines: b.lines},
			stderr: io.MultiWriter(&b.stderr, &lineWriter{lines: b.told}),
		})
	}()
	t.Cleanup(func() { cancel(); <-b.ended })
	return b
}

// next returns the next line of its output.
func (b *background) next(t *testing.T) string {
	t.Helper()
	return b.from(t, b.lines)
}

func (b *background) from(t *testing.T, lines chan string) string {
	t.Helper()
	select {
	case line := <-lines:
		return line
	case <-b.ended:
		// What came last may not have been taken yet.
		select {
		case line := <-lines:
			return line
		default:
			t.Fatalf("it has ended with %d: %s", b.code, b.stderr.String())
		}
	case <-time.After(patience):
		t.Fatalf("no line came: %s", b.stderr.String())
	}
	return ""
}

// begun is a run that stands before its command.
func (s *shell) begun(t *testing.T, f flags) *dbj {
	t.Helper()
	d := &dbj{system: system{env: s.env, stdout: io.Discard, stderr: io.Discard}, status: &status{out: io.Discard}}
	if err := d.begin(f); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.client.Close)
	return d
}

// client calls the server as the person whose shell it is.
func (s *shell) client(t *testing.T) *dongbaejul.Client {
	t.Helper()
	return s.begun(t, flags{}).client
}

// must returns the answer of a call that has to succeed.
func must[Res any](t *testing.T) func(res Res, err error) Res {
	return func(res Res, err error) Res {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
}

// room opens one for everybody.
func (s *shell) room(t *testing.T, name string) *v1.Room {
	t.Helper()
	answer, err := s.client(t).Chat.CreateRoom(t.Context(), &v1.CreateRoomRequest{Name: name, Type: v1.RoomType_ROOM_TYPE_GLOBAL})
	return must[*v1.CreateRoomResponse](t)(answer, err).GetRoom()
}

// game announces one for tomorrow.
func (s *shell) game(t *testing.T, title string, kind v1.GameType, players int32) *v1.Game {
	t.Helper()
	answer, err := s.client(t).Games.CreateGame(t.Context(), &v1.CreateGameRequest{
		Title: title, GameDate: timestamppb.New(time.Now().Add(24 * time.Hour)), Duration: 60, MaxParticipants: players, GameType: kind,
		SkillLevel: v1.SkillLevel_SKILL_LEVEL_ALL, Location: "시민체육관",
	})
	return must[*v1.CreateGameResponse](t)(answer, err).GetGame()
}

func (s *shell) post(t *testing.T, title, content string, category v1.PostCategory) *v1.Post {
	t.Helper()
	answer, err := s.client(t).Posts.CreatePost(t.Context(), &v1.CreatePostRequest{Title: title, Content: content, Category: category})
	return must[*v1.CreatePostResponse](t)(answer, err).GetPost()
}

func (s *shell) say(t *testing.T, room *v1.Room, text string) *v1.Message {
	t.Helper()
	answer, err := s.client(t).Chat.SendMessage(t.Context(), &v1.SendMessageRequest{RoomId: room.GetId(), TempId: text, Content: text})
	return must[*v1.SendMessageResponse](t)(answer, err).GetMessage()
}
