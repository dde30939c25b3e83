package games

import (
	"context"
	"log/slog"
	"reflect"
	"slices"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// announce tells streams what a change did; before is the zero Game where the game is new. What is stored is stored: where the
// names for an event cannot be had, streams are told to read the game.
func (s *Service) announce(ctx context.Context, before, after Game, by string) {
	hint := realtime.Hint{Topic: realtime.Games, Key: after.ID, Version: after.Version}
	event, err := s.event(ctx, before, after, by)
	if err != nil {
		s.Log.WarnContext(ctx, "a game's change is announced without what it was",
			slog.String("game_id", after.ID), slog.Int64("version", after.Version), slog.Any("error", err))
	} else {
		hint.Event = realtime.NewEvent(event)
	}
	s.Bus.Publish(ctx, hint)
}

// event is a change as streams show it: as little as lets who has the game before make the one after of it.
func (s *Service) event(ctx context.Context, before, after Game, by string) (*v1.Event, error) {
	switch {
	case unchangedBut(before, after, func(g *Game) { g.Participants, g.Waiting = nil, nil }):
		return s.participantsChanged(ctx, before, after)
	case unchangedBut(before, after, func(g *Game) { g.Sets, g.Corrections, g.CorrectionsDropped = nil, nil, 0 }):
		who, err := s.Users.Summary(ctx, by)
		return &v1.Event{Payload: &v1.Event_ScoreUpdated{ScoreUpdated: &v1.ScoreUpdated{
			GameId: after.ID, Version: int32(after.Version), Sets: setsToProto(&after), UpdatedBy: who,
			Correction: after.corrected() > before.corrected(),
		}}}, err
	}
	people, err := s.Users.Users(ctx, append(named(&after), by))
	if err != nil {
		return nil, err
	}
	game := s.gameToProto(&after, people)
	switch {
	case before.ID == "":
		return &v1.Event{Payload: &v1.Event_GameCreated{GameCreated: &v1.GameCreated{Game: game}}}, nil
	case before.Status != after.Status:
		return &v1.Event{Payload: &v1.Event_StatusChanged{StatusChanged: &v1.StatusChanged{
			Game: game, ChangedBy: s.Users.SummaryOf(people, by),
		}}}, nil
	default:
		return &v1.Event{Payload: &v1.Event_GameUpdated{GameUpdated: &v1.GameUpdated{
			Game: game, UpdatedBy: s.Users.SummaryOf(people, by),
		}}}, nil
	}
}

// unchangedBut reports whether two versions of a game differ only in what blank takes away.
func unchangedBut(before, after Game, blank func(*Game)) bool {
	for _, g := range []*Game{&before, &after} {
		g.Version, g.UpdatedAt, g.Errands = 0, time.Time{}, nil
		blank(g)
	}
	return reflect.DeepEqual(before, after)
}

// participantsChanged is who came, moved up and went.
func (s *Service) participantsChanged(ctx context.Context, before, after Game) (*v1.Event, error) {
	joined, waiting := added(before.Participants, after.Participants), added(before.Waiting, after.Waiting)
	people, err := s.Users.Users(ctx, append(userIDs(joined), userIDs(waiting)...))
	if err != nil {
		return nil, err
	}
	change := &v1.ParticipantsChanged{
		GameId: after.ID, Version: int32(after.Version),
		Joined: s.placesToProto(joined, people), Waiting: s.placesToProto(waiting, people),
	}
	change.Promoted = userIDs(common(joined, before.Waiting))
	change.Left = userIDs(added(slices.Concat(after.Participants, after.Waiting), slices.Concat(before.Participants, before.Waiting)))
	return &v1.Event{Payload: &v1.Event_ParticipantsChanged{ParticipantsChanged: change}}, nil
}

// added returns the places of after whose users have none in before.
func added(before, after []Place) []Place {
	had := usersOf(before)
	return slices.DeleteFunc(slices.Clone(after), func(p Place) bool { return had[p.UserID] })
}

// common returns the places of all whose users have one in some too.
func common(all, some []Place) []Place {
	has := usersOf(some)
	return slices.DeleteFunc(slices.Clone(all), func(p Place) bool { return !has[p.UserID] })
}

func usersOf(places []Place) map[string]bool {
	has := make(map[string]bool, len(places))
	for _, p := range places {
		has[p.UserID] = true
	}
	return has
}

// named lists the users whose names the whole game needs.
func named(g *Game) []string {
	ids := append(userIDs(g.Participants), userIDs(g.Waiting)...)
	ids = append(ids, g.Creator)
	for _, c := range g.Corrections {
		ids = append(ids, c.By)
	}
	return ids
}
