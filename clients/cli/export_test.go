package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// exported is an export, read back into the types of the contract.
type exported struct {
	kinds  []string
	counts map[string]int
	things map[string][]proto.Message
}

func parseExport(t *testing.T, r *bytes.Buffer) exported {
	t.Helper()
	types := map[string]proto.Message{
		"member": &v1.Member{}, "post": &v1.Post{}, "comment": &v1.Comment{}, "court": &v1.Court{}, "game": &v1.Game{}, "room": &v1.Room{},
		"message": &v1.Message{}, "member_joined": &v1.MemberJoined{}, "member_left": &v1.MemberLeft{}, "notification": &v1.Notification{},
		"album": &v1.Album{}, "photo": &v1.Photo{},
	}
	x := exported{things: make(map[string][]proto.Message)}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line map[string]json.RawMessage
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil || len(line) != 1 {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		for kind, raw := range line {
			x.kinds = append(x.kinds, kind)
			switch kind {
			case "export":
			case "end":
				var end struct{ Counts map[string]int }
				if err := json.Unmarshal(raw, &end); err != nil {
					t.Fatal(err)
				}
				x.counts = end.Counts
			default:
				m := proto.Clone(types[kind])
				if err := protojson.Unmarshal(raw, m); err != nil {
					t.Fatal(err)
				}
				x.things[kind] = append(x.things[kind], m)
			}
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return x
}

func TestExport(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		server := s.start(t)
		sh, other := signedIn(t, server, 0), signedIn(t, server, 1)
		client := sh.client(t)
		otherID := must[string](t)(other.client(t).UserID(t.Context()))
		const posts = pageSize + 30
		for i := range posts {
			sh.post(t, fmt.Sprintf("글 %d", i), "내용", v1.PostCategory_POST_CATEGORY_NOTICE)
		}
		last := must[*v1.ListPostsResponse](t)(client.Posts.ListPosts(t.Context(), &v1.ListPostsRequest{})).GetPosts()[0]
		for i := range 3 {
			must[*v1.CreateCommentResponse](t)(other.client(t).Posts.CreateComment(t.Context(),
				&v1.CreateCommentRequest{PostId: last.GetId(), Content: fmt.Sprint(i)}))
		}
		sh.game(t, "목요일 복식", v1.GameType_GAME_TYPE_DOUBLES, 4)
		room := must[*v1.CreateRoomResponse](t)(client.Chat.CreateRoom(t.Context(), &v1.CreateRoomRequest{
			Name: "모임", Type: v1.RoomType_ROOM_TYPE_GROUP,
		})).GetRoom()
		must[*v1.InviteMembersResponse](t)(client.Chat.InviteMembers(t.Context(), &v1.InviteMembersRequest{
			RoomId: room.GetId(), Participants: []string{otherID},
		}))
		for _, text := range []string{"하나", "둘", "셋"} {
			m := sh.say(t, room, text)
			if text == "둘" {
				must[*v1.EditMessageResponse](t)(client.Chat.EditMessage(t.Context(), &v1.EditMessageRequest{
					RoomId: room.GetId(), MessageId: m.GetId(), Content: "두울",
				}))
			}
		}
		path := filepath.Join(t.TempDir(), "club.jsonl")
		r := sh.run(t.Context(), "", "export", path)
		if r.code != exitDone || r.out != "" || !strings.Contains(r.err, "message 3") {
			t.Fatalf("got %+v", r)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		x := parseExport(t, bytes.NewBuffer(b))
		if x.kinds[0] != "export" || x.kinds[len(x.kinds)-1] != "end" {
			t.Errorf("it begins with %s and ends with %s", x.kinds[0], x.kinds[len(x.kinds)-1])
		}
		wantCounts := map[string]int{
			"member": 2, "post": posts, "comment": 3, "court": 4, "game": 1, "room": 1, "message": 3, "member_joined": 1,
			"notification": len(x.things["notification"]),
		}
		for kind, want := range wantCounts {
			if len(x.things[kind]) != want || x.counts[kind] != want {
				t.Errorf("%d of %s, said to be %d, want %d", len(x.things[kind]), kind, x.counts[kind], want)
			}
		}
		if len(x.counts) != len(wantCounts) {
			t.Errorf("counts of %v", x.counts)
		}
		var said []string
		for _, m := range x.things["message"] {
			said = append(said, m.(*v1.Message).GetContent())
		}
		if !slices.Equal(said, []string{"하나", "두울", "셋"}) {
			t.Errorf("messages are %v", said)
		}
		// Comments follow their post.
		if i := slices.Index(x.kinds, "comment"); x.kinds[i-1] != "post" {
			t.Errorf("comments follow %s", x.kinds[i-1])
		}
		var only bytes.Buffer
		only.WriteString(sh.do(t, "export", "--only", "members,games"))
		if x := parseExport(t, &only); len(x.counts) != 2 || x.counts["member"] != 2 || x.counts["game"] != 1 {
			t.Errorf("some only: %v", x.counts)
		}
		if r := sh.run(t.Context(), "", "export", "--only", "pictures"); r.code != exitUsage {
			t.Errorf("what is not there only: %+v", r)
		}
	})
}

// A file is there whole or not at all.
func TestAnExportThatFailsLeavesWhatWasThere(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		server := s.start(t)
		sh := signedIn(t, server, 0, "DBJ_WAIT=100ms")
		path := filepath.Join(t.TempDir(), "club.jsonl")
		if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if r := sh.run(ctx, "", "export", path); r.code != exitInterrupted {
			t.Errorf("interrupted: %+v", r)
		}
		server.Stop()
		if r := sh.run(t.Context(), "", "export", path); r.code != exitAway || !strings.Contains(r.err, server.URL) {
			t.Errorf("without the server: %+v", r)
		}
		b, err := os.ReadFile(path)
		if err != nil || string(b) != "before" {
			t.Errorf("the file holds %q, %v", b, err)
		}
		if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
			t.Errorf("left behind: %v, %v", files, err)
		}
		if r := sh.run(t.Context(), "", "export", filepath.Join(path, "x")); r.code != exitFailed {
			t.Errorf("where no file can be: %+v", r)
		}
	})
}

// heapWatch counts what is written, and how much the program holds meanwhile.
type heapWatch struct {
	bytes, next int64
	most        uint64
}

const heapEvery = 1 << 20

func (h *heapWatch) Write(p []byte) (int, error) {
	if h.bytes += int64(len(p)); h.bytes >= h.next {
		h.next += heapEvery
		h.most = max(h.most, heap())
	}
	return len(p), nil
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// The memory of an export does not grow with the messages: here, by a fraction of what they are. It runs alone, and its
// server in a process of its own, so that nothing else is measured.
func TestAnExportHoldsLittle(t *testing.T) {
	for _, s := range settings() {
		t.Run(s.name, func(t *testing.T) {
			const messages, senders, size, bound = 3000, 64, 9900, 6 << 20
			server := s.process(t)
			sh := signedIn(t, &server.Server, 0)
			room := sh.room(t, "동배즐 전체")
			client := sh.client(t)
			text := strings.Repeat("가", size/3)
			var sending sync.WaitGroup
			for n := range senders {
				sending.Go(func() {
					for i := n; i < messages; i += senders {
						if _, err := client.Chat.SendMessage(t.Context(), &v1.SendMessageRequest{
							RoomId: room.GetId(), TempId: fmt.Sprint(i), Content: text,
						}); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			sending.Wait()
			client.Close()
			before := heap()
			watch := &heapWatch{}
			var stderr bytes.Buffer
			if code := run(t.Context(), []string{"export"}, system{env: sh.env, stdout: watch, stderr: &stderr}); code != exitDone {
				t.Fatalf("%d: %s", code, stderr.String())
			}
			if !strings.Contains(stderr.String(), fmt.Sprintf("message %d", messages)) || watch.bytes < messages*size {
				t.Errorf("%d bytes: %s", watch.bytes, stderr.String())
			}
			if grown := int64(watch.most) - int64(before); grown > bound {
				t.Errorf("it held %d KiB more while it wrote %d KiB", grown>>10, watch.bytes>>10)
			} else {
				t.Logf("it held %d KiB more while it wrote %d KiB", grown>>10, watch.bytes>>10)
			}
		})
	}
}

// shifting is a list of numbers, the highest first, that changes while it is read.
type shifting struct {
	numbers []int
	// change is called after each page.
	change func(*shifting)
}

func (l *shifting) page(_ context.Context, token string, size int32) (things []int, next string, info *v1.PaginationInfo, err error) {
	from := 0
	if token == "" {
		info = &v1.PaginationInfo{Total: int32(len(l.numbers)), Page: 1, Limit: size}
	} else if last, err := strconv.Atoi(token); err != nil {
		return nil, "", nil, err
	} else if from = slices.IndexFunc(l.numbers, func(n int) bool { return n < last }); from < 0 {
		from = len(l.numbers)
	}
	to := min(len(l.numbers), from+int(size))
	things = slices.Clone(l.numbers[from:to])
	if to < len(l.numbers) {
		next = strconv.Itoa(l.numbers[to-1])
	}
	if l.change != nil {
		l.change(l)
	}
	return things, next, info, nil
}

// What is in a list from beginning to end is given once, whatever comes and goes around it.
func TestAListThatChangesIsReadWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &shifting{}
		for i := range rapid.IntRange(0, 3*pageSize).Draw(t, "length") {
			l.numbers = slices.Insert(l.numbers, 0, i)
		}
		stays := make(map[int]bool)
		for _, n := range l.numbers {
			stays[n] = true
		}
		next, changes := len(l.numbers), rapid.IntRange(0, 2).Draw(t, "changes")
		l.change = func(l *shifting) {
			if changes == 0 {
				return
			}
			changes--
			if rapid.Bool().Draw(t, "comes") || len(l.numbers) == 0 {
				l.numbers = slices.Insert(l.numbers, 0, next)
				next++
				return
			}
			gone := rapid.IntRange(0, len(l.numbers)-1).Draw(t, "gone")
			stays[l.numbers[gone]] = false
			l.numbers = slices.Delete(l.numbers, gone, gone+1)
		}
		var out bytes.Buffer
		x := newExporter(&dbj{status: &status{out: &out}}, &out, &bars{})
		given := make(map[int]int)
		if err := all(context.Background(), x, "numbers", l.page, func(n int) string { return fmt.Sprint(n) }, func(numbers []int) error {
			for _, n := range numbers {
				given[n]++
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for n, stayed := range stays {
			if stayed && given[n] != 1 || given[n] > 1 {
				t.Fatalf("%d was given %d times", n, given[n])
			}
		}
	})
}

func TestPages(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ length, limit, want int }{
		{0, 0, 0}, {1, 0, 1}, {250, 0, 250}, {200, 0, 200}, {250, 150, 150}, {250, 100, 100}, {250, 7, 7}, {3, 7, 3}, {250, 300, 250},
	} {
		l := &shifting{}
		for i := range test.length {
			l.numbers = slices.Insert(l.numbers, 0, i)
		}
		got, info, err := collect(t.Context(), test.limit, l.page)
		if err != nil || len(got) != test.want || int(info.GetTotal()) != test.length {
			t.Errorf("%+v: %d of %d, %v", test, len(got), info.GetTotal(), err)
		}
	}
	broken := errors.New("broken")
	if _, _, err := collect(t.Context(), 0, func(context.Context, string, int32) ([]int, string, *v1.PaginationInfo, error) {
		return nil, "", nil, broken
	}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}
