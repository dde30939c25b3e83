package photos_test

import (
	"testing"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/photos"
)

func TestAPhotoNamesTheGameThatWasOn(t *testing.T) {
	minutes := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }
	f := open(t)
	// p0 is of noon, p1 of a minute later, and so on; all are of kim.
	f.fill(t, "a", 8)
	f.played = []photos.Game{
		{GameID: "first", StartedAt: minutes(1), CompletedAt: minutes(3), Players: []string{lee}},
		{GameID: "kim's", StartedAt: minutes(3), CompletedAt: minutes(5), Players: []string{lee, kim}},
		{GameID: "other", StartedAt: minutes(4), CompletedAt: minutes(6), Players: []string{park}},
		{GameID: "another", StartedAt: minutes(6), CompletedAt: minutes(6), Players: []string{lee}},
	}
	res, err := f.ListAlbumPhotos(as(t, lee), &v1.ListAlbumPhotosRequest{AlbumId: "a"})
	must(t, err)
	want := map[string]string{"p0": "", "p1": "first", "p2": "first", "p3": "kim's", "p4": "kim's", "p5": "kim's", "p6": "", "p7": ""}
	for _, p := range res.GetPhotos() {
		if p.GetGameId() != want[p.GetId()] {
			t.Errorf("%s was taken in %q, want %q", p.GetId(), p.GetGameId(), want[p.GetId()])
		}
	}
	if f.asked != 1 {
		t.Errorf("games were asked for %d times for one page", f.asked)
	}
}
