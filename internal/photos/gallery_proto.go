package photos

import (
	"cmp"
	"context"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

// names returns the users of ids, of which some may be empty.
func (g *Gallery) names(ctx context.Context, ids []string) (map[string]*v1.UserSummary, error) {
	ids = slices.DeleteFunc(ids, func(id string) bool { return id == "" })
	if len(ids) == 0 {
		return nil, nil
	}
	return g.cfg.Users.Summaries(ctx, ids)
}

func (g *Gallery) photosToProto(ctx context.Context, caller identity.Caller, photos []Photo) ([]*v1.Photo, error) {
	var people []string
	for _, p := range photos {
		people = append(people, p.AuthorID, p.HiddenBy)
	}
	names, err := g.names(ctx, people)
	if err != nil {
		return nil, err
	}
	games, err := g.gamesOf(ctx, photos)
	if err != nil {
		return nil, err
	}
	out := make([]*v1.Photo, len(photos))
	for i, p := range photos {
		out[i] = &v1.Photo{
			Id: p.ID, AlbumId: p.AlbumID, Url: g.cfg.Link(p.ID), Width: int32(p.Width), Height: int32(p.Height),
			Author: cmp.Or(p.AuthorName, names[p.AuthorID].GetDisplayName()), AuthorId: p.AuthorID, CommentCount: int32(p.Comments),
			EmotionCount: int32(p.Emotions), IsVideoThumbnail: p.VideoThumbnail, CreatedAt: timestamp(p.CreatedAt), GameId: games[i],
			Hidden: p.Hidden(),
		}
		if p.Hidden() && mayShow(caller, p) {
			out[i].HiddenBy, out[i].HiddenAt = names[p.HiddenBy], timestamp(p.HiddenAt)
		}
	}
	return out, nil
}

// timestamp leaves out a time that never was.
func timestamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
