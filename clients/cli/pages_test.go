package main

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// What is written while a list is read moves nothing from one page to another.
func TestAListIsReadWholeWhileItGrows(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		sh := signedIn(t, s.start(t), 0)
		const posts = pageSize + 5
		var want []string
		for i := range posts {
			title := fmt.Sprint("글 ", i)
			sh.post(t, title, "내용", v1.PostCategory_POST_CATEGORY_FREE)
			want = append(want, title)
		}
		slices.Reverse(want)
		d := sh.begun(t, flags{})
		var got []string
		for page, err := range pages(t.Context(), 0, d.postPages(&v1.ListPostsRequest{})) {
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range page {
				got = append(got, p.GetTitle())
			}
			sh.post(t, "그 사이의 글", "내용", v1.PostCategory_POST_CATEGORY_FREE)
		}
		if !slices.Equal(got, want) {
			t.Errorf("read %d posts of %d: %v", len(got), len(want), got)
		}
	})
}

// A game that leaves the list while it is read hides none of those that follow.
func TestGamesAreReadWholeWhileOneIsCancelled(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		sh := signedIn(t, s.start(t), 0)
		const games = pageSize + 5
		want := make(map[string]bool)
		for range games {
			want[sh.game(t, "경기", v1.GameType_GAME_TYPE_SINGLES, 2).GetId()] = true
		}
		d, scheduled := sh.begun(t, flags{}), v1.GameStatus_GAME_STATUS_SCHEDULED
		got := make(map[string]bool)
		for page, err := range pages(t.Context(), 0, d.gamePages(&v1.ListGamesRequest{Status: &scheduled})) {
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range page {
				got[g.GetId()] = true
			}
			must[*v1.CancelGameResponse](t)(sh.client(t).Games.CancelGame(t.Context(), &v1.CancelGameRequest{GameId: page[0].GetId()}))
		}
		if !maps.Equal(got, want) {
			t.Errorf("read %d games of %d", len(got), len(want))
		}
	})
}
