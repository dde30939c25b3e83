// Package bandsync copies the club's Naver Band: its members, posts with comments, albums and photos. Everything here leans on one rule:
// what is copied has an id that follows from Band's key, and storing it again changes nothing. So a pass that was cut off is simply made
// again, and costs the pages of the lists for what is there already.
//
// A pass reads the lists from the newest until nothing new comes. A full pass reads them to their ends, and then deletes what it has
// not seen.
package bandsync

import (
	"math"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// Step is what a pass is at.
type Step string

// The steps, in their order.
const (
	Members Step = "members"
	Posts   Step = "posts"
	Albums  Step = "albums"
	Photos  Step = "photos"
	Done    Step = "done"
)

// State is how the sync stands. There is one, over all processes.
type State struct {
	// Pass is the number of the pass that runs, or ran last; later passes have greater ones.
	Pass    int64 `json:"pass,omitempty"`
	Running bool  `json:"running,omitempty"`
	// Band is the key of the Band that LastSync and LastFull are of.
	Band string `json:"band,omitempty"`
	// Full is whether the pass reads everything.
	Full bool `json:"full,omitempty"`
	Step Step `json:"step,omitempty"`
	// Done of Total things of the step are done; Total is 0 while it is not known.
	Done  int `json:"done,omitempty"`
	Total int `json:"total,omitempty"`
	// StartedAt and SeenAt are when the pass began and when it last said that it runs.
	StartedAt time.Time `json:"started_at,omitzero"`
	SeenAt    time.Time `json:"seen_at,omitzero"`
	// LastSync and LastFull are when the last pass, and the last full one, that succeeded began; EndedAt is when the last one
	// that succeeded ended.
	LastSync time.Time `json:"last_sync,omitzero"`
	LastFull time.Time `json:"last_full,omitzero"`
	EndedAt  time.Time `json:"ended_at,omitzero"`
	// LastPost is Band's key of the post that the last full pass read last.
	LastPost string `json:"last_post,omitempty"`
	// LastAlbum is Band's key of the last album with photos that the last full pass read.
	LastAlbum string `json:"last_album,omitempty"`
	// Reason and Error are why the last pass failed; empty if it did not.
	Reason string     `json:"reason,omitempty"`
	Error  fault.Text `json:"error,omitzero"`
	// Version counts the changes.
	Version int64 `json:"version,omitempty"`
}

const (
	// beatEvery is how often a pass says that it runs, and silentAfter how long after the last time it is believed.
	beatEvery   = 15 * time.Second
	silentAfter = time.Minute
)

// since returns how long t is ago. A time that is yet to come is from a clock that was wrong: it is as good as none, and forever ago.
func since(now, t time.Time) time.Duration {
	if t.Sub(now) >= silentAfter {
		return math.MaxInt64
	}
	return now.Sub(t)
}

// runs reports whether a pass runs at the time now: one whose process has died does not.
func (s State) runs(now time.Time) bool { return s.Running && since(now, s.SeenAt) < silentAfter }

// cutOff reports whether the last pass was neither finished nor is running.
func (s State) cutOff(now time.Time) bool {
	return s.Running && !s.runs(now) || !s.Running && s.Reason == errInterrupted.Reason
}

// Result is what a pass has done.
type Result struct {
	// People is how many people were seen; New and Updated of them are users since, or are other users than before.
	People, New, Updated int
	// Posts and Albums are how many were seen.
	Posts, Albums int
	// Photos is how many are new or have changed.
	Photos int
	// EndedAt is when the pass ended.
	EndedAt time.Time
}
