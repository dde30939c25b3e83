package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/text/unicode/norm"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

const (
	// shortestPrefix is how much of an id names a thing at least, as in git.
	shortestPrefix = 4
	// maxNamed bounds the things that a name is looked up among.
	maxNamed = 1000
	// maxCandidates bounds those that are listed when a name is not unique.
	maxCandidates = 10
)

// named is a thing that can be named on a command line.
type named struct {
	id, name string
	// about tells it from others of the same name; it may be empty.
	about string
}

var wholeID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// resolve returns the id of what is meant: by an id or the beginning of one, by a name, or by a part of a name. What is not found
// is returned as it is, for the server to say.
func (d *dbj) resolve(meant string, list func() ([]named, error)) (string, error) {
	if wholeID.MatchString(meant) {
		return meant, nil
	}
	things, err := list()
	if err != nil {
		return "", err
	}
	// Names are in this form, and some keyboards write another.
	meant = norm.NFC.String(meant)
	for _, matches := range []func(named) bool{
		func(n named) bool { return n.id == meant },
		func(n named) bool {
			return len(meant) >= shortestPrefix && strings.HasPrefix(n.id, strings.ToLower(meant))
		},
		func(n named) bool { return n.name == meant },
		func(n named) bool { return meant != "" && strings.Contains(n.name, meant) },
	} {
		var found []named
		for _, n := range things {
			if matches(n) {
				found = append(found, n)
			}
		}
		if len(found) == 1 {
			return found[0].id, nil
		}
		if len(found) > 1 {
			return "", ambiguous(meant, found)
		}
	}
	return meant, nil
}

// ambiguous lists what a name stands for.
func ambiguous(meant string, found []named) error {
	var candidates strings.Builder
	for _, n := range found[:min(len(found), maxCandidates)] {
		candidates.WriteString(strings.TrimRight(fmt.Sprintf("\n%s  %s  %s", n.id, clean(n.name), clean(n.about)), " "))
	}
	if left := len(found) - maxCandidates; left > 0 {
		fmt.Fprintf(&candidates, "\n… +%d", left)
	}
	return &refused{
		code: exitUsage, ko: fmt.Sprintf("%q에 맞는 것이 여럿입니다. id로 정하세요:%s", meant, candidates.String()),
		en: fmt.Sprintf("%q is ambiguous; name one by its id:%s", meant, candidates.String()),
	}
}

// offer makes a shell offer ids with what they are called, or names if the beginning of one is typed.
func offer(things []named, typed string) []string {
	var ids, names []string
	for _, n := range things {
		about := strings.TrimSpace(clean(n.about) + " " + clean(n.name))
		if strings.HasPrefix(n.id, typed) {
			ids = append(ids, cobra.CompletionWithDesc(n.id, about))
		}
		if typed != "" && strings.HasPrefix(clean(n.name), norm.NFC.String(typed)) {
			names = append(names, cobra.CompletionWithDesc(clean(n.name), strings.TrimSpace(clean(n.about)+" "+n.id)))
		}
	}
	return append(ids, names...)
}

// namedGames are the games of a request.
func (d *dbj) namedGames(ctx context.Context, limit int, req *v1.ListGamesRequest) ([]named, error) {
	games, _, err := collect(ctx, limit, d.gamePages(req))
	things := make([]named, len(games))
	for i, g := range games {
		things[i] = named{id: g.GetId(), name: g.GetTitle(), about: when(g.GetGameDate())}
	}
	return things, err
}

func (d *dbj) game(ctx context.Context, meant string) (string, error) {
	return d.resolve(meant, func() ([]named, error) { return d.namedGames(ctx, maxNamed, &v1.ListGamesRequest{}) })
}

func (d *dbj) namedPosts(ctx context.Context, limit int) ([]named, error) {
	posts, _, err := collect(ctx, limit, d.postPages(&v1.ListPostsRequest{}))
	things := make([]named, len(posts))
	for i, p := range posts {
		things[i] = named{id: p.GetId(), name: p.GetTitle()}
	}
	return things, err
}

func (d *dbj) postID(ctx context.Context, meant string) (string, error) {
	return d.resolve(meant, func() ([]named, error) { return d.namedPosts(ctx, maxNamed) })
}

func (d *dbj) namedCourts(ctx context.Context) ([]named, error) {
	answer, err := ask(ctx, d, d.client.Games.ListCourts, &v1.ListCourtsRequest{})
	things := make([]named, len(answer.GetCourts()))
	for i, c := range answer.GetCourts() {
		things[i] = named{id: c.GetId(), name: c.GetName()}
	}
	return things, err
}

func (d *dbj) court(ctx context.Context, meant string) (string, error) {
	return d.resolve(meant, func() ([]named, error) { return d.namedCourts(ctx) })
}

// namedPlayers are those who take part in a game.
func (d *dbj) namedPlayers(ctx context.Context, game string) ([]named, error) {
	answer, err := ask(ctx, d, d.client.Games.GetGame, &v1.GetGameRequest{GameId: game})
	things := make([]named, len(answer.GetGame().GetParticipants()))
	for i, p := range answer.GetGame().GetParticipants() {
		things[i] = named{id: p.GetUserId(), name: d.lang.name(p)}
	}
	return things, err
}

func (d *dbj) namedMembers(ctx context.Context, limit int) ([]named, error) {
	members, _, err := collect(ctx, limit, d.memberPages(&v1.ListMembersRequest{}))
	things := make([]named, len(members))
	for i, m := range members {
		things[i] = named{id: m.GetId(), name: d.lang.name(m)}
	}
	return things, err
}

// byID returns what a command runs whose argument is resolved to an id first.
func (d *dbj) byID(resolve func(context.Context, string) (string, error), run func(*cobra.Command, string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		id, err := resolve(c.Context(), args[0])
		if err != nil {
			return err
		}
		return run(c, id)
	}
}
