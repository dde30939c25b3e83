package photos_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/photos"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

// play plays a game of two members to its end.
func play(t *testing.T, a, b *apptest.Member) *v1.Game {
	t.Helper()
	ctx := t.Context()
	created, err := a.Games.CreateGame(ctx, &v1.CreateGameRequest{
		Title: "단식", GameDate: timestamppb.New(time.Now()), Duration: 60, MaxParticipants: 2, GameType: v1.GameType_GAME_TYPE_SINGLES,
	})
	must(t, err)
	id := created.GetGame().GetId()
	for _, m := range []*apptest.Member{a, b} {
		_, err = m.Games.JoinGame(ctx, &v1.JoinGameRequest{GameId: id})
		must(t, err)
	}
	_, err = a.Games.SetTeams(ctx, &v1.SetTeamsRequest{GameId: id, Team1: []string{a.ID}, Team2: []string{b.ID}})
	must(t, err)
	_, err = a.Games.StartGame(ctx, &v1.StartGameRequest{GameId: id, CourtId: "1"})
	must(t, err)
	_, err = a.Games.UpdateScore(ctx, &v1.UpdateScoreRequest{GameId: id, SetNumber: 1, Team1Score: 25, Team2Score: 3})
	must(t, err)
	ended, err := a.Games.CompleteGame(ctx, &v1.CompleteGameRequest{GameId: id})
	must(t, err)
	return ended.GetGame()
}

// rest sends a REST request and returns what it is answered, which has the status want.
func rest(t *testing.T, m *apptest.Member, method, at, body string, want int) map[string]any {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, at, strings.NewReader(body))
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+m.AccessToken)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(t, err)
	var answer map[string]any
	if err := json.Unmarshal(text, &answer); err != nil || res.StatusCode != want {
		t.Fatalf("%s %s: %d %s", method, at, res.StatusCode, text)
	}
	return answer
}

func TestAlbumsOverTheWire(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 6, apptest.ConnectBinary)
	// The first of them manage the club.
	leader, author, other := club[0], club[4], club[5]
	game := play(t, author, other)
	during := game.GetStartedAt().AsTime().Add(game.GetCompletedAt().AsTime().Sub(game.GetStartedAt().AsTime()) / 2)
	s.Fill(t, func(kept store.Store) {
		_, _, err := kept.PutAlbums(t.Context(), 1, []photos.Album{{ID: "album", Name: "정기전", OwnerName: "손님", CreatedAt: noon}})
		must(t, err)
		_, _, err = kept.PutPhotos(t.Context(), 1, []photos.Photo{
			{ID: "before", AlbumID: "album", AuthorID: author.ID, URL: "https://band.example/1", Width: 4, Height: 3, CreatedAt: noon},
			{ID: "during", AlbumID: "album", AuthorName: "손님", URL: "https://band.example/2", Width: 4, Height: 3, CreatedAt: during},
		})
		must(t, err)
	})
	api := s.URL + "/api/v1/photos/"

	albums := rest(t, other, http.MethodGet, api+"albums", "", http.StatusOK)
	status, _ := albums["sync_status"].(map[string]any)
	list, _ := albums["albums"].([]any)
	if len(list) != 1 || status["state"] != "never" {
		t.Fatalf("the albums are %v", albums)
	}
	album := list[0].(map[string]any)
	cover, _ := album["cover"].(string)
	if album["id"] != "album" || album["name"] != "정기전" || album["photo_count"] != 2.0 || album["owner"] != "손님" ||
		!strings.HasPrefix(cover, s.URL+"/photos/during/") {
		t.Errorf("the album is %v", album)
	}

	page := rest(t, other, http.MethodGet, api+"albums/album/photos?page=1&limit=1", "", http.StatusOK)
	first := page["photos"].([]any)[0].(map[string]any)
	if info, _ := page["pagination"].(map[string]any); info["total"] != 2.0 || info["pages"] != 2.0 || info["page"] != 1.0 || info["limit"] != 1.0 {
		t.Errorf("the page is of %v", info)
	}
	if first["id"] != "during" || first["game_id"] != game.GetId() || first["author"] != "손님" || first["url"] != cover || first["width"] != 4.0 {
		t.Errorf("the first photo is %v", first)
	}
	token, _ := page["next_page_token"].(string)
	res, err := other.Photos.ListAlbumPhotos(t.Context(), &v1.ListAlbumPhotosRequest{AlbumId: "album", PageToken: &token})
	must(t, err)
	if got := photoIDs(res.GetPhotos()); got != "before" || res.GetPhotos()[0].GetGameId() != "" || res.GetPhotos()[0].GetAuthorId() != author.ID {
		t.Errorf("the rest is %v", res)
	}

	hidden := rest(t, other, http.MethodPost, api+"before/hide", "{}", http.StatusOK)["photo"].(map[string]any)
	by, _ := hidden["hidden_by"].(map[string]any)
	if hidden["hidden"] != true || by["user_id"] != other.ID {
		t.Errorf("it is hidden as %v", hidden)
	}
	if again := rest(t, other, http.MethodGet, api+"albums/album/photos", "", http.StatusOK); len(again["photos"].([]any)) != 1 {
		t.Errorf("the list is %v", again)
	}
	if of := rest(t, leader, http.MethodGet, api+"albums/album/photos?hidden=true", "", http.StatusOK); len(of["photos"].([]any)) != 1 {
		t.Errorf("the hidden ones are %v", of)
	}
	// The picture itself is gone with it, and is asked of Band otherwise, which has no such host.
	if gone, err := http.Get(hidden["url"].(string)); err != nil || gone.StatusCode != http.StatusNotFound {
		t.Errorf("the hidden picture: %v, %v", gone, err)
	}
	rest(t, author, http.MethodPost, api+"before/hide", `{"hidden": false}`, http.StatusOK)
	rest(t, other, http.MethodGet, api+"albums/none/photos", "", http.StatusNotFound)
	rest(t, other, http.MethodPost, api+"none/hide", "{}", http.StatusNotFound)
	_, err = other.Photos.ListAlbumPhotos(t.Context(), &v1.ListAlbumPhotosRequest{AlbumId: "album", Hidden: new(true)})
	if connect.CodeOf(err) != connect.CodePermissionDenied {
		t.Errorf("the hidden ones for a member: %v", err)
	}
}
