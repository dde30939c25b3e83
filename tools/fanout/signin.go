package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"connectrpc.com/connect"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
)

const redirectURI = "dongbaejul://auth"

// startServer runs the product with every member of the simulated Band signed in and in one global room.
func startServer(ctx context.Context, binary string, env ...string) (*server, error) {
	s, err := start(ctx, env, binary)
	if err != nil {
		return nil, err
	}
	if err := s.people(ctx); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func (s *server) people(ctx context.Context) error {
	res, err := http.Get(s.url + "/bandsim/members")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var band struct {
		Members []bandMember `json:"members"`
	}
	if err := json.NewDecoder(res.Body).Decode(&band); err != nil {
		return err
	}
	// The leader first: who opens the room.
	leader := slices.IndexFunc(band.Members, func(m bandMember) bool { return m.Role == "leader" })
	if leader < 0 {
		return fmt.Errorf("the simulated Band has no leader")
	}
	band.Members[0], band.Members[leader] = band.Members[leader], band.Members[0]
	for _, m := range band.Members[:members] {
		u, err := s.signIn(ctx, m.UserKey)
		if err != nil {
			return fmt.Errorf("sign in %s: %w", m.UserKey, err)
		}
		s.users = append(s.users, u)
	}
	ctx, info := connect.NewClientContext(ctx)
	info.RequestHeader().Set("Authorization", "Bearer "+s.users[0].token)
	room, err := s.chat.CreateRoom(ctx, &v1.CreateRoomRequest{Name: "전체", Type: v1.RoomType_ROOM_TYPE_GLOBAL})
	if err != nil {
		return err
	}
	s.room = room.GetRoom().GetId()
	return nil
}

type bandMember struct {
	UserKey string `json:"user_key"`
	Role    string `json:"role"`
}

func (s *server) signIn(ctx context.Context, userKey string) (user, error) {
	auth := dongbaejulv1connect.NewAuthServiceClient(http.DefaultClient, s.url)
	login, err := auth.StartBandLogin(ctx, &v1.StartBandLoginRequest{RedirectUri: redirectURI})
	if err != nil {
		return user{}, err
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := browser.Get(login.GetAuthUrl() + "&user_key=" + url.QueryEscape(userKey))
	if err != nil {
		return user{}, err
	}
	res.Body.Close()
	back, err := url.Parse(res.Header.Get("Location"))
	if err != nil {
		return user{}, err
	}
	tokens, err := auth.CompleteBandLogin(ctx, &v1.CompleteBandLoginRequest{Code: back.Query().Get("code"), State: login.GetState()})
	return user{token: tokens.GetAccessToken()}, err
}
