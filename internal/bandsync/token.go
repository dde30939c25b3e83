package bandsync

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// maxRefreshes bounds how often tokens are refreshed in a pass.
const maxRefreshes = 10

// withToken runs a step, from its beginning again with another token each time Band refuses the one it has: a refused token is
// refreshed, and if Band accepts the new one for nothing, the next admin's is used.
func (p *pass) withToken(step func() error) error {
	for {
		if p.token.IsZero() {
			if err := p.nextToken(); err != nil {
				return err
			}
		}
		err := step()
		if !refusesToken(err) {
			return err
		}
		p.cfg.Log.WarnContext(p.ctx, "cannot use a Band token any more", slog.String("user_id", p.holder), slog.Any("error", err))
		p.token = band.Secret{}
		failure, refused := errors.AsType[*band.Error](err)
		if refused {
			p.refusal = err
		}
		if refused && failure.Unauthorized() && p.holder != "" && !p.refreshed && p.refreshes < maxRefreshes {
			p.refreshed = true
			p.refreshes++
			fresh, err := p.cfg.Tokens.RefreshBandToken(p.ctx, p.holder, p.held)
			switch {
			case err == nil:
				p.held, p.token = fresh, fresh.Access
			case !errors.Is(err, fault.NotFound):
				return err
			}
		}
	}
}

// errNoAdmin is that the user whose token is used may not sync any more.
var errNoAdmin = errors.New("the user is no active admin any more")

// checkHolder returns errNoAdmin if the token's user is no admin any more: suspended, withdrawn, or the account is deleted.
func (p *pass) checkHolder() error {
	if p.holder == "" {
		return nil
	}
	admins, err := p.cfg.Users.Admins(p.ctx)
	if err == nil && !slices.Contains(admins, p.holder) {
		err = errNoAdmin
	}
	return err
}

// accepted notes that Band has accepted the token, so that it may be refreshed again.
func (p *pass) accepted() { p.refreshed = false }

// nextToken takes the token of the next admin who has one, and the spare one when there is none.
func (p *pass) nextToken() error {
	if p.admins == nil {
		admins, err := p.cfg.Users.Admins(p.ctx)
		if err != nil {
			return err
		}
		p.admins = append([]string{}, admins...)
	}
	for len(p.admins) > 0 {
		id := p.admins[0]
		p.admins = p.admins[1:]
		token, err := p.cfg.Tokens.BandToken(p.ctx, id)
		if errors.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		p.holder, p.held, p.token, p.refreshed = id, token, token.Access, false
		return nil
	}
	if p.cfg.Spare != nil && !p.spare {
		p.spare, p.holder = true, ""
		token, err := p.cfg.Spare(p.ctx)
		if err != nil {
			return fmt.Errorf("take the spare token: %w", err)
		}
		p.token = token
		return nil
	}
	if p.refusal != nil {
		return errRefused.WithCause(p.refusal)
	}
	return errNotConnected
}
