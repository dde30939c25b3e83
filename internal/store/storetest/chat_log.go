package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/chat"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

// change is an entry telling that m was edited or deleted.
func change(m chat.Entry, kind chat.Kind, id string) chat.Entry {
	return chat.Entry{RoomID: m.RoomID, ID: id, Kind: kind, Actor: "moderator", At: noon.Add(time.Hour), Target: m.ID}
}

// erase is what deleting does to a message.
func erase(m *chat.Entry) error {
	m.Content, m.Attachments, m.DeletedAt = "", nil, noon.Add(time.Hour)
	return nil
}

// full is a message with every field that a new one can have.
func full() chat.Entry {
	e := text("r", "a", "full")
	e.ReplyTo = "r a 1"
	e.Attachments = []chat.Attachment{
		{FileID: "f1", URL: "https://example.com/1", Name: "사진 <1> & \"2\".jpg", ContentType: "image/jpeg", Size: 1 << 40},
		{FileID: "f2", URL: "https://example.com/2", ContentType: "image/png"},
	}
	return e
}

// seqs are the numbers of entries.
func seqs(entries []chat.Entry) []int64 {
	var all []int64
	for _, e := range entries {
		all = append(all, e.Seq)
	}
	return all
}

var chatLogCases = []testCase{
	{"Append numbers messages and keeps every field", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "a")
		createRoom(t, s, "q", chat.Group, "a")
		first := text("r", "a", "1")
		equal(t, "the first", send(t, s, first), keptEntry(first, 1))
		equal(t, "the second", send(t, s, full()), keptEntry(full(), 2))
		equal(t, "the first of another room", send(t, s, text("q", "a", "1")).Seq, 1)
		got, err := s.Message(t.Context(), "r", full().ID)
		must(t, err)
		equal(t, "the stored message", got, keptEntry(full(), 2))
		r, err := s.Room(t.Context(), "r")
		must(t, err)
		equal(t, "the room's last number", r.LastSeq, 2)
		equal(t, "the head", head(t, s, "r"), 2)
	}},
	{"Append repeated returns the first message", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "a", "b")
		createRoom(t, s, "q", chat.Group, "a")
		first := send(t, s, text("r", "a", "1"))
		other := text("r", "a", "1")
		other.ID, other.Content = "other", "다른 내용"
		for _, again := range []chat.Entry{text("r", "a", "1"), other} {
			got, added, err := s.Append(t.Context(), again)
			must(t, err)
			equal(t, "added", added, false)
			equal(t, "what it returns", got, first)
		}
		equal(t, "the head", head(t, s, "r"), 1)
		// The key is the sender's in the room.
		equal(t, "another sender's", send(t, s, text("r", "b", "1")).Seq, 2)
		equal(t, "another room's", send(t, s, text("q", "a", "1")).Seq, 1)
		edited, err := s.Amend(t.Context(), change(first, chat.KindDeleted, "d"), erase)
		must(t, err)
		got, added, err := s.Append(t.Context(), text("r", "a", "1"))
		must(t, err)
		equal(t, "added after it was deleted", added, false)
		equal(t, "the deleted message", got, edited.Message)
	}},
	{"Append refuses a taken ID and an unknown room", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "a")
		send(t, s, text("r", "a", "1"))
		taken := text("r", "a", "2")
		taken.ID = text("r", "a", "1").ID
		_, _, err := s.Append(t.Context(), taken)
		wantKind(t, err, fault.Exists)
		_, _, err = s.Append(t.Context(), text("unknown", "a", "1"))
		wantKind(t, err, fault.NotFound)
		equal(t, "the number after them", send(t, s, text("r", "a", "2")).Seq, 2)
	}},

	{"Amend changes a message and tells of it", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "a")
		send(t, s, full())
		e := change(full(), chat.KindEdited, "e")
		var before chat.Entry
		edited, err := s.Amend(t.Context(), e, func(m *chat.Entry) error {
			before = *m
			*m = chat.Entry{ID: "changed", Seq: 9, Actor: "changed", Content: "고침", EditedAt: e.At}
			return nil
		})
		must(t, err)
		equal(t, "what f got", before, keptEntry(full(), 1))
		want := keptEntry(full(), 1)
		want.Content, want.Attachments, want.EditedAt = "고침", nil, kept(e.At)
		equal(t, "what it did", edited, chat.Amended{Message: want, Entry: keptEntry(e, 2)})
		stored, err := s.Message(t.Context(), "r", full().ID)
		must(t, err)
		equal(t, "the stored message", stored, want)

		gone, err := s.Amend(t.Context(), change(full(), chat.KindDeleted, "d"), erase)
		must(t, err)
		want.Content, want.DeletedAt = "", kept(e.At)
		equal(t, "the deleted message", gone.Message, want)
		log, targets, err := s.Log(t.Context(), "r", 0, 10)
		must(t, err)
		equal(t, "the log", log, []chat.Entry{want, keptEntry(e, 2), gone.Entry})
		equal(t, "what it is about", targets, []*chat.Entry{nil, &want, &want})
	}},
	{"Amend says whether somebody in the room may not read the message", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "a")
		hidden := func(m chat.Entry, id string) bool {
			t.Helper()
			done, err := s.Amend(t.Context(), change(m, chat.KindEdited, id), func(m *chat.Entry) error {
				m.Content = id
				return nil
			})
			must(t, err)
			return done.Hidden
		}
		before := send(t, s, text("r", "a", "1"))
		equal(t, "who is there from the beginning reads all", hidden(before, "e1"), false)
		_, err := s.Join(t.Context(), "r", []chat.Entry{joining("r", "b", noon)}, nil)
		must(t, err)
		after := send(t, s, text("r", "a", "2"))
		equal(t, "a message from before somebody came", hidden(before, "e2"), true)
		equal(t, "one from after that", hidden(after, "e3"), false)
		_, err = s.Leave(t.Context(), leaving("r", "b", noon))
		must(t, err)
		equal(t, "once they have left", hidden(before, "e4"), false)
	}},
	{"Amend changes nothing on an error", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "a")
		createRoom(t, s, "q", chat.Group, "a")
		first := send(t, s, text("r", "a", "1"))
		_, err := s.Join(t.Context(), "r", []chat.Entry{joining("r", "b", noon)}, nil)
		must(t, err)
		_, err = s.Amend(t.Context(), change(first, chat.KindEdited, "e"), func(m *chat.Entry) error {
			m.Content = "고침"
			return errRefused
		})
		if !errors.Is(err, errRefused) {
			t.Fatalf("the error is %v", err)
		}
		_, err = s.Amend(t.Context(), change(first, chat.KindDeleted, first.ID), erase)
		wantKind(t, err, fault.Exists)
		for _, about := range []chat.Entry{
			{RoomID: "r", ID: "unknown"}, {RoomID: "q", ID: first.ID}, {RoomID: "unknown", ID: first.ID}, joining("r", "b", noon),
		} {
			_, err = s.Amend(t.Context(), change(about, chat.KindDeleted, "d"), erase)
			wantKind(t, err, fault.NotFound)
		}
		got, err := s.Message(t.Context(), "r", first.ID)
		must(t, err)
		equal(t, "the message", got, first)
		equal(t, "the head", head(t, s, "r"), 2)
	}},

	{"Message returns messages of the room only", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "a")
		createRoom(t, s, "q", chat.Group, "a")
		first := send(t, s, text("r", "a", "1"))
		_, err := s.Join(t.Context(), "r", []chat.Entry{joining("r", "b", noon)}, nil)
		must(t, err)
		for _, c := range [][2]string{{"r", "unknown"}, {"q", first.ID}, {"r", joining("r", "b", noon).ID}, {"unknown", first.ID}} {
			_, err := s.Message(t.Context(), c[0], c[1])
			wantKind(t, err, fault.NotFound)
		}
	}},
	{"Log returns what comes after a number", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "a")
		var want []int64
		for i := range 10 {
			want = append(want, send(t, s, text("r", "a", fmt.Sprint(i))).Seq)
		}
		for _, c := range []struct {
			after int64
			limit int
			want  []int64
		}{
			{0, 100, want}, {0, 3, want[:3]}, {3, 3, want[3:6]}, {8, 3, want[8:]}, {10, 3, nil}, {99, 3, nil}, {0, 0, nil},
			{-5, 2, want[:2]},
		} {
			log, targets, err := s.Log(t.Context(), "r", c.after, c.limit)
			must(t, err)
			equal(t, fmt.Sprintf("%d after %d", c.limit, c.after), seqs(log), c.want)
			equal(t, "how many targets", len(targets), len(log))
		}
		log, targets, err := s.Log(t.Context(), "unknown", 0, 10)
		must(t, err)
		equal(t, "the log of no room", log, nil)
		equal(t, "its targets", targets, nil)
	}},
	{"Messages returns a page on either side", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "a")
		// Messages are 1 2 3 5 7 8; 4 and 6 tell of other things.
		for i := range 3 {
			send(t, s, text("r", "a", fmt.Sprint(i)))
		}
		_, err := s.Join(t.Context(), "r", []chat.Entry{joining("r", "b", noon)}, nil)
		must(t, err)
		fifth := send(t, s, text("r", "a", "5"))
		gone, err := s.Amend(t.Context(), change(fifth, chat.KindDeleted, "d"), erase)
		must(t, err)
		send(t, s, text("r", "a", "7"))
		send(t, s, text("r", "a", "8"))
		for _, c := range []struct {
			r    chat.Range
			want []int64
			more bool
		}{
			{chat.Range{Limit: 10}, []int64{8, 7, 5, 3, 2, 1}, false},
			{chat.Range{Limit: 6}, []int64{8, 7, 5, 3, 2, 1}, false},
			{chat.Range{Limit: 5}, []int64{8, 7, 5, 3, 2}, true},
			{chat.Range{Limit: 2, Before: 7}, []int64{5, 3}, true},
			{chat.Range{Limit: 2, Before: 3}, []int64{2, 1}, false},
			{chat.Range{Limit: 2, Before: 1}, nil, false},
			{chat.Range{Limit: 2, Before: 99}, []int64{8, 7}, true},
			{chat.Range{Limit: 2, After: 3}, []int64{5, 7}, true},
			{chat.Range{Limit: 3, After: 3}, []int64{5, 7, 8}, false},
			{chat.Range{Limit: 2, After: 8}, nil, false},
			{chat.Range{Limit: 1, After: 1}, []int64{2}, true},
		} {
			page, more, err := s.Messages(t.Context(), "r", c.r)
			must(t, err)
			equal(t, fmt.Sprintf("the page of %+v", c.r), seqs(page), c.want)
			equal(t, fmt.Sprintf("more of %+v", c.r), more, c.more)
		}
		page, _, err := s.Messages(t.Context(), "r", chat.Range{Before: 6, Limit: 1})
		must(t, err)
		equal(t, "a deleted message", page, []chat.Entry{gone.Message})
		page, more, err := s.Messages(t.Context(), "unknown", chat.Range{Limit: 1})
		must(t, err)
		equal(t, "the messages of no room", page, nil)
		equal(t, "more of no room", more, false)
	}},
}
