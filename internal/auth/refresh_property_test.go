package auth

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestRefreshIsASequentialGame plays any sequence of uses, pauses and changes of the secret against what the rule says in
// words: one token is in force; the one before it gets the one in force; any older one ends the session for good. Two processes
// take turns, whose clocks are minutes apart.
func TestRefreshIsASequentialGame(t *testing.T) {
	secrets := [][]byte{newSecret, oldSecret, []byte("a third secret"), []byte("a fourth secret")}
	rapid.Check(t, func(t *rapid.T) {
		allKeys, err := newRefreshKeys(secrets)
		if err != nil {
			t.Fatal(err)
		}
		keys := allKeys[:1]
		now := issuedAt
		skew := time.Duration(rapid.Int64Range(0, int64(5*time.Minute)).Draw(t, "skew")).Truncate(time.Microsecond)
		s := Session{ID: "s1", UserID: "u1"}
		given := []refreshToken{keys.begin(&s, now, refreshTTL)}
		exchangedAt, over := now, false

		// at is the time by the clock of the process that a call goes to.
		at := func(t *rapid.T) time.Time {
			if rapid.Bool().Draw(t, "the process that is ahead") {
				return now.Add(skew)
			}
			return now
		}
		t.Repeat(map[string]func(*rapid.T){
			"wait": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.Int64Range(0, int64(50*time.Second)).Draw(t, "wait")).Truncate(time.Microsecond))
			},
			"wait for weeks": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 20).Draw(t, "days")) * 24 * time.Hour)
			},
			"change the secret": func(*rapid.T) {
				// The newest comes first, and those before it stay, as while processes are restarted.
				if len(keys) < len(allKeys) {
					keys = append(refreshKeys{allKeys[len(keys)]}, keys...)
				}
			},
			"use the one in force": func(t *rapid.T) {
				now := at(t)
				live := !over && now.Before(exchangedAt.Add(refreshTTL))
				next, err := keys.use(&s, given[len(given)-1], now, refreshTTL)
				if live != (err == nil) {
					t.Fatalf("live %v: %v", live, err)
				}
				if err != nil && !errors.Is(err, errSessionEnded) {
					t.Fatal(err)
				}
				if err == nil {
					given, exchangedAt = append(given, next), now
				}
			},
			"use an earlier one": func(t *rapid.T) {
				if len(given) < 2 {
					t.Skip("there is none")
				}
				i := rapid.IntRange(0, len(given)-2).Draw(t, "which")
				now := at(t)
				next, err := keys.use(&s, given[i], now, refreshTTL)
				repeated := i == len(given)-2
				switch {
				case over || !now.Before(exchangedAt.Add(refreshTTL)):
					if !errors.Is(err, errSessionEnded) {
						t.Fatalf("of a session that is over: %v", err)
					}
				case repeated:
					if err != nil || next != given[len(given)-1] {
						t.Fatalf("repeated: %v, %v", next, err)
					}
				default:
					if !errors.Is(err, errRefreshReused) {
						t.Fatalf("used again: %v", err)
					}
					over = true
				}
			},
			"guess": func(t *rapid.T) {
				guess := given[rapid.IntRange(0, len(given)-1).Draw(t, "from")]
				guess.mac[rapid.IntRange(0, 31).Draw(t, "byte")] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
				before := s
				if _, err := keys.use(&s, guess, now, refreshTTL); !errors.Is(err, errRefreshInvalid) || s != before {
					t.Fatalf("a guess: %v, %+v", err, s)
				}
			},
			"": func(t *rapid.T) {
				if s.Generation != int64(len(given)) || s.RevokedAt.IsZero() == over || !s.LastUsedAt.Equal(exchangedAt) {
					t.Fatalf("%+v after %d tokens, over %v", s, len(given), over)
				}
			},
		})
	})
}
