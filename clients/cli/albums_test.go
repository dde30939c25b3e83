package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/photos"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

func TestHidePhotos(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		server := s.start(t)
		server.Fill(t, func(kept store.Store) {
			// One album is called as a command is.
			albums := []photos.Album{{ID: "album", Name: "정기전", CreatedAt: time.Now()}, {ID: "other", Name: "hide", CreatedAt: time.Now()}}
			if _, _, err := kept.PutAlbums(t.Context(), 1, albums); err != nil {
				t.Fatal(err)
			}
			var all []photos.Photo
			for id, album := range map[string]string{"photo": "album", "second": "album", "third": "other"} {
				all = append(all, photos.Photo{ID: id, AlbumID: album, AuthorName: "손님", CreatedAt: time.Now()})
			}
			if _, _, err := kept.PutPhotos(t.Context(), 1, all); err != nil {
				t.Fatal(err)
			}
		})
		leader, member, other := signedIn(t, server, 0), signedIn(t, server, 10), signedIn(t, server, 11, "DBJ_LANG=en")
		ids := func(sh *shell, args ...string) string {
			t.Helper()
			var all []string
			for _, line := range strings.Split(strings.TrimSpace(sh.do(t, append(args, "-n", "0", "-o", "jsonl")...)), "\n") {
				var photo struct{ ID string }
				if line == "" {
					continue
				}
				if err := json.Unmarshal([]byte(line), &photo); err != nil {
					t.Fatal(err)
				}
				all = append(all, photo.ID)
			}
			return strings.Join(all, " ")
		}
		if got := ids(member, "photos", "list", "hide"); got != "third" {
			t.Errorf("the album called hide has %q", got)
		}
		want(t, member.do(t, "photos", "hide", "photo"), "사진을 숨겼습니다.")
		for _, args := range [][]string{{"photos", "정기전"}, {"photos", "list", "정기전"}} {
			if got := ids(other, args...); got != "second" {
				t.Errorf("dbj %s lists %q", strings.Join(args, " "), got)
			}
		}
		if got := ids(leader, "photos", "정기전", "--hidden"); got != "photo" {
			t.Errorf("hidden are %q", got)
		}
		var photo struct{ Hidden bool }
		if err := json.Unmarshal([]byte(member.do(t, "photos", "hide", "photo", "-o", "json")), &photo); err != nil || !photo.Hidden {
			t.Errorf("hidden again: %v, %v", photo, err)
		}
		if r := other.run(t.Context(), "", "photos", "hide", "photo", "--show"); r.code != exitDenied || !strings.Contains(r.err, v1.ErrorReason_ERROR_REASON_PHOTO_HIDDEN_BY_ANOTHER.String()[len("ERROR_REASON_"):]) {
			t.Errorf("another shows it: %+v", r)
		}
		want(t, member.do(t, "photos", "hide", "photo", "--show"), "사진을 다시 보이게 했습니다.")
		want(t, other.do(t, "photos", "hide", "second"), "The photo is hidden.")
		want(t, other.do(t, "photos", "hide", "second", "--show"), "The photo is shown again.")
		if got := ids(other, "photos", "정기전"); !strings.Contains(got, "photo") || !strings.Contains(got, "second") {
			t.Errorf("shown again: %q", got)
		}
		if r := member.run(t.Context(), "", "photos", "hide", "none"); r.code != exitNotFound {
			t.Errorf("no photo: %+v", r)
		}
	})
}
