package mongodb

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/chat"
)

// Rooms are listed by the same few commands, however many there are, in a process that knows their logs and in one that does not.
func TestRoomsAreListedByAFewCommands(t *testing.T) {
	var sent atomic.Int64
	uri := OwnURI(t)
	s := OpenURI(t, uri)
	counted := func(opts *options.ClientOptions) {
		opts.SetMonitor(&event.CommandMonitor{Started: func(context.Context, *event.CommandStartedEvent) { sent.Add(1) }})
	}
	rooms := 0
	for _, c := range []struct{ rooms, most int }{{6, 9}, {40, 9}} {
		for ; rooms < c.rooms; rooms++ {
			id := fmt.Sprint("room ", rooms)
			if rooms%3 == 0 {
				// One without a message.
				must(t, aRoom(s, id))
				_, err := s.Join(t.Context(), id, []chat.Entry{{ID: id + " x", User: "x"}}, nil)
				must(t, err)
				continue
			}
			fill(t, s, id, int64(rooms))
		}
		fresh := OpenURI(t, uri, counted)
		for _, what := range []string{"at first", "again"} {
			sent.Store(0)
			_, err := fresh.EnsureGlobalMembership(t.Context(), "a")
			must(t, err)
			page, _, err := fresh.Rooms(t.Context(), "a", "", 100)
			must(t, err)
			must(t, same("how many rooms", len(page), c.rooms))
			t.Logf("%d rooms %s: %d commands", c.rooms, what, sent.Load())
			if what == "again" && sent.Load() > int64(c.most) || sent.Load() > int64(c.most)+3 {
				t.Errorf("%d rooms were listed %s by %d commands, more than %d", c.rooms, what, sent.Load(), c.most)
			}
		}
	}
}
