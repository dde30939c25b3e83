package chat

import (
	"errors"
	"fmt"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

func TestAdmission(t *testing.T) {
	// crowd are n members, "0" and on.
	crowd := func(n int) []Member {
		var all []Member
		for i := range n {
			all = append(all, Member{UserID: fmt.Sprint(i)})
		}
		return all
	}
	gone := func(all []Member, was Departure, ids ...string) []Member {
		for _, id := range ids {
			all = append(all, Member{UserID: id, Departure: was})
		}
		return all
	}
	withdrawn := map[string]users.User{"1": {Status: users.Withdrawn}}
	suspended := map[string]users.User{"1": {Status: users.Suspended}}
	shy := map[string]users.User{"x": {Status: users.Active, Preferences: users.Preferences{RefuseDirectMessages: true}}}
	for _, c := range []struct {
		what   string
		all    []Member
		actor  string
		people []string
		leads  bool
		known  map[string]users.User
		want   error
	}{
		{what: "the last place", all: crowd(299), actor: "0", people: []string{"x"}},
		{what: "one too many", all: crowd(299), actor: "0", people: []string{"x", "y"}, want: errRoomFull},
		{what: "who is in takes no place", all: crowd(299), actor: "0", people: []string{"x", "1", "2"}},
		{what: "only who is in, in a full room", all: crowd(300), actor: "0", people: []string{"1", "2"}},
		{what: "one more in a full room", all: crowd(300), actor: "0", people: []string{"1", "x"}, want: errRoomFull},
		{what: "coming back into a full room", all: gone(crowd(300), Left, "x"), actor: "x", people: []string{"x"}, want: errRoomFull},
		{what: "coming back into the last place", all: gone(crowd(299), Left, "x"), actor: "x", people: []string{"x"}},
		{what: "those who have left take no place", all: gone(crowd(299), Left, "a", "b", "c"), actor: "0", people: []string{"x"}},
		{what: "who has withdrawn takes no place", all: crowd(300), actor: "0", people: []string{"x"}, known: withdrawn},
		{what: "who is suspended keeps a place", all: crowd(300), actor: "0", people: []string{"x"}, known: suspended, want: errRoomFull},
		{what: "a stranger", all: crowd(2), actor: "x", people: []string{"x"}, want: errRoomNotFound},
		{what: "putting back who has left", all: gone(crowd(2), Left, "x"), actor: "0", people: []string{"x"}, leads: true, want: errHasLeft},
		{what: "putting back who was removed", all: gone(crowd(2), Removed, "x"), actor: "0", people: []string{"x"}, want: errRemoved},
		{what: "its creator putting them back", all: gone(crowd(2), Removed, "x"), actor: "0", people: []string{"x"}, leads: true},
		{what: "who was removed coming back", all: gone(crowd(2), Removed, "x"), actor: "x", people: []string{"x"}, leads: true, want: errRemoved},
		{what: "a talk of two", all: crowd(1), actor: "0", people: []string{"x"}, known: shy, want: errDirectOff},
		{what: "a talk of three", all: crowd(1), actor: "0", people: []string{"x", "y"}, known: shy},
		{what: "a talk of two and one who is suspended", all: crowd(2), actor: "0", people: []string{"x"},
			known: map[string]users.User{"x": shy["x"], "1": suspended["1"]}, want: errDirectOff},
	} {
		a := admission{actor: c.actor, people: c.people, leads: c.leads, known: c.known}
		err := a.admit(c.all)
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v, want %v", c.what, err, c.want)
		}
		if failed, ok := errors.AsType[*fault.Error](err); errors.Is(err, errRoomFull) && (!ok || failed.Reason != "ROOM_FULL") {
			t.Errorf("%s: %v has not the reason of a full room", c.what, err)
		}
	}
}

func TestUnreadIsBounded(t *testing.T) {
	for _, c := range []struct {
		count      int
		read, last int64
		want       Unread
	}{
		{0, 5, 5, Unread{}},
		{1000, 0, 1000, Unread{Count: 1000}},
		{1001, 0, 1001, Unread{Count: 1000, More: true}},
		{3, 10, 2010, Unread{Count: 3}},
		{3, 10, 2011, Unread{Count: 3, More: true}},
	} {
		if got := NewUnread(c.count, c.read, c.last); got != c.want {
			t.Errorf("%+v: %+v", c, got)
		}
	}
}
