package auth

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/band"
)

func sealersOf(t *testing.T, key []byte, secrets ...[]byte) tokenCipher {
	t.Helper()
	var keys [][]byte
	if key != nil {
		keys = [][]byte{key}
	}
	k, err := newSealers(keys, secrets)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestABandTokenOpensForItsUserOnly(t *testing.T) {
	token := BandToken{Access: band.NewSecret("ZQAAaccess"), Refresh: band.NewSecret("ZQAArefresh"), ExpiresAt: issuedAt}
	key := bytes.Repeat([]byte{7}, 32)
	sealed, err := sealersOf(t, key).seal("u1", token)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("ZQAA")) {
		t.Error("the token can be read")
	}
	if again, err := sealersOf(t, key).seal("u1", token); err != nil || bytes.Equal(again, sealed) {
		t.Errorf("sealed twice alike: %v", err)
	}
	opened, err := sealersOf(t, key, newSecret).open("u1", sealed)
	if err != nil || opened.Access.Reveal() != "ZQAAaccess" || opened.Refresh.Reveal() != "ZQAArefresh" || !opened.ExpiresAt.Equal(issuedAt) {
		t.Errorf("opened as %+v, %v", opened, err)
	}
	for name, open := range map[string]func() (BandToken, error){
		"another user": func() (BandToken, error) { return sealersOf(t, key).open("u2", sealed) },
		"another key":  func() (BandToken, error) { return sealersOf(t, bytes.Repeat([]byte{8}, 32)).open("u1", sealed) },
		"changed": func() (BandToken, error) {
			return sealersOf(t, key).open("u1", append([]byte{sealed[0] ^ 1}, sealed[1:]...))
		},
		"cut":   func() (BandToken, error) { return sealersOf(t, key).open("u1", sealed[:8]) },
		"empty": func() (BandToken, error) { return sealersOf(t, key).open("u1", nil) },
	} {
		if got, err := open(); !errors.Is(err, errSealed) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestADerivedKeySurvivesAChangeOfTheSecret(t *testing.T) {
	sealed, err := sealersOf(t, nil, oldSecret).seal("u1", BandToken{Access: band.NewSecret("access")})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := sealersOf(t, nil, newSecret, oldSecret).open("u1", sealed)
	if err != nil || opened.Access.Reveal() != "access" || !opened.Refresh.IsZero() || opened.ExpiresAt != (time.Time{}) {
		t.Errorf("opened as %+v, %v", opened, err)
	}
}

func TestBandTokensSurviveAChangeOfTheKey(t *testing.T) {
	first, second := bytes.Repeat([]byte{7}, 32), bytes.Repeat([]byte{8}, 32)
	token := BandToken{Access: band.NewSecret("access")}
	for name, before := range map[string]tokenCipher{"another key": sealersOf(t, first), "a derived key": sealersOf(t, nil, oldSecret)} {
		sealed, err := before.seal("u1", token)
		if err != nil {
			t.Fatal(err)
		}
		now, err := newSealers([][]byte{second, first}, [][]byte{oldSecret})
		if err != nil {
			t.Fatal(err)
		}
		if opened, err := now.open("u1", sealed); err != nil || opened.Access.Reveal() != "access" {
			t.Errorf("sealed with %s: opened as %+v, %v", name, opened, err)
		}
		again, err := now.seal("u1", token)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := before.open("u1", again); !errors.Is(err, errSealed) {
			t.Errorf("%s still seals", name)
		}
	}
}

func TestAKeyOfTheWrongSizeIsRefused(t *testing.T) {
	for _, n := range []int{1, 16, 31, 33} {
		if _, err := newSealers([][]byte{make([]byte, n)}, nil); err == nil {
			t.Errorf("a key of %d bytes is taken", n)
		}
	}
}
