package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"golang.org/x/text/unicode/norm"
	"google.golang.org/protobuf/encoding/protojson"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

func TestSending(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		server := s.start(t)
		sh, other := signedIn(t, server, 0), signedIn(t, server, 1)
		room := sh.room(t, "동배즐 전체")
		sh.room(t, "동배즐 운영")
		// By its whole name, a part that only one has, and its id.
		want(t, sh.do(t, "chat", "send", "동배즐 전체", "안녕하세요", "여러분"), "보냈습니다 (#1).")
		want(t, sh.do(t, "chat", "send", "전체", "하나", "--key", "once"), "보냈습니다 (#2).")
		want(t, sh.do(t, "chat", "send", room.GetId(), "둘", "--key", "once"), "보냈습니다 (#2).")
		want(t, sh.do(t, "chat", "send", norm.NFD.String("동배즐 전체"), "하나", "--key", "once"), "보냈습니다 (#2).")
		if r := sh.run(t.Context(), "\xff", "chat", "send", "전체", "-"); r.code != exitUsage || !strings.Contains(r.err, "UTF-8") {
			t.Errorf("what is no text: %+v", r)
		}
		if r := sh.run(t.Context(), "첫 줄\n둘째 줄\n", "chat", "send", "전체", "-"); r.code != exitDone {
			t.Errorf("from the standard input: %+v", r)
		}
		var sent struct{ Content, Seq string }
		if err := json.Unmarshal([]byte(sh.do(t, "chat", "send", "전체", "셋", "-o", "json")), &sent); err != nil || sent.Seq != "4" {
			t.Errorf("as JSON: %+v, %v", sent, err)
		}
		want(t, other.do(t, "chat", "tail", "전체", "--follow=false"),
			"2026-11-25 19:00 KST  "+server.People(t)[0].Name+"  안녕하세요 여러분",
			"2026-11-25 19:00 KST  "+server.People(t)[0].Name+"  하나",
			"2026-11-25 19:00 KST  "+server.People(t)[0].Name+"  첫 줄",
			"    둘째 줄",
			"2026-11-25 19:00 KST  "+server.People(t)[0].Name+"  셋")
		for _, test := range []struct {
			args []string
			code int
			says string
		}{
			{[]string{"동배즐", "x"}, exitUsage, "여럿입니다"},
			{[]string{"없는 방", "x"}, exitNotFound, "dbj chat rooms"},
			{[]string{"전체", " "}, exitFailed, "content"},
			{[]string{"전체"}, exitUsage, "--attach"},
		} {
			if r := sh.run(t.Context(), "", append([]string{"chat", "send"}, test.args...)...); r.code != test.code || !strings.Contains(r.err, test.says) {
				t.Errorf("%q: %+v", test.args, r)
			}
		}
	})
}

// content is what a line of `chat tail -o jsonl` says, with its seq.
func content(t *testing.T, line string) (string, int64) {
	t.Helper()
	var e v1.Event
	if err := protojson.Unmarshal([]byte(line), &e); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	return e.GetMessage().GetContent(), e.GetMessage().GetSeq()
}

func TestTail(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		server := s.start(t)
		sh, other := signedIn(t, server, 0), signedIn(t, server, 1)
		room := sh.room(t, "동배즐 전체")
		const before = 250
		var sending sync.WaitGroup
		client := sh.client(t)
		for i := range before {
			sending.Go(func() {
				if _, err := client.Chat.SendMessage(t.Context(), &v1.SendMessageRequest{
					RoomId: room.GetId(), TempId: fmt.Sprint(i), Content: fmt.Sprint(i),
				}); err != nil {
					t.Error(err)
				}
			})
		}
		sending.Wait()

		t.Run("the last of them, and what comes", func(t *testing.T) {
			// More than a page of history.
			tail := other.start(t, "chat", "tail", "전체", "-n", "220", "-o", "jsonl")
			for seq := int64(before - 219); seq <= before; seq++ {
				if _, got := content(t, tail.next(t)); got != seq {
					t.Fatalf("got %d, want %d", got, seq)
				}
			}
			sh.do(t, "chat", "send", "전체", "새 메시지")
			if said, _ := content(t, tail.next(t)); said != "새 메시지" {
				t.Errorf("got %q", said)
			}
			tail.stop()
			<-tail.ended
			if tail.code != exitInterrupted {
				t.Errorf("interrupted, it exits with %d: %s", tail.code, tail.stderr.String())
			}
		})
		t.Run("all of them", func(t *testing.T) {
			out := strings.Split(strings.TrimSpace(other.do(t, "chat", "tail", "전체", "-n", "-1", "-f=false", "-o", "jsonl")), "\n")
			for i, line := range out {
				if _, seq := content(t, line); seq != int64(i+1) {
					t.Fatalf("line %d has %d", i, seq)
				}
			}
			if len(out) != before+1 {
				t.Errorf("%d lines", len(out))
			}
		})
		t.Run("those after one", func(t *testing.T) {
			out := other.do(t, "chat", "tail", "전체", "--after", fmt.Sprint(before-2), "-f=false", "-o", "jsonl")
			if strings.Count(out, "\n") != 3 {
				t.Errorf("got %s", out)
			}
			if out := other.do(t, "chat", "tail", "전체", "--after", fmt.Sprint(before+1), "-f=false"); out != "" {
				t.Errorf("after the last: %s", out)
			}
		})
		t.Run("none of them", func(t *testing.T) {
			if out := other.do(t, "chat", "tail", "전체", "-n", "0", "-f=false"); out != "" {
				t.Errorf("got %s", out)
			}
		})
	})
}

func TestTailTellsOfWhatHappensInARoom(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		server := s.start(t)
		people := server.People(t)
		sh, other, third := signedIn(t, server, 0), signedIn(t, server, 1), signedIn(t, server, 2)
		client := sh.client(t)
		ids := make([]string, 2)
		for i, sh := range []*shell{other, third} {
			ids[i] = must[string](t)(sh.client(t).UserID(t.Context()))
		}
		room := must[*v1.CreateRoomResponse](t)(client.Chat.CreateRoom(t.Context(), &v1.CreateRoomRequest{
			Name: "모임", Type: v1.RoomType_ROOM_TYPE_GROUP, Participants: ids[:1],
		})).GetRoom()
		tail := other.start(t, "chat", "tail", "모임")
		expect := func(line string) {
			t.Helper()
			if got := plain(tail.next(t)); got != line {
				t.Errorf("got %q, want %q", got, line)
			}
		}
		at := "2026-11-25 19:00 KST  "
		m := sh.say(t, room, "여섯 시")
		expect(at + people[0].Name + "  여섯 시")
		must[*v1.EditMessageResponse](t)(client.Chat.EditMessage(t.Context(), &v1.EditMessageRequest{
			RoomId: room.GetId(), MessageId: m.GetId(), Content: "일곱 시",
		}))
		expect(at + people[0].Name + " (수정됨)  일곱 시")
		must[*v1.DeleteMessageResponse](t)(client.Chat.DeleteMessage(t.Context(), &v1.DeleteMessageRequest{
			RoomId: room.GetId(), MessageId: m.GetId(),
		}))
		expect(at + people[0].Name + " (삭제됨)")
		must[*v1.InviteMembersResponse](t)(client.Chat.InviteMembers(t.Context(), &v1.InviteMembersRequest{
			RoomId: room.GetId(), Participants: ids[1:],
		}))
		expect(at + people[2].Name + " 님이 들어왔습니다")
		must[*v1.LeaveRoomResponse](t)(third.client(t).Chat.LeaveRoom(t.Context(), &v1.LeaveRoomRequest{RoomId: room.GetId()}))
		expect(at + people[2].Name + " 님이 나갔습니다")
		// Who comes later sees what is left.
		out := other.do(t, "chat", "tail", "모임", "-f=false")
		if first, _, _ := strings.Cut(plain(out), "\n"); first != at+people[0].Name+" (삭제된 메시지)" {
			t.Errorf("got %q", first)
		}
	})
}

// A server that is killed while somebody writes and somebody follows: every message once, in order.
func TestTailThroughKills(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		const kills, between = 2, 30
		server := s.process(t)
		sh, other := signedIn(t, &server.Server, 0), signedIn(t, &server.Server, 1)
		room := sh.room(t, "동배즐 전체")
		tail := other.start(t, "chat", "tail", "전체", "-o", "jsonl")
		stop, last := make(chan struct{}), make(chan int, 1)
		go func() {
			// Each by a run of its own, as a script would.
			for i := 1; ; i++ {
				select {
				case <-stop:
					last <- i - 1
					return
				default:
				}
				if r := sh.run(t.Context(), "", "chat", "send", room.GetId(), fmt.Sprint(i)); r.code != exitDone {
					t.Errorf("message %d: %+v", i, r)
					last <- i - 1
					return
				}
			}
		}()
		next := 1
		expect := func() {
			t.Helper()
			if said, seq := content(t, tail.next(t)); said != fmt.Sprint(next) || seq != int64(next) {
				t.Fatalf("got %s as %d, want %d", said, seq, next)
			}
			next++
		}
		for range kills {
			for range between {
				expect()
			}
			server.Kill()
			server.Run(t)
		}
		close(stop)
		for end := <-last; next <= end; {
			expect()
		}
		if told := tail.stderr.String(); !strings.Contains(told, "다시 연결되었습니다.") {
			t.Errorf("it tells of %q", told)
		}
	})
}
