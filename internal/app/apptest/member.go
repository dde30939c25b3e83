package apptest

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"connectrpc.com/connect"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
)

// RedirectURI is where sign-ins end.
const RedirectURI = "dongbaejul://auth"

// Clients call every service.
type Clients struct {
	Auth          dongbaejulv1connect.AuthServiceClient
	Users         dongbaejulv1connect.UserServiceClient
	Posts         dongbaejulv1connect.PostServiceClient
	Games         dongbaejulv1connect.GameServiceClient
	Chat          dongbaejulv1connect.ChatServiceClient
	Photos        dongbaejulv1connect.PhotoServiceClient
	Notifications dongbaejulv1connect.NotificationServiceClient
	Events        dongbaejulv1connect.EventServiceClient
}

// Member is somebody who has signed in, with clients that carry their access token.
type Member struct {
	Clients
	ID           string
	Name         string
	AccessToken  string
	RefreshToken string
	Permissions  []string

	server    *Server
	transport Transport
}

// Clients makes clients that carry the token that token returns; none at all where token is nil.
func (s *Server) Clients(t testing.TB, over Transport, token func() string) Clients {
	client := over.client()
	t.Cleanup(client.CloseIdleConnections)
	options := append(slices.Clone(over.Options), connect.WithInterceptors(contract{t}))
	if token != nil {
		options = append(options, connect.WithInterceptors(bearer{token}))
	}
	return Clients{
		Auth:          dongbaejulv1connect.NewAuthServiceClient(client, s.URL, options...),
		Users:         dongbaejulv1connect.NewUserServiceClient(client, s.URL, options...),
		Posts:         dongbaejulv1connect.NewPostServiceClient(client, s.URL, options...),
		Games:         dongbaejulv1connect.NewGameServiceClient(client, s.URL, options...),
		Chat:          dongbaejulv1connect.NewChatServiceClient(client, s.URL, options...),
		Photos:        dongbaejulv1connect.NewPhotoServiceClient(client, s.URL, options...),
		Notifications: dongbaejulv1connect.NewNotificationServiceClient(client, s.URL, options...),
		Events:        dongbaejulv1connect.NewEventServiceClient(client, s.URL, options...),
	}
}

// SignIn signs somebody in by the simulated Band.
func (s *Server) SignIn(t testing.TB, p Person, over Transport) *Member {
	t.Helper()
	open := s.Clients(t, over, nil)
	login, err := open.Auth.StartBandLogin(t.Context(), &v1.StartBandLoginRequest{RedirectUri: RedirectURI})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := open.Auth.CompleteBandLogin(t.Context(), &v1.CompleteBandLoginRequest{
		Code: s.Consent(t, login.GetAuthUrl(), p), State: login.GetState(),
	})
	if err != nil {
		t.Fatal(err)
	}
	m := &Member{
		ID: answer.GetUser().GetId(), Name: answer.GetUser().GetDisplayName(), Permissions: answer.GetPermissions(),
		AccessToken: answer.GetAccessToken(), RefreshToken: answer.GetRefreshToken(), server: s, transport: over,
	}
	m.Clients = s.Clients(t, over, func() string { return m.AccessToken })
	return m
}

// Consent does what somebody's browser does at Band, and returns the code that Band sends back.
func (s *Server) Consent(t testing.TB, authURL string, p Person) string {
	t.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := browser.Get(authURL + "&user_key=" + url.QueryEscape(p.UserKey))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	back, err := res.Location()
	if err != nil {
		t.Fatal(res.Status, err)
	}
	return back.Query().Get("code")
}

// On is the member as a client of another server, which knows their session.
func (m *Member) On(t testing.TB, s *Server) *Member {
	on := *m
	on.server = s
	on.Clients = s.Clients(t, m.transport, func() string { return on.AccessToken })
	return &on
}

// Club signs in the first n people of the simulated Band, the leader, who is an admin, first.
func (s *Server) Club(t testing.TB, n int, over Transport) []*Member {
	t.Helper()
	people := s.People(t)
	members := make([]*Member, n)
	for i := range members {
		members[i] = s.SignIn(t, people[i], over)
	}
	return members
}

// Group opens a group room of m and others.
func (m *Member) Group(t testing.TB, others ...*Member) *v1.Room {
	t.Helper()
	var participants []string
	for _, other := range others {
		participants = append(participants, other.ID)
	}
	res, err := m.Chat.CreateRoom(t.Context(), &v1.CreateRoomRequest{
		Name: "모임", Type: v1.RoomType_ROOM_TYPE_GROUP, Participants: participants,
	})
	if err != nil {
		t.Fatal(err)
	}
	return res.GetRoom()
}
