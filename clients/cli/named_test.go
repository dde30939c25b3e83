package main

import (
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/text/unicode/norm"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

func TestResolve(t *testing.T) {
	t.Parallel()
	d := &dbj{}
	things := []named{
		{id: "0198c0de-0000-7000-8000-000000000001", name: "목요일 복식"}, {id: "0198c0de-0000-7000-8000-000000000002", name: "목요일 단식"},
		{id: "0198ffff-0000-7000-8000-000000000003", name: "0198"}, {id: "2", name: "2번 코트"}, {id: "3", name: "목요일"}, {id: "4", name: "새벽"}, {id: "5", name: "새벽"},
	}
	for _, c := range []struct{ meant, want, listed string }{
		{"0198f", things[2].id, ""}, {"0198FFFF", things[2].id, ""}, {things[0].id, things[0].id, ""},
		{"0198ffff-0000-7000-8000-000000000009", "0198ffff-0000-7000-8000-000000000009", ""},
		{"0198", "", "0198c0de-0000-7000-8000-000000000002  목요일 단식"}, {"0198c0de-", "", "목요일 복식"},
		{"2", "2", ""}, {"2번 코트", "2", ""}, {"코트", "2", ""}, {"목요일", "3", ""}, {norm.NFD.String("목요일"), "3", ""}, {"복식", things[0].id, ""},
		{"새벽", "", "\n5  새벽"}, {"019", "0198ffff-0000-7000-8000-000000000003", ""}, {"nothing", "nothing", ""}, {"", "", ""},
	} {
		got, err := d.resolve(c.meant, func() ([]named, error) { return things, nil })
		if got != c.want || (err != nil) != (c.listed != "") || err != nil && !strings.Contains(err.Error(), c.listed) {
			t.Errorf("%q is %q, want %q: %v", c.meant, got, c.want, err)
		}
	}
	many := make([]named, 30)
	for i := range many {
		many[i].name = "같은 이름"
	}
	if _, err := d.resolve("같은", func() ([]named, error) { return many, nil }); err == nil || !strings.HasSuffix(err.Error(), "… +20") {
		t.Errorf("of many: %v", err)
	}
}

func TestThingsAreNamedByPrefixesAndNames(t *testing.T) {
	t.Parallel()
	server := settings()[0].start(t)
	sh := signedIn(t, server, 0)
	doubles, singles := sh.game(t, "목요일 복식", v1.GameType_GAME_TYPE_DOUBLES, 4), sh.game(t, "목요일 단식", v1.GameType_GAME_TYPE_SINGLES, 2)
	post := sh.post(t, "안내", "x", v1.PostCategory_POST_CATEGORY_FREE)
	// The ids differ somewhere: the shortest beginning that only one has.
	n := 0
	for doubles.GetId()[n] == singles.GetId()[n] {
		n++
	}
	if out := sh.do(t, "games", "show", doubles.GetId()[:n+1]); !strings.Contains(out, "목요일 복식") {
		t.Errorf("by a prefix: %s", out)
	}
	if out := sh.do(t, "games", "show", "단식"); !strings.Contains(out, singles.GetId()) {
		t.Errorf("by a name: %s", out)
	}
	if out := sh.do(t, "posts", "show", post.GetId()[:30]); !strings.Contains(out, "안내") {
		t.Errorf("a post by a prefix: %s", out)
	}
	for _, meant := range []string{doubles.GetId()[:4], "목요일"} {
		r := sh.run(t.Context(), "", "games", "join", meant)
		if r.code != exitUsage || !strings.Contains(r.err, doubles.GetId()+"  목요일 복식") || !strings.Contains(r.err, singles.GetId()+"  목요일 단식") {
			t.Errorf("%s: %+v", meant, r)
		}
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"games", "show", "목요일 단"}, "목요일 단식\t"},
		{[]string{"games", "show", norm.NFD.String("목요일 단")}, "목요일 단식\t"},
		{[]string{"games", "show", doubles.GetId()[:n+1]}, doubles.GetId() + "\t"},
		{[]string{"posts", "show", "안"}, "안내\t"},
		{[]string{"members", "--search", ""}, server.People(t)[0].Name},
	} {
		if r := sh.run(t.Context(), "", append([]string{cobra.ShellCompRequestCmd}, c.args...)...); !strings.HasPrefix(r.out, c.want) {
			t.Errorf("%q: %+v", c.args, r)
		}
	}
}

// Times are by the club's clock, whatever the machine's says.
func TestTimesAreTheClubs(t *testing.T) {
	at := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	if got := when(timestamppb.New(at)); got != "2026-11-25 19:00 KST" {
		t.Errorf("got %q", got)
	}
}
