package auth

import (
	"errors"
	"strings"
	"testing"
	"time"
)

const refreshTTL = 30 * 24 * time.Hour

func refreshKeysOf(t testing.TB, secrets ...[]byte) refreshKeys {
	t.Helper()
	keys, err := newRefreshKeys(secrets)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// chain is a session whose token was exchanged some times, a minute apart, and all its tokens, the first one first.
func chain(keys refreshKeys, exchanges int) (Session, []refreshToken) {
	s := Session{ID: "s1", UserID: "u1"}
	tokens := []refreshToken{keys.begin(&s, issuedAt, refreshTTL)}
	for range exchanges {
		tokens = append(tokens, keys.advance(&s, s.LastUsedAt.Add(time.Minute), refreshTTL))
	}
	return s, tokens
}

func TestUse(t *testing.T) {
	keys := refreshKeysOf(t, newSecret)
	kept, tokens := chain(keys, 3)
	_, foreign := chain(refreshKeysOf(t, oldSecret), 3)
	_, sibling := chain(keys, 3)
	ahead := kept
	lost := keys.advance(&ahead, kept.LastUsedAt, refreshTTL)
	flipped := tokens[0]
	flipped.mac[31] ^= 1
	moved := tokens[2]
	moved.generation = 1
	for _, tt := range []struct {
		name    string
		token   refreshToken
		after   time.Duration
		prepare func(*Session)
		want    error
		// changed is what becomes of the session: exchanged, revoked or nothing.
		changed string
		// successor is whether the answer is the token that was in force already.
		successor bool
	}{
		{name: "in force", token: tokens[3], after: time.Hour, changed: "exchanged"},
		{name: "in force, at once", token: tokens[3], changed: "exchanged"},
		{name: "the last one, at once", token: tokens[2], successor: true},
		{name: "the last one, after 30 s", token: tokens[2], after: 30 * time.Second, successor: true},
		{name: "the last one, by a clock that is behind", token: tokens[2], after: -time.Minute, successor: true},
		{name: "the last one, a week later", token: tokens[2], after: 7 * 24 * time.Hour, successor: true},
		{name: "the last one, expired", token: tokens[2], after: refreshTTL, want: errSessionEnded},
		{name: "an older one, at once", token: tokens[1], want: errRefreshReused, changed: "revoked"},
		{name: "the first one", token: tokens[0], after: time.Hour, want: errRefreshReused, changed: "revoked"},
		{name: "a guess", token: flipped, want: errRefreshInvalid},
		{name: "another generation's MAC", token: moved, want: errRefreshInvalid},
		{name: "of another secret", token: foreign[3], want: errRefreshInvalid},
		{name: "an old one of another secret", token: foreign[0], want: errRefreshInvalid},
		{name: "of an exchange the store lost", token: lost, want: errRefreshInvalid},
		{name: "in force, expired", token: tokens[3], after: refreshTTL, want: errSessionEnded},
		{name: "in force, revoked", token: tokens[3], prepare: func(s *Session) { s.RevokedAt = issuedAt }, want: errSessionEnded},
		{name: "an old one, revoked", token: tokens[0], prepare: func(s *Session) { s.RevokedAt = issuedAt }, want: errSessionEnded},
		{name: "a guess, revoked", token: flipped, prepare: func(s *Session) { s.RevokedAt = issuedAt }, want: errRefreshInvalid},
		{name: "in force in another session", token: sibling[3], want: errRefreshInvalid},
		{name: "an old one of another session", token: sibling[0], want: errRefreshInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := kept
			if tt.prepare != nil {
				tt.prepare(&before)
			}
			now := kept.LastUsedAt.Add(tt.after)
			s := before
			next, err := keys.use(&s, tt.token, now, refreshTTL)
			if !errors.Is(err, tt.want) || tt.want == nil && err != nil {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			want := before
			switch tt.changed {
			case "exchanged":
				want.Generation, want.TokenHash, want.PreviousHash = before.Generation+1, next.hash(), before.TokenHash
				want.LastUsedAt, want.ExpiresAt = now, now.Add(refreshTTL)
			case "revoked":
				want.RevokedAt = now
			}
			if s != want {
				t.Errorf("the session became\n%+v, want\n%+v", s, want)
			}
			if tt.successor && next != tokens[3] {
				t.Errorf("got %v, want the token in force", next)
			}
		})
	}
}

func TestSecretsAreRotatedUnderLiveSessions(t *testing.T) {
	before, during := refreshKeysOf(t, oldSecret), refreshKeysOf(t, newSecret, oldSecret)
	after := refreshKeysOf(t, newSecret)
	s, tokens := chain(before, 2)

	// What was exchanged just before the change is answered alike after it.
	if next, err := during.use(&s, tokens[1], s.LastUsedAt, refreshTTL); err != nil || next != tokens[2] {
		t.Fatalf("repeated with the new secret: %v, %v", next, err)
	}
	// A process that has not got the old secret cannot, but nobody is logged out for it.
	live := s
	if _, err := after.use(&s, tokens[1], s.LastUsedAt, refreshTTL); !errors.Is(err, errSuccessorUnknown) || errSuccessorUnknown.Reason != "REFRESH_REPEATED" || s != live {
		t.Fatalf("repeated without the old secret: %v, %+v", err, s)
	}
	// The token in force is good with any secret, since its hash is.
	next, err := after.use(&s, tokens[2], s.LastUsedAt.Add(time.Hour), refreshTTL)
	if err != nil {
		t.Fatal(err)
	}
	// A process that has not got the new one yet goes on as well.
	if _, err := before.use(&s, next, s.LastUsedAt.Add(time.Hour), refreshTTL); err != nil {
		t.Fatal(err)
	}
	// Tokens of the old secret are still recognised as used.
	if _, err := during.use(&s, tokens[0], s.LastUsedAt, refreshTTL); !errors.Is(err, errRefreshReused) || s.RevokedAt.IsZero() {
		t.Errorf("an old token of the old secret: %v, %+v", err, s)
	}
}

func TestSessionsDoNotShareTokens(t *testing.T) {
	keys := refreshKeysOf(t, newSecret)
	_, first := chain(keys, 0)
	_, second := chain(keys, 0)
	if first[0] == second[0] {
		t.Error("two sessions begin with the same token")
	}
	if len(first[0].String()) > 512 {
		t.Error("a token is longer than the contract allows")
	}
}

// What is taken apart is put together as it was, so that a token has one spelling.
func FuzzParseRefresh(f *testing.F) {
	keys := refreshKeysOf(f, newSecret)
	_, tokens := chain(keys, 1)
	valid := tokens[1].String()
	for _, seed := range []string{
		valid, strings.Replace(valid, ".2.", ".02.", 1), strings.Replace(valid, ".2.", ".+2.", 1), valid + "=", "a.1.", "..",
		strings.Replace(valid, ".2.", ".-2.", 1), strings.Replace(valid, ".2.", ".9223372036854775808.", 1), valid[:len(valid)-1] + "_",
		valid + "\n", strings.Repeat("\r", 23) + valid[23:],
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		token, ok := parseRefresh(s)
		if ok && (token.String() != s || token.generation < 1 || token.sessionID == "") {
			t.Errorf("%q is taken for %v", s, token)
		}
	})
}
