package auth_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

func TestTwentyExchangesAtOnceGetOneSuccessor(t *testing.T) {
	c := openClub(t)
	processes := []*process{c.start(secret), c.start(secret)}
	res := c.signIn(processes[0], 1)
	c.clock.advance(time.Hour)

	var wg sync.WaitGroup
	got := make([]*v1.RefreshTokenResponse, 20)
	for i := range got {
		wg.Go(func() {
			var err error
			if got[i], err = refresh(processes[i%2], res.RefreshToken); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, other := range got[1:] {
		if other.GetRefreshToken() != got[0].GetRefreshToken() || other.GetAccessToken() != got[0].GetAccessToken() || other.GetExpiresIn() != 86400 {
			t.Fatalf("got %v and %v", got[0], other)
		}
	}
	if live := c.sessions(res.User.Id); len(live) != 1 || live[0].Generation != 2 {
		t.Errorf("session %+v", live)
	}
	if got[0].RefreshToken == res.RefreshToken || got[0].AccessToken == res.AccessToken {
		t.Error("nothing was exchanged")
	}
	// The successor is good, and so is its own.
	next, err := refresh(processes[1], got[0].RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := processes[0].Gate().Authenticate(t.Context(), next.AccessToken); err != nil {
		t.Error(err)
	}
}

func TestALostAnswerIsRepeated(t *testing.T) {
	c, p := open(t)
	res := c.signIn(p, 1)
	c.clock.advance(1500 * time.Millisecond)
	first, err := refresh(p, res.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	c.clock.advance(30 * time.Second)
	again, err := refresh(p, res.RefreshToken)
	if err != nil || again.RefreshToken != first.RefreshToken || again.AccessToken != first.AccessToken {
		t.Fatalf("%v, %v; first %v", again, err, first)
	}
	if again.ExpiresIn != first.ExpiresIn-30 {
		t.Errorf("expires in %d s, after %d s", again.ExpiresIn, first.ExpiresIn)
	}
	// Days later too, with an access token that is good.
	c.clock.advance(3 * 24 * time.Hour)
	again, err = refresh(p, res.RefreshToken)
	if err != nil || again.RefreshToken != first.RefreshToken || again.ExpiresIn != first.ExpiresIn {
		t.Fatalf("%v, %v; first %v", again, err, first)
	}
	c.as(p, again.AccessToken)
	if _, err := refresh(p, again.RefreshToken); err != nil {
		t.Error(err)
	}
}

// Processes whose clocks are apart repeat each other's answers, and know a token that was used again.
func TestClocksThatAreApartEndNoSession(t *testing.T) {
	c := openClub(t)
	ahead := c.startAt(31*time.Second, secret)
	behind := c.startAt(0, secret)
	for name, order := range map[string][2]*process{"ahead first": {ahead, behind}, "behind first": {behind, ahead}} {
		res := c.signIn(order[0], 1)
		first, err := refresh(order[0], res.RefreshToken)
		if err != nil {
			t.Fatal(name, err)
		}
		again, err := refresh(order[1], res.RefreshToken)
		if err != nil || again.RefreshToken != first.RefreshToken {
			t.Fatalf("%s: %v, %v; first %v", name, again, err, first)
		}
		if _, err := refresh(order[1], again.RefreshToken); err != nil {
			t.Fatal(name, err)
		}
		_, err = refresh(order[0], res.RefreshToken)
		wantFault(t, err, fault.Unauthenticated, "REFRESH_TOKEN_REUSED")
	}
}

func TestATokenUsedAgainEndsTheSession(t *testing.T) {
	c := openClub(t)
	p, other := c.start(secret), c.start(secret)
	res, bystander := c.signIn(p, 1), c.signIn(p, 1)
	next, err := refresh(p, res.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	// The successor is used: from now on the first token is in the hands of somebody else.
	if next, err = refresh(p, next.RefreshToken); err != nil {
		t.Fatal(err)
	}
	c.clock.advance(31 * time.Second)
	// Both have copies from before.
	c.as(p, next.AccessToken)
	c.as(other, next.AccessToken)
	_, err = refresh(p, res.RefreshToken)
	wantFault(t, err, fault.Unauthenticated, "REFRESH_TOKEN_REUSED")

	for _, token := range []string{res.RefreshToken, next.RefreshToken} {
		_, err = refresh(other, token)
		wantFault(t, err, fault.Unauthenticated, "SESSION_ENDED")
	}
	for _, token := range []string{res.AccessToken, next.AccessToken} {
		_, err = other.Gate().Authenticate(t.Context(), token)
		wantFault(t, err, fault.Unauthenticated, "SESSION_ENDED")
	}
	if !strings.Contains(c.audited.String(), `msg="refresh token refused" audit.reason=REFRESH_TOKEN_REUSED audit.user_id=`+res.User.Id) {
		t.Errorf("audited %q", c.audited.String())
	}
	if _, err := refresh(p, bystander.RefreshToken); err != nil {
		t.Errorf("another session of the user: %v", err)
	}
}

func TestGuessesDoNotTouchTheSession(t *testing.T) {
	c, p := open(t)
	res := c.signIn(p, 1)
	before := c.sessions(res.User.Id)[0]
	last := res.RefreshToken[len(res.RefreshToken)-10:]
	for name, token := range map[string]string{
		"the MAC of another":    strings.TrimSuffix(res.RefreshToken, last) + c.signIn(p, 1).RefreshToken[len(res.RefreshToken)-10:],
		"no session":            "0190-none" + res.RefreshToken[strings.Index(res.RefreshToken, "."):],
		"an earlier generation": strings.Replace(res.RefreshToken, ".1.", ".0.", 1),
		"a later generation":    strings.Replace(res.RefreshToken, ".1.", ".2.", 1),
		"an access token":       res.AccessToken,
		"nothing":               "..",
	} {
		_, err := refresh(p, token)
		if wantFault(t, err, fault.Unauthenticated, "REFRESH_TOKEN_INVALID"); t.Failed() {
			t.Fatal(name)
		}
	}
	if after, err := c.store.Session(t.Context(), before.ID); err != nil || after != before {
		t.Errorf("became %+v, %v", after, err)
	}
}

func TestWhoIsNotActiveExchangesNothing(t *testing.T) {
	c, p := open(t)
	res := c.signIn(p, 1)
	for status, reason := range map[users.Status]string{users.Suspended: "USER_SUSPENDED", users.Withdrawn: "USER_WITHDRAWN"} {
		c.set(res.User.Id, func(u *users.User) { u.Status = status })
		c.UserChanged(t.Context(), res.User.Id)
		_, err := refresh(p, res.RefreshToken)
		wantFault(t, err, fault.Denied, reason)
	}
	if live := c.sessions(res.User.Id); len(live) != 1 || live[0].Generation != 1 {
		t.Errorf("session %+v", live)
	}
}

func TestASessionThatIsNotUsedExpires(t *testing.T) {
	c, p := open(t)
	res := c.signIn(p, 1)
	c.clock.advance(refreshTTL - time.Second)
	next, err := refresh(p, res.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	c.clock.advance(refreshTTL - time.Second)
	if next, err = refresh(p, next.RefreshToken); err != nil {
		t.Fatalf("using it did not move the end: %v", err)
	}
	c.clock.advance(refreshTTL)
	_, err = refresh(p, next.RefreshToken)
	wantFault(t, err, fault.Unauthenticated, "SESSION_ENDED")
	if err := p.DeleteDead(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.clock.advance(time.Second)
	if err := p.DeleteDead(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = refresh(p, next.RefreshToken)
	wantFault(t, err, fault.Unauthenticated, "REFRESH_TOKEN_INVALID")
}

func TestTheSecretIsChangedAndNobodyIsLoggedOut(t *testing.T) {
	c := openClub(t)
	res := c.signIn(c.start(secret), 1)
	p := c.start(newSecret, secret)
	c.as(p, res.AccessToken)
	next, err := refresh(p, res.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.BandToken(t.Context(), res.User.Id); err != nil {
		t.Errorf("the Band token: %v", err)
	}
	// Once the old secret is gone, its access tokens are; the session is not.
	p = c.start(newSecret)
	_, err = p.Gate().Authenticate(t.Context(), res.AccessToken)
	wantFault(t, err, fault.Unauthenticated, "TOKEN_INVALID")
	c.as(p, next.AccessToken)
	if _, err := refresh(p, next.RefreshToken); err != nil {
		t.Error(err)
	}
}
