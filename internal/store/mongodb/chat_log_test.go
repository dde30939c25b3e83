package mongodb

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dongbaejul/dongbaejul/internal/chat"
)

// Two processes write to one room, and two read it as streams do.
func TestWritersOnTwoStores(t *testing.T) {
	const writers, each = 8, 25
	stores := twoStores(t)
	must(t, aMessage(stores[0], "r"))
	first, err := stores[0].Message(t.Context(), "r", "r")
	must(t, err)
	// The first message, the messages, their changes, and those who join: two at once.
	const last = 1 + writers*each + writers + 2*writers
	together(t, writers+len(stores), func(i int) error {
		s := stores[i%len(stores)]
		if i >= writers {
			return followTo(s, "r", last)
		}
		for n := range each {
			e := chat.Entry{RoomID: "r", ID: fmt.Sprint(i, " ", n), Actor: fmt.Sprint(i), TempID: fmt.Sprint(n), Content: "text"}
			if _, added, err := s.Append(t.Context(), e); err != nil || !added {
				return fmt.Errorf("added %t: %w", added, err)
			}
		}
		_, err := s.Amend(t.Context(), chat.Entry{RoomID: "r", ID: fmt.Sprint("edit ", i), Kind: chat.KindEdited, Target: first.ID}, dotted)
		if err != nil {
			return err
		}
		_, err = s.Join(t.Context(), "r", []chat.Entry{
			{ID: fmt.Sprint("x ", i), User: fmt.Sprint("x ", i)}, {ID: fmt.Sprint("y ", i), User: fmt.Sprint("y ", i)},
		}, nil)
		return err
	})
	for _, s := range stores {
		must(t, followTo(s, "r", last))
		m, err := s.Message(t.Context(), "r", first.ID)
		must(t, err)
		must(t, same("the content", m.Content, strings.Repeat(".", writers)))
		members, err := s.Members(t.Context(), "r")
		must(t, err)
		must(t, same("how many members", len(members), 1+2*writers))
	}
	pending, err := count(t.Context(), stores[0].chat.log, isPending())
	must(t, err)
	must(t, same("what is left pending", pending, 0))
}

// followTo reads a log as a stream does, until it has come to the entry last. It fails on the first hole, and where a head
// that was seen cannot be read up to.
func followTo(s *Store, roomID string, last int64) error {
	ctx := context.Background()
	for seq := int64(0); seq < last; {
		head, err := s.Head(ctx, roomID)
		if err != nil {
			return err
		}
		log, _, err := s.Log(ctx, roomID, seq, 10)
		if err != nil {
			return err
		}
		for _, e := range log {
			if e.Seq != seq+1 {
				return fmt.Errorf("%d comes after %d", e.Seq, seq)
			}
			seq = e.Seq
		}
		if len(log) < 10 && seq < head {
			return fmt.Errorf("the head was %d, and the log ends at %d", head, seq)
		}
	}
	return nil
}

// Who comes in is asked once, whatever the process.
func TestOnePersonJoinsOnTwoStores(t *testing.T) {
	stores := twoStores(t)
	must(t, aRoom(stores[0], "r"))
	var came atomic.Int64
	together(t, 8, func(i int) error {
		got, err := stores[i%2].Join(t.Context(), "r", []chat.Entry{{ID: fmt.Sprint(i), User: "x"}}, nil)
		came.Add(int64(len(got)))
		return err
	})
	must(t, same("how often they came in", came.Load(), 1))
	must(t, logOf(stores[1], "r", 1))
}

// fill writes a log of messages into a room, behind the store's back.
func fill(t testing.TB, s *Store, roomID string, last int64) {
	t.Helper()
	must(t, aRoom(s, roomID))
	for seq := int64(1); seq <= last; {
		var docs []any
		for ; seq <= last && len(docs) < 5000; seq++ {
			m := messageDocOf(chat.Entry{
				RoomID: roomID, ID: fmt.Sprint(roomID, " ", seq), Actor: fmt.Sprint("user ", seq%7), TempID: fmt.Sprint(seq), Content: "안녕하세요", At: noon,
			})
			m.Seq = seq
			docs = append(docs, m)
		}
		_, err := s.chat.log.InsertMany(t.Context(), docs)
		must(t, err)
	}
}

func TestTheEndIsFoundWhereverItIs(t *testing.T) {
	uri := OwnURI(t)
	s := OpenURI(t, uri)
	for _, last := range []int64{0, 1, 2, 3, 63, 64, 65, 255, 256, 257, 1000, 4999} {
		roomID := fmt.Sprint("room ", last)
		fill(t, s, roomID, last)
		lows, err := s.exponentialSearch(t.Context(), []string{roomID})
		must(t, err)
		low := lows[roomID]
		if low > last || last-low > span || last > 0 && low == 0 {
			t.Errorf("the log ends at %d, and is looked for from %d on", last, low)
		}
		head, err := OpenURI(t, uri).Head(t.Context(), roomID)
		must(t, err)
		must(t, same("the head", head, last))
	}
}

// A page is found between other entries, however many there are.
func TestMessagesFarApart(t *testing.T) {
	s := OpenFresh(t)
	fill(t, s, "r", 2)
	var docs []any
	for seq := int64(3); seq <= 3000; seq++ {
		docs = append(docs, entryDoc{ID: fmt.Sprint(seq), RoomID: "r", Seq: seq, Kind: string(chat.KindLeft)})
	}
	_, err := s.chat.log.InsertMany(t.Context(), docs)
	must(t, err)
	for _, c := range []struct {
		r    chat.Range
		want []int64
		more bool
	}{
		{chat.Range{Limit: 1}, []int64{2}, true},
		{chat.Range{Limit: 2}, []int64{2, 1}, false},
		{chat.Range{Limit: 5, Before: 2500}, []int64{2, 1}, false},
		{chat.Range{Limit: 5, After: 1}, []int64{2}, false},
		{chat.Range{Limit: 5, After: 2}, nil, false},
		{chat.Range{Limit: 5, After: math.MaxInt64}, nil, false},
		{chat.Range{Limit: 5, Before: math.MaxInt64}, []int64{2, 1}, false},
	} {
		page, more, err := s.Messages(t.Context(), "r", c.r)
		must(t, err)
		var seqs []int64
		for _, m := range page {
			seqs = append(seqs, m.Seq)
		}
		if !slices.Equal(seqs, c.want) || more != c.more {
			t.Errorf("%+v: %v, more %t", c.r, seqs, more)
		}
	}
	rooms, _, err := s.Rooms(t.Context(), "a", "", 10)
	must(t, err)
	must(t, same("the last message", rooms[0].Last.Seq, 2))
	log, _, err := s.Log(t.Context(), "r", math.MaxInt64-1, 10)
	must(t, err)
	must(t, same("what comes after the last number there is", len(log), 0))
}

// A group that was added in one step and is not written yet counts as what it is.
func TestAGroupIsWrittenByWhoeverReads(t *testing.T) {
	for name, reader := range readers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := OpenFresh(t)
			must(t, aRoom(s, "r"))
			e, err := s.decideJoin(t.Context(), "r", []chat.Entry{{ID: "x", User: "x"}, {ID: "y", User: "y"}, {ID: "z", User: "z"}}, 1)
			must(t, err)
			_, err = s.chat.log.InsertOne(t.Context(), e)
			must(t, err)
			head, err := s.Head(t.Context(), "r")
			must(t, err)
			must(t, same("the head", head, 3))
			_, err = reader(s, "r")
			must(t, err)
			// A late one, who has seen it pending, changes nothing any more.
			_, err = s.Leave(t.Context(), chat.Entry{RoomID: "r", ID: "left", Actor: "y", User: "y"})
			must(t, err)
			must(t, s.settle(t.Context(), *e))
			left, err := departed(s, "r", "y")
			must(t, err)
			must(t, errors.Join(same("has left", left, chat.Left), logOf(s, "r", 4)))
			n, err := count(t.Context(), s.chat.log, bson.D{{Key: "rest", Value: bson.D{{Key: "$exists", Value: true}}}})
			must(t, err)
			must(t, same("entries that hold others", n, 0))
		})
	}
}

// Those who come in together are written after the first of them, and others may write what comes later before. Whoever reads
// meanwhile waits for them.
func TestALogIsReadWithoutHoles(t *testing.T) {
	uri := OwnURI(t)
	other := OpenURI(t, uri)
	s, w := throughAWire(t, uri)
	must(t, aMessage(other, "r"))
	came := entryDocOf(chat.Entry{RoomID: "r", ID: "x", User: "x"}, chat.KindJoined, 2)
	came.Pending, came.Settles = true, []string{"x", "y"}
	came.Rest = []entryDoc{entryDocOf(chat.Entry{RoomID: "r", ID: "y", User: "y"}, chat.KindJoined, 3)}
	after := messageDocOf(chat.Entry{RoomID: "r", ID: "after", Actor: "b", TempID: "2"})
	after.Seq = 4
	finds := 0
	w.set(func(command string) fate {
		if command != "find" {
			return pass
		}
		// Nothing is pending when it looks for that, and then all this is there.
		if finds++; finds == 2 {
			_, err := other.chat.log.InsertMany(context.Background(), []any{came, after})
			must(t, err)
		}
		return pass
	})
	must(t, logOf(s, "r", 4))
	if finds < 3 {
		t.Errorf("it was read by %d finds", finds)
	}
}

// Of several tries of which no answer came, each with another entry, any may be the one that was written.
func TestALostEntryIsFoundAmongOthers(t *testing.T) {
	s := OpenFresh(t)
	must(t, aMessage(s, "r"))
	kept, err := s.Leave(t.Context(), chat.Entry{RoomID: "r", ID: "second", User: "a"})
	must(t, err)
	first, second := entryDoc{RoomID: "r", ID: "first", Seq: kept.Seq}, entryDoc{RoomID: "r", ID: "second", Seq: kept.Seq}
	got, err := s.recovered(t.Context(), []entryDoc{first, second})
	if err != nil || got.ID != "second" {
		t.Errorf("got %q, %v", got.ID, err)
	}
	if _, err := s.recovered(t.Context(), []entryDoc{first}); !errors.Is(err, errNotFound) {
		t.Errorf("of what was not written: %v", err)
	}
}
