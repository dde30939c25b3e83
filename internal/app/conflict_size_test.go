package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1grpc"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/uploads"
)

// A conflict over the largest things reaches a gRPC client that takes 8 KiB of headers and trailers, with the thing's version.
func TestALargeConflictFitsIntoTrailers(t *testing.T) {
	t.Parallel()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	s := apptest.Start(t, func(c *app.Config) { c.Uploads = anyUpload{} })
	club := s.Club(t, len(s.People(t)), apptest.ConnectBinary)
	leader := club[0]
	conn, err := grpc.NewClient(strings.TrimPrefix(s.URL, "http://"),
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithMaxHeaderListSize(8<<10))
	must(err)
	t.Cleanup(func() { conn.Close() })
	posts, games := dongbaejulv1grpc.NewPostServiceClient(conn), dongbaejulv1grpc.NewGameServiceClient(conn)
	token, other := &leader.AccessToken, int32(1000)

	var attachments []string
	for i := range 20 {
		attachments = append(attachments, fmt.Sprintf("%02d%s", i, strings.Repeat("f", 62)))
	}
	p, err := leader.Posts.CreatePost(t.Context(), &v1.CreatePostRequest{
		Title: strings.Repeat("🏸", 200), Content: strings.Repeat("🏸", 10_000), Category: v1.PostCategory_POST_CATEGORY_FREE,
		Attachments: attachments,
	})
	must(err)
	g, err := leader.Games.CreateGame(t.Context(), &v1.CreateGameRequest{
		Title: strings.Repeat("🏸", 200), Description: strings.Repeat("🏸", 10_000), GameDate: timestamppb.New(time.Now().Add(time.Minute)),
		Duration: 60, MaxParticipants: 4, GameType: v1.GameType_GAME_TYPE_DOUBLES,
	})
	must(err)
	id := g.GetGame().GetId()
	for _, m := range club {
		_, err := m.Games.JoinGame(t.Context(), &v1.JoinGameRequest{GameId: id})
		must(err)
	}
	courts, err := leader.Games.ListCourts(t.Context(), &v1.ListCourtsRequest{})
	must(err)
	court := courts.GetCourts()[0].GetId()
	_, err = leader.Games.StartGame(t.Context(), &v1.StartGameRequest{GameId: id, CourtId: court})
	must(err)

	for name, call := range map[string]func() (any, error){
		"post": func() (any, error) {
			return signedIn(token, posts.UpdatePost)(t.Context(), &v1.UpdatePostRequest{
				PostId: p.GetPost().GetId(), Title: new("t"), ExpectedVersion: &other,
			})
		},
		"game": func() (any, error) {
			return signedIn(token, games.UpdateScore)(t.Context(), &v1.UpdateScoreRequest{
				GameId: id, SetNumber: 1, Team1Score: 1, ExpectedVersion: &other,
			})
		},
		"court": func() (any, error) {
			return signedIn(token, games.UpdateCourt)(t.Context(), &v1.UpdateCourtRequest{
				CourtId: court, Name: new("c"), ExpectedVersion: &other,
			})
		},
	} {
		_, err := call()
		if status.Code(err) != codes.Aborted {
			t.Errorf("%s: %v", name, err)
			continue
		}
		found := false
		for _, detail := range status.Convert(err).Details() {
			if now, ok := detail.(interface{ GetVersion() int32 }); ok {
				found = now.GetVersion() > 0
			}
			if post, ok := detail.(*v1.Post); ok && (!post.GetContentCut() || len([]rune(post.GetContent())) != 500) {
				t.Errorf("the post's content has %d bytes, cut: %t", len(post.GetContent()), post.GetContentCut())
			}
		}
		if !found {
			t.Errorf("%s: no version comes with %v", name, err)
		}
	}
}

// anyUpload has each file for each user, with a long name.
type anyUpload struct{}

func (anyUpload) URL(fileID string) string { return "/files/" + fileID }

func (anyUpload) Uploaded(_ context.Context, _ string, _ uploads.Purpose, fileIDs []string) (map[string]uploads.File, error) {
	found := make(map[string]uploads.File)
	for _, id := range fileIDs {
		found[id] = uploads.File{ID: id, URL: "/files/" + id, Name: strings.Repeat("사", 100), ContentType: "image/jpeg", Size: 1}
	}
	return found, nil
}
