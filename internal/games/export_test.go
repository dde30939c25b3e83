package games

import (
	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// Feed is what WatchGames streams.
func (s *Service) Feed(caller identity.Caller, req *v1.WatchGamesRequest) realtime.Feed {
	return s.watch(caller, req)
}
