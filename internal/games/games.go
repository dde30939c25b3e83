// Package games runs the club's games. Everything here leans on one rule: a game is one document with a version, and
// whatever happens to it is one pure function that one atomic update runs. So a place is given away once, promotion is part
// of the leaving that makes room, and whoever has one version and the next change has the next version.
package games

import (
	"errors"
	"slices"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games/record"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// Status is how far a game has come: scheduled → ongoing → completed, or cancelled from either of the first two.
type Status string

const (
	Scheduled Status = "scheduled"
	Ongoing   Status = "ongoing"
	Completed Status = "completed"
	Cancelled Status = "cancelled"
)

// End is how a completed game ended.
type End string

const (
	// PlayedOut is that the sets decided it.
	PlayedOut End = "completed"
	// Retired is that one side gave up while it was played: the points played count, and no rating follows from it.
	Retired End = "retired"
	// Walkover is that one side won without a match. It counts nowhere.
	Walkover End = "walkover"
	// Abandoned is that it was broken off without a winner. It counts nowhere.
	Abandoned End = "abandoned"
)

// counts reports whether players' figures follow from a game that ended so.
func (e End) counts() bool { return e != Walkover && e != Abandoned }

// Type is who plays whom.
type Type string

const (
	Singles      Type = "singles"
	Doubles      Type = "doubles"
	MixedDoubles Type = "mixed_doubles"
)

// TeamSize is how many play on one side.
func (t Type) TeamSize() int {
	if t == Singles {
		return 1
	}
	return 2
}

// AnySkill is what a game asks for that everybody is welcome to.
const AnySkill users.SkillLevel = "all"

// Game is one game, from its announcement to its result.
type Game struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	// Location is where it is played; empty where nobody has said.
	Location string    `json:"location,omitempty"`
	Date     time.Time `json:"date"`
	// Minutes is how long it is to take.
	Minutes         int              `json:"minutes"`
	MaxParticipants int              `json:"max_participants"`
	SkillLevel      users.SkillLevel `json:"skill_level"`
	Type            Type             `json:"type"`
	Status          Status           `json:"status"`
	// Creator is a user id.
	Creator string `json:"creator"`

	// Participants are in the order they came in, Waiting in the order they will move up. Nobody is in both, and nobody waits
	// while a place is free.
	Participants []Place `json:"participants,omitempty"`
	Waiting      []Place `json:"waiting,omitempty"`
	// Team1 and Team2 are user ids of participants; both are empty until they are set.
	Team1 []string `json:"team1,omitempty"`
	Team2 []string `json:"team2,omitempty"`

	// CourtID and CourtName are empty until the game starts.
	CourtID   string `json:"court_id,omitempty"`
	CourtName string `json:"court_name,omitempty"`
	// Rules are how the game is scored. The zero value, which only a game that has not started has, stands for the club's
	// default as it will be then.
	Rules scoring.Rules `json:"rules,omitzero"`
	// Sets are a sheet that scoring.Match checks.
	Sets []scoring.Score `json:"sets,omitempty"`
	// Corrections are the latest scores that were put right, and CorrectionsDropped is how many there were before them.
	Corrections        []Correction `json:"corrections,omitempty"`
	CorrectionsDropped int          `json:"corrections_dropped,omitempty"`
	// End, FinalScore, Winner, MVP and GameStats are of a completed game; MVP, a user id, and GameStats may be empty in it, as is Winner in
	// an abandoned one.
	End        End           `json:"end,omitempty"`
	FinalScore scoring.Score `json:"final_score,omitzero"`
	Winner     scoring.Team  `json:"winner,omitempty"`
	MVP        string        `json:"mvp,omitempty"`
	GameStats  GameStats     `json:"noted,omitzero"`

	// Version counts the game's changes, from 1.
	Version     int64     `json:"version"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
	StartedAt   time.Time `json:"started_at,omitzero"`
	CompletedAt time.Time `json:"completed_at,omitzero"`
	CancelledAt time.Time `json:"cancelled_at,omitzero"`

	// RequestHash is what the creating request asked for, to tell a repeated request from another one with its key.
	RequestHash string `json:"request_hash,omitempty"`
	// Errands are what is to be done because of changes stored, and may not have been done yet.
	Errands []Errand `json:"errands,omitempty"`
}

// Place is somebody's place in a game or on its waiting list.
type Place struct {
	UserID   string    `json:"user"`
	JoinedAt time.Time `json:"at"`
}

// Correction is a score that was put right.
type Correction struct {
	// Set is the number of the set, from 1.
	Set  int           `json:"set"`
	From scoring.Score `json:"from"`
	To   scoring.Score `json:"to"`
	// By is a user id.
	By string    `json:"by"`
	At time.Time `json:"at"`
}

// GameStats is what somebody wrote down of a game besides its score; the zero value is nothing.
type GameStats struct {
	// Minutes played.
	Minutes int `json:"minutes,omitempty"`
	// LongestRally in strokes.
	LongestRally int    `json:"longest_rally,omitempty"`
	Shuttlecocks int    `json:"shuttlecocks,omitempty"`
	Note         string `json:"note,omitempty"`
}

// errUnchanged ends an update that would change nothing.
var errUnchanged = errors.New("unchanged")

// ofStatus is what is said of a game that is in a state other than the wanted one.
var ofStatus = map[Status]*fault.Error{
	Scheduled: fault.New(fault.Precondition, "GAME_NOT_STARTED", "아직 시작하지 않은 경기입니다.", "The game has not started yet."),
	Ongoing:   fault.New(fault.Precondition, "GAME_ONGOING", "이미 진행 중인 경기입니다.", "The game is being played already."),
	Completed: fault.New(fault.Precondition, "GAME_COMPLETED", "이미 끝난 경기입니다.", "The game is over already."),
	Cancelled: fault.New(fault.Precondition, "GAME_CANCELLED", "취소된 경기입니다.", "The game was cancelled."),
}

// in fails, saying which state the game is in, unless that is one of wanted.
func (g *Game) in(wanted ...Status) error {
	if slices.Contains(wanted, g.Status) {
		return nil
	}
	return ofStatus[g.Status].WithMeta("status", string(g.Status))
}

// match is the score sheet.
func (g *Game) match() scoring.Match { return scoring.Match{Rules: g.Rules, Sets: g.Sets} }

// plays reports whether the user is in one of the teams.
func (g *Game) plays(userID string) bool {
	return slices.Contains(g.Team1, userID) || slices.Contains(g.Team2, userID)
}

// Result returns what a completed game leaves behind; false for any other, and for one that counts nowhere.
func (g *Game) Result() (record.Result, bool) {
	if g.Status != Completed || !g.End.counts() {
		return record.Result{}, false
	}
	return record.Result{
		GameID: g.ID, CompletedAt: g.CompletedAt, Team1: g.Team1, Team2: g.Team2,
		Points: g.match().Points(), Winner: g.Winner, MVP: g.MVP, Unrated: g.End == Retired,
	}, true
}

// Joined returns the ids of those for whom it counts as a game they joined: the participants, unless it was cancelled or counts
// nowhere.
func (g *Game) Joined() []string {
	if g.Status == Cancelled || !g.End.counts() {
		return nil
	}
	return userIDs(g.Participants)
}

// People returns the ids of the participants and of those who wait.
func (g *Game) People() []string { return slices.Concat(userIDs(g.Participants), userIDs(g.Waiting)) }

func userIDs(places []Place) []string {
	out := make([]string, len(places))
	for i, p := range places {
		out[i] = p.UserID
	}
	return out
}
