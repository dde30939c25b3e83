package photos

import (
	"cmp"
	"context"
	"errors"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/pagination"
)

// place is where a page of albums or photos begins: after one of them.
type place struct {
	At int64  `json:"t"`
	ID string `json:"i"`
}

func placeOf(p Position) place {
	if p.CreatedAt.IsZero() {
		return place{ID: p.ID}
	}
	return place{p.CreatedAt.UnixMicro(), p.ID}
}

func (p *place) position() *Position {
	switch {
	case p == nil:
		return nil
	case p.At == 0:
		return &Position{ID: p.ID}
	}
	return &Position{time.UnixMicro(p.At).UTC(), p.ID}
}

// ListAlbums implements the RPC.
func (g *Gallery) ListAlbums(ctx context.Context, req *v1.ListAlbumsRequest) (*v1.ListAlbumsResponse, error) {
	if _, err := identity.From(ctx); err != nil {
		return nil, err
	}
	after, err := pagination.After[place](req)
	if err != nil {
		return nil, err
	}
	p := pagination.Of(nil, req.Limit)
	found, err := g.cfg.Store.ListAlbums(ctx, after.position(), p.Limit+1)
	if err != nil {
		return nil, err
	}
	found, more := pagination.More(p, found)
	res := &v1.ListAlbumsResponse{}
	if more {
		if res.NextPageToken, err = pagination.Token(req, placeOf(found[len(found)-1].Position())); err != nil {
			return nil, err
		}
	}
	if res.SyncStatus, err = g.syncStatus(ctx); err != nil {
		return nil, err
	}
	res.Albums, err = g.albumsToProto(ctx, found)
	return res, err
}

func (g *Gallery) syncStatus(ctx context.Context) (*v1.SyncStatus, error) {
	if g.sync == nil {
		return &v1.SyncStatus{State: v1.SyncState_SYNC_STATE_NEVER}, nil
	}
	return g.sync.Status(ctx)
}

func (g *Gallery) albumsToProto(ctx context.Context, albums []Album) ([]*v1.Album, error) {
	owners := make([]string, len(albums))
	for i, a := range albums {
		owners[i] = a.OwnerID
	}
	names, err := g.names(ctx, owners)
	if err != nil {
		return nil, err
	}
	out := make([]*v1.Album, len(albums))
	for i, a := range albums {
		out[i] = &v1.Album{
			Id: a.ID, Name: a.Name, PhotoCount: int32(a.Photos), Owner: cmp.Or(a.OwnerName, names[a.OwnerID].GetDisplayName()), OwnerId: a.OwnerID,
			CreatedAt: timestamp(a.CreatedAt),
		}
		if a.Cover != "" {
			out[i].Cover = g.cfg.Link(a.Cover)
		}
	}
	return out, nil
}

// ListAlbumPhotos implements the RPC.
func (g *Gallery) ListAlbumPhotos(ctx context.Context, req *v1.ListAlbumPhotosRequest) (*v1.ListAlbumPhotosResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	if req.GetHidden() {
		if err := caller.Require(identity.ModeratePosts); err != nil {
			return nil, err
		}
	}
	p, after, err := pagination.Read[place](req)
	if err != nil {
		return nil, err
	}
	if _, err := g.cfg.Store.Album(ctx, req.GetAlbumId()); err != nil {
		return nil, albumFault(err)
	}
	found, total, err := g.cfg.Store.ListPhotos(ctx, Filter{
		AlbumID: req.GetAlbumId(), Hidden: req.GetHidden(), After: after.position(), Offset: p.Offset(), Limit: p.Limit + 1,
	})
	if err != nil {
		return nil, err
	}
	found, more := pagination.More(p, found)
	res := &v1.ListAlbumPhotosResponse{}
	if after == nil {
		res.Pagination = p.Info(total)
	}
	if more {
		if res.NextPageToken, err = pagination.Token(req, placeOf(found[len(found)-1].Position())); err != nil {
			return nil, err
		}
	}
	res.Photos, err = g.photosToProto(ctx, caller, found)
	return res, err
}

func albumFault(err error) error {
	if errors.Is(err, fault.NotFound) {
		return errAlbumNotFound
	}
	return err
}

func photoFault(err error) error {
	if errors.Is(err, fault.NotFound) {
		return errPhotoNotFound
	}
	return err
}
