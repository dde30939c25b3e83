package photos_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/audit"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/photos"
	"github.com/dongbaejul/dongbaejul/internal/ratelimit"
	"github.com/dongbaejul/dongbaejul/internal/store"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// The people of the club of a fixture: two members and a manager.
const (
	kim  = "kim"
	lee  = "lee"
	park = "park"
)

var roles = map[string]identity.Role{kim: identity.Member, lee: identity.Member, park: identity.Manager}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// fixture is the gallery on a store of its own.
type fixture struct {
	*photos.Gallery
	store   store.Store
	records *strings.Builder
	// played are the games that were played, and asked is how often they were asked for.
	played []photos.Game
	asked  int
	now    time.Time
}

// GamesOn implements photos.Games.
func (f *fixture) GamesOn(context.Context, []time.Time) ([]photos.Game, error) {
	f.asked++
	return f.played, nil
}

func open(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{store: apptest.OpenStore(t), records: &strings.Builder{}, now: noon}
	for id, role := range roles {
		_, _, err := f.store.CreateUser(t.Context(), users.User{
			ID: id, BandUserID: "band " + id, DisplayName: "이름 " + id, Role: role, Status: users.Active, CreatedAt: noon,
		})
		must(t, err)
	}
	quiet := slog.New(slog.DiscardHandler)
	log := audit.New(slog.New(slog.NewTextHandler(f.records, nil)))
	config := photos.GalleryConfig{
		Store: f.store, Games: f, Audit: log, Limiter: ratelimit.NewMemory(100), Clock: func() time.Time { return f.now },
		Users: users.New(users.Config{
			Store: f.store, Sessions: f.store, Eraser: f.store, Changes: nobody{}, Online: nobody{}, Audit: log, Log: quiet, Clock: time.Now,
		}),
		Changed: func(context.Context, string) {},
		Link:    func(id string) string { return "https://club.example/photos/" + id },
	}
	f.Gallery = photos.NewGallery(config)
	return f
}

// nobody is online, and nobody is told of changes.
type nobody struct{}

func (nobody) UserChanged(context.Context, string) {}

func (nobody) Online(context.Context, []string) (map[string]bool, error) { return nil, nil }

// as is the context of a call by a user.
func as(t testing.TB, userID string) context.Context {
	return identity.With(t.Context(), identity.Caller{UserID: userID, SessionID: "session", Role: roles[userID]})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantReason fails unless err is the fault of a kind and a reason.
func wantReason(t testing.TB, err error, kind fault.Kind, reason string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != kind || f.Reason != reason {
		t.Errorf("the error is %v, want %v %s", err, kind, reason)
	}
}

// fill puts n photos of kim into an album, p0 first and the last one the newest.
func (f *fixture) fill(t testing.TB, albumID string, n int) {
	t.Helper()
	_, _, err := f.PutAlbums(t.Context(), 1, []photos.Album{{ID: albumID, Name: "정기전", OwnerID: kim, OwnerName: "밴드 이름", CreatedAt: noon}})
	must(t, err)
	var all []photos.Photo
	for i := range n {
		all = append(all, photos.Photo{
			ID: fmt.Sprint("p", i), AlbumID: albumID, AuthorID: kim, AuthorName: "밴드 이름", URL: fmt.Sprint("https://band.example/", i), Width: 1200, Height: 800,
			Comments: 2, Emotions: 3, CreatedAt: noon.Add(time.Duration(i) * time.Minute),
		})
	}
	_, _, err = f.PutPhotos(t.Context(), 1, all)
	must(t, err)
}

func photoIDs(list []*v1.Photo) string {
	var ids []string
	for _, p := range list {
		ids = append(ids, p.GetId())
	}
	return strings.Join(ids, " ")
}
