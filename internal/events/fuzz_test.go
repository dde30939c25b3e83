package events_test

import (
	"fmt"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"golang.org/x/text/unicode/norm"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// Whatever a client says it has, it gets what it lacks, a resync_required with the reason, or a refusal: never silence and
// never an error of the server's.
func FuzzCursors(f *testing.F) {
	const messages = 7
	s := apptest.Start(f)
	m := s.Club(f, 1, apptest.ConnectBinary)[0]
	room := m.Group(f).GetId()
	for i := range messages {
		if _, err := m.Chat.SendMessage(f.Context(), &v1.SendMessageRequest{RoomId: room, TempId: fmt.Sprint(i), Content: "x"}); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(true, "", int64(0), int64(0))
	f.Add(true, "", int64(messages), int64(0))
	f.Add(true, "", int64(messages+1), int64(1<<62))
	f.Add(true, "", int64(-1), int64(-1))
	f.Add(false, "no-such-room", int64(3), int64(0))
	f.Add(false, "\x00", int64(3), int64(0))
	f.Fuzz(func(t *testing.T, ours bool, id string, seq, notification int64) {
		// Clients refuse to send what is not UTF-8, and the server takes text in NFC.
		id = norm.NFC.String(strings.ToValidUTF8(id, "?"))
		if ours {
			id = room
		}
		res, err := m.Events.Poll(t.Context(), &v1.PollRequest{
			Rooms: []*v1.RoomCursor{{RoomId: id, Seq: seq}}, NotificationSeq: &notification,
		})
		if err != nil {
			if code := connect.CodeOf(err); code != connect.CodeInvalidArgument || ours && seq >= 0 && notification >= 0 {
				t.Fatalf("cursor %q %d: %v", id, seq, err)
			}
			return
		}
		wantAfter(t, res.GetEvents(), id, seq, ours, messages)
	})
}

// wantAfter checks what a poll answers to a cursor on a room, which is ours and has this many messages, or is not there.
func wantAfter(t *testing.T, events []*v1.Event, id string, seq int64, ours bool, messages int64) {
	t.Helper()
	next, resync := seq+1, v1.ResyncReason_RESYNC_REASON_UNSPECIFIED
	for _, e := range events {
		if msg := e.GetMessage(); msg != nil {
			if msg.GetSeq() != next {
				t.Fatalf("after %d came %d, want %d", seq, msg.GetSeq(), next)
			}
			next++
		}
		if r := e.GetResyncRequired(); r != nil && r.GetRoomId() == id {
			resync = r.GetReason()
		}
	}
	switch {
	case !ours && resync != v1.ResyncReason_RESYNC_REASON_NOT_FOUND:
		t.Errorf("of a room that is not there: %v", resync)
	case ours && seq > messages && resync != v1.ResyncReason_RESYNC_REASON_CURSOR_AHEAD:
		t.Errorf("of a cursor beyond the end: %v", resync)
	case ours && seq <= messages && next != messages+1:
		t.Errorf("after %d the last is %d, want %d", seq, next-1, messages)
	}
}
