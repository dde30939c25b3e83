package rating

import (
	"fmt"
	"maps"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/games/record"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

// Player is a player's rating after the games so far.
type Player struct {
	Rating
	Games        int       // that the rating rests on
	LastPlayedAt time.Time // completion of the last of them
}

// After returns the new ratings of exactly those who played game, by player id; none after an unrated game. before holds the ratings so far, of these players or
// of more; who is not in it is new. before is left as it is.
//
// Games are to be given in the order of record.InOrder and each once; then the ratings are those of Fold to the last bit on one
// processor architecture. A result that does not Validate returns that error.
func After(before map[string]Player, game record.Result) (map[string]Player, error) {
	if err := game.Validate(); err != nil {
		return nil, fmt.Errorf("rate players: %w", err)
	}
	if game.Unrated {
		return nil, nil
	}
	winners, losers := game.Team1, game.Team2
	if game.Winner == scoring.Team2 {
		winners, losers = losers, winners
	}
	afterWinners, afterLosers := Update(atStart(before, winners, game.CompletedAt), atStart(before, losers, game.CompletedAt))

	after := make(map[string]Player, len(winners)+len(losers))
	put := func(ids []string, ratings []Rating) {
		for i, id := range ids {
			player := Player{Rating: ratings[i], Games: before[id].Games + 1, LastPlayedAt: before[id].LastPlayedAt}
			if game.CompletedAt.After(player.LastPlayedAt) {
				player.LastPlayedAt = game.CompletedAt
			}
			after[id] = player
		}
	}
	put(winners, afterWinners)
	put(losers, afterLosers)
	return after, nil
}

// atStart returns the ratings with which players enter a game at a time.
func atStart(before map[string]Player, ids []string, at time.Time) []Rating {
	ratings := make([]Rating, len(ids))
	for i, id := range ids {
		ratings[i] = Start()
		if player, played := before[id]; played {
			ratings[i] = player.Rested(at.Sub(player.LastPlayedAt))
		}
	}
	return ratings
}

// Fold returns the ratings of everybody who played in rated games, by player id, computed from nothing else. The order in which games are
// given does not matter, and a game that occurs more than once counts once. The first result that does not Validate ends it with that
// error.
func Fold(games []record.Result) (map[string]Player, error) {
	all := make(map[string]Player)
	for _, game := range record.InOrder(games) {
		after, err := After(all, game)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, after)
	}
	return all, nil
}
