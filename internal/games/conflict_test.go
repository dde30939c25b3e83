package games_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// Every request that takes an expected_version is refused if it is old, with what has changed as it is now, and changes nothing. A
// retry of one that was done succeeds.
func TestAnOldVersionIsRefused(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "manager", "a", "b", "c", "d", "e", "f", "g", "h")
	ready, playing := f.ready(t, "a", "b", "c", "d").GetId(), f.playing(t, "1", "e", "f", "g", "h").GetId()
	game := func(id string) func() proto.Message {
		return func() proto.Message { return f.game(t, id) }
	}
	court := func() proto.Message {
		res, err := f.ListCourts(as("a"), &v1.ListCourtsRequest{})
		must(t, err)
		return res.GetCourts()[0]
	}
	type call struct {
		name string
		now  func() proto.Message
		call func(version *int32) (proto.Message, error)
	}
	calls := []call{
		{"UpdateGame", game(ready), func(version *int32) (proto.Message, error) {
			res, err := f.UpdateGame(as("creator"), &v1.UpdateGameRequest{GameId: ready, Title: new("금요 복식"), ExpectedVersion: version})
			return res.GetGame(), err
		}},
		{"SetTeams", game(ready), func(version *int32) (proto.Message, error) {
			res, err := f.SetTeams(as("creator"), &v1.SetTeamsRequest{
				GameId: ready, Team1: []string{"a", "c"}, Team2: []string{"b", "d"}, ExpectedVersion: version,
			})
			return res.GetGame(), err
		}},
		{"UpdateScore", game(playing), func(version *int32) (proto.Message, error) {
			res, err := f.UpdateScore(as("creator"), &v1.UpdateScoreRequest{
				GameId: playing, SetNumber: 1, Team1Score: 3, ExpectedVersion: version,
			})
			return res.GetGame(), err
		}},
		{"UpdateCourt", court, func(version *int32) (proto.Message, error) {
			res, err := f.UpdateCourt(as("manager"), &v1.UpdateCourtRequest{CourtId: "1", Name: new("중앙"), ExpectedVersion: version})
			return res.GetCourt(), err
		}},
	}
	methods := v1.File_dongbaejul_v1_games_proto.Services().Get(0).Methods()
	for i := range methods.Len() {
		m := methods.Get(i)
		tried := slices.ContainsFunc(calls, func(c call) bool { return c.name == string(m.Name()) })
		if takes := m.Input().Fields().ByName("expected_version") != nil; takes != tried {
			t.Errorf("%s takes an expected_version: %t, is tried: %t", m.Name(), takes, tried)
		}
	}
	for _, c := range calls {
		t.Run(c.name, func(t *testing.T) {
			before := c.now()
			version := before.(interface{ GetVersion() int32 }).GetVersion()
			for _, other := range []int32{version - 1, version + 1} {
				_, err := c.call(&other)
				e := wantFault(t, err, fault.Aborted, "VERSION_CONFLICT")
				detail, _ := e.Detail.(proto.Message)
				wantEqual(t, "what comes with the error", detail, before)
				wantEqual(t, "what is stored", c.now(), before)
			}
			after, err := c.call(&version)
			must(t, err)
			if got := after.(interface{ GetVersion() int32 }).GetVersion(); got != version+1 {
				t.Errorf("it has version %d after %d", got, version)
			}
			again, err := c.call(&version)
			must(t, err)
			wantEqual(t, "what a retry returns", again, after)
			wantEqual(t, "what is stored", c.now(), after)
		})
	}
}
