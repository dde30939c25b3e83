package auth_test

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

func TestSigningIn(t *testing.T) {
	c, p := open(t)
	ctx := identity.WithClient(t.Context(), identity.Client{IP: "192.0.2.7", Agent: "동배즐/1.0\n(Android)" + strings.Repeat(" x", 100)})
	res, err := p.CompleteBandLogin(ctx, c.begin(p, c.member(0).UserKey))
	if err != nil {
		t.Fatal(err)
	}
	if res.User.BandUserId != c.member(0).UserKey || res.User.DisplayName != c.member(0).Name || res.User.Role != v1.Role_ROLE_ADMIN ||
		!slices.Contains(res.Permissions, "members.manage") || res.ExpiresIn != int32(accessTTL/time.Second) {
		t.Errorf("signed in as %v", res)
	}
	caller, err := p.Gate().Authenticate(t.Context(), res.AccessToken)
	if err != nil || caller.UserID != res.User.Id || caller.Role != identity.Admin || !caller.Expires.Equal(start.Add(accessTTL)) {
		t.Errorf("authenticated as %+v, %v", caller, err)
	}
	live := c.sessions(res.User.Id)
	if len(live) != 1 || live[0].ID != caller.SessionID || live[0].IP != "192.0.2.7" || !strings.HasPrefix(live[0].Device, "동배즐/1.0 (Android) x") ||
		len([]rune(live[0].Device)) != 120 || !live[0].ExpiresAt.Equal(start.Add(refreshTTL)) || live[0].Generation != 1 {
		t.Errorf("session %+v", live)
	}
	if _, err := refresh(p, res.RefreshToken); err != nil {
		t.Error(err)
	}
	verified, err := p.VerifyToken(c.as(p, res.AccessToken), &v1.VerifyTokenRequest{})
	if err != nil || !verified.Valid || verified.User.Id != res.User.Id || !slices.Equal(verified.Permissions, res.Permissions) {
		t.Errorf("verified %v, %v", verified, err)
	}
}

func TestASignInEndsOnlyWhereItMay(t *testing.T) {
	_, p := open(t)
	_, err := p.StartBandLogin(t.Context(), &v1.StartBandLoginRequest{RedirectUri: "https://app.example/callback/.."})
	wantFault(t, err, fault.Invalid, "REDIRECT_URI_NOT_ALLOWED")
	if e, ok := errors.AsType[*fault.Error](err); !ok || len(e.Fields) != 1 || e.Fields[0].Path != "redirect_uri" {
		t.Errorf("%+v does not name the field", e)
	}
	res, err := p.StartBandLogin(t.Context(), &v1.StartBandLoginRequest{RedirectUri: "HTTPS://app.example:443/callback"})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(res.AuthUrl)
	if err != nil || u.Query().Get("redirect_uri") != redirect || u.Query().Get("state") != res.State || len(res.State) < 26 {
		t.Errorf("%v, %v", res, err)
	}
}

func TestAStateIsGoodOnceAndForTenMinutes(t *testing.T) {
	c, p := open(t)
	used := c.begin(p, c.member(1).UserKey)
	if _, err := p.CompleteBandLogin(t.Context(), used); err != nil {
		t.Fatal(err)
	}
	late, inTime := c.begin(p, c.member(1).UserKey), c.begin(p, c.member(1).UserKey)
	for name, req := range map[string]*v1.CompleteBandLoginRequest{
		"used":    {State: used.State, Code: c.begin(p, c.member(1).UserKey).Code},
		"unknown": {State: strings.Repeat("A", 52), Code: c.begin(p, c.member(1).UserKey).Code},
	} {
		_, err := p.CompleteBandLogin(t.Context(), req)
		wantFault(t, err, fault.Invalid, "STATE_INVALID")
		if e, ok := errors.AsType[*fault.Error](err); !ok || len(e.Fields) != 1 || e.Fields[0].Path != "state" {
			t.Errorf("%s: %+v does not name the field", name, e)
		}
	}
	c.clock.advance(10*time.Minute - time.Second)
	if _, err := p.CompleteBandLogin(t.Context(), inTime); err != nil {
		t.Errorf("in time: %v", err)
	}
	c.clock.advance(time.Second)
	_, err := p.CompleteBandLogin(t.Context(), late)
	wantFault(t, err, fault.Invalid, "STATE_INVALID")
}

// RFC 9700 §4.5: a code that was made for one redirect URI does not complete a sign-in by another one.
func TestACodeCompletesOnlyTheSignInOfItsRedirect(t *testing.T) {
	c, p := open(t)
	begin := func(uri string) *v1.StartBandLoginResponse {
		res, err := p.StartBandLogin(t.Context(), &v1.StartBandLoginRequest{RedirectUri: uri})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	here, elsewhere := begin(redirect), begin(otherRedirect)
	_, err := p.CompleteBandLogin(t.Context(), &v1.CompleteBandLoginRequest{
		State: elsewhere.State, Code: c.consent(here.AuthUrl, c.member(1).UserKey),
	})
	wantFault(t, err, fault.Invalid, "CODE_INVALID")
	// Two sign-ins by one redirect URI are alike to Band.
	_, err = p.CompleteBandLogin(t.Context(), &v1.CompleteBandLoginRequest{
		State: here.State, Code: c.consent(begin(redirect).AuthUrl, c.member(1).UserKey),
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAWrongCodeUsesUpItsState(t *testing.T) {
	c, p := open(t)
	req := c.begin(p, c.member(1).UserKey)
	_, err := p.CompleteBandLogin(t.Context(), &v1.CompleteBandLoginRequest{State: req.State, Code: "guess"})
	wantFault(t, err, fault.Invalid, "CODE_INVALID")
	if e, ok := errors.AsType[*fault.Error](err); !ok || len(e.Fields) != 1 || e.Fields[0].Path != "code" {
		t.Errorf("%+v does not name the field", e)
	}
	_, err = p.CompleteBandLogin(t.Context(), req)
	wantFault(t, err, fault.Invalid, "STATE_INVALID")
}

func TestOnlyMembersOfTheBandComeIn(t *testing.T) {
	c, p := open(t)
	outsider := c.sim.Outsiders()[0].UserKey
	leaver := c.member(1).UserKey
	first := c.signIn(p, 1)
	if !c.sim.Leave(leaver) {
		t.Fatal("nobody left")
	}
	for _, key := range []string{outsider, leaver} {
		_, err := p.CompleteBandLogin(t.Context(), c.begin(p, key))
		wantFault(t, err, fault.Denied, "NOT_IN_BAND")
	}
	if _, err := c.store.UserByBand(t.Context(), outsider); !errors.Is(err, fault.NotFound) {
		t.Errorf("an outsider is kept: %v", err)
	}
	if n := len(c.sessions(first.User.Id)); n != 0 {
		t.Errorf("who left has %d sessions", n)
	}
	if u, err := c.store.User(t.Context(), first.User.Id); err != nil || u.Status != users.Withdrawn || !u.LeftBand {
		t.Errorf("who left is %+v, %v", u, err)
	}
	// A member who keeps the club's Band from the app is refused like an outsider, and not taken for one who has left.
	stays := c.signIn(p, 2)
	c.sim.Set(bandsim.Knobs{Consent: bandsim.ConsentSome})
	_, err := p.CompleteBandLogin(t.Context(), c.begin(p, c.member(2).UserKey))
	wantFault(t, err, fault.Denied, "NOT_IN_BAND")
	if u, err := c.store.User(t.Context(), stays.User.Id); err != nil || u.Status != users.Active {
		t.Errorf("who keeps the Band from the app is %+v, %v", u, err)
	}
	if log := c.audited.String(); strings.Count(log, "NOT_IN_BAND") != 3 {
		t.Errorf("audited %q", log)
	}
}

// tellsAll is a Band that returns a profile in a band to anybody who asks, which nothing it documents speaks against.
type tellsAll struct{ http.RoundTripper }

func (b tellsAll) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	q := r.URL.Query()
	if r.URL.Path == "/v2/profile" {
		q.Del("band_key")
	}
	r.URL.RawQuery = q.Encode()
	return b.RoundTripper.RoundTrip(r)
}

func TestAProfileInTheBandIsNoProofOfMembership(t *testing.T) {
	c, p := open(t)
	c.band.RoundTripper = tellsAll{c.band.RoundTripper}
	c.signIn(p, 1)
	_, err := p.CompleteBandLogin(t.Context(), c.begin(p, c.sim.Outsiders()[0].UserKey))
	wantFault(t, err, fault.Denied, "NOT_IN_BAND")
}

func TestWhoIsNotActiveDoesNotComeIn(t *testing.T) {
	c, p := open(t)
	u := c.signIn(p, 1).User
	for status, reason := range map[users.Status]string{users.Suspended: "USER_SUSPENDED", users.Withdrawn: "USER_WITHDRAWN"} {
		c.set(u.Id, func(u *users.User) { u.Status = status })
		_, err := p.CompleteBandLogin(t.Context(), c.begin(p, c.member(1).UserKey))
		wantFault(t, err, fault.Denied, reason)
		if log := c.audited.String(); !strings.Contains(log, `msg="sign-in refused" audit.user_id=`+u.Id+" audit.reason="+reason) {
			t.Errorf("audited %q", log)
		}
	}
	if n := len(c.sessions(u.Id)); n != 1 {
		t.Errorf("%d sessions, one from before", n)
	}
}

func TestASignInThatBandDidNotAnswerCanBeRepeated(t *testing.T) {
	c, p := open(t)
	req := c.begin(p, c.member(1).UserKey)
	c.band.cut.Store(true)
	_, err := p.CompleteBandLogin(t.Context(), req)
	wantFault(t, err, fault.Unavailable, "BAND_UNAVAILABLE")
	if e, ok := errors.AsType[*fault.Error](err); !ok || e.RetryAfter <= 0 {
		t.Errorf("%+v does not say when to come back", e)
	}
	c.band.cut.Store(false)
	if _, err := p.CompleteBandLogin(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	_, err = p.CompleteBandLogin(t.Context(), req)
	wantFault(t, err, fault.Invalid, "STATE_INVALID")
}

func TestWhatBandRefusesIsToldApart(t *testing.T) {
	c, p := open(t)
	c.sim.Set(bandsim.Knobs{Quota: bandsim.QuotaApp})
	_, err := p.CompleteBandLogin(t.Context(), c.begin(p, c.member(1).UserKey))
	wantFault(t, err, fault.Exhausted, "BAND_RATE_LIMITED")
	if e, ok := errors.AsType[*fault.Error](err); !ok || e.RetryAfter <= 0 {
		t.Errorf("%+v does not say when to come back", e)
	}
	c.sim.Set(bandsim.Knobs{})
	// That the server's own credentials are wrong is nothing its callers should hear of.
	misconfigured := c.startWith("wrong", 0, secret)
	_, err = misconfigured.CompleteBandLogin(t.Context(), c.begin(misconfigured, c.member(1).UserKey))
	if err == nil || fault.KindOf(err) != 0 {
		t.Errorf("with wrong credentials: %v", err)
	}
}

func TestTheBandTokenIsKeptSealed(t *testing.T) {
	c, p := open(t)
	res := c.signIn(p, 1)
	token, err := p.BandToken(t.Context(), res.User.Id)
	if err != nil || token.Access.IsZero() || token.Refresh.IsZero() || !token.ExpiresAt.After(start.AddDate(9, 0, 0)) {
		t.Fatalf("%+v, %v", token, err)
	}
	sealed, err := c.store.BandToken(t.Context(), res.User.Id)
	if err != nil || strings.Contains(string(sealed), token.Access.Reveal()) {
		t.Errorf("the store has %q, %v", sealed, err)
	}
	_, err = p.BandToken(t.Context(), "nobody")
	wantFault(t, err, fault.NotFound, "BAND_TOKEN_MISSING")
	if strings.Contains(c.audited.String(), "BAND_TOKEN_KEY") {
		t.Errorf("logged %s", c.audited.String())
	}
	// With another key it is as if there were none, but an operator is told.
	_, err = c.start(newSecret).BandToken(t.Context(), res.User.Id)
	wantFault(t, err, fault.NotFound, "BAND_TOKEN_MISSING")
	if log := c.audited.String(); !strings.Contains(log, "level=WARN") || !strings.Contains(log, "BAND_TOKEN_KEY") || !strings.Contains(log, res.User.Id) {
		t.Errorf("logged %s", log)
	}
}

func TestABandTokenIsRefreshed(t *testing.T) {
	c, p := open(t)
	res := c.signIn(p, 1)
	old, err := p.BandToken(t.Context(), res.User.Id)
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := p.RefreshBandToken(t.Context(), res.User.Id, old)
	if err != nil || fresh.Access.Reveal() == old.Access.Reveal() {
		t.Fatalf("%v", err)
	}
	if kept, err := p.BandToken(t.Context(), res.User.Id); err != nil || kept.Access.Reveal() != fresh.Access.Reveal() || kept.Refresh.Reveal() != fresh.Refresh.Reveal() {
		t.Errorf("another one is kept, %v", err)
	}
	// The old one is spent.
	_, err = p.RefreshBandToken(t.Context(), res.User.Id, old)
	wantFault(t, err, fault.NotFound, "BAND_TOKEN_MISSING")
	_, err = p.RefreshBandToken(t.Context(), res.User.Id, auth.BandToken{Access: old.Access})
	wantFault(t, err, fault.NotFound, "BAND_TOKEN_MISSING")
}

// TestARefreshKeepsNoTokenOfADeletedAccount deletes the account while a sync has its token.
func TestARefreshKeepsNoTokenOfADeletedAccount(t *testing.T) {
	c, p := open(t)
	res := c.signIn(p, 1)
	held, err := p.BandToken(t.Context(), res.User.Id)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Store.DeleteBandToken(t.Context(), res.User.Id); err != nil {
		t.Fatal(err)
	}
	_, err = p.RefreshBandToken(t.Context(), res.User.Id, held)
	wantFault(t, err, fault.NotFound, "BAND_TOKEN_MISSING")
	_, err = p.BandToken(t.Context(), res.User.Id)
	wantFault(t, err, fault.NotFound, "BAND_TOKEN_MISSING")
}

func TestTheAuditLogHoldsNoCredential(t *testing.T) {
	c, p := open(t)
	req := c.begin(p, c.member(1).UserKey)
	res, err := p.CompleteBandLogin(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	secrets := []string{req.State, req.Code, res.AccessToken, res.RefreshToken, res.User.DisplayName}
	// The last one has been used again after its successor was.
	for token, i := res.RefreshToken, 0; i < 3; i++ {
		next, err := refresh(p, token)
		if err == nil {
			secrets = append(secrets, next.AccessToken, next.RefreshToken)
			token = next.RefreshToken
		}
		if i == 1 {
			token = res.RefreshToken
		}
		c.clock.advance(time.Minute)
	}
	if _, err := p.Gate().Authenticate(t.Context(), res.AccessToken+"x"); err == nil {
		t.Error("a token that was changed is taken")
	}
	log := c.audited.String()
	for _, event := range []string{`"signed in"`, "REFRESH_TOKEN_REUSED", `"access token refused"`} {
		if !strings.Contains(log, event) {
			t.Errorf("%s is not audited", event)
		}
	}
	for _, s := range secrets {
		if strings.Contains(log, s) {
			t.Errorf("%q is in the log", s)
		}
	}
}
