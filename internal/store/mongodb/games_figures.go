package mongodb

import (
	"cmp"
	"errors"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dongbaejul/dongbaejul/internal/games/rating"
	"github.com/dongbaejul/dongbaejul/internal/games/record"
)

// keepResults is how many of the latest results are kept one by one at least, and half of how many at most.
const keepResults = 64

// ledgerDoc is everybody's figures, as a ledger.
type ledgerDoc struct {
	ID string `bson:"_id"`
	// Edition is another one after each write.
	Edition bson.ObjectID `bson:"edition"`
	UpTo    int64         `bson:"up_to"`
	Players []playerDoc   `bson:"players"`
	Recent  []countedDoc  `bson:"recent"`
}

// playerDoc is the figures of one player.
type playerDoc struct {
	UserID        string `bson:"user"`
	Played        int    `bson:"played"`
	Wins          int    `bson:"wins"`
	PointsFor     int    `bson:"for"`
	PointsAgainst int    `bson:"against"`
	MVPs          int    `bson:"mvps"`
	LastPlayedAt  int64  `bson:"last"`
	// Unrated is how many of the games the rating does not follow from.
	Unrated int `bson:"unrated,omitempty"`
	// RatedAt is when the last of the others was played; LastPlayedAt where it is 0.
	RatedAt int64   `bson:"rated_at,omitempty"`
	Mu      float64 `bson:"mu"`
	Sigma   float64 `bson:"sigma"`
}

// countedDoc is the result of a game that is in the ledger.
type countedDoc struct {
	GameID string    `bson:"game"`
	Result resultDoc `bson:",inline"`
}

func (d countedDoc) result() record.Result { return d.Result.result(d.GameID) }

// figures are the sums and the ratings of everybody who has played. Those that somebody else may have are not changed.
type figures struct {
	stats   map[string]record.Stats
	ratings map[string]rating.Player
}

func newFigures() figures {
	return figures{stats: make(map[string]record.Stats), ratings: make(map[string]rating.Player)}
}

func (f figures) clone() figures { return figures{maps.Clone(f.stats), maps.Clone(f.ratings)} }

// rating returns the rating that members see of a player; a newcomer's for players without a rated game.
func (f figures) rating(player string) int {
	if p, rated := f.ratings[player]; rated {
		return p.Display()
	}
	return rating.Start().Display()
}

// add counts one more game, which is the latest.
func (f figures) add(r record.Result) error {
	after, err := rating.After(f.ratings, r)
	if err != nil {
		return err
	}
	maps.Copy(f.ratings, after)
	for player := range r.Players() {
		f.stats[player] = f.stats[player].After(r, player)
	}
	return nil
}

// errRebuild is that a ledger has to be made of all games.
var errRebuild = errors.New("mongodb: the ledger of figures is to be made again")

// ledger is all results that are counted. The early ones are there as the figures they make; the recent ones, none of which
// is before upTo, one by one, so that another can come between them, or take the place of one. Who has it does not change it.
type ledger struct {
	edition bson.ObjectID
	upTo    int64
	early   figures
	// recent are in the order that ratings are computed in.
	recent []countedDoc
	// now are the figures of all.
	now figures
}

func newLedger() *ledger { return &ledger{upTo: earliest, early: newFigures()} }

// with returns the ledger in which the results of some games are what they are now; errRebuild where one of them may be among the
// early ones, or would come there.
func (l *ledger) with(changed []gameDoc, keep int) (*ledger, error) {
	recent := slices.Clone(l.recent)
	for _, g := range changed {
		if g.Uncounted.From <= l.upTo {
			return nil, errRebuild
		}
		recent = slices.DeleteFunc(recent, func(c countedDoc) bool { return c.GameID == g.ID })
		if g.Result != nil {
			recent = append(recent, countedDoc{g.ID, *g.Result})
		}
	}
	slices.SortFunc(recent, func(a, b countedDoc) int {
		return cmp.Or(cmp.Compare(a.Result.At, b.Result.At), cmp.Compare(a.GameID, b.GameID))
	})
	next := &ledger{upTo: l.upTo, early: l.early.clone(), recent: recent}
	if err := next.settle(keep); err != nil {
		return nil, err
	}
	return next, next.sum()
}

// add puts a result at the end.
func (l *ledger) add(g gameDoc, keep int) error {
	l.recent = append(l.recent, countedDoc{g.ID, *g.Result})
	return l.settle(keep)
}

// settle counts recent results among the early ones when there are too many.
func (l *ledger) settle(keep int) error {
	if len(l.recent) <= 2*keep {
		return nil
	}
	n := len(l.recent) - keep
	for _, c := range l.recent[:n] {
		if err := l.early.add(c.result()); err != nil {
			return err
		}
		l.upTo = c.Result.At
	}
	l.recent = slices.Clone(l.recent[n:])
	return nil
}

// sum computes the figures of all.
func (l *ledger) sum() error {
	l.now = l.early.clone()
	for _, c := range l.recent {
		if err := l.now.add(c.result()); err != nil {
			return err
		}
	}
	return nil
}

func (d ledgerDoc) ledger() (*ledger, error) {
	l := newLedger()
	l.edition, l.upTo, l.recent = d.Edition, d.UpTo, d.Recent
	for _, p := range d.Players {
		s := record.Stats{
			GamesPlayed: p.Played, Wins: p.Wins, Losses: p.Played - p.Wins, PointsFor: p.PointsFor, PointsAgainst: p.PointsAgainst,
			MVPs: p.MVPs, LastPlayedAt: fromMicros(p.LastPlayedAt),
		}
		l.early.stats[p.UserID] = s
		if p.Unrated == p.Played {
			continue
		}
		l.early.ratings[p.UserID] = rating.Player{
			Rating: rating.Rating{Mu: p.Mu, Sigma: p.Sigma}, Games: p.Played - p.Unrated, LastPlayedAt: fromMicros(cmp.Or(p.RatedAt, p.LastPlayedAt)),
		}
	}
	return l, l.sum()
}

func ledgerDocOf(l *ledger) ledgerDoc {
	d := ledgerDoc{ID: ledgerID, Edition: l.edition, UpTo: l.upTo, Recent: l.recent}
	for id, s := range l.early.stats {
		r := l.early.ratings[id]
		d.Players = append(d.Players, playerDoc{
			UserID: id, Played: s.GamesPlayed, Wins: s.Wins, PointsFor: s.PointsFor, PointsAgainst: s.PointsAgainst,
			MVPs: s.MVPs, LastPlayedAt: toMicros(s.LastPlayedAt), Unrated: s.GamesPlayed - r.Games, RatedAt: toMicros(r.LastPlayedAt), Mu: r.Mu, Sigma: r.Sigma,
		})
	}
	return d
}
