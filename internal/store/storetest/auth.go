package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

// errRefused is what a function that changes a document fails with.
var errRefused = errors.New("refused")

func login(hash string) auth.Login {
	return auth.Login{StateHash: hash, RedirectURI: "dongbaejul://auth", ExpiresAt: noon}
}

func session(id string) auth.Session {
	return auth.Session{
		ID: id, UserID: "user", Device: "갤럭시 S26", IP: "192.0.2.1", Generation: 1, Nonce: "nonce", TokenHash: "hash",
		PreviousHash: "before", CreatedAt: noon, LastUsedAt: noon.Add(time.Minute), ExpiresAt: noon.Add(time.Hour),
	}
}

// keptSession is s as a store returns it.
func keptSession(s auth.Session) auth.Session {
	s.CreatedAt, s.LastUsedAt, s.ExpiresAt = kept(s.CreatedAt), kept(s.LastUsedAt), kept(s.ExpiresAt)
	if !s.RevokedAt.IsZero() {
		s.RevokedAt = kept(s.RevokedAt)
	}
	return s
}

var authCases = []testCase{
	{"TakeLogin returns a login once", func(t *testing.T, s store.Store) {
		must(t, s.CreateLogin(t.Context(), login("a")))
		must(t, s.CreateLogin(t.Context(), login("b")))
		got, err := s.TakeLogin(t.Context(), "a", noon.Add(-time.Minute))
		must(t, err)
		equal(t, "the login", got, auth.Login{StateHash: "a", RedirectURI: "dongbaejul://auth", ExpiresAt: kept(noon)})
		_, err = s.TakeLogin(t.Context(), "a", noon.Add(-time.Minute))
		wantKind(t, err, fault.NotFound)
		_, err = s.TakeLogin(t.Context(), "unknown", noon.Add(-time.Minute))
		wantKind(t, err, fault.NotFound)
	}},
	{"TakeLogin returns none that has expired", func(t *testing.T, s store.Store) {
		must(t, s.CreateLogin(t.Context(), login("a")))
		must(t, s.CreateLogin(t.Context(), login("b")))
		_, err := s.TakeLogin(t.Context(), "a", noon)
		wantKind(t, err, fault.NotFound)
		_, err = s.TakeLogin(t.Context(), "b", noon.Add(-time.Microsecond))
		must(t, err)
	}},
	{"TakeLogin returns a login to one of many", func(t *testing.T, s store.Store) {
		must(t, s.CreateLogin(t.Context(), login("a")))
		var won atomic.Int32
		together(t, 16, func(int) error {
			_, err := s.TakeLogin(t.Context(), "a", noon.Add(-time.Minute))
			if err == nil {
				won.Add(1)
			}
			if errors.Is(err, fault.NotFound) {
				return nil
			}
			return err
		})
		equal(t, "how many got it", won.Load(), 1)
	}},
	{"CreateLogin refuses a state that is taken", func(t *testing.T, s store.Store) {
		must(t, s.CreateLogin(t.Context(), login("a")))
		other := login("a")
		other.RedirectURI = "https://elsewhere.example"
		wantKind(t, s.CreateLogin(t.Context(), other), fault.Exists)
		got, err := s.TakeLogin(t.Context(), "a", noon.Add(-time.Minute))
		must(t, err)
		equal(t, "the first login", got.RedirectURI, "dongbaejul://auth")
	}},

	{"CreateSession keeps every field", func(t *testing.T, s store.Store) {
		want := session("s")
		want.RevokedAt = noon.Add(2 * time.Minute)
		must(t, s.CreateSession(t.Context(), want))
		got, err := s.Session(t.Context(), "s")
		must(t, err)
		equal(t, "the session", got, keptSession(want))
		_, err = s.Session(t.Context(), "unknown")
		wantKind(t, err, fault.NotFound)
	}},
	{"CreateSession refuses an ID that is taken", func(t *testing.T, s store.Store) {
		must(t, s.CreateSession(t.Context(), session("s")))
		other := session("s")
		other.UserID = "other"
		wantKind(t, s.CreateSession(t.Context(), other), fault.Exists)
		got, err := s.Session(t.Context(), "s")
		must(t, err)
		equal(t, "the session", got, keptSession(session("s")))
	}},
	{"UpdateSession changes all but ID and UserID", func(t *testing.T, s store.Store) {
		must(t, s.CreateSession(t.Context(), session("s")))
		want := session("s")
		want.Device, want.IP, want.Generation, want.Nonce = "아이폰", "192.0.2.2", 2, "other"
		want.TokenHash, want.PreviousHash = "next", "hash"
		want.CreatedAt, want.LastUsedAt = noon.Add(time.Second), noon.Add(time.Hour)
		want.ExpiresAt, want.RevokedAt = noon.Add(2*time.Hour), noon.Add(3*time.Hour)
		var before auth.Session
		got, err := s.UpdateSession(t.Context(), "s", func(found *auth.Session) error {
			before = *found
			*found = want
			found.ID, found.UserID = "changed", "changed"
			return nil
		})
		must(t, err)
		equal(t, "what f got", before, keptSession(session("s")))
		equal(t, "what it returns", got, keptSession(want))
		got, err = s.Session(t.Context(), "s")
		must(t, err)
		equal(t, "what is stored", got, keptSession(want))
	}},
	{"UpdateSession changes nothing on an error", func(t *testing.T, s store.Store) {
		must(t, s.CreateSession(t.Context(), session("s")))
		_, err := s.UpdateSession(t.Context(), "s", func(found *auth.Session) error {
			found.Generation = 9
			return errRefused
		})
		if !errors.Is(err, errRefused) {
			t.Fatalf("the error is %v", err)
		}
		got, err := s.Session(t.Context(), "s")
		must(t, err)
		equal(t, "the session", got, keptSession(session("s")))
		_, err = s.UpdateSession(t.Context(), "unknown", func(*auth.Session) error { return nil })
		wantKind(t, err, fault.NotFound)
	}},
	{"UpdateSession loses no update", func(t *testing.T, s store.Store) {
		must(t, s.CreateSession(t.Context(), session("s")))
		together(t, 8, func(int) error {
			for range 20 {
				if _, err := s.UpdateSession(t.Context(), "s", func(found *auth.Session) error {
					found.Generation++
					return nil
				}); err != nil {
					return err
				}
			}
			return nil
		})
		got, err := s.Session(t.Context(), "s")
		must(t, err)
		equal(t, "the generation", got.Generation, 1+8*20)
	}},

	{"Sessions are a user's live ones, the last used first", func(t *testing.T, s store.Store) {
		createSessions(t, s)
		got, err := s.Sessions(t.Context(), "user", noon.Add(time.Minute))
		must(t, err)
		equal(t, "the sessions", sessionIDs(got), []string{"later", "live"})
		equal(t, "one of them", got[1], keptSession(session("live")))
		got, err = s.Sessions(t.Context(), "nobody", noon)
		must(t, err)
		equal(t, "the sessions of nobody", got, nil)
	}},
	{"RevokeSessions revokes a user's live ones", func(t *testing.T, s store.Store) {
		createSessions(t, s)
		at := noon.Add(time.Minute)
		ids, err := s.RevokeSessions(t.Context(), "user", at)
		must(t, err)
		slices.Sort(ids)
		equal(t, "the ids", ids, []string{"later", "live"})
		for id, want := range map[string]time.Time{
			"live": kept(at), "later": kept(at), "revoked": kept(noon), "expired": {}, "other": {},
		} {
			got, err := s.Session(t.Context(), id)
			must(t, err)
			equal(t, "when "+id+" was revoked", got.RevokedAt, want)
		}
		ids, err = s.RevokeSessions(t.Context(), "user", at.Add(time.Second))
		must(t, err)
		equal(t, "the ids of the second time", ids, nil)
	}},
	{"DeleteSessions deletes all of a user's", func(t *testing.T, s store.Store) {
		createSessions(t, s)
		n, err := s.DeleteSessions(t.Context(), "user")
		must(t, err)
		equal(t, "how many there were", n, 4)
		for id, there := range map[string]bool{"live": false, "later": false, "revoked": false, "expired": false, "other": true} {
			_, err := s.Session(t.Context(), id)
			equal(t, id+" is there", err == nil, there)
		}
		n, err = s.DeleteSessions(t.Context(), "user")
		must(t, err)
		equal(t, "how many there were the second time", n, 0)
	}},
	{"DeleteDead forgets what is over", func(t *testing.T, s store.Store) {
		createSessions(t, s)
		must(t, s.CreateLogin(t.Context(), login("over")))
		lasting := login("lasting")
		lasting.ExpiresAt = noon.Add(time.Hour)
		must(t, s.CreateLogin(t.Context(), lasting))

		n, err := s.DeleteDead(t.Context(), noon)
		must(t, err)
		equal(t, "the rows at the moment itself", n, 0)
		n, err = s.DeleteDead(t.Context(), noon.Add(time.Microsecond))
		must(t, err)
		equal(t, "the rows after it", n, 3)
		for id, there := range map[string]bool{"live": true, "later": true, "other": true, "revoked": false, "expired": false} {
			_, err := s.Session(t.Context(), id)
			equal(t, id+" is there", err == nil, there)
		}
		_, err = s.TakeLogin(t.Context(), "lasting", noon)
		must(t, err)
		must(t, s.CreateLogin(t.Context(), login("over")))
	}},

	{"A Band token is kept, replaced and deleted", func(t *testing.T, s store.Store) {
		_, err := s.BandToken(t.Context(), "user")
		wantKind(t, err, fault.NotFound)
		must(t, s.DeleteBandToken(t.Context(), "user"))
		for i := range 2 {
			sealed := fmt.Appendf(nil, "\x00\xff sealed %d", i)
			must(t, s.SaveBandToken(t.Context(), "user", sealed))
			got, err := s.BandToken(t.Context(), "user")
			must(t, err)
			equal(t, "the token", got, sealed)
		}
		must(t, s.SaveBandToken(t.Context(), "other", []byte("other")))
		must(t, s.DeleteBandToken(t.Context(), "user"))
		_, err = s.BandToken(t.Context(), "user")
		wantKind(t, err, fault.NotFound)
		got, err := s.BandToken(t.Context(), "other")
		must(t, err)
		equal(t, "the other's token", got, []byte("other"))
	}},
}

// createSessions keeps sessions of two users: of "user" two that live an hour from noon, one revoked and one expired at noon.
func createSessions(t testing.TB, s store.Store) {
	t.Helper()
	for id, change := range map[string]func(*auth.Session){
		"live":    func(*auth.Session) {},
		"later":   func(s *auth.Session) { s.LastUsedAt = noon.Add(2 * time.Minute) },
		"revoked": func(s *auth.Session) { s.RevokedAt = noon },
		"expired": func(s *auth.Session) { s.ExpiresAt = noon },
		"other":   func(s *auth.Session) { s.UserID = "other" },
	} {
		one := session(id)
		change(&one)
		must(t, s.CreateSession(t.Context(), one))
	}
}

func sessionIDs(sessions []auth.Session) []string {
	ids := make([]string, len(sessions))
	for i, s := range sessions {
		ids[i] = s.ID
	}
	return ids
}
