package mongodb

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

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
