package app_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// processes is how many servers a cluster of these tests has.
const processes = 3

// startCluster starts servers that share a database and a Redis.
func startCluster(t *testing.T, configure ...func(*app.Config)) (servers []*apptest.Server, in apptest.Setting) {
	t.Helper()
	in = apptest.SharedSetting(t)
	for range processes {
		servers = append(servers, apptest.StartIn(t, in, append([]func(*app.Config){func(cfg *app.Config) { cfg.StreamHeartbeat = heartbeat }}, configure...)...))
	}
	return servers, in
}

// Who writes where makes no difference: a room's log is one, without a gap, and so are the changes of a game.
func TestThreeServersKeepOneOrder(t *testing.T) {
	t.Parallel()
	servers, _ := startCluster(t)
	tr := startTraffic(t, servers, 6, 6, 6)
	tr.await(t, 300)
	tr.end(t)
}

// 500 members join one game of 8 over three servers at once: eight are in, the others wait, in the order they arrived, and what
// each was told is what is stored.
func TestACrowdJoinsOverThreeServers(t *testing.T) {
	t.Parallel()
	const crowd, places = 500, 8
	servers, in := startCluster(t)
	leader := servers[0].Club(t, 1, apptest.ConnectBinary)[0]
	game := announce(t, leader, places)
	members := apptest.Crowd(t, in, servers, crowd)

	versions := make(map[string]int32)
	told := make(map[string]v1.ParticipantStatus)
	var mu sync.Mutex
	var joining sync.WaitGroup
	for _, m := range members {
		joining.Go(func() {
			res, err := m.Games.JoinGame(t.Context(), &v1.JoinGameRequest{GameId: game.GetId()})
			again := connect.CodeOf(err) == connect.CodeUnavailable
			for connect.CodeOf(err) == connect.CodeUnavailable {
				// The server says to come back, as it does where the machine is busy; joining twice changes nothing.
				<-time.After(tryAgain)
				res, err = m.Games.JoinGame(t.Context(), &v1.JoinGameRequest{GameId: game.GetId()})
			}
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			told[m.ID] = res.GetParticipantStatus()
			if !again {
				versions[m.ID] = res.GetGame().GetVersion()
			}
		})
	}
	joining.Wait()
	if t.Failed() {
		return
	}
	t.Logf("%d of %d were answered at once", len(versions), crowd)
	res, err := members[1].Games.GetGame(t.Context(), &v1.GetGameRequest{GameId: game.GetId()})
	if err != nil {
		t.Fatal(err)
	}
	now := res.GetGame()
	if len(now.GetParticipants()) != places || len(now.GetWaitingList()) != crowd-places {
		t.Fatalf("%d joined and %d wait", len(now.GetParticipants()), len(now.GetWaitingList()))
	}
	for i, p := range append(slices.Clone(now.GetParticipants()), now.GetWaitingList()...) {
		want := v1.ParticipantStatus_PARTICIPANT_STATUS_JOINED
		if i >= places {
			want = v1.ParticipantStatus_PARTICIPANT_STATUS_WAITING_LIST
		}
		// Each join is a version of its own, the first one the second version.
		version, first := versions[p.GetUserId()]
		if told[p.GetUserId()] != want || first && version != int32(i)+2 {
			t.Fatalf("place %d has who was told %v at version %d", i+1, told[p.GetUserId()], version)
		}
	}
}

// What ends a session on one server ends it on the others within 2 s: calls, and streams that are open.
func TestSessionsEndOnEveryServer(t *testing.T) {
	t.Parallel()
	servers, _ := startCluster(t, func(cfg *app.Config) { cfg.StreamHeartbeat = time.Minute })
	club := servers[0].Club(t, 3, apptest.ConnectBinary)
	leader, leaving, suspended := club[0], club[1], club[2]
	for _, c := range []struct {
		name string
		who  *apptest.Member
		end  func() error
		code connect.Code
	}{
		{"logging out", leaving, func() error {
			_, err := leaving.On(t, servers[1]).Auth.Logout(t.Context(), &v1.LogoutRequest{})
			return err
		}, connect.CodeUnauthenticated},
		{"suspending", suspended, func() error {
			status := v1.UserStatus_USER_STATUS_SUSPENDED
			_, err := leader.On(t, servers[1]).Users.UpdateMember(t.Context(), &v1.UpdateMemberRequest{MemberId: suspended.ID, Status: &status})
			return err
		}, connect.CodePermissionDenied},
	} {
		elsewhere := c.who.On(t, servers[2])
		stream := elsewhere.Subscribe(t, &v1.SubscribeRequest{})
		stream.Hello(t)
		if _, err := elsewhere.Users.GetProfile(t.Context(), &v1.GetProfileRequest{}); err != nil {
			t.Fatal(err)
		}
		if err := c.end(); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if err := stream.End(t, 2*time.Second); connect.CodeOf(err) != c.code {
			t.Errorf("after %s elsewhere, the stream ended with %v", c.name, err)
		}
		if _, err := elsewhere.Users.GetProfile(t.Context(), &v1.GetProfileRequest{}); connect.CodeOf(err) != c.code {
			t.Errorf("after %s elsewhere, a call got %v", c.name, err)
		}
	}
}

// A refresh token that is used on one server is used on all: its repetition returns the same successor, and both are known
// everywhere.
func TestARefreshIsKnownOnEveryServer(t *testing.T) {
	t.Parallel()
	servers, _ := startCluster(t)
	m := servers[0].Club(t, 1, apptest.ConnectBinary)[0]
	successors := make(map[string]bool)
	var renewed string
	var mu sync.Mutex
	var refreshing sync.WaitGroup
	for i := range 20 {
		auth := m.On(t, servers[i%processes]).Auth
		refreshing.Go(func() {
			res, err := auth.RefreshToken(t.Context(), &v1.RefreshTokenRequest{RefreshToken: m.RefreshToken})
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			successors[res.GetRefreshToken()] = true
			renewed = res.GetAccessToken()
		})
	}
	refreshing.Wait()
	m.AccessToken = renewed
	if len(successors) != 1 {
		t.Errorf("20 refreshes at once gave %d successors", len(successors))
	}
	for i, s := range servers {
		if _, err := m.On(t, s).Users.GetProfile(t.Context(), &v1.GetProfileRequest{}); err != nil {
			t.Errorf("server %d does not take the new token: %v", i, err)
		}
	}
}

// A role that changes on one server has changed on the others at once.
func TestARoleChangesOnEveryServer(t *testing.T) {
	t.Parallel()
	servers, _ := startCluster(t)
	people := servers[0].People(t)
	leader := servers[0].SignIn(t, people[0], apptest.ConnectBinary)
	member := servers[0].SignIn(t, people[len(people)-1], apptest.ConnectBinary)
	pin := func(s *apptest.Server, i int) error {
		_, err := member.On(t, s).Posts.CreatePost(t.Context(), &v1.CreatePostRequest{
			Title: "공지", Content: fmt.Sprint(i), Category: v1.PostCategory_POST_CATEGORY_NOTICE,
		})
		return err
	}
	for i, s := range servers {
		if err := pin(s, i); connect.CodeOf(err) != connect.CodePermissionDenied {
			t.Fatalf("server %d lets a member write a notice: %v", i, err)
		}
	}
	role := v1.Role_ROLE_MANAGER
	if _, err := leader.On(t, servers[1]).Users.UpdateMember(t.Context(), &v1.UpdateMemberRequest{MemberId: member.ID, Role: &role}); err != nil {
		t.Fatal(err)
	}
	for i, s := range servers {
		changed := time.Now()
		testkit.Eventually(t, fmt.Sprintf("server %d knows of the new role", i), func() bool { return pin(s, i) == nil })
		if took := time.Since(changed); took > 2*time.Second {
			t.Errorf("server %d knew of the new role after %s", i, took)
		}
	}
}

// Limits count what all servers let pass.
func TestLimitsCountOverServers(t *testing.T) {
	t.Parallel()
	servers, _ := startCluster(t, func(cfg *app.Config) { cfg.RateLimit = true })
	// Those who get in do not count.
	servers[0].Club(t, 9, apptest.ConnectBinary)
	allowed, refusal := 0, ""
	for i := range 9 {
		s := servers[i%processes]
		_, err := s.Clients(t, apptest.ConnectBinary, nil).Auth.CompleteBandLogin(t.Context(), &v1.CompleteBandLoginRequest{Code: "wrong", State: "wrong"})
		if connect.CodeOf(err) != connect.CodeResourceExhausted {
			allowed++
			continue
		}
		refusal = err.Error()
	}
	if allowed != 5 || !strings.Contains(refusal, "15분 후에") {
		t.Errorf("%d attempts to sign in were let through, of 5 that may fail from one address, then %q", allowed, refusal)
	}
}

// Whose server is killed goes offline within 30 s for everybody, unless they are online by another one.
func TestWhoWasOnAKilledServerGoesOffline(t *testing.T) {
	t.Parallel()
	in := apptest.SharedSetting(t)
	first, second := apptest.StartProcessIn(t, in), apptest.StartProcessIn(t, in)
	club := first.Club(t, 3, apptest.ConnectBinary)
	watcher, there, both := club[0].On(t, &second.Server), club[1], club[2]
	watching := watcher.Subscribe(t, &v1.SubscribeRequest{})
	watching.Hello(t)
	for _, m := range []*apptest.Member{there, both, both.On(t, &second.Server)} {
		m.Subscribe(t, &v1.SubscribeRequest{}).Hello(t)
	}
	online := make(map[string]bool)
	note := func(e *v1.Event) {
		for _, id := range e.GetPresence().GetOnline() {
			online[id] = true
		}
		for _, id := range e.GetPresence().GetOffline() {
			online[id] = false
		}
	}
	watching.Until(t, "both to come online", func(e *v1.Event) bool {
		note(e)
		return online[there.ID] && online[both.ID]
	})
	first.Kill()
	killed := time.Now()
	watching.Until(t, "the one to go offline", func(e *v1.Event) bool {
		note(e)
		return !online[there.ID]
	})
	if took := time.Since(killed); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
	if !online[both.ID] {
		t.Error("who is online elsewhere went offline too")
	}
	limit := int32(100)
	members, err := watcher.Users.ListMembers(t.Context(), &v1.ListMembersRequest{Limit: &limit})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range members.GetMembers() {
		if m.GetId() == there.ID && m.GetOnline() || m.GetId() == both.ID && !m.GetOnline() {
			t.Errorf("%s is listed as online: %v", m.GetDisplayName(), m.GetOnline())
		}
	}
}
