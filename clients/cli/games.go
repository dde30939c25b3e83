package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

func (d *dbj) games() *cobra.Command {
	c := d.listGames()
	c.Use, c.Short = "games", "See games, sign up for them, leave, or end them"
	c.AddCommand(d.listGames(), d.showGame(), d.joinGame(), d.leaveGame(), d.completeGame())
	return c
}

func (d *dbj) listGames() *cobra.Command {
	var status, from, to, court string
	var mine bool
	c := &cobra.Command{Use: "list", Short: "List games, upcoming first", Args: cobra.NoArgs}
	limit := limitFlag(c)
	c.Flags().StringVar(&status, "status", "", strings.Join(words[v1.GameStatus](), ", "))
	c.Flags().StringVar(&from, "from", "", "from this day in the club's time zone, such as 2026-11-25, or from an RFC 3339 time")
	c.Flags().StringVar(&to, "to", "", "up to and including this day, or before an RFC 3339 time")
	c.Flags().BoolVar(&mine, "mine", false, "only games you play in or wait for")
	c.Flags().StringVar(&court, "court", "", "only games that were started on this court")
	complete(c, "status", words[v1.GameStatus]()...)
	_ = c.RegisterFlagCompletionFunc("court", d.offeredCourts())
	c.RunE = func(c *cobra.Command, _ []string) error {
		of, err := parseWord[v1.GameStatus]("status", status)
		if err != nil {
			return err
		}
		req := &v1.ListGamesRequest{Status: of}
		if req.DateFrom, err = parseDate("from", from); err != nil {
			return err
		}
		if req.DateTo, err = parseDate("to", to); err != nil {
			return err
		}
		if court != "" {
			if court, err = d.court(c.Context(), court); err != nil {
				return err
			}
			req.CourtId = &court
		}
		if mine {
			me, err := d.client.UserID(c.Context())
			if err != nil {
				return err
			}
			req.UserId = &me
		}
		games, info, err := collect(c.Context(), *limit, d.gamePages(req))
		if err != nil {
			return err
		}
		defer d.more(len(games), info)
		text := d.lang.text
		return list(&d.printer, &v1.ListGamesResponse{Games: games, Pagination: info}, games,
			row{text("날짜", "date"), text("제목", "title"), text("장소", "place"), text("종류", "type"), text("급수", "skill"), text("인원", "players"),
				text("대기", "waiting"), text("상태", "status"), text("점수", "score"), "id"},
			func(g *v1.Game) row {
				return row{
					when(g.GetGameDate()), g.GetTitle(), g.GetLocation(), d.lang.called(g.GetGameType()), d.lang.called(g.GetSkillLevel()),
					fmt.Sprintf("%d/%d", len(g.GetParticipants()), g.GetMaxParticipants()), len(g.GetWaitingList()),
					d.lang.state(g), score(g), g.GetId(),
				}
			})
	}
	return c
}

// parseDate checks that a flag is a day or a time, as the server does, so that the error names the flag; nil if it is not given.
func parseDate(flag, s string) (*string, error) {
	if s == "" {
		return nil, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if _, err := time.Parse(layout, s); err == nil {
			return &s, nil
		}
	}
	return nil, &refused{
		code: exitUsage, ko: fmt.Sprintf("--%s %s: 2026-11-25 같은 날짜나 2026-11-25T19:00:00+09:00 같은 시각이어야 합니다.", flag, s),
		en: fmt.Sprintf("--%s %s: it is a day such as 2026-11-25, or a time such as 2026-11-25T19:00:00+09:00.", flag, s),
	}
}

// gamePages asks for games as req does, page by page.
func (d *dbj) gamePages(req *v1.ListGamesRequest) page[*v1.Game] {
	return func(ctx context.Context, token string, limit int32) ([]*v1.Game, string, *v1.PaginationInfo, error) {
		req.PageToken, req.Limit = &token, &limit
		answer, err := ask(ctx, d, d.client.Games.ListGames, req)
		return answer.GetGames(), answer.GetNextPageToken(), answer.GetPagination(), err
	}
}

// score is what a game stands at: its sets, one after the other.
func score(g *v1.Game) string {
	var sets []string
	for _, set := range g.GetSets() {
		sets = append(sets, fmt.Sprintf("%d:%d", set.GetTeam1Score(), set.GetTeam2Score()))
	}
	return strings.Join(sets, " ")
}

// side is who plays on one side, by name.
func (l lang) side(g *v1.Game, ids []string) string {
	var names []string
	for _, id := range ids {
		name := "?"
		if i := slices.IndexFunc(g.GetParticipants(), hasID(id)); i >= 0 {
			name = l.name(g.GetParticipants()[i])
		}
		names = append(names, name)
	}
	return strings.Join(names, "·")
}

// teams is who plays against whom; empty where that is not known.
func (l lang) teams(g *v1.Game) string {
	if len(g.GetTeam1()) == 0 {
		return ""
	}
	return l.side(g, g.GetTeam1()) + " : " + l.side(g, g.GetTeam2())
}

// winner returns the names of the winning side; empty if there is none.
func (l lang) winner(g *v1.Game) string {
	switch g.GetWinner() {
	case v1.Team_TEAM_TEAM1:
		return l.side(g, g.GetTeam1())
	case v1.Team_TEAM_TEAM2:
		return l.side(g, g.GetTeam2())
	}
	return ""
}

func (l lang) people(list []*v1.Participant) string {
	var names []string
	for _, p := range list {
		names = append(names, l.name(p))
	}
	return strings.Join(names, ", ")
}

// printGame prints a game for people, or as it is.
func (d *dbj) printGame(g *v1.Game) error {
	if d.format != asTable {
		return d.document(g)
	}
	text := d.lang.text
	return d.fields(
		row{text("제목", "title"), g.GetTitle()},
		row{text("날짜", "date"), fmt.Sprintf("%s (%d%s)", when(g.GetGameDate()), g.GetDuration(), text("분", " minutes"))},
		row{text("장소", "place"), g.GetLocation()},
		row{text("상태", "status"), d.lang.state(g)},
		row{text("종류", "type"), d.lang.called(g.GetGameType())},
		row{text("급수", "skill"), d.lang.called(g.GetSkillLevel())},
		row{text("코트", "court"), g.GetCourtName()},
		row{text("팀", "teams"), d.lang.teams(g)},
		row{text("점수", "score"), score(g)},
		row{text("승리", "winner"), d.lang.winner(g)},
		row{text("참가", "players"), fmt.Sprintf("%d/%d  %s", len(g.GetParticipants()), g.GetMaxParticipants(), d.lang.people(g.GetParticipants()))},
		row{text("대기", "waiting"), d.lang.people(g.GetWaitingList())},
		row{text("설명", "about"), g.GetDescription()},
		row{"id", g.GetId()},
	)
}

// offeredGames makes a shell offer games that are to come or are played.
func (d *dbj) offeredGames() cobra.CompletionFunc {
	return d.offered(func(ctx context.Context, _ []string) ([]named, error) {
		yesterday := time.Now().AddDate(0, 0, -1).Format(time.RFC3339)
		return d.namedGames(ctx, pageSize, &v1.ListGamesRequest{DateFrom: &yesterday})
	})
}

func (d *dbj) showGame() *cobra.Command {
	return &cobra.Command{
		Use: "show GAME", Short: "Show a game", Args: cobra.ExactArgs(1), ValidArgsFunction: d.offeredGames(),
		RunE: d.byID(d.game, func(c *cobra.Command, id string) error {
			answer, err := ask(c.Context(), d, d.client.Games.GetGame, &v1.GetGameRequest{GameId: id})
			if err != nil {
				return err
			}
			return d.printGame(answer.GetGame())
		}),
	}
}

func (d *dbj) joinGame() *cobra.Command {
	return &cobra.Command{
		Use: "join GAME", Short: "Sign up for a game, or for its waiting list", Args: cobra.ExactArgs(1), ValidArgsFunction: d.offeredGames(),
		RunE: d.byID(d.game, func(c *cobra.Command, id string) error {
			// Joining twice changes nothing, and so may be tried again.
			answer, err := ask(c.Context(), d, d.client.Games.JoinGame, &v1.JoinGameRequest{GameId: id})
			if err != nil {
				return err
			}
			if d.format != asTable {
				return d.document(answer)
			}
			g := answer.GetGame()
			if answer.GetParticipantStatus() == v1.ParticipantStatus_PARTICIPANT_STATUS_JOINED {
				return d.line("%s에 참가합니다.", "You play in %s.", clean(g.GetTitle()))
			}
			me, err := d.client.UserID(c.Context())
			if err != nil {
				return err
			}
			place := 1 + slices.IndexFunc(g.GetWaitingList(), hasID(me))
			return d.line("%s의 대기자 명단 %d번째입니다.", "You wait for %s, at place %[2]d.", clean(g.GetTitle()), place)
		}),
	}
}

func (d *dbj) leaveGame() *cobra.Command {
	return &cobra.Command{
		Use: "leave GAME", Short: "Leave a game, or its waiting list", Args: cobra.ExactArgs(1), ValidArgsFunction: d.offeredGames(),
		RunE: d.byID(d.game, func(c *cobra.Command, id string) error {
			answer, err := ask(c.Context(), d, d.client.Games.LeaveGame, &v1.LeaveGameRequest{GameId: id})
			if err != nil {
				return err
			}
			if d.format != asTable {
				return d.document(answer)
			}
			return d.line("%s에서 빠졌습니다.", "You have left %s.", clean(answer.GetGame().GetTitle()))
		}),
	}
}

func (d *dbj) completeGame() *cobra.Command {
	c := &cobra.Command{
		Use: "complete GAME", Short: "End a game by its sets, or early", Args: cobra.ExactArgs(1), ValidArgsFunction: d.offeredGames(),
	}
	ends := map[v1.GameEnd]*bool{
		v1.GameEnd_GAME_END_RETIRED:   c.Flags().Bool("retired", false, "one side gave up; needs --winner"),
		v1.GameEnd_GAME_END_WALKOVER:  c.Flags().Bool("walkover", false, "one side won without a match; needs --winner"),
		v1.GameEnd_GAME_END_ABANDONED: c.Flags().Bool("abandoned", false, "broken off, with no winner"),
	}
	won := c.Flags().String("winner", "", strings.Join(words[v1.Team](), ", "))
	complete(c, "winner", words[v1.Team]()...)
	mvp := c.Flags().String("mvp", "", "the best player, by name or id")
	_ = c.RegisterFlagCompletionFunc("mvp", d.offeredTo(func(ctx context.Context, args []string) ([]named, error) {
		if len(args) == 0 {
			return nil, nil
		}
		game, err := d.game(ctx, args[0])
		if err != nil {
			return nil, err
		}
		return d.namedPlayers(ctx, game)
	}))
	c.RunE = func(c *cobra.Command, args []string) error {
		team, err := parseWord[v1.Team]("winner", *won)
		if err != nil {
			return err
		}
		req := &v1.CompleteGameRequest{Winner: team}
		for end, chosen := range ends {
			if *chosen && req.End != nil {
				return &refused{
					code: exitUsage, ko: "--retired, --walkover, --abandoned 중 하나만 쓸 수 있습니다.",
					en: "--retired, --walkover and --abandoned exclude each other",
				}
			}
			if *chosen {
				req.End = &end
			}
		}
		if req.GameId, err = d.game(c.Context(), args[0]); err != nil {
			return err
		}
		if *mvp != "" {
			best, err := d.resolve(*mvp, func() ([]named, error) { return d.namedPlayers(c.Context(), req.GetGameId()) })
			if err != nil {
				return err
			}
			req.Mvp = &best
		}
		// Ending it twice in the same way changes nothing, and so may be tried again.
		answer, err := ask(c.Context(), d, d.client.Games.CompleteGame, req)
		if err != nil {
			return err
		}
		return d.printGame(answer.GetGame())
	}
	return c
}
