package photos_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
)

func (f *fixture) hide(t testing.TB, by, id string, hidden bool) (*v1.Photo, error) {
	t.Helper()
	res, err := f.HidePhoto(as(t, by), &v1.HidePhotoRequest{PhotoId: id, Hidden: &hidden})
	return res.GetPhoto(), err
}

func TestAMemberHidesAPhoto(t *testing.T) {
	f := open(t)
	f.fill(t, "a", 2)
	res, err := f.HidePhoto(as(t, lee), &v1.HidePhotoRequest{PhotoId: "p0"})
	must(t, err)
	if p := res.GetPhoto(); !p.GetHidden() || p.GetHiddenBy().GetUserId() != lee || !p.GetHiddenAt().AsTime().Equal(noon) {
		t.Errorf("hidden: %v", p)
	}
	if !strings.Contains(f.records.String(), `msg="photo hidden" audit.photo=p0 audit.by=lee`) {
		t.Errorf("the records are %s", f.records)
	}
	f.records.Reset()
	f.now = noon.Add(time.Hour)
	for _, by := range []string{lee, park} {
		p, err := f.hide(t, by, "p0", true)
		must(t, err)
		if p.GetHiddenBy().GetUserId() != lee || !p.GetHiddenAt().AsTime().Equal(noon) {
			t.Errorf("hidden again by %s: %v", by, p)
		}
	}
	if f.records.Len() > 0 {
		t.Errorf("recorded is %s", f.records)
	}
	list, err := f.ListAlbumPhotos(as(t, lee), &v1.ListAlbumPhotosRequest{AlbumId: "a"})
	must(t, err)
	if got := photoIDs(list.GetPhotos()); got != "p1" || list.GetPagination().GetTotal() != 1 {
		t.Errorf("listed are %s of %d", got, list.GetPagination().GetTotal())
	}
	list, err = f.ListAlbumPhotos(as(t, park), &v1.ListAlbumPhotosRequest{AlbumId: "a", Hidden: proto.Bool(true)})
	must(t, err)
	if got := photoIDs(list.GetPhotos()); got != "p0" || list.GetPhotos()[0].GetHiddenBy().GetDisplayName() != "이름 lee" {
		t.Errorf("a manager is shown %v", list.GetPhotos())
	}
	f.fill(t, "a", 2)
	list, err = f.ListAlbumPhotos(as(t, lee), &v1.ListAlbumPhotosRequest{AlbumId: "a"})
	must(t, err)
	if got := photoIDs(list.GetPhotos()); got != "p1" {
		t.Errorf("after the next sync %s are listed", got)
	}
}

func TestWhoMayShowAPhotoAgain(t *testing.T) {
	f := open(t)
	f.fill(t, "a", 1)
	for _, tt := range []struct {
		hider, shower string
		may           bool
	}{
		{lee, lee, true}, {lee, kim, true}, {lee, park, true}, {kim, lee, false}, {park, lee, false}, {park, kim, true},
	} {
		_, err := f.hide(t, tt.hider, "p0", true)
		must(t, err)
		f.records.Reset()
		p, err := f.hide(t, tt.shower, "p0", false)
		if !tt.may {
			wantReason(t, err, fault.Denied, "PHOTO_HIDDEN_BY_ANOTHER")
			hidden, err := f.hide(t, tt.shower, "p0", true)
			must(t, err)
			if !hidden.GetHidden() || hidden.GetHiddenBy() != nil || hidden.GetHiddenAt() != nil {
				t.Errorf("who may not show it is told %v", hidden)
			}
			_, err = f.hide(t, park, "p0", false)
			must(t, err)
			continue
		}
		must(t, err)
		if p.GetHidden() || p.GetHiddenBy() != nil || p.GetHiddenAt() != nil {
			t.Errorf("shown by %s: %v", tt.shower, p)
		}
		if want := `msg="photo shown" audit.photo=p0 audit.hidden_by=` + tt.hider + " audit.by=" + tt.shower; !strings.Contains(f.records.String(), want) {
			t.Errorf("the records are %s, want %s", f.records, want)
		}
		again, err := f.hide(t, lee, "p0", false)
		must(t, err)
		if !proto.Equal(again, p) {
			t.Errorf("shown again: %v, want %v", again, p)
		}
	}
}

func TestNoPhotoIsNotHidden(t *testing.T) {
	f := open(t)
	for _, hidden := range []bool{true, false} {
		_, err := f.hide(t, kim, "none", hidden)
		wantReason(t, err, fault.NotFound, "PHOTO_NOT_FOUND")
	}
	_, err := f.HidePhoto(t.Context(), &v1.HidePhotoRequest{PhotoId: "none"})
	wantReason(t, err, fault.Unauthenticated, "UNAUTHENTICATED")
}

func TestAMemberHidesSoManyADay(t *testing.T) {
	f := open(t)
	f.fill(t, "a", 1)
	again := func(by string) error {
		t.Helper()
		if _, err := f.hide(t, by, "p0", true); err != nil {
			return err
		}
		_, err := f.hide(t, by, "p0", true)
		must(t, err)
		_, err = f.hide(t, by, "p0", false)
		return err
	}
	for range 50 {
		must(t, again(lee))
	}
	err := again(lee)
	wantReason(t, err, fault.Exhausted, "TOO_MANY_HIDDEN_PHOTOS")
	must(t, again(kim))
	for range 51 {
		must(t, again(park))
	}
}
