package dongbaejul

import (
	"fmt"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// games are those that a stream has shown, by id.
type games map[string]shown

// shown is how far one has been shown.
type shown struct {
	version int32
	// over is set when it has ended, or has left what is shown: nothing of it is missed.
	over bool
	// fresh is set when the present stream has shown it.
	fresh bool
}

// take notes what an event says of a game, and reports whether it is new; what says nothing of any is.
func (g games) take(e *v1.Event) (bool, error) {
	switch p := e.GetPayload().(type) {
	case *v1.Event_GameSnapshot:
		return g.whole(p.GameSnapshot.GetGame()), nil
	case *v1.Event_GameCreated:
		return g.whole(p.GameCreated.GetGame()), nil
	case *v1.Event_StatusChanged:
		return g.whole(p.StatusChanged.GetGame()), nil
	case *v1.Event_GameUpdated:
		return g.whole(p.GameUpdated.GetGame()), nil
	case *v1.Event_ParticipantsChanged:
		return g.change(p.ParticipantsChanged.GetGameId(), p.ParticipantsChanged.GetVersion())
	case *v1.Event_ScoreUpdated:
		return g.change(p.ScoreUpdated.GetGameId(), p.ScoreUpdated.GetVersion())
	}
	return true, nil
}

func ended(game *v1.Game) bool {
	return game.GetStatus() == v1.GameStatus_GAME_STATUS_COMPLETED || game.GetStatus() == v1.GameStatus_GAME_STATUS_CANCELLED
}

// whole notes a game as it is.
func (g games) whole(game *v1.Game) bool {
	before := g[game.GetId()]
	now := shown{version: max(before.version, game.GetVersion()), over: before.over, fresh: true}
	isNew := game.GetVersion() > before.version
	if isNew {
		now.over = ended(game)
	}
	g[game.GetId()] = now
	return isNew
}

// change notes one that only makes sense to who has the version before.
func (g games) change(id string, version int32) (bool, error) {
	before := g[id]
	switch {
	case version <= before.version:
		return false, nil
	case version > before.version+1:
		return false, fmt.Errorf("%w: version %d of game %s follows %d", errGap, version, id, before.version)
	}
	before.version, before.fresh = version, true
	g[id] = before
	return true, nil
}

// maxNamed is how many games a request may name.
const maxNamed = 1000

// begin forgets that anything was shown by the present stream: a new one begins. Where that names the games that are going on,
// at the versions that were shown, it returns them: what has become of them since, the new stream tells.
func (g games) begin(names bool) []*v1.GameCursor {
	var named []*v1.GameCursor
	for id, s := range g {
		s.fresh = names && !s.over && len(named) < maxNamed
		if s.fresh {
			named = append(named, &v1.GameCursor{GameId: id, Version: s.version})
		}
		g[id] = s
	}
	return named
}

// missed returns the games that were going on and that a new stream has not begun with: they have ended, or left what is
// shown. The others that it has not begun with are forgotten: when something happens to them, they come whole.
func (g games) missed() []string {
	var missed []string
	for id, s := range g {
		switch {
		case s.fresh:
		case s.over:
			delete(g, id)
		default:
			missed = append(missed, id)
		}
	}
	return missed
}

// leave notes that a game will be shown no more, or not as it was.
func (g games) leave(id string) {
	s := g[id]
	s.over = true
	g[id] = s
}
