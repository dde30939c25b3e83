package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

func device(token, userID string) notifications.Device {
	return notifications.Device{
		ID: "id of " + token, Token: token, UserID: userID, SessionID: "session", Platform: notifications.Android, RegisteredAt: noon,
	}
}

// putDevice keeps a device whose token is new, or had the same id.
func putDevice(t testing.TB, s store.Store, d notifications.Device, most int) error {
	t.Helper()
	id, err := s.PutDevice(t.Context(), d, most)
	if err == nil {
		equal(t, "the id", id, d.ID)
	}
	return err
}

// keptDevice is d as a store returns it.
func keptDevice(d notifications.Device) notifications.Device {
	d.RegisteredAt = kept(d.RegisteredAt)
	return d
}

// tokens returns the tokens of a user's devices in order.
func tokens(t testing.TB, s store.Store, userID string) []string {
	t.Helper()
	devices, err := s.Devices(t.Context(), []string{userID})
	must(t, err)
	var all []string
	for _, d := range devices {
		all = append(all, d.Token)
	}
	slices.Sort(all)
	return all
}

var deviceCases = []testCase{
	{"PutDevice moves a token to its user", func(t *testing.T, s store.Store) {
		must(t, putDevice(t, s, device("a", "u"), 20))
		must(t, putDevice(t, s, device("b", "u"), 20))
		moved := notifications.Device{
			ID: "another id", Token: "a", UserID: "v", SessionID: "other", Platform: notifications.Web, RegisteredAt: noon.Add(time.Hour),
		}
		id, err := s.PutDevice(t.Context(), moved, 20)
		must(t, err)
		equal(t, "the id, which stays", id, "id of a")
		moved.ID = id
		equal(t, "the first user's", tokens(t, s, "u"), []string{"b"})
		got, err := s.Devices(t.Context(), []string{"v", "unknown"})
		must(t, err)
		equal(t, "the second user's", got, []notifications.Device{keptDevice(moved)})
		for _, none := range [][]string{nil, {"unknown"}} {
			got, err = s.Devices(t.Context(), none)
			must(t, err)
			equal(t, "the devices of none", got, nil)
		}
	}},
	{"PutDevice keeps the most a user has", func(t *testing.T, s store.Store) {
		put := func(token string, minute int) {
			t.Helper()
			d := device(token, "u")
			d.RegisteredAt = noon.Add(time.Duration(minute) * time.Minute)
			must(t, putDevice(t, s, d, 3))
		}
		must(t, putDevice(t, s, device("other", "v"), 3))
		put("a", 1)
		put("b", 2)
		put("c", 3)
		put("a", 4)
		equal(t, "at the most", tokens(t, s, "u"), []string{"a", "b", "c"})
		put("d", 5)
		equal(t, "after one more", tokens(t, s, "u"), []string{"a", "c", "d"})
		put("e", 0)
		equal(t, "after one of a clock that is behind", tokens(t, s, "u"), []string{"a", "d", "e"})
		equal(t, "another user's", tokens(t, s, "v"), []string{"other"})
	}},
	{"DeleteDevice deletes the user's only", func(t *testing.T, s store.Store) {
		must(t, putDevice(t, s, device("a", "u"), 20))
		must(t, s.DeleteDevice(t.Context(), "v", "id of a"))
		must(t, s.DeleteDevice(t.Context(), "u", "unknown"))
		equal(t, "the devices", tokens(t, s, "u"), []string{"a"})
		must(t, s.DeleteDevice(t.Context(), "u", "id of a"))
		equal(t, "the devices after", tokens(t, s, "u"), nil)
	}},
	{"DeleteSessionDevices deletes those of the user's sessions", func(t *testing.T, s store.Store) {
		of := func(token, userID, session string) {
			t.Helper()
			d := device(token, userID)
			d.SessionID = session
			must(t, putDevice(t, s, d, 20))
		}
		of("a", "u", "one")
		of("b", "u", "two")
		of("c", "u", "three")
		of("d", "v", "one")
		must(t, s.DeleteSessionDevices(t.Context(), "u"))
		must(t, s.DeleteSessionDevices(t.Context(), "u", "unknown"))
		equal(t, "the devices", tokens(t, s, "u"), []string{"a", "b", "c"})
		must(t, s.DeleteSessionDevices(t.Context(), "u", "one", "three", "unknown"))
		equal(t, "the devices after", tokens(t, s, "u"), []string{"b"})
		equal(t, "another user's", tokens(t, s, "v"), []string{"d"})
	}},
}
