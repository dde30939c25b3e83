package notifications_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"golang.org/x/text/unicode/norm"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

func TestNotifyTellsOnceOfAKey(t *testing.T) {
	f := open(t)
	f.member(t, "u")
	f.member(t, "v")
	f.tell(t, notice("u", "a"), notice("v", "a"), notice("u", "b"), notice("u", "b"))
	f.tell(t, notice("u", "b"), notice("u", "c"), notice("v", "a"))
	f.tell(t)
	f.wantKeys(t, "u", "a", "b", "c")
	f.wantKeys(t, "v", "a")
}

func TestNotifyLeavesOutWhoIsNotToBeTold(t *testing.T) {
	f := open(t)
	f.member(t, "active")
	f.member(t, "muted", muting(notifications.KindComment, notifications.KindMention))
	f.member(t, "muted other", muting(notifications.KindReply))
	f.member(t, "suspended", inState(users.Suspended))
	f.member(t, "withdrawn", inState(users.Withdrawn))
	all := []string{"active", "muted", "muted other", "suspended", "withdrawn", "unknown"}
	for _, id := range all {
		f.tell(t, notice(id, "a"))
	}
	for _, id := range all {
		var want []string
		if id == "active" || id == "muted other" {
			want = []string{"a"}
		}
		f.wantKeys(t, id, want...)
	}
}

func TestNotifyKeepsWhatItIsGiven(t *testing.T) {
	f := open(t)
	f.member(t, "u")
	n := notifications.Notice{
		UserID: "u", Key: "a", Kind: notifications.KindMention, GameID: "g", PostID: "p", CommentID: "c", RoomID: "r", MessageID: "m",
		ActorID: "v",
	}
	f.tell(t, n)
	got := f.log(t, "u")[0]
	if got.Notice != n || got.ID == "" || got.CreatedAt.IsZero() || !got.ReadAt.IsZero() {
		t.Errorf("got %+v, want %+v", got, n)
	}
}

func TestWordsAreCleanAndCut(t *testing.T) {
	f := open(t)
	f.member(t, "u")
	f.tell(t, notice("u", "a"))
	say := func(title, body string) *v1.Notification {
		t.Helper()
		f.words.set(notifications.Words{Title: fault.Text{Ko: title}, Body: fault.Text{Ko: body}})
		return f.said(t, "u")[0]
	}
	got := say(" 제목\n이 "+norm.NFD.String("김민수"), "\n첫 줄\n둘째 줄 \xff ")
	if got.GetTitle() != "제목 이 김민수" || got.GetBody() != "첫 줄\n둘째 줄 \uFFFD" {
		t.Errorf("got %v", got)
	}
	for _, n := range []int{99, 100, 101, 1000, 1001} {
		title, body := strings.Repeat("가", n), strings.Repeat("🏸", n)
		got := say(title, body)
		check := func(what, got, full string, most int) {
			t.Helper()
			want := full
			if n > most {
				want = string([]rune(full)[:most-1]) + "…"
			}
			if got != want {
				t.Errorf("of %d characters the %s keeps %d", n, what, len([]rune(got)))
			}
		}
		check("title", got.GetTitle(), title, 100)
		check("body", got.GetBody(), body, 1000)
	}
}

func TestNotifyRefusesWhatNobodyShouldAsk(t *testing.T) {
	f := open(t)
	f.member(t, "u")
	for name, spoil := range map[string]func(*notifications.Notice){
		"no user":      func(n *notifications.Notice) { n.UserID = "" },
		"no key":       func(n *notifications.Notice) { n.Key = "" },
		"a long key":   func(n *notifications.Notice) { n.Key = strings.Repeat("k", 201) },
		"no kind":      func(n *notifications.Notice) { n.Kind = "" },
		"unknown kind": func(n *notifications.Notice) { n.Kind = "gossip" },
	} {
		bad := notice("u", "bad")
		spoil(&bad)
		if err := f.Notify(t.Context(), notice("u", "good"), bad); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	f.wantKeys(t, "u")
}

func TestNotifyGoesOnWithoutItsCaller(t *testing.T) {
	f := open(t)
	f.member(t, "u")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Notify(ctx, notice("u", "a")); err != nil {
		t.Error(err)
	}
	if err := f.NotifyAll(ctx, notice("", "b")); err != nil {
		t.Error(err)
	}
	f.wantKeys(t, "u", "a", "b")
}

func TestNotifyTellsMoreThanTheStoreTakesAtOnce(t *testing.T) {
	f := open(t)
	f.member(t, "u")
	var all []notifications.Notice
	for i := range 1100 {
		all = append(all, notice("u", fmt.Sprint(i)))
	}
	f.tell(t, all...)
	if got := f.log(t, "u"); len(got) != len(all) || got[1099].Seq != 1100 || got[1099].Key != "1099" {
		t.Errorf("%d were kept", len(got))
	}
}

func TestNotifyAllTellsEverybodyButSome(t *testing.T) {
	f := open(t)
	for _, id := range []string{"author", "a", "b"} {
		f.member(t, id)
	}
	f.member(t, "gone", inState(users.Withdrawn))
	if err := f.NotifyAll(t.Context(), notice("nobody", "k"), "author"); err != nil {
		t.Fatal(err)
	}
	f.wantKeys(t, "a", "k")
	f.wantKeys(t, "b", "k")
	f.wantKeys(t, "author")
	f.wantKeys(t, "gone")
}

func TestManyWhoNotifyLeaveNoGap(t *testing.T) {
	f := open(t)
	f.member(t, "u")
	var notifying sync.WaitGroup
	for w := range 8 {
		notifying.Go(func() {
			for i := range 20 {
				// Every key comes from two of them.
				if err := f.Notify(t.Context(), notice("u", fmt.Sprint(i, w/2))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	notifying.Wait()
	got := f.log(t, "u")
	if len(got) != 80 {
		t.Errorf("%d were kept", len(got))
	}
	for i, n := range got {
		if n.Seq != int64(i+1) {
			t.Fatalf("%d is at place %d", n.Seq, i+1)
		}
	}
}
