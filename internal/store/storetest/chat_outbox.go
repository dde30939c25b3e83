package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/chat"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

// untold reads the messages whose members have yet to be notified, as "room seq".
func untold(t *testing.T, s store.Store, afterRoom string, limit int) []string {
	t.Helper()
	messages, err := s.UntoldMessages(t.Context(), afterRoom, limit)
	must(t, err)
	var places []string
	for _, m := range messages {
		places = append(places, fmt.Sprint(m.RoomID, " ", m.Seq))
	}
	return places
}

var chatOutboxCases = []testCase{
	{"A message is untold until it is told", func(t *testing.T, s store.Store) {
		equal(t, "untold at first", untold(t, s, "", 10), nil)
		createRoom(t, s, "r", chat.Group, "a")
		createRoom(t, s, "q", chat.Group, "a")
		send(t, s, text("r", "a", "1"))
		_, err := s.Join(t.Context(), "r", []chat.Entry{joining("r", "b", noon)}, nil)
		must(t, err)
		send(t, s, text("r", "a", "3"))
		send(t, s, text("q", "a", "1"))
		send(t, s, text("r", "b", "4"))
		equal(t, "untold", untold(t, s, "", 10), []string{"q 1", "r 1", "r 3", "r 4"})
		equal(t, "a page", untold(t, s, "", 2), []string{"q 1", "r 1"})
		equal(t, "after a room", untold(t, s, "q", 2), []string{"r 1", "r 3"})
		equal(t, "after the last room", untold(t, s, "r", 2), nil)
		must(t, s.SetMessagesTold(t.Context(), "r", 3))
		equal(t, "the rest", untold(t, s, "", 10), []string{"q 1", "r 4"})
		must(t, s.SetMessagesTold(t.Context(), "r", 1))
		must(t, s.SetMessagesTold(t.Context(), "unknown", 1))
		equal(t, "still the rest", untold(t, s, "", 10), []string{"q 1", "r 4"})
		must(t, s.SetMessagesTold(t.Context(), "r", 4))
		must(t, s.SetMessagesTold(t.Context(), "q", 1))
		equal(t, "nothing", untold(t, s, "", 10), nil)
		_, added, err := s.Append(t.Context(), text("r", "a", "1"))
		must(t, err)
		equal(t, "added again", added, false)
		equal(t, "a repeated message", untold(t, s, "", 10), nil)
		send(t, s, text("r", "a", "5"))
		equal(t, "a new message", untold(t, s, "", 10), []string{"r 5"})
	}},
	{"An untold message is as it is now", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "a")
		m := send(t, s, full())
		got, err := s.UntoldMessages(t.Context(), "", 10)
		must(t, err)
		equal(t, "as it was sent", got, []chat.Entry{m})
		gone, err := s.Amend(t.Context(), change(m, chat.KindDeleted, "d"), erase)
		must(t, err)
		got, err = s.UntoldMessages(t.Context(), "", 10)
		must(t, err)
		equal(t, "once it is deleted", got, []chat.Entry{gone.Message})
	}},
	{"Times in a log never run backwards", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "a")
		behind := func(e chat.Entry) chat.Entry {
			e.At = noon.Add(-30 * time.Second)
			return e
		}
		first := send(t, s, text("r", "a", "1"))
		second := send(t, s, behind(text("r", "b", "2")))
		equal(t, "a message from a clock that is behind", second.At, first.At)
		added, err := s.Join(t.Context(), "r", []chat.Entry{behind(joining("r", "c", noon)), behind(joining("r", "d", noon))}, nil)
		must(t, err)
		equal(t, "somebody who comes in", added[0].At, first.At)
		equal(t, "the next one", added[1].At, first.At)
		equal(t, "when they joined", member(t, s, "r", "d").JoinedAt, first.At)
		deletion, err := s.Amend(t.Context(), behind(change(second, chat.KindDeleted, "d")), erase)
		must(t, err)
		equal(t, "a deletion", deletion.Entry.At, first.At)
		left, err := s.Leave(t.Context(), behind(leaving("r", "c", noon)))
		must(t, err)
		equal(t, "somebody who leaves", left.At, first.At)
		later := text("r", "a", "3")
		later.At = noon.Add(time.Minute)
		equal(t, "a clock that is ahead", send(t, s, later).At, kept(later.At))
		equal(t, "the message after it", send(t, s, text("r", "b", "4")).At, kept(later.At))
		log, _, err := s.Log(t.Context(), "r", 0, 100)
		must(t, err)
		equal(t, "how many entries", len(log), 8)
		for i := range log[1:] {
			if log[i+1].At.Before(log[i].At) {
				t.Errorf("entry %d is of %s, and the one before it of %s", log[i+1].Seq, log[i+1].At, log[i].At)
			}
		}
	}},
}
