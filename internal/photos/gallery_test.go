package photos_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/photos"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

func TestAlbumsAreListedInPages(t *testing.T) {
	f := open(t)
	for i := range 5 {
		_, _, err := f.PutAlbums(t.Context(), 1, []photos.Album{
			{ID: fmt.Sprint("a", i), Name: "앨범", OwnerName: "손님", CreatedAt: noon.Add(time.Duration(i/2) * time.Hour)},
		})
		must(t, err)
	}
	var got []string
	for token := ""; ; {
		res, err := f.ListAlbums(as(t, kim), &v1.ListAlbumsRequest{Limit: proto.Int32(2), PageToken: &token})
		must(t, err)
		if res.GetSyncStatus().GetState() != v1.SyncState_SYNC_STATE_NEVER {
			t.Errorf("the sync is %v", res.GetSyncStatus())
		}
		for _, a := range res.GetAlbums() {
			got = append(got, a.GetId())
		}
		if token = res.GetNextPageToken(); token == "" {
			break
		}
		// One that comes or goes meanwhile moves no other.
		_, _, err = f.PutAlbums(t.Context(), 1, []photos.Album{{ID: "new" + got[len(got)-1], CreatedAt: noon.Add(100 * time.Hour)}})
		must(t, err)
	}
	if want := "a4 a3 a2 a1 a0"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
	_, err := f.ListAlbums(as(t, kim), &v1.ListAlbumsRequest{PageToken: proto.String("nonsense")})
	wantReason(t, err, fault.Invalid, "PAGE_TOKEN_INVALID")
	_, err = f.ListAlbums(t.Context(), &v1.ListAlbumsRequest{})
	wantReason(t, err, fault.Unauthenticated, "UNAUTHENTICATED")
}

func TestAnAlbumShowsWhatItHas(t *testing.T) {
	f := open(t)
	f.fill(t, "a", 3)
	res, err := f.ListAlbums(as(t, lee), &v1.ListAlbumsRequest{})
	must(t, err)
	want := &v1.Album{
		Id: "a", Name: "정기전", PhotoCount: 3, Cover: "https://club.example/photos/p2", Owner: "이름 kim", OwnerId: kim, CreatedAt: timestamppb.New(noon),
	}
	if len(res.GetAlbums()) != 1 || !proto.Equal(res.GetAlbums()[0], want) {
		t.Errorf("got %v, want %v", res.GetAlbums(), want)
	}
	_, err = f.HidePhoto(as(t, lee), &v1.HidePhotoRequest{PhotoId: "p2"})
	must(t, err)
	want.PhotoCount, want.Cover = 2, "https://club.example/photos/p1"
	res, err = f.ListAlbums(as(t, lee), &v1.ListAlbumsRequest{})
	must(t, err)
	if !proto.Equal(res.GetAlbums()[0], want) {
		t.Errorf("with a hidden photo: %v, want %v", res.GetAlbums()[0], want)
	}
}

// syncing is a sync that runs.
type syncing struct{}

func (syncing) Status(context.Context) (*v1.SyncStatus, error) {
	return &v1.SyncStatus{State: v1.SyncState_SYNC_STATE_RUNNING, LastSync: timestamppb.New(noon)}, nil
}

func TestAlbumsSayHowTheSyncStands(t *testing.T) {
	f := open(t)
	f.SyncBy(syncing{})
	res, err := f.ListAlbums(as(t, kim), &v1.ListAlbumsRequest{})
	must(t, err)
	if s := res.GetSyncStatus(); s.GetState() != v1.SyncState_SYNC_STATE_RUNNING || !s.GetLastSync().AsTime().Equal(noon) {
		t.Errorf("got %v", s)
	}
}

func TestPhotosAreListedInPages(t *testing.T) {
	f := open(t)
	f.fill(t, "a", 5)
	list := func(req *v1.ListAlbumPhotosRequest) *v1.ListAlbumPhotosResponse {
		t.Helper()
		req.AlbumId = "a"
		res, err := f.ListAlbumPhotos(as(t, lee), req)
		must(t, err)
		return res
	}
	res := list(&v1.ListAlbumPhotosRequest{Page: proto.Int32(2), Limit: proto.Int32(2)})
	if got := photoIDs(res.GetPhotos()); got != "p2 p1" || !proto.Equal(res.GetPagination(), &v1.PaginationInfo{Total: 5, Page: 2, Pages: 3, Limit: 2}) {
		t.Errorf("page 2: %s, %v", got, res.GetPagination())
	}
	token := res.GetNextPageToken()
	// What comes and is hidden between the pages moves none of the others.
	f.fill(t, "a", 7)
	_, err := f.HidePhoto(as(t, lee), &v1.HidePhotoRequest{PhotoId: "p1"})
	must(t, err)
	res = list(&v1.ListAlbumPhotosRequest{PageToken: &token, Limit: proto.Int32(2)})
	if got := photoIDs(res.GetPhotos()); got != "p0" || res.GetPagination() != nil || res.GetNextPageToken() != "" {
		t.Errorf("the rest: %s, %v", got, res)
	}
	if got := photoIDs(list(&v1.ListAlbumPhotosRequest{}).GetPhotos()); got != "p6 p5 p4 p3 p2 p0" {
		t.Errorf("all: %s", got)
	}
	if res = list(&v1.ListAlbumPhotosRequest{Page: proto.Int32(1_000_000), Limit: proto.Int32(100)}); len(res.GetPhotos()) != 0 || res.GetPagination().GetTotal() != 6 {
		t.Errorf("a page far beyond: %v", res)
	}
	for what, tt := range map[string]struct {
		req    *v1.ListAlbumPhotosRequest
		kind   fault.Kind
		reason string
	}{
		"no album":              {&v1.ListAlbumPhotosRequest{AlbumId: "none"}, fault.NotFound, "ALBUM_NOT_FOUND"},
		"page and token":        {&v1.ListAlbumPhotosRequest{AlbumId: "a", Page: proto.Int32(2), PageToken: &token}, fault.Invalid, "PAGE_OR_CURSOR"},
		"another album's token": {&v1.ListAlbumPhotosRequest{AlbumId: "b", PageToken: &token}, fault.Invalid, "PAGE_TOKEN_INVALID"},
		"the hidden ones":       {&v1.ListAlbumPhotosRequest{AlbumId: "a", Hidden: proto.Bool(true)}, fault.Denied, "PERMISSION_DENIED"},
	} {
		_, err := f.ListAlbumPhotos(as(t, lee), tt.req)
		t.Run(what, func(t *testing.T) { wantReason(t, err, tt.kind, tt.reason) })
	}
}

func TestAPhotoShowsWhatItHas(t *testing.T) {
	f := open(t)
	f.fill(t, "a", 1)
	res, err := f.ListAlbumPhotos(as(t, lee), &v1.ListAlbumPhotosRequest{AlbumId: "a"})
	must(t, err)
	want := &v1.Photo{
		Id: "p0", AlbumId: "a", Url: "https://club.example/photos/p0", Width: 1200, Height: 800, Author: "이름 kim", AuthorId: kim, CommentCount: 2,
		EmotionCount: 3, CreatedAt: timestamppb.New(noon),
	}
	if !proto.Equal(res.GetPhotos()[0], want) {
		t.Errorf("got %v, want %v", res.GetPhotos()[0], want)
	}
	_, _, err = f.PutPhotos(t.Context(), 1, []photos.Photo{{ID: "guest", AlbumID: "a", AuthorName: "손님", CreatedAt: noon.Add(-time.Hour)}})
	must(t, err)
	res, err = f.ListAlbumPhotos(as(t, lee), &v1.ListAlbumPhotosRequest{AlbumId: "a"})
	must(t, err)
	if p := res.GetPhotos()[1]; p.GetAuthor() != "손님" || p.GetAuthorId() != "" {
		t.Errorf("of somebody who is no user: %v", p)
	}
}

func TestAPhotoOfADeletedAccountHasNoName(t *testing.T) {
	f := open(t)
	_, err := f.store.UpdateUser(t.Context(), kim, func(u *users.User) error {
		*u = users.User{Status: users.Withdrawn}
		return nil
	})
	must(t, err)
	f.fill(t, "a", 1)
	res, err := f.ListAlbumPhotos(as(t, lee), &v1.ListAlbumPhotosRequest{AlbumId: "a"})
	must(t, err)
	if p := res.GetPhotos()[0]; p.GetAuthor() != "" || p.GetAuthorId() != kim {
		t.Errorf("got %v", p)
	}
}

func TestTheNameOfAUserIsNotKeptWithTheirPhotos(t *testing.T) {
	f := open(t)
	f.fill(t, "a", 1)
	p, err := f.store.Photo(t.Context(), "p0")
	must(t, err)
	a, err := f.store.Album(t.Context(), "a")
	must(t, err)
	if p.AuthorName != "" || a.OwnerName != "" {
		t.Errorf("kept are %q and %q", p.AuthorName, a.OwnerName)
	}
}

func TestSourceIsWhereBandHasAPhoto(t *testing.T) {
	f := open(t)
	f.fill(t, "a", 2)
	url, version, err := f.Source(t.Context(), "p0")
	must(t, err)
	_, other, err := f.Source(t.Context(), "p1")
	must(t, err)
	if url != "https://band.example/0" || version == "" || version == other {
		t.Errorf("got %q, version %q, and %q of another", url, version, other)
	}
	_, err = f.HidePhoto(as(t, lee), &v1.HidePhotoRequest{PhotoId: "p0"})
	must(t, err)
	// A copied URL does not lead to what was uploaded.
	_, _, err = f.store.PutPhotos(t.Context(), 1, []photos.Photo{
		{ID: "upload", URL: "blob://served/upload"}, {ID: "capitals", URL: "BLOB://served/upload"}, {ID: "no URL", URL: "http://%zz"},
	})
	must(t, err)
	for _, id := range []string{"p0", "none", "upload", "capitals", "no URL"} {
		_, _, err = f.Source(t.Context(), id)
		wantReason(t, err, fault.NotFound, "PHOTO_NOT_FOUND")
	}
}
