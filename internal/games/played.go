package games

import (
	"context"
	"slices"
	"time"
)

const (
	// MaxSpans is how many spans of time games are looked for in at once.
	MaxSpans = 100
	// longestGame is how long a game is believed to have been on: one that took longer was forgotten to be completed.
	longestGame = 3 * time.Hour
	// maxPlayed bounds the games that are read to find those that were on.
	maxPlayed = 5000
)

// Span is a time from one moment to another, both included.
type Span struct{ From, To time.Time }

// Played is a completed game that counts, and when it was on.
type Played struct {
	GameID                 string
	StartedAt, CompletedAt time.Time
	// Players are those of both teams.
	Players []string
}

// On reports whether the game was on at a moment.
func (p Played) On(at time.Time) bool {
	return !p.StartedAt.IsZero() && !at.Before(p.StartedAt) && !at.After(p.CompletedAt) && p.CompletedAt.Sub(p.StartedAt) <= longestGame
}

// GamesOn returns the completed games that were on at any of moments, which are MaxSpans at most. Games that ended before they were played,
// and those that took longer than three hours, are not among them.
func (s *Service) GamesOn(ctx context.Context, moments []time.Time) ([]Played, error) {
	spans := spansAfter(moments)
	if len(spans) == 0 {
		return nil, nil
	}
	found, err := s.Store.GamesPlayed(ctx, spans, maxPlayed)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(p Played) bool { return !slices.ContainsFunc(moments, p.On) }), nil
}

// spansAfter returns the times within which games that were on at the moments were completed, without overlaps.
func spansAfter(moments []time.Time) (spans []Span) {
	moments = slices.DeleteFunc(slices.Clone(moments), time.Time.IsZero)
	slices.SortFunc(moments, time.Time.Compare)
	for _, at := range moments {
		end := at.Add(longestGame)
		if last := len(spans) - 1; last >= 0 && !at.After(spans[last].To) {
			spans[last].To = end
			continue
		}
		spans = append(spans, Span{From: at, To: end})
	}
	return spans
}
