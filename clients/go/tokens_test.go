package dongbaejul_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	dongbaejul "github.com/dongbaejul/dongbaejul/clients/go"
)

// stores are those of the package, each as two that share what they keep.
var stores = map[string]func(t *testing.T) [2]dongbaejul.TokenStore{
	"memory": func(*testing.T) [2]dongbaejul.TokenStore {
		s := dongbaejul.MemoryTokens(dongbaejul.Tokens{})
		return [2]dongbaejul.TokenStore{s, s}
	},
	"file": func(t *testing.T) [2]dongbaejul.TokenStore {
		path := filepath.Join(t.TempDir(), "a folder", "tokens.json")
		return [2]dongbaejul.TokenStore{dongbaejul.FileTokens(path), dongbaejul.FileTokens(path)}
	},
}

func eachStore(t *testing.T, test func(t *testing.T, a, b dongbaejul.TokenStore)) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			test(t, s[0], s[1])
		})
	}
}

func put(tokens dongbaejul.Tokens) func(dongbaejul.Tokens) (dongbaejul.Tokens, error) {
	return func(dongbaejul.Tokens) (dongbaejul.Tokens, error) { return tokens, nil }
}

func load(t *testing.T, s dongbaejul.TokenStore) dongbaejul.Tokens {
	t.Helper()
	tokens, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func TestAStoreKeepsWhatItIsGiven(t *testing.T) {
	eachStore(t, func(t *testing.T, a, b dongbaejul.TokenStore) {
		if got := load(t, a); got != (dongbaejul.Tokens{}) {
			t.Errorf("an empty one has %+v", got)
		}
		want := dongbaejul.Tokens{UserID: "u", AccessToken: "a", RefreshToken: "r", ExpiresAt: time.Unix(1e9, 0).UTC()}
		if err := a.Update(t.Context(), put(want)); err != nil {
			t.Fatal(err)
		}
		if got := load(t, b); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		failure := errors.New("no")
		if err := a.Update(t.Context(), func(kept dongbaejul.Tokens) (dongbaejul.Tokens, error) {
			if kept != want {
				t.Errorf("an update sees %+v", kept)
			}
			return dongbaejul.Tokens{}, failure
		}); !errors.Is(err, failure) {
			t.Errorf("an update that fails returns %v", err)
		}
		if got := load(t, b); got != want {
			t.Errorf("after an update that failed: %+v", got)
		}
		for range 2 {
			if err := b.Update(t.Context(), put(dongbaejul.Tokens{})); err != nil {
				t.Fatal(err)
			}
		}
		if got := load(t, a); got != (dongbaejul.Tokens{}) {
			t.Errorf("after they were forgotten: %+v", got)
		}
	})
}

// Each update sees what the one before it has kept.
func TestUpdatesTakeTurns(t *testing.T) {
	eachStore(t, func(t *testing.T, a, b dongbaejul.TokenStore) {
		const workers, rounds = 8, 5
		count := func(kept dongbaejul.Tokens) (dongbaejul.Tokens, error) {
			n, _ := strconv.Atoi(kept.AccessToken)
			return dongbaejul.Tokens{AccessToken: strconv.Itoa(n + 1)}, nil
		}
		var working sync.WaitGroup
		for i := range workers {
			working.Go(func() {
				for range rounds {
					if err := []dongbaejul.TokenStore{a, b}[i%2].Update(t.Context(), count); err != nil {
						t.Error(err)
					}
				}
			})
		}
		working.Wait()
		if got := load(t, a).AccessToken; got != strconv.Itoa(workers*rounds) {
			t.Errorf("%s of %d updates were kept", got, workers*rounds)
		}
	})
}

func TestAnUpdateWaitsNoLongerThanItsContext(t *testing.T) {
	eachStore(t, func(t *testing.T, a, b dongbaejul.TokenStore) {
		ctx, cancel := context.WithCancel(t.Context())
		if err := a.Update(t.Context(), func(kept dongbaejul.Tokens) (dongbaejul.Tokens, error) {
			cancel()
			if err := b.Update(ctx, put(dongbaejul.Tokens{AccessToken: "x"})); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			return kept, nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestATokenFileIsItsOwners(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "tokens.json")
	if err := dongbaejul.FileTokens(path).Update(t.Context(), put(dongbaejul.Tokens{AccessToken: "x"})); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); runtime.GOOS != "windows" && got != want {
			t.Errorf("%s has mode %v, want %v", path, got, want)
		}
	}
}

func TestATokenFileThatIsBrokenSaysSo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := dongbaejul.FileTokens(path).Load(t.Context())
	if err == nil || !strings.Contains(err.Error(), "delete the file and sign in again") {
		t.Errorf("got %v", err)
	}
}
