package mongodb

import (
	"cmp"
	"errors"
	"math"
	"reflect"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dongbaejul/dongbaejul/internal/games"
	"github.com/dongbaejul/dongbaejul/internal/games/record"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// gameDoc is a game, and what follows from it, so that one write changes both.
type gameDoc struct {
	Head            `bson:",inline"`
	Title           string          `bson:"title"`
	Description     string          `bson:"description,omitempty"`
	Location        string          `bson:"location,omitempty"`
	Date            int64           `bson:"date"`
	Minutes         int             `bson:"minutes"`
	MaxParticipants int             `bson:"max_participants"`
	SkillLevel      string          `bson:"skill_level"`
	Type            string          `bson:"type"`
	Status          string          `bson:"status"`
	Creator         string          `bson:"creator"`
	Participants    placeDocs       `bson:"participants,omitempty"`
	Waiting         placeDocs       `bson:"waiting,omitempty"`
	Team1           []string        `bson:"team1,omitempty"`
	Team2           []string        `bson:"team2,omitempty"`
	CourtID         string          `bson:"court_id,omitempty"`
	CourtName       string          `bson:"court_name,omitempty"`
	Rules           rulesDoc        `bson:"rules"`
	Sets            []scoreDoc      `bson:"sets,omitempty"`
	Corrections     []correctionDoc `bson:"corrections,omitempty"`
	Dropped         int             `bson:"corrections_dropped,omitempty"`
	// End is empty in games that were completed before it was kept: those were played out.
	End         string      `bson:"end,omitempty"`
	FinalScore  scoreDoc    `bson:"final_score"`
	Winner      int         `bson:"winner,omitempty"`
	MVP         string      `bson:"mvp,omitempty"`
	GameStats   notedDoc    `bson:"noted"`
	CreatedAt   int64       `bson:"created_at"`
	UpdatedAt   int64       `bson:"updated_at"`
	StartedAt   int64       `bson:"started_at,omitempty"`
	CompletedAt int64       `bson:"completed_at,omitempty"`
	CancelledAt int64       `bson:"cancelled_at,omitempty"`
	RequestHash string      `bson:"request_hash,omitempty"`
	Errands     []errandDoc `bson:"errands,omitempty"`

	// WaitingCount is how many wait.
	WaitingCount int `bson:"waiting_count"`
	// Holds are unique over all games; an index sees to it.
	Holds  []string `bson:"holds,omitempty"`
	Joined []string `bson:"joined,omitempty"`
	// People are the participants and those who wait.
	People []string `bson:"people,omitempty"`
	// Result is of a completed game, and Uncounted there until the result it has now is in the figures.
	Result    *resultDoc    `bson:"result,omitempty"`
	Uncounted *uncountedDoc `bson:"uncounted,omitempty"`
}

type placeDoc struct {
	UserID   string `bson:"user"`
	JoinedAt int64  `bson:"at"`
}

// placeDocs are read without reflection, four times as fast: where a crowd joins, the whole list is read for each of them.
type placeDocs []placeDoc

var errPlaces = errors.New("mongodb: a list of places of a game cannot be read")

// UnmarshalBSONValue implements bson.ValueUnmarshaler.
func (l *placeDocs) UnmarshalBSONValue(_ byte, data []byte) error {
	places, err := bson.Raw(data).Values()
	if err != nil {
		return err
	}
	*l = make(placeDocs, len(places))
	for i, place := range places {
		d, isDocument := place.DocumentOK()
		if !isDocument {
			return errPlaces
		}
		user, hasUser := d.Lookup("user").StringValueOK()
		at, hasTime := d.Lookup("at").AsInt64OK()
		if !hasUser || !hasTime {
			return errPlaces
		}
		(*l)[i] = placeDoc{user, at}
	}
	return nil
}

type rulesDoc struct {
	BestOf   int `bson:"best_of"`
	PointsTo int `bson:"points_to"`
	WinBy    int `bson:"win_by"`
	Cap      int `bson:"cap"`
}

type scoreDoc struct {
	Team1 int `bson:"team1"`
	Team2 int `bson:"team2"`
}

type correctionDoc struct {
	Set  int      `bson:"set"`
	From scoreDoc `bson:"from"`
	To   scoreDoc `bson:"to"`
	By   string   `bson:"by"`
	At   int64    `bson:"at"`
}

type notedDoc struct {
	Minutes      int    `bson:"minutes,omitempty"`
	LongestRally int    `bson:"longest_rally,omitempty"`
	Shuttlecocks int    `bson:"shuttlecocks,omitempty"`
	Note         string `bson:"note,omitempty"`
}

type errandDoc struct {
	Key  string   `bson:"key"`
	Kind string   `bson:"kind"`
	To   []string `bson:"to,omitempty"`
}

// resultDoc is a record.Result but for the ID of its game.
type resultDoc struct {
	At      int64    `bson:"at"`
	Team1   []string `bson:"team1"`
	Team2   []string `bson:"team2"`
	Points  scoreDoc `bson:"points"`
	Winner  int      `bson:"winner"`
	MVP     string   `bson:"mvp,omitempty"`
	Unrated bool     `bson:"unrated,omitempty"`
}

// uncountedDoc says that a game's result has changed.
type uncountedDoc struct {
	// Since is the version of the game at which its result changed last.
	Since int64 `bson:"since"`
	// From is the earliest time among those at which it was completed by any of its results, since one of them was counted.
	From int64 `bson:"from"`
}

func (d gameDoc) game() games.Game {
	end := games.End(d.End)
	if d.Status == string(games.Completed) {
		end = cmp.Or(end, games.PlayedOut)
	}
	return games.Game{
		ID: d.ID, Title: d.Title, Description: d.Description, Location: d.Location, Date: fromMicros(d.Date), Minutes: d.Minutes,
		MaxParticipants: d.MaxParticipants, SkillLevel: users.SkillLevel(d.SkillLevel), Type: games.Type(d.Type),
		Status: games.Status(d.Status), Creator: d.Creator,
		Participants: convert(d.Participants, placeDoc.place), Waiting: convert(d.Waiting, placeDoc.place),
		Team1: d.Team1, Team2: d.Team2, CourtID: d.CourtID, CourtName: d.CourtName,
		Rules: scoring.Rules(d.Rules), Sets: convert(d.Sets, scoreDoc.score),
		Corrections:        convert(d.Corrections, correctionDoc.correction),
		CorrectionsDropped: d.Dropped, End: end, FinalScore: d.FinalScore.score(), Winner: scoring.Team(d.Winner), MVP: d.MVP, GameStats: games.GameStats(d.GameStats),
		Version: d.Version, CreatedAt: fromMicros(d.CreatedAt), UpdatedAt: fromMicros(d.UpdatedAt), StartedAt: fromMicros(d.StartedAt),
		CompletedAt: fromMicros(d.CompletedAt), CancelledAt: fromMicros(d.CancelledAt), RequestHash: d.RequestHash,
		Errands: convert(d.Errands, errandDoc.errand),
	}
}

func (d placeDoc) place() games.Place {
	return games.Place{UserID: d.UserID, JoinedAt: fromMicros(d.JoinedAt)}
}
func (d scoreDoc) score() scoring.Score { return scoring.Score(d) }

func (d correctionDoc) correction() games.Correction {
	return games.Correction{Set: d.Set, From: d.From.score(), To: d.To.score(), By: d.By, At: fromMicros(d.At)}
}

func (d errandDoc) errand() games.Errand {
	return games.Errand{Key: d.Key, Kind: games.ErrandKind(d.Kind), To: d.To}
}

func (d resultDoc) result(gameID string) record.Result {
	return record.Result{
		GameID: gameID, CompletedAt: fromMicros(d.At), Team1: d.Team1, Team2: d.Team2, Points: d.Points.score(),
		Winner: scoring.Team(d.Winner), MVP: d.MVP, Unrated: d.Unrated,
	}
}

// copied is a list apart from l; nil of an empty one.
func copied[T any](l []T) []T { return append([]T(nil), l...) }

func placeDocOf(p games.Place) placeDoc {
	return placeDoc{UserID: p.UserID, JoinedAt: toMicros(p.JoinedAt)}
}
func scoreDocOf(s scoring.Score) scoreDoc { return scoreDoc(s) }

func correctionDocOf(c games.Correction) correctionDoc {
	return correctionDoc{Set: c.Set, From: scoreDoc(c.From), To: scoreDoc(c.To), By: c.By, At: toMicros(c.At)}
}

func errandDocOf(e games.Errand) errandDoc {
	return errandDoc{Key: e.Key, Kind: string(e.Kind), To: copied(e.To)}
}

func resultDocOf(r record.Result) *resultDoc {
	return &resultDoc{
		At: toMicros(r.CompletedAt), Team1: copied(r.Team1), Team2: copied(r.Team2), Points: scoreDoc(r.Points),
		Winner: int(r.Winner), MVP: r.MVP, Unrated: r.Unrated,
	}
}

// with returns the document of what a game has become that d is of; the zero document is of a new game. A result that no
// completed game can have is an error.
func (d gameDoc) with(g games.Game) (gameDoc, error) {
	next := gameDoc{
		Head: Head{ID: g.ID}, Title: g.Title, Description: g.Description, Location: g.Location, Date: toMicros(g.Date), Minutes: g.Minutes,
		MaxParticipants: g.MaxParticipants, SkillLevel: string(g.SkillLevel), Type: string(g.Type), Status: string(g.Status),
		Creator: g.Creator, Participants: convert(g.Participants, placeDocOf), Waiting: convert(g.Waiting, placeDocOf),
		Team1: copied(g.Team1), Team2: copied(g.Team2), CourtID: g.CourtID, CourtName: g.CourtName, Rules: rulesDoc(g.Rules),
		Sets: convert(g.Sets, scoreDocOf), Corrections: convert(g.Corrections, correctionDocOf), Dropped: g.CorrectionsDropped,
		End: string(g.End), FinalScore: scoreDoc(g.FinalScore), Winner: int(g.Winner), MVP: g.MVP, GameStats: notedDoc(g.GameStats),
		CreatedAt: toMicros(g.CreatedAt), UpdatedAt: toMicros(g.UpdatedAt), StartedAt: toMicros(g.StartedAt),
		CompletedAt: toMicros(g.CompletedAt), CancelledAt: toMicros(g.CancelledAt), RequestHash: g.RequestHash,
		Errands: convert(g.Errands, errandDocOf), WaitingCount: len(g.Waiting), Holds: g.Holds(), Joined: g.Joined(),
		People: g.People(),
	}
	if r, completed := g.Result(); completed {
		if err := r.Validate(); err != nil {
			return gameDoc{}, err
		}
		next.Result = resultDocOf(r)
	}
	next.Uncounted = d.uncounted(next.Result)
	return next, nil
}

// uncounted is what is to be told of the figures when the result becomes another one.
func (d gameDoc) uncounted(result *resultDoc) *uncountedDoc {
	if reflect.DeepEqual(d.Result, result) {
		return d.Uncounted
	}
	u := &uncountedDoc{Since: d.Version + 1, From: math.MaxInt64}
	for _, r := range []*resultDoc{d.Result, result} {
		if r != nil {
			u.From = min(u.From, r.At)
		}
	}
	if d.Uncounted != nil {
		u.From = min(u.From, d.Uncounted.From)
	}
	return u
}
