package mongodb

import (
	"errors"
	"reflect"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dongbaejul/dongbaejul/internal/games"
	"github.com/dongbaejul/dongbaejul/internal/photos"
	"github.com/dongbaejul/dongbaejul/internal/uploads"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

func TestStoredErasedUsersLoseTheirNames(t *testing.T) {
	uri := OwnURI(t)
	before := OpenURI(t, uri)
	for id, band := range map[string]string{"erased": "", "left": "key"} {
		_, _, err := before.CreateUser(t.Context(), users.User{ID: id, BandUserID: band, DisplayName: "이름", Status: users.Withdrawn})
		must(t, err)
	}
	forgetMigrations(t, before)
	s := OpenURI(t, uri)
	for id, want := range map[string]string{"erased": "", "left": "이름"} {
		u, err := s.User(t.Context(), id)
		must(t, err)
		must(t, same(id, u.DisplayName, want))
	}
}

func TestStoredAvatarsBecomeFiles(t *testing.T) {
	const signature = "QAhJl-vkiBHbAdLA2PvR0w"
	uri := OwnURI(t)
	before := OpenURI(t, uri)
	for id, u := range map[string]photos.Upload{
		"own": {UserID: "own", Purpose: uploads.Avatar}, "former": {UserID: "former", Purpose: uploads.Avatar},
		"posted": {UserID: "posted", Purpose: uploads.Post}, "others": {UserID: "own", Purpose: uploads.Avatar}, "w": {UserID: "proxied", Purpose: uploads.Avatar},
	} {
		u.ID, u.State, u.Used = id, photos.UploadReady, true
		_, _, err := before.CreateUpload(t.Context(), u)
		must(t, err)
	}
	cases := map[string]struct{ avatar, want, file string }{
		"own":     {"http://127.0.0.1:3000/photos/own/" + signature, "", "own"},
		"former":  {"https://club.example.com/app/photos/former/" + signature, "", "former"},
		"posted":  {"https://club.example.com/photos/posted/" + signature, "https://club.example.com/photos/posted/" + signature, ""},
		"others":  {"https://club.example.com/photos/others/" + signature, "https://club.example.com/photos/others/" + signature, ""},
		"proxied": {"https://example.com/photos/w/short", "https://example.com/photos/w/short", ""},
		"gone":    {"https://club.example.com/photos/gone/" + signature, "https://club.example.com/photos/gone/" + signature, ""},
		"band":    {"https://phinf.pstatic.net/a.jpg", "https://phinf.pstatic.net/a.jpg", ""},
		"none":    {"", "", ""},
	}
	for id, c := range cases {
		_, _, err := before.CreateUser(t.Context(), users.User{ID: id, BandUserID: id, NameKey: id, Avatar: c.avatar, Status: users.Active})
		must(t, err)
	}
	// As it is run again by a process that was killed, it changes nothing more.
	for range 2 {
		forgetMigrations(t, before)
		s := OpenURI(t, uri)
		for id, c := range cases {
			u, err := s.User(t.Context(), id)
			must(t, err)
			must(t, same(id, u.Avatar, c.want))
			must(t, same(id, u.AvatarFile, c.file))
		}
	}
}

func TestStoredDevicesGetIDs(t *testing.T) {
	uri := OwnURI(t)
	before := OpenURI(t, uri)
	_, err := before.devices.InsertMany(t.Context(), []any{
		bson.D{{Key: "_id", Value: "a"}, {Key: "user_id", Value: "u"}}, bson.D{{Key: "_id", Value: "b"}, {Key: "user_id", Value: "u"}},
		bson.D{{Key: "_id", Value: "c"}, {Key: "user_id", Value: "u"}, {Key: "id", Value: "kept"}},
	})
	must(t, err)
	forgetMigrations(t, before)
	s := OpenURI(t, uri)
	devices, err := s.Devices(t.Context(), []string{"u"})
	must(t, err)
	ids := make(map[string]string)
	for _, d := range devices {
		ids[d.ID] = d.Token
	}
	must(t, same("ids", len(ids), 3))
	must(t, same("the device that had an id", ids["kept"], "c"))
	must(t, same("devices without an id", ids[""], ""))
}

func TestStoredGamesGetTheirPeople(t *testing.T) {
	uri := OwnURI(t)
	before := OpenURI(t, uri)
	g := games.Game{ID: "a", Status: games.Scheduled, Participants: []games.Place{{UserID: "u"}}, Waiting: []games.Place{{UserID: "w"}}}
	kept, _, err := before.CreateGame(t.Context(), g)
	must(t, err)
	_, err = before.games.UpdateOne(t.Context(), byID("a"), bson.D{{Key: "$unset", Value: bson.D{{Key: "people", Value: ""}}}})
	must(t, err)
	forgetMigrations(t, before)
	s := OpenURI(t, uri)
	for _, user := range []string{"u", "w"} {
		found, _, err := s.ListGames(t.Context(), games.Filter{UserID: user, Limit: 10})
		must(t, err)
		if len(found) != 1 || !reflect.DeepEqual(found[0], kept) {
			t.Errorf("the games of %s are %+v, want %+v", user, found, kept)
		}
	}
}

func TestStoredCourtsGetSlots(t *testing.T) {
	uri := OwnURI(t)
	before := OpenURI(t, uri)
	for _, id := range []string{"a", "b", "deleted"} {
		_, _, err := before.CreateCourt(t.Context(), games.Court{ID: id, CreatedAt: noon}, 3)
		must(t, err)
	}
	_, err := before.UpdateCourt(t.Context(), "deleted", func(c *games.Court) error { c.DeletedAt = noon; return nil })
	must(t, err)
	_, err = before.courts.UpdateMany(t.Context(), bson.D{}, unset("slot"))
	must(t, err)
	forgetMigrations(t, before)
	s := OpenURI(t, uri)
	_, created, err := s.CreateCourt(t.Context(), games.Court{ID: "c", CreatedAt: noon}, 3)
	must(t, errors.Join(err, same("created", created, true)))
	_, _, err = s.CreateCourt(t.Context(), games.Court{ID: "d", CreatedAt: noon}, 3)
	if !errors.Is(err, games.ErrTooManyCourts) {
		t.Errorf("the error of a fourth court is %v", err)
	}
}
