package posts

import (
	"slices"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/uploads"
)

var (
	errBandCategory = fault.New(fault.Invalid, "BAND_CATEGORY",
		"밴드에서 가져온 글만 이 분류에 있을 수 있습니다.",
		"This category holds only what is copied from Band.").WithField("category")
	errNoCategory = fault.New(fault.Invalid, "CATEGORY_REQUIRED",
		"분류를 선택해 주세요.", "Choose a category.").WithField("category")
	errVersion = fault.New(fault.Aborted, "VERSION_CONFLICT",
		"다른 사람이 먼저 글을 수정했어요. 지금 글을 확인해 주세요.",
		"Somebody else has changed the post first. Look at it as it is now.")
)

// edit is what somebody asks to change of a post; nil leaves it as it is.
type edit struct {
	Title    *string
	Content  *string
	Category *Category
	Pinned   *bool
	// Attachments are ids of files.
	Attachments *[]string
	// Expected is the version that the caller saw; nil for any.
	Expected *int32
	// Uploaded are the files that the caller has uploaded: the only ones that may come to the post.
	Uploaded map[string]uploads.File
}

// apply changes p, or fails with p unchanged: with errUnchanged where there is nothing to change, with errVersion where p is not
// the version that the caller saw, or with what the caller may not do. Asking for what is already so needs no more than being
// allowed to change the post: so a repeated request finds that it was done.
func (e edit) apply(p *Post, by identity.Caller, at time.Time) error {
	if !mayChange(by, p.AuthorID) {
		return errNotAuthor
	}
	next := *p
	set(&next.Title, e.Title)
	set(&next.Content, e.Content)
	set(&next.Category, e.Category)
	set(&next.Pinned, e.Pinned)
	if e.Attachments != nil {
		var err error
		if next.Attachments, err = e.attached(p.Attachments); err != nil {
			return err
		}
	}
	rewritten := next.Title != p.Title || next.Content != p.Content || next.Category != p.Category ||
		!slices.Equal(next.Attachments, p.Attachments)
	switch {
	case !rewritten && next.Pinned == p.Pinned:
		return errUnchanged
	case e.Expected != nil && int(*e.Expected) != p.Version:
		return errVersion
	case rewritten && p.Category == Band:
		return bandPost(*p)
	case next.Category == Band && p.Category != Band:
		return errBandCategory
	case next.Pinned != p.Pinned || rewritten && (p.Category == Notice || next.Category == Notice):
		if err := by.Require(identity.PinPosts); err != nil {
			return err
		}
	}
	// What becomes a notice is told like one; what was one before is not told again: the key of its notification is of the post.
	next.Untold = p.Untold || next.Category == Notice && p.Category != Notice
	next.UpdatedAt = at
	*p = next
	return nil
}

// attached returns the attachments asked for: those that are there may stay, also those of others.
func (e edit) attached(there []Attachment) ([]Attachment, error) {
	var list []Attachment
	for i, id := range *e.Attachments {
		known := slices.IndexFunc(there, func(a Attachment) bool { return a.FileID == id })
		file, uploaded := e.Uploaded[id]
		switch {
		case known >= 0:
			list = append(list, there[known])
		case uploaded:
			list = append(list, attachmentOf(file))
		default:
			return nil, uploads.NotFound(i)
		}
	}
	return list, nil
}

func set[T any](v *T, to *T) {
	if to != nil {
		*v = *to
	}
}

// mayWrite reports whether the caller may write p as a new post.
func mayWrite(p Post, by identity.Caller) error {
	switch {
	case p.Category == "":
		return errNoCategory
	case p.Category == Band:
		return errBandCategory
	case p.Category == Notice || p.Pinned:
		return by.Require(identity.PinPosts)
	}
	return nil
}
