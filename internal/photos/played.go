package photos

import (
	"context"
	"slices"
	"time"
)

// Games finds games by when they were on.
type Games interface {
	// GamesOn returns the completed games that were on at any of at most 100 moments.
	GamesOn(ctx context.Context, moments []time.Time) ([]Game, error)
}

// Game is a game that was played.
type Game struct {
	GameID                 string
	StartedAt, CompletedAt time.Time
	// Players are those of both teams.
	Players []string
}

func (g Game) on(at time.Time) bool { return !at.Before(g.StartedAt) && !at.After(g.CompletedAt) }

// gamesOf returns the ids of the games that photos were taken in, in their order; empty if that is none or not clear.
func (g *Gallery) gamesOf(ctx context.Context, photos []Photo) ([]string, error) {
	ids := make([]string, len(photos))
	var moments []time.Time
	for _, p := range photos {
		if !p.CreatedAt.IsZero() {
			moments = append(moments, p.CreatedAt)
		}
	}
	if len(moments) == 0 {
		return ids, nil
	}
	played, err := g.cfg.Games.GamesOn(ctx, moments)
	if err != nil {
		return nil, err
	}
	for i, p := range photos {
		ids[i] = gameOf(p, played)
	}
	return ids, nil
}

// gameOf returns the game that was on when the photo was taken. If several were, it is the one that the author was a player of: somebody
// who plays on one court takes pictures between the rallies, and somebody who sits by may have taken one of any.
func gameOf(p Photo, played []Game) string {
	var on, own []Game
	for _, game := range played {
		if !game.on(p.CreatedAt) {
			continue
		}
		on = append(on, game)
		if p.AuthorID != "" && slices.Contains(game.Players, p.AuthorID) {
			own = append(own, game)
		}
	}
	switch {
	case len(on) == 1:
		return on[0].GameID
	case len(own) == 1:
		return own[0].GameID
	}
	return ""
}
