package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/chat"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

func room(id string, kind chat.RoomType) chat.Room {
	return chat.Room{ID: id, Name: "방 " + id, Type: kind, CreatedBy: "creator", CreatedAt: noon, RequestHash: "hash " + id}
}

// keptRoom is r as a store returns it.
func keptRoom(r chat.Room, lastSeq int64) chat.Room {
	r.CreatedAt, r.LastSeq = kept(r.CreatedAt), lastSeq
	return r
}

func createRoom(t testing.TB, s store.Store, id string, kind chat.RoomType, members ...string) {
	t.Helper()
	_, created, err := s.CreateRoom(t.Context(), room(id, kind), members)
	must(t, err)
	equal(t, "created", created, true)
}

// text is a message whose ID follows from its room and its key.
func text(roomID, actor, tempID string) chat.Entry {
	return chat.Entry{
		RoomID: roomID, ID: fmt.Sprintf("%s %s %s", roomID, actor, tempID), Kind: chat.KindMessage, Actor: actor, At: noon,
		TempID: tempID, Content: "안녕하세요 " + tempID,
	}
}

// send appends a new message.
func send(t testing.TB, s store.Store, e chat.Entry) chat.Entry {
	t.Helper()
	got, added, err := s.Append(t.Context(), e)
	must(t, err)
	equal(t, "added", added, true)
	return got
}

// joining is an entry of a user who comes in, and leaving of one who leaves.
func joining(roomID, userID string, at time.Time) chat.Entry {
	return chat.Entry{
		RoomID: roomID, ID: fmt.Sprintf("join %s %s %v", roomID, userID, at.UnixMicro()), Kind: chat.KindJoined,
		Actor: "inviter", At: at, User: userID,
	}
}

func leaving(roomID, userID string, at time.Time) chat.Entry {
	e := joining(roomID, userID, at)
	e.ID, e.Kind, e.Actor = "leave"+e.ID, chat.KindLeft, userID
	return e
}

// keptEntry is e as a store returns it at a place in the log.
func keptEntry(e chat.Entry, seq int64) chat.Entry {
	e.Seq, e.At = seq, kept(e.At)
	return e
}

func members(t testing.TB, s store.Store, roomID string) []string {
	t.Helper()
	all, err := s.Members(t.Context(), roomID)
	must(t, err)
	var ids []string
	for _, m := range all {
		ids = append(ids, m.UserID)
	}
	return ids
}

func head(t testing.TB, s store.Store, roomID string) int64 {
	t.Helper()
	seq, err := s.Head(t.Context(), roomID)
	must(t, err)
	return seq
}

func member(t testing.TB, s store.Store, roomID, userID string) chat.Member {
	t.Helper()
	m, err := s.Member(t.Context(), roomID, userID)
	must(t, err)
	return m
}

var chatRoomCases = []testCase{
	{"CreateRoom keeps a room and its first members", func(t *testing.T, s store.Store) {
		want := room("r", chat.Group)
		want.LastSeq = 7
		got, created, err := s.CreateRoom(t.Context(), want, []string{"b", "a", "b"})
		must(t, err)
		equal(t, "created", created, true)
		equal(t, "what it returns", got, keptRoom(want, 0))
		got, err = s.Room(t.Context(), "r")
		must(t, err)
		equal(t, "the room", got, keptRoom(want, 0))
		all, err := s.Members(t.Context(), "r")
		must(t, err)
		equal(t, "the members", all, []chat.Member{
			{RoomID: "r", UserID: "a", JoinedAt: kept(noon)}, {RoomID: "r", UserID: "b", JoinedAt: kept(noon)},
		})
		log, _, err := s.Log(t.Context(), "r", 0, 10)
		must(t, err)
		equal(t, "the log", log, nil)
	}},
	{"CreateRoom repeated returns the first room", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "a")
		send(t, s, text("r", "a", "1"))
		other := room("r", chat.Private)
		other.RequestHash = "other"
		got, created, err := s.CreateRoom(t.Context(), other, []string{"b"})
		must(t, err)
		equal(t, "created", created, false)
		equal(t, "what it returns", got, keptRoom(room("r", chat.Group), 1))
		equal(t, "the members", members(t, s, "r"), []string{"a"})
	}},
	{"CreateRoom without members", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Global)
		equal(t, "the members", members(t, s, "r"), nil)
	}},
	{"What is not there is not found", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "a")
		_, err := s.Room(t.Context(), "unknown")
		wantKind(t, err, fault.NotFound)
		_, err = s.Head(t.Context(), "unknown")
		wantKind(t, err, fault.NotFound)
		for _, c := range [][2]string{{"r", "b"}, {"unknown", "a"}} {
			_, err = s.Member(t.Context(), c[0], c[1])
			wantKind(t, err, fault.NotFound)
			_, err = s.Unread(t.Context(), c[0], c[1])
			wantKind(t, err, fault.NotFound)
			_, err = s.Summary(t.Context(), c[0], c[1])
			wantKind(t, err, fault.NotFound)
			_, _, err = s.Rooms(t.Context(), c[1], c[0], 10)
			wantKind(t, err, fault.NotFound)
			_, _, err = s.MarkRead(t.Context(), c[0], c[1], 1)
			wantKind(t, err, fault.NotFound)
			_, err = s.Leave(t.Context(), leaving(c[0], c[1], noon))
			wantKind(t, err, fault.NotFound)
		}
		equal(t, "the members of no room", members(t, s, "unknown"), nil)
		rooms, _, err := s.Rooms(t.Context(), "nobody", "", 10)
		must(t, err)
		equal(t, "the rooms of nobody", rooms, nil)
		heads, _, err := s.Heads(t.Context(), "nobody")
		must(t, err)
		equal(t, "the heads of nobody", heads, nil)
		equal(t, "the head", head(t, s, "r"), 0)
	}},

	{"Rooms are ordered by their newest message", func(t *testing.T, s store.Store) {
		for i, id := range []string{"oldest", "middle", "newest"} {
			r := room(id, chat.Group)
			r.CreatedAt = noon.Add(time.Duration(i) * time.Hour)
			_, _, err := s.CreateRoom(t.Context(), r, []string{"a"})
			must(t, err)
		}
		order := func() []string {
			t.Helper()
			all, _, err := s.Rooms(t.Context(), "a", "", 10)
			must(t, err)
			var ids []string
			for _, sum := range all {
				ids = append(ids, sum.Room.ID)
			}
			return ids
		}
		equal(t, "without messages", order(), []string{"newest", "middle", "oldest"})
		e := text("oldest", "b", "1")
		e.At = noon.Add(90 * time.Minute)
		send(t, s, e)
		equal(t, "with one message", order(), []string{"newest", "oldest", "middle"})
		_, err := s.Join(t.Context(), "middle", []chat.Entry{joining("middle", "c", noon.Add(5*time.Hour))}, nil)
		must(t, err)
		equal(t, "after somebody joined", order(), []string{"newest", "oldest", "middle"})
	}},
	{"Rooms tell what is last and what is unread", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "a", "b")
		createRoom(t, s, "other", chat.Group, "b")
		summary := func(user string) chat.Summary {
			t.Helper()
			all, _, err := s.Rooms(t.Context(), user, "", 10)
			must(t, err)
			i := slices.IndexFunc(all, func(sum chat.Summary) bool { return sum.Room.ID == "r" })
			n, err := s.Unread(t.Context(), "r", user)
			must(t, err)
			equal(t, "Unread and Rooms", n, all[i].Unread)
			one, err := s.Summary(t.Context(), "r", user)
			must(t, err)
			equal(t, "Summary and Rooms", one, all[i])
			in, err := s.Members(t.Context(), "r")
			must(t, err)
			equal(t, "the members", one.Members, in)
			all[i].Members = nil
			return all[i]
		}
		equal(t, "an empty room", summary("a"), chat.Summary{Room: keptRoom(room("r", chat.Group), 0)})
		send(t, s, text("r", "a", "1"))
		send(t, s, text("r", "b", "2"))
		third := send(t, s, text("r", "b", "3"))
		_, err := s.Join(t.Context(), "r", []chat.Entry{joining("r", "c", noon)}, nil)
		must(t, err)
		equal(t, "three messages", summary("a"), chat.Summary{Room: keptRoom(room("r", chat.Group), 4), Unread: chat.Unread{Count: 2}, Last: &third})
		_, _, err = s.MarkRead(t.Context(), "r", "a", 2)
		must(t, err)
		equal(t, "two of them read", summary("a"), chat.Summary{
			Room: keptRoom(room("r", chat.Group), 4), ReadSeq: 2, Unread: chat.Unread{Count: 1}, Last: &third,
		})
		equal(t, "one's own are not unread", summary("b").Unread.Count, 1)
		gone, err := s.Amend(t.Context(), change(third, chat.KindDeleted, "d"), erase)
		must(t, err)
		equal(t, "the last one deleted", summary("a"), chat.Summary{
			Room: keptRoom(room("r", chat.Group), 5), ReadSeq: 2, Last: &gone.Message,
		})
	}},
	{"Rooms come in pages", func(t *testing.T, s store.Store) {
		for i := range 5 {
			r := room(fmt.Sprint(i), chat.Group)
			r.CreatedAt = noon.Add(time.Duration(i/2) * time.Hour)
			_, _, err := s.CreateRoom(t.Context(), r, []string{"a", fmt.Sprint("other of ", i)})
			must(t, err)
		}
		createRoom(t, s, "not theirs", chat.Group, "b")
		page := func(after string, limit int) (ids []string, more bool) {
			t.Helper()
			page, more, err := s.Rooms(t.Context(), "a", after, limit)
			must(t, err)
			for _, sum := range page {
				ids = append(ids, sum.Room.ID)
				equal(t, "the members", []string{sum.Members[0].UserID, sum.Members[1].UserID}, []string{"a", "other of " + sum.Room.ID})
			}
			return ids, more
		}
		for _, c := range []struct {
			after string
			limit int
			want  []string
			more  bool
		}{
			{"", 2, []string{"4", "3"}, true}, {"3", 2, []string{"2", "1"}, true}, {"1", 2, []string{"0"}, false},
			{"", 5, []string{"4", "3", "2", "1", "0"}, false}, {"0", 5, nil, false},
		} {
			ids, more := page(c.after, c.limit)
			equal(t, fmt.Sprintf("%d after %q", c.limit, c.after), ids, c.want)
			equal(t, fmt.Sprintf("more than %d after %q", c.limit, c.after), more, c.more)
		}
		e := text("1", "a", "1")
		e.At = noon.Add(9 * time.Hour)
		send(t, s, e)
		ids, _ := page("1", 2)
		equal(t, "after a room that has become the first", ids, []string{"4", "3"})
	}},
	{"Unread messages are counted up to a bound", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "a")
		unread := func() chat.Unread {
			t.Helper()
			n, err := s.Unread(t.Context(), "r", "a")
			must(t, err)
			room, err := s.Summary(t.Context(), "r", "a")
			must(t, err)
			equal(t, "Unread and Summary", n, room.Unread)
			return n
		}
		together(t, 50, func(i int) error {
			for n := range chat.MaxUnread / 50 {
				if _, _, err := s.Append(t.Context(), text("r", fmt.Sprint("sender ", i), fmt.Sprint(n))); err != nil {
					return err
				}
			}
			return nil
		})
		equal(t, "as many as are counted", unread(), chat.Unread{Count: chat.MaxUnread})
		send(t, s, text("r", "b", "one more"))
		equal(t, "one more", unread(), chat.Unread{Count: chat.MaxUnread, More: true})
		_, _, err := s.MarkRead(t.Context(), "r", "a", 10)
		must(t, err)
		equal(t, "ten of them read", unread(), chat.Unread{Count: chat.MaxUnread - 9})
	}},
	{"Heads are those of a user's rooms", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "a")
		createRoom(t, s, "q", chat.Group, "b")
		createRoom(t, s, "left", chat.Group, "a")
		createRoom(t, s, "other", chat.Group, "b")
		send(t, s, text("r", "a", "1"))
		send(t, s, text("q", "b", "1"))
		_, err := s.Join(t.Context(), "q", []chat.Entry{joining("q", "a", noon)}, nil)
		must(t, err)
		_, err = s.Leave(t.Context(), leaving("left", "a", noon))
		must(t, err)
		heads, _, err := s.Heads(t.Context(), "a")
		must(t, err)
		slices.SortFunc(heads, func(a, b chat.Head) int { return int(b.LastSeq - a.LastSeq) })
		equal(t, "the heads", heads, []chat.Head{{RoomID: "q", LastSeq: 2, JoinedSeq: 1, SeesAfter: 1}, {RoomID: "r", LastSeq: 1}})
	}},
}
