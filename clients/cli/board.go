package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// board is games as events have made them.
type board struct {
	lang  lang
	games map[string]*v1.Game
}

func newBoard(l lang) *board { return &board{lang: l, games: make(map[string]*v1.Game)} }

// apply takes an event in, and returns the game that it is about with what has happened; nil for an event of another kind.
func (b *board) apply(e *v1.Event) (game *v1.Game, what string) {
	text := b.lang.text
	switch p := e.GetPayload().(type) {
	case *v1.Event_GameSnapshot:
		return b.put(p.GameSnapshot.GetGame()), ""
	case *v1.Event_GameCreated:
		return b.put(p.GameCreated.GetGame()), text("새 게임", "announced")
	case *v1.Event_StatusChanged:
		return b.put(p.StatusChanged.GetGame()), b.by(b.lang.state(p.StatusChanged.GetGame()), p.StatusChanged.GetChangedBy())
	case *v1.Event_GameUpdated:
		return b.put(p.GameUpdated.GetGame()), b.by(text("변경", "changed"), p.GameUpdated.GetUpdatedBy())
	case *v1.Event_ParticipantsChanged:
		return b.participants(p.ParticipantsChanged)
	case *v1.Event_ScoreUpdated:
		game := b.games[p.ScoreUpdated.GetGameId()]
		if game == nil {
			return nil, ""
		}
		game.Sets, game.Version = p.ScoreUpdated.GetSets(), p.ScoreUpdated.GetVersion()
		what := text("점수", "score")
		if p.ScoreUpdated.GetCorrection() {
			what = text("점수 정정", "score corrected")
		}
		return game, b.by(what, p.ScoreUpdated.GetUpdatedBy())
	}
	return nil, ""
}

func (b *board) put(game *v1.Game) *v1.Game {
	b.games[game.GetId()] = game
	return game
}

func (b *board) by(what string, who *v1.UserSummary) string {
	if who == nil {
		return what
	}
	return what + " · " + b.lang.name(who)
}

// participants takes in who came and went.
func (b *board) participants(c *v1.ParticipantsChanged) (*v1.Game, string) {
	game := b.games[c.GetGameId()]
	if game == nil {
		return nil, ""
	}
	var what []string
	note := func(ko, en string, p *v1.Participant) {
		what = append(what, b.lang.name(p)+" "+b.lang.text(ko, en))
	}
	for _, id := range c.GetLeft() {
		for _, list := range []*[]*v1.Participant{&game.Participants, &game.WaitingList} {
			if p := take(list, id); p != nil {
				note("나감", "left", p)
			}
		}
	}
	for _, id := range c.GetPromoted() {
		take(&game.WaitingList, id)
	}
	for _, p := range c.GetJoined() {
		if slices.Contains(c.GetPromoted(), p.GetUserId()) {
			note("대기에서 참가", "moved up", p)
		} else {
			note("참가", "joined", p)
		}
	}
	for _, p := range c.GetWaiting() {
		note("대기", "waits", p)
	}
	game.Participants = append(game.Participants, c.GetJoined()...)
	game.WaitingList = append(game.WaitingList, c.GetWaiting()...)
	game.Version = c.GetVersion()
	return game, strings.Join(what, ", ")
}

func hasID(id string) func(*v1.Participant) bool {
	return func(p *v1.Participant) bool { return p.GetUserId() == id }
}

// take takes somebody off a list; nil where they are not on it.
func take(list *[]*v1.Participant, id string) *v1.Participant {
	i := slices.IndexFunc(*list, hasID(id))
	if i < 0 {
		return nil
	}
	p := (*list)[i]
	*list = slices.Delete(*list, i, i+1)
	return p
}

// playing is who plays against whom, where that is known, and else how many have signed up.
func (b *board) playing(g *v1.Game) string {
	if known := b.lang.teams(g); known != "" {
		return known
	}
	waiting := ""
	if n := len(g.GetWaitingList()); n > 0 {
		waiting = fmt.Sprintf("+%d", n)
	}
	return fmt.Sprintf("%d/%d%s", len(g.GetParticipants()), g.GetMaxParticipants(), waiting)
}

// line is a game in one line, and what has happened to it.
func (b *board) line(g *v1.Game, what string) string {
	parts := []string{g.GetTitle(), b.lang.state(g), g.GetCourtName(), b.playing(g), score(g), what}
	return clean(strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "  "))
}

// table shows the games that are played, then those to come, then those that have ended, in at most so many lines.
func (b *board) table(p *printer, lines int) []string {
	games := slices.SortedFunc(maps.Values(b.games), func(x, y *v1.Game) int {
		return cmp.Or(cmp.Compare(place(x), place(y)), x.GetGameDate().AsTime().Compare(y.GetGameDate().AsTime()), cmp.Compare(x.GetId(), y.GetId()))
	})
	left := 0
	// The header, the last line, and the one where the cursor stands.
	if fit := max(1, lines-3); len(games) > fit {
		games, left = games[:fit], len(games)-fit
	}
	rows := make([]row, len(games))
	for i, g := range games {
		rows[i] = row{when(g.GetGameDate()), b.lang.state(g), g.GetCourtName(), score(g), b.playing(g), g.GetTitle()}
	}
	text := p.lang.text
	header := row{text("날짜", "date"), text("상태", "status"), text("코트", "court"), text("점수", "score"), text("경기", "players"), text("제목", "title")}
	table := strings.Split(p.table(header, rows), "\n")
	if left > 0 {
		table = append(table, fmt.Sprintf(text("외 %d게임", "and %d more"), left))
	}
	return table
}

// place is where a game stands in the table, by its state.
func place(g *v1.Game) int {
	switch g.GetStatus() {
	case v1.GameStatus_GAME_STATUS_ONGOING:
		return 0
	case v1.GameStatus_GAME_STATUS_SCHEDULED:
		return 1
	}
	return 2
}
