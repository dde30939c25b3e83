package posts

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/uploads"
)

var categories = map[v1.PostCategory]Category{
	v1.PostCategory_POST_CATEGORY_NOTICE:   Notice,
	v1.PostCategory_POST_CATEGORY_FREE:     Free,
	v1.PostCategory_POST_CATEGORY_QUESTION: Question,
	v1.PostCategory_POST_CATEGORY_MARKET:   Market,
	v1.PostCategory_POST_CATEGORY_GALLERY:  Gallery,
	v1.PostCategory_POST_CATEGORY_BAND:     Band,
}

// fromCategory returns the category; empty for one that is not in the contract.
func fromCategory(c v1.PostCategory) Category { return categories[c] }

func categoryToProto(c Category) v1.PostCategory {
	for sent, kept := range categories {
		if kept == c {
			return sent
		}
	}
	return v1.PostCategory_POST_CATEGORY_UNSPECIFIED
}

// authors lists whose names posts and comments need. A deleted comment needs none.
func authors(posts []Post, comments []Comment) []string {
	out := make([]string, 0, len(posts)+len(comments))
	for _, p := range posts {
		if p.AuthorID != "" {
			out = append(out, p.AuthorID)
		}
	}
	for _, c := range comments {
		if !c.deleted() && c.AuthorID != "" {
			out = append(out, c.AuthorID)
		}
	}
	return out
}

func (s *Service) toPost(ctx context.Context, p Post) (*v1.Post, error) {
	names, err := s.Users.Summaries(ctx, authors([]Post{p}, nil))
	if err != nil {
		return nil, err
	}
	return s.postToProto(p, names), nil
}

// authorOf returns how an author is shown: one who is no user by the name that Band has for them.
func authorOf(names map[string]*v1.UserSummary, userID, name string) *v1.UserSummary {
	if userID == "" {
		return &v1.UserSummary{DisplayName: name}
	}
	return names[userID]
}

func (s *Service) postToProto(p Post, names map[string]*v1.UserSummary) *v1.Post {
	out := &v1.Post{
		Id: p.ID, Title: p.Title, Content: p.Content, Category: categoryToProto(p.Category), IsPinned: p.Pinned,
		Author: authorOf(names, p.AuthorID, p.AuthorName), BandUrl: p.BandURL, LikeCount: int32(p.Likes), CommentCount: int32(p.Comments), ViewCount: int32(p.Views),
		CreatedAt: timestamp(p.CreatedAt), UpdatedAt: timestamp(p.UpdatedAt), Version: int32(p.Version),
	}
	for _, a := range p.Attachments {
		out.Attachments = append(out.Attachments, uploads.ToProto(s.Uploads, uploads.File{
			ID: a.FileID, URL: a.URL, Name: a.Name, ContentType: a.ContentType, Size: a.Size, Width: a.Width, Height: a.Height, Blurhash: a.Blurhash,
		}))
	}
	return out
}

func (s *Service) toComment(ctx context.Context, c Comment) (*v1.Comment, error) {
	names, err := s.Users.Summaries(ctx, authors(nil, []Comment{c}))
	if err != nil {
		return nil, err
	}
	return commentToProto(c, names), nil
}

// commentToProto returns a comment; of a deleted one no more than that it was there.
func commentToProto(c Comment, names map[string]*v1.UserSummary) *v1.Comment {
	out := &v1.Comment{
		Id: c.ID, PostId: c.PostID, ParentId: c.ParentID, Deleted: c.deleted(), FromBand: c.OfBand, CreatedAt: timestamp(c.CreatedAt),
	}
	if !c.deleted() {
		out.Author, out.Content, out.UpdatedAt = authorOf(names, c.AuthorID, c.AuthorName), c.Content, timestamp(c.UpdatedAt)
	}
	return out
}

func attachmentOf(f uploads.File) Attachment {
	return Attachment{
		FileID: f.ID, URL: f.URL, Name: f.Name, ContentType: f.ContentType, Size: f.Size, Width: f.Width, Height: f.Height, Blurhash: f.Blurhash,
	}
}

// timestamp leaves out a time that never was.
func timestamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
