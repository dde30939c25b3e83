package posts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

var errBandPost = fault.New(fault.Precondition, "BAND_POST",
	"밴드에서 가져온 글이에요. 밴드에서 고치거나 지워 주세요.",
	"This is a copy from Band. Change or delete it there.")

// bandPost is errBandPost for a copy.
func bandPost(p Post) error {
	if p.BandURL == "" {
		return errBandPost
	}
	return errBandPost.WithMeta("url", p.BandURL)
}

// TakeOver returns p as a copy of Band says that it is at `at`, and whether that is another one.
func (p Post) TakeOver(c Post, at time.Time) (next Post, changed bool) {
	next = p
	next.Title, next.Content, next.Attachments = c.Title, c.Content, c.Attachments
	next.AuthorID, next.AuthorName, next.BandURL = c.AuthorID, c.AuthorName, c.BandURL
	sameFile := func(a, b Attachment) bool { return a.FileID == b.FileID }
	if next.Title != p.Title || next.Content != p.Content || !slices.EqualFunc(next.Attachments, p.Attachments, sameFile) {
		next.UpdatedAt, changed = at, true
	}
	// Where a picture is served follows from the server's address and keys, and is no edit.
	return next, changed || !slices.Equal(next.Attachments, p.Attachments) || next.AuthorID != p.AuthorID || next.AuthorName != p.AuthorName || next.BandURL != p.BandURL
}

// BandStep is one comment of Band that is to be stored: a new one, or one that is there as it is to be from now on.
type BandStep struct {
	Comment Comment
	New     bool
}

// BandSteps returns what makes the comments of Band that are there the given ones, at `at`.
func BandSteps(there, given []Comment, at time.Time) []BandStep {
	before := make(map[string]Comment, len(there))
	for _, c := range there {
		before[c.ID] = c
	}
	var steps []BandStep
	seen := make(map[string]bool, len(given))
	for _, c := range given {
		old, known := before[c.ID]
		if seen[c.ID] {
			continue
		}
		seen[c.ID] = true
		next := old
		next.AuthorID, next.AuthorName, next.Content, next.DeletedAt = c.AuthorID, c.AuthorName, c.Content, time.Time{}
		if next.Content != old.Content && !old.deleted() {
			next.UpdatedAt = at
		}
		switch {
		case !known:
			steps = append(steps, BandStep{Comment: c, New: true})
		case next != old:
			steps = append(steps, BandStep{Comment: next})
		}
	}
	for _, c := range there {
		if !seen[c.ID] && !c.deleted() {
			c.Content, c.DeletedAt = "", at
			steps = append(steps, BandStep{Comment: c})
		}
	}
	return steps
}

// newsAge is how old a post of Band may be to be announced when it is first seen.
const newsAge = 24 * time.Hour

// PutBandPosts stores copies of posts of Band as Store.PutBandPosts does. Streams are told of new posts, and nobody is notified.
func (s *Service) PutBandPosts(ctx context.Context, pass int64, copies []Post) ([]BandPut, error) {
	now := s.now()
	puts, err := s.Store.PutBandPosts(ctx, pass, now, copies)
	if err != nil {
		return nil, fmt.Errorf("store posts of Band: %w", err)
	}
	for i, put := range puts {
		if !put.Created || now.Sub(copies[i].CreatedAt) > newsAge {
			continue
		}
		copies[i].Version = 1
		if err := s.announce(ctx, copies[i]); err != nil {
			return nil, err
		}
	}
	return puts, nil
}

// PutBandComments makes the comments of Band on a post the given ones, as Store.PutBandComments does, as far as there is room.
// Its error is of the kind fault.NotFound if a later pass has stored or deleted the post.
func (s *Service) PutBandComments(ctx context.Context, pass int64, postID string, comments []Comment) (changed int, err error) {
	changed, err = s.Store.PutBandComments(ctx, pass, s.now(), postID, comments, maxComments)
	if err != nil {
		return 0, fmt.Errorf("store comments of Band: %w", err)
	}
	return changed, nil
}

// deletedAtOnce is how many copies are deleted in one step.
const deletedAtOnce = 50

// DeleteBandPostsBefore deletes the copies of Band that no pass since the given one has stored, and returns how many.
func (s *Service) DeleteBandPostsBefore(ctx context.Context, pass int64) (deleted int, err error) {
	for {
		n, err := s.Store.DeleteBandPostsBefore(ctx, pass, deletedAtOnce)
		if err != nil {
			return deleted, fmt.Errorf("delete posts that are gone from Band: %w", err)
		}
		if deleted += n; n < deletedAtOnce {
			return deleted, nil
		}
	}
}

// MaxComments is how many comments of a post of Band are stored at most.
const MaxComments = maxComments
