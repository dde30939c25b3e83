package app_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

const (
	// hangUps is how many callers hang up on each kind of call, and hangUpsAtOnce how many call at once.
	hangUps, hangUpsAtOnce = 100, 4
	// felt is how soon a right that is taken away must be gone.
	felt = 2 * time.Second
)

// A caller who hangs up changes nothing about what follows from what was stored: who is signed out or suspended is refused,
// and everybody is told of what there is.
func TestCallersWhoHangUpChangeNothing(t *testing.T) {
	for name, setting := range map[string]func(testing.TB) apptest.Setting{
		"SQLite": func(testing.TB) apptest.Setting { return apptest.Setting{} }, "MongoDB": apptest.SharedSetting,
	} {
		t.Run(name, func(t *testing.T) {
			// Heartbeats make up for what was not told, so there is none before a test fails.
			s := apptest.StartIn(t, setting(t), func(c *app.Config) { c.StreamHeartbeat = time.Minute })
			club := s.Club(t, hangUps+3, apptest.ConnectBinary)
			leader, other, members, last := club[0], club[1], club[2:hangUps+2], club[hangUps+2]
			t.Run("post", func(t *testing.T) { hangUpOnPosts(t, leader, other) })
			t.Run("game", func(t *testing.T) { hangUpOnGames(t, leader, other) })
			t.Run("mention", func(t *testing.T) { hangUpOnMentions(t, leader, other) })
			t.Run("score", func(t *testing.T) { hangUpOnScores(t, leader, other) })
			t.Run("end of a game", func(t *testing.T) { hangUpOnEnds(t, leader, other) })
			t.Run("room", func(t *testing.T) { hangUpOnNewRooms(t, leader, last) })
			t.Run("membership", func(t *testing.T) { hangUpOnMembership(t, leader, other, members) })
			t.Run("message", func(t *testing.T) { hangUpOnChangedMessages(t, leader, other) })
			t.Run("logout", func(t *testing.T) { hangUpOnLogouts(t, s, members) })
			t.Run("revocation", func(t *testing.T) { hangUpOnRevocations(t, s, members) })
			t.Run("suspension", func(t *testing.T) { hangUpOnSuspensions(t, leader, last, members) })
		})
	}
}

// hangUp makes a call for each number, and hangs up at a random moment of it.
func hangUp(t *testing.T, call func(ctx context.Context, i int) error) {
	t.Helper()
	// How long one takes, when it is not the first, tells when to hang up on the others.
	var typical time.Duration
	const patient = 3
	for i := range patient {
		began := time.Now()
		fatal(t, call(t.Context(), i))
		typical = time.Since(began)
	}
	var next, answered atomic.Int32
	next.Store(patient - 1)
	var calling sync.WaitGroup
	for range hangUpsAtOnce {
		calling.Go(func() {
			for i := int(next.Add(1)); i < hangUps; i = int(next.Add(1)) {
				// Not by a timeout, which the server would be told of.
				ctx, cancel := context.WithCancel(t.Context())
				hangingUp := time.AfterFunc(rand.N(hangUpsAtOnce*typical), cancel)
				switch err := call(ctx, i); {
				case err == nil:
					answered.Add(1)
				case connect.CodeOf(err) != connect.CodeCanceled:
					t.Error(err)
				}
				hangingUp.Stop()
				cancel()
			}
		})
	}
	calling.Wait()
	t.Logf("a call took %s; %d of %d were answered", typical, answered.Load(), hangUps)
}

func hangUpOnPosts(t *testing.T, by, follower *apptest.Member) {
	told := follow(t, follower, func(e *v1.Event) string { return e.GetPostCreated().GetPost().GetId() })
	hangUp(t, func(ctx context.Context, i int) error {
		_, err := by.Posts.CreatePost(ctx, &v1.CreatePostRequest{
			Title: fmt.Sprint("글 ", i), Content: "내용", Category: v1.PostCategory_POST_CATEGORY_FREE,
		})
		return err
	})
	testkit.Eventually(t, "everybody to be told of the posts", func() bool {
		return told.has(stored(t, func(page int32) (ids []string, pages int32, err error) {
			res, err := by.Posts.ListPosts(t.Context(), &v1.ListPostsRequest{Page: &page, Limit: new(int32(100))})
			for _, p := range res.GetPosts() {
				ids = append(ids, p.GetId())
			}
			return ids, res.GetPagination().GetPages(), err
		}))
	})
}

func hangUpOnGames(t *testing.T, by, follower *apptest.Member) {
	told := follow(t, follower, func(e *v1.Event) string { return e.GetGameCreated().GetGame().GetId() })
	hangUp(t, func(ctx context.Context, i int) error {
		_, err := by.Games.CreateGame(ctx, &v1.CreateGameRequest{
			Title: fmt.Sprint("경기 ", i), GameDate: timestamppb.New(time.Now().Add(24 * time.Hour)), Duration: 60, MaxParticipants: 4,
			SkillLevel: v1.SkillLevel_SKILL_LEVEL_ALL, GameType: v1.GameType_GAME_TYPE_DOUBLES,
		})
		return err
	})
	testkit.Eventually(t, "everybody to be told of the games", func() bool {
		return told.has(stored(t, func(page int32) (ids []string, pages int32, err error) {
			res, err := by.Games.ListGames(t.Context(), &v1.ListGamesRequest{Page: &page, Limit: new(int32(100))})
			for _, g := range res.GetGames() {
				ids = append(ids, g.GetId())
			}
			return ids, res.GetPagination().GetPages(), err
		}))
	})
}

func hangUpOnMentions(t *testing.T, by, mentioned *apptest.Member) {
	room := by.Group(t, mentioned).GetId()
	hangUp(t, func(ctx context.Context, i int) error {
		_, err := by.Chat.SendMessage(ctx, &v1.SendMessageRequest{RoomId: room, TempId: fmt.Sprint(i), Content: "@" + mentioned.Name + " 봐요"})
		return err
	})
	testkit.Eventually(t, "the mentions to be notified", func() bool {
		told := make(following)
		for _, id := range stored(t, func(page int32) (ids []string, pages int32, err error) {
			res, err := mentioned.Notifications.ListNotifications(t.Context(), &v1.ListNotificationsRequest{Page: &page, Limit: new(int32(100))})
			for _, n := range res.GetNotifications() {
				if n.GetKind() == v1.NotificationKind_NOTIFICATION_KIND_MENTION {
					ids = append(ids, n.GetMessage().GetMessageId())
				}
			}
			return ids, res.GetPagination().GetPages(), err
		}) {
			told[id] = true
		}
		res, err := mentioned.Chat.ListMessages(t.Context(), &v1.ListMessagesRequest{RoomId: room, Limit: new(int32(100))})
		fatal(t, err)
		for _, m := range res.GetMessages() {
			if !told[m.GetId()] {
				return false
			}
		}
		return len(res.GetMessages()) > 0
	})
}

// following is what somebody was told of, by id.
type following map[string]bool

// followed is following that grows.
type followed struct {
	mu  sync.Mutex
	ids following
}

// follow reads a stream of the member from now on.
func follow(t *testing.T, m *apptest.Member, idOf func(*v1.Event) string) *followed {
	t.Helper()
	f := &followed{ids: make(following)}
	stream := m.Subscribe(t, &v1.SubscribeRequest{})
	stream.Hello(t)
	go func() {
		for e := range stream.Events() {
			if id := idOf(e); id != "" {
				f.mu.Lock()
				f.ids[id] = true
				f.mu.Unlock()
			}
		}
	}()
	return f
}

// has reports whether there are ids, and all of them were told.
func (f *followed) has(ids []string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		if !f.ids[id] {
			return false
		}
	}
	return len(ids) > 0
}

// stored reads all pages of a list.
func stored(t *testing.T, list func(page int32) (ids []string, pages int32, err error)) (all []string) {
	t.Helper()
	for page, pages := int32(1), int32(1); page <= pages; page++ {
		ids, n, err := list(page)
		fatal(t, err)
		all, pages = append(all, ids...), n
	}
	return all
}

// secondSessions signs members in again, and returns them there with the ids of these sessions.
func secondSessions(t *testing.T, s *apptest.Server, members []*apptest.Member) (second []*apptest.Member, ids []string) {
	t.Helper()
	people := s.People(t)
	second = make([]*apptest.Member, hangUps)
	ids = make([]string, hangUps)
	for i, m := range members {
		for _, p := range people {
			if p.Name == m.Name {
				second[i] = s.SignIn(t, p, apptest.ConnectBinary)
			}
		}
		if second[i].ID != m.ID {
			t.Fatal("two have one name: ", m.Name)
		}
		first := second[i].On(t, s)
		sessions, err := first.Auth.ListSessions(t.Context(), &v1.ListSessionsRequest{})
		fatal(t, err)
		for _, session := range sessions.GetSessions() {
			if session.GetCurrent() {
				ids[i] = session.GetId()
			}
		}
	}
	return second, ids
}

// sessionEnded reports whether a member's session is no longer among those stored.
func sessionEnded(t *testing.T, members []*apptest.Member, ids []string) func(i int) bool {
	return func(i int) bool {
		sessions, err := members[i].Auth.ListSessions(t.Context(), &v1.ListSessionsRequest{})
		fatal(t, err)
		for _, session := range sessions.GetSessions() {
			if session.GetId() == ids[i] {
				return false
			}
		}
		return true
	}
}

func hangUpOnLogouts(t *testing.T, s *apptest.Server, members []*apptest.Member) {
	second, ids := secondSessions(t, s, members)
	hangUp(t, func(ctx context.Context, i int) error {
		_, err := second[i].Auth.Logout(ctx, &v1.LogoutRequest{})
		return err
	})
	isFelt(t, "a logout", sessionEnded(t, members, ids), second)
}

func hangUpOnSuspensions(t *testing.T, leader, other *apptest.Member, members []*apptest.Member) {
	for _, m := range members {
		_, err := m.Users.GetProfile(t.Context(), &v1.GetProfileRequest{})
		fatal(t, err)
	}
	hangUp(t, func(ctx context.Context, i int) error {
		_, err := leader.Users.UpdateMember(ctx, &v1.UpdateMemberRequest{MemberId: members[i].ID, Status: new(v1.UserStatus_USER_STATUS_SUSPENDED)})
		return err
	})
	isFelt(t, "a suspension", func(i int) bool {
		// Members do not see who is suspended.
		_, err := other.Users.GetMember(t.Context(), &v1.GetMemberRequest{MemberId: members[i].ID})
		return connect.CodeOf(err) == connect.CodeNotFound
	}, members)
}

// isFelt fails where somebody is let in for longer than felt after a store has that they are not.
func isFelt(t *testing.T, what string, isStored func(i int) bool, members []*apptest.Member) {
	t.Helper()
	since := time.Now()
	n := 0
	for unfelt := range members {
		if !isStored(unfelt) {
			continue
		}
		n++
		for {
			asked := time.Since(since)
			_, err := members[unfelt].Users.GetProfile(t.Context(), &v1.GetProfileRequest{})
			if code := connect.CodeOf(err); err != nil && (code == connect.CodeUnauthenticated || code == connect.CodePermissionDenied) {
				break
			}
			if asked > felt {
				t.Errorf("%s is stored and not felt after %s: %v", what, asked, err)
				break
			}
		}
	}
	if n == 0 {
		t.Errorf("%s: none was stored", what)
	}
}
