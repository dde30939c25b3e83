package games

import (
	"context"
	"time"
)

// Store keeps games and courts. Every method is atomic and may be called concurrently. Whether the caller may do it is not
// asked here.
//
// Players' figures (Stats of the users' store) follow from the games: GamesJoined counts the games a user has Joined, the
// rest is record.Fold and rating.Fold over the Result of every completed game. Whoever asks after an update has returned
// finds it counted, once, whatever was completed or corrected in which order.
type Store interface {
	// CreateGame keeps a new game, which is scheduled, with Version 1. Where the ID is taken it keeps nothing and returns the
	// game that has it, with created false.
	CreateGame(ctx context.Context, g Game) (kept Game, created bool, err error)
	// Game returns one game; fault.NotFound where there is none.
	Game(ctx context.Context, gameID string) (Game, error)
	// GamesByID returns those of ids that exist, in no order. At most 1000 ids a call.
	GamesByID(ctx context.Context, gameIDs []string) ([]Game, error)
	// UpdateGame changes one game by f and returns the result, whose Version is one more than that of the game f was given. f may
	// run more than once, and its error ends the update with nothing changed. fault.NotFound where there is none. The ID does
	// not change. Where another game has one of the game's Holds, nothing is changed and the error is a *Held.
	UpdateGame(ctx context.Context, gameID string, f func(*Game) error) (Game, error)

	// DropErrands takes errands off a game by their keys, which is not a change of the game and leaves its Version. Keys that are
	// not there are no error; fault.NotFound where there is no game. An update that has begun before may bring an errand back.
	DropErrands(ctx context.Context, gameID string, keys []string) error
	// GamesWithErrands returns games that have errands, by id, those after afterID, at most limit of them.
	GamesWithErrands(ctx context.Context, afterID string, limit int) ([]Game, error)

	// GamesToCome returns the ids of the scheduled games that a user is in or waits for, in no order.
	GamesToCome(ctx context.Context, userID string) ([]string, error)

	// GameVersions returns the versions of all ongoing games, of the scheduled ones dated since or later, and of those of ids that
	// exist, each once and in no order. Streams compare them at each heartbeat.
	GameVersions(ctx context.Context, since time.Time, gameIDs []string) ([]Version, error)
	// GamesPlayed returns the completed games that count and were completed within one of spans, in no order; at most limit. At most
	// MaxSpans spans.
	GamesPlayed(ctx context.Context, spans []Span, limit int) ([]Played, error)
	// ListGames returns a part of the games that filter lets through, and how many there are in all; 0 with filter.After.
	ListGames(ctx context.Context, filter Filter) ([]Game, int, error)
	// CountGames counts the games dated from a time on and before another.
	CountGames(ctx context.Context, from, to time.Time) (Counts, error)

	// Courts returns all courts by CreatedAt, then ID, including deleted ones.
	Courts(ctx context.Context) ([]Court, error)
	// CreateCourt creates a court with Version 1. If its ID is taken, it creates nothing and returns the court that has it, which may
	// be deleted, with created false. ErrTooManyCourts if the ID is free and limit courts are not deleted, however many calls run
	// at once.
	CreateCourt(ctx context.Context, c Court, limit int) (kept Court, created bool, err error)
	// UpdateCourt changes one court by f and returns the result, whose Version is one more than that of the court f was given. f may
	// run more than once, and its error ends the update with nothing changed. fault.NotFound if there is none. The ID does not
	// change, and a court that is deleted stays so.
	UpdateCourt(ctx context.Context, courtID string, f func(*Court) error) (Court, error)

	// Ratings returns the rating of each of ids, which is Stats' Rating. At most 1000 ids a call.
	Ratings(ctx context.Context, userIDs []string) (map[string]int, error)

	// RebuildStats throws away what is kept of players' figures and computes it again from the games, which changes none of
	// them.
	RebuildStats(ctx context.Context) error
}

// Version is which version a game has come to.
type Version struct {
	GameID  string
	Version int64
	Status  Status
}

// Filter says which games to list and which part of the list: first those dated Today or later, the earliest first, then
// those before, the latest first; by ID where two have the same date, in the same direction.
type Filter struct {
	// Status is empty for all.
	Status Status
	// From is the earliest date; To is after the latest. Zero is no bound.
	From, To time.Time
	// UserID is that of a participant, or of somebody on the waiting list; empty for all.
	UserID string
	// CourtID is the court that the games were started on; empty for all.
	CourtID string
	Today   time.Time
	Offset  int
	// After begins after a game of the list, instead of at Offset; nil for the beginning.
	After *Position
	// Limit is at least 1.
	Limit int
}

// Position is the place of a game in a list.
type Position struct {
	Date time.Time
	ID   string
}

// Counts are how many games there are in each state but Cancelled, and how many wait for those Scheduled and Ongoing.
type Counts struct {
	Scheduled, Ongoing, Completed int
	Waiting                       int
}

// Court is a place to play.
type Court struct {
	ID   string
	Name string
	// Maintenance reports whether no game may start on it.
	Maintenance bool
	// Version counts the court's changes, from 1.
	Version   int64
	CreatedAt time.Time
	// DeletedAt is zero unless the court was deleted. It is kept then, so that its id never becomes another court's.
	DeletedAt time.Time
	// RequestHash is as in Game.
	RequestHash string
}
