package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// loginTTL is how long somebody has to sign in at Band.
const loginTTL = 10 * time.Minute

// StartBandLogin begins a sign-in.
func (s *Service) StartBandLogin(ctx context.Context, req *v1.StartBandLoginRequest) (*v1.StartBandLoginResponse, error) {
	redirect, ok := s.redirects.allow(req.GetRedirectUri())
	if !ok {
		s.Audit.Record(ctx, "sign-in refused", slog.String("reason", errRedirect.Reason))
		return nil, errRedirect
	}
	// 256 bits; Text has 128 in base32.
	state := rand.Text() + rand.Text()
	login := Login{StateHash: hash(state), RedirectURI: redirect, ExpiresAt: s.now().Add(loginTTL)}
	if err := s.Store.CreateLogin(ctx, login); err != nil {
		return nil, fmt.Errorf("keep a sign-in: %w", err)
	}
	return &v1.StartBandLoginResponse{AuthUrl: s.Band.AuthorizeURL(redirect, state), State: state}, nil
}

// CompleteBandLogin ends a sign-in: whoever Band's code stands for gets a session, if they belong to the club's Band and may
// use the app.
func (s *Service) CompleteBandLogin(ctx context.Context, req *v1.CompleteBandLoginRequest) (*v1.CompleteBandLoginResponse, error) {
	user, err := s.signIn(ctx, req)
	if err != nil {
		if refusal, ok := errors.AsType[*fault.Error](err); ok {
			s.Audit.Record(ctx, "sign-in refused", slog.String("user_id", user.ID), slog.String("reason", refusal.Reason))
		}
		return nil, err
	}
	session, refresh, err := s.begin(ctx, user)
	if err != nil {
		return nil, err
	}
	t, err := s.issue(user, session, refresh)
	if err != nil {
		return nil, err
	}
	s.Audit.Record(ctx, "signed in", slog.String("user_id", user.ID), slog.String("session_id", session.ID))
	return &v1.CompleteBandLoginResponse{
		AccessToken: t.access, RefreshToken: t.refresh, ExpiresIn: t.expiresIn,
		User: s.Users.Profile(user), Permissions: permissions(user.Role),
	}, nil
}

// signIn returns the user who may come in. On error it returns the user who was refused, if known.
func (s *Service) signIn(ctx context.Context, req *v1.CompleteBandLoginRequest) (users.User, error) {
	grant, err := s.exchange(ctx, req.GetState(), req.GetCode())
	if err != nil {
		return users.User{}, err
	}
	person, err := s.member(ctx, grant)
	if err != nil {
		return users.User{}, err
	}
	user, _, err := s.Users.SignIn(ctx, person)
	if err != nil {
		return users.User{}, err
	}
	if err := refused(user); err != nil {
		return user, err
	}
	return user, s.SaveBandToken(ctx, user.ID, s.newBandToken(grant))
}

// exchange uses up the sign-in that state belongs to and trades Band's code for a token. Band is told which redirect URI the
// sign-in used, so that a code made for another one is refused (RFC 9700 §4.5). Where Band could not be asked, the sign-in is
// put back, since the code may still be good.
func (s *Service) exchange(ctx context.Context, state, code string) (band.Grant, error) {
	login, err := s.Store.TakeLogin(ctx, hash(state), s.now())
	if errors.Is(err, fault.NotFound) {
		return band.Grant{}, errState
	}
	if err != nil {
		return band.Grant{}, fmt.Errorf("find a sign-in: %w", err)
	}
	grant, err := s.Band.Exchange(ctx, code, login.RedirectURI)
	if err == nil {
		return grant, nil
	}
	err = bandFault(err)
	if kind := fault.KindOf(err); kind == fault.Unavailable || kind == fault.Exhausted {
		if back := s.Store.CreateLogin(ctx, login); back != nil {
			s.Log.WarnContext(ctx, "a sign-in that Band did not answer must be begun again", slog.Any("error", back))
		}
	}
	return band.Grant{}, err
}

// member returns who granted, as they are in the club's Band; errNotInBand for anybody else.
func (s *Service) member(ctx context.Context, g band.Grant) (users.BandPerson, error) {
	in, err := s.Band.IsMember(ctx, g.AccessToken, s.BandKey)
	if err != nil {
		return users.BandPerson{}, bandFault(err)
	}
	p, err := s.Band.MemberProfile(ctx, g.AccessToken, s.BandKey)
	if failure, ok := errors.AsType[*band.Error](err); ok && failure.NotMember() && !in {
		s.noteLeft(ctx, g)
	}
	switch {
	case !in:
		return users.BandPerson{}, errNotInBand
	case err != nil:
		return users.BandPerson{}, bandFault(err)
	}
	person := users.BandPerson{
		UserKey: firstOf(p.UserKey, g.UserKey), Name: firstOf(p.MemberName, p.Name), Image: firstOf(p.MemberImageURL, p.ImageURL),
	}
	if person.UserKey == "" {
		return users.BandPerson{}, errBandAway.WithCause(errors.New("a token of nobody"))
	}
	return person, nil
}

// noteLeft withdraws who granted, of whom Band says that they are no member of the club's Band. Who has only left it out on the consent
// page is told apart from them by Band's answer.
func (s *Service) noteLeft(ctx context.Context, g band.Grant) {
	key := g.UserKey
	if key == "" {
		p, err := s.Band.Profile(ctx, g.AccessToken)
		if err != nil {
			return
		}
		key = p.UserKey
	}
	if err := s.Users.LeftBand(ctx, key); err != nil {
		s.Log.WarnContext(ctx, "cannot withdraw a member who has left the Band", slog.Any("error", err))
	}
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// bandFault is what a failed call to Band means to who is signing in. What is nobody's fault but the server's own, such as
// wrong credentials of the app, is not given a kind.
func bandFault(err error) error {
	e, ok := errors.AsType[*band.Error](err)
	switch {
	case !ok:
		return err
	case e.InvalidGrant():
		return errCode.WithCause(err)
	case e.NotMember(), e.BandClosed():
		return errNotInBand.WithCause(err)
	case e.RateLimited():
		return retryAfter(errBandLimit, e)
	case e.Temporary():
		return retryAfter(errBandAway, e)
	}
	return fmt.Errorf("sign in: %w", err)
}

func retryAfter(f *fault.Error, e *band.Error) error {
	if e.RetryAfter > 0 {
		f = f.WithRetryAfter(e.RetryAfter)
	}
	return f.WithCause(e)
}
