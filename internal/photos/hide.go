package photos

import (
	"context"
	"errors"
	"log/slog"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/ratelimit"
)

var (
	errHiddenByAnother = fault.New(fault.Denied, "PHOTO_HIDDEN_BY_ANOTHER",
		"사진을 숨긴 회원, 사진을 올린 회원과 운영진만 다시 보이게 할 수 있어요.",
		"Only the member who hid the photo, its author and moderators can show it again.")
	errTooManyHidden = fault.New(fault.Exhausted, "TOO_MANY_HIDDEN_PHOTOS",
		"하루에 숨길 수 있는 사진 수를 넘었어요. 나중에 다시 숨겨 주세요.",
		"You have hidden as many photos as a day allows. Please try again later.")
	// errAsWanted ends an update that would change nothing.
	errAsWanted = errors.New("as wanted")
)

// hiddenADay is how many photos a member may hide within a day.
var hiddenADay = ratelimit.Limit{Requests: 50, Per: 24 * time.Hour}

// HidePhoto implements the RPC.
func (g *Gallery) HidePhoto(ctx context.Context, req *v1.HidePhotoRequest) (*v1.HidePhotoResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	hide := req.Hidden == nil || req.GetHidden()
	p, err := g.cfg.Store.Photo(ctx, req.GetPhotoId())
	if err != nil {
		return nil, photoFault(err)
	}
	if hide && !p.Hidden() {
		if err := g.countHidden(ctx, caller); err != nil {
			return nil, err
		}
	}
	by := ""
	changed, err := g.cfg.Store.UpdatePhoto(ctx, req.GetPhotoId(), func(p *Photo) error {
		if by = p.HiddenBy; hide == p.Hidden() {
			return errAsWanted
		}
		if hide {
			p.HiddenBy, p.HiddenAt = caller.UserID, g.now()
			return nil
		}
		if !mayShow(caller, *p) {
			return errHiddenByAnother
		}
		p.HiddenBy, p.HiddenAt = "", time.Time{}
		return nil
	})
	switch {
	case errors.Is(err, errAsWanted):
		if changed, err = g.cfg.Store.Photo(ctx, req.GetPhotoId()); err != nil {
			return nil, photoFault(err)
		}
	case err != nil:
		return nil, photoFault(err)
	case hide:
		g.cfg.Changed(ctx, changed.ID)
		g.cfg.Audit.Record(ctx, "photo hidden", slog.String("photo", changed.ID))
	default:
		g.cfg.Changed(ctx, changed.ID)
		g.cfg.Audit.Record(ctx, "photo shown", slog.String("photo", changed.ID), slog.String("hidden_by", by))
	}
	out, err := g.photosToProto(ctx, caller, []Photo{changed})
	if err != nil {
		return nil, err
	}
	return &v1.HidePhotoResponse{Photo: out[0]}, nil
}

// mayShow reports whether the caller may show a hidden photo again.
func mayShow(caller identity.Caller, p Photo) bool {
	return caller.UserID == p.HiddenBy || caller.UserID == p.AuthorID || caller.May(identity.ModeratePosts)
}

// countHidden counts a photo that the caller hides against what a day allows. While counting fails, nobody is refused.
func (g *Gallery) countHidden(ctx context.Context, caller identity.Caller) error {
	if caller.May(identity.ModeratePosts) || g.cfg.Limiter == nil {
		return nil
	}
	result, err := g.cfg.Limiter.Take(ctx, "photos.hidden/"+caller.UserID, hiddenADay)
	if err == nil && !result.Allowed {
		return errTooManyHidden.WithRetryAfter(result.RetryAfter)
	}
	return nil
}
