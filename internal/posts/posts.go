// Package posts keeps the notice board. Everything here leans on one rule: a post is one document, and what somebody does
// to it (likes it, reads it, comments on it) is one entry of its own under a key that the doer chooses. So each is one
// atomic step, doing it twice does it once, and every figure is the number of its entries and cannot drift.
package posts

import (
	"time"

	"github.com/dongbaejul/dongbaejul/internal/hangul"
)

// Category is the part of the board that a post is in.
type Category string

const (
	// Notice: 공지, written only by who holds posts.pin.
	Notice   Category = "notice"
	Free     Category = "free"
	Question Category = "question"
	Market   Category = "market"
	Gallery  Category = "gallery"
	// Band: copied from Naver Band. Nobody writes it here.
	Band Category = "band"
)

// Post is a post without its comments.
type Post struct {
	ID          string
	Title       string
	Content     string
	Category    Category
	Pinned      bool
	Attachments []Attachment
	// AuthorID is a user id; empty for a post of Band whose author is no user.
	AuthorID string
	// AuthorName is what Band calls an author who is no user.
	AuthorName string
	// BandURL is where a copy of Band lies there; empty for what was written here.
	BandURL   string
	CreatedAt time.Time
	// UpdatedAt is zero until the post is changed.
	UpdatedAt time.Time
	// RequestHash is what the creating request asked for, to tell a repeated request from another one with its key.
	RequestHash string
	// Untold is whether streams and the people it concerns have yet to be told of it.
	Untold bool

	// Likes, Comments and Views are what there is when the post is read: people who like it, comments that are not deleted,
	// people who have read it. They are not written.
	Likes    int
	Comments int
	Views    int
	// Version is 1 for a new post, and one more after each UpdatePost. It is not written.
	Version int
	// Order grows with CreatedAt and is at least 1. It is the post's as long as it exists, pinned or not. It is not written.
	Order int64
}

// Position is the position of a post among all posts from the newest to the oldest, pinned or not: by Order, then by ID. The zero
// Position is before the newest.
type Position struct {
	Order int64
	ID    string
}

// Position returns the position of the post.
func (p Post) Position() Position { return Position{Order: p.Order, ID: p.ID} }

// Attachment is a file with a post.
type Attachment struct {
	FileID      string `json:"file_id"`
	URL         string `json:"url,omitempty"`
	Name        string `json:"name,omitempty"`
	ContentType string `json:"content_type,omitempty"`
	// Size is in bytes.
	Size int64 `json:"size,omitempty"`
	// Width and Height are in pixels.
	Width    int    `json:"width,omitempty"`
	Height   int    `json:"height,omitempty"`
	Blurhash string `json:"blurhash,omitempty"`
}

// Comment is a comment on a post. One that is deleted stays, without content, for the replies to it.
type Comment struct {
	ID     string
	PostID string
	// ParentID is the comment of the same post that this one answers; empty for one on the post itself.
	ParentID string
	// AuthorID is a user id; empty for a comment of Band whose author is no user, who is called AuthorName then.
	AuthorID   string
	AuthorName string
	// OfBand is whether the comment is a copy of Band's.
	OfBand    bool
	Content   string
	CreatedAt time.Time
	// UpdatedAt and DeletedAt are zero where it never happened.
	UpdatedAt time.Time
	DeletedAt time.Time
	// RequestHash and Untold are as in Post.
	RequestHash string
	Untold      bool
}

func (c Comment) deleted() bool { return !c.DeletedAt.IsZero() }

// BandPut is what became of a copy of a post of Band that was to be stored.
type BandPut struct {
	// Created is whether there was none, and Changed whether there was another one.
	Created, Changed bool
}

// Filter says which posts to list and which part of the list.
type Filter struct {
	// Category is the only one wanted; empty for all.
	Category Category
	// Search matches the title or the content; nil for all.
	Search *hangul.Query
	// Pinned asks for the pinned or for the others; nil for both.
	Pinned *bool
	// Offset is how many posts of the list come before the part.
	Offset int
	// Limit is at least 1.
	Limit int
}

// MaxFound is how many posts a search counts and lists at most, so that a word that is everywhere costs no more than
// another.
const MaxFound = 10_000

// MaxExcept is how many posts PostsAfter leaves out at most.
const MaxExcept = 100

// Reading is a post as one user reads it.
type Reading struct {
	Post Post
	// Outline is of the post's comments.
	Outline []Outline
	Liked   bool
	// Read is whether the user has marked the post as read.
	Read bool
}

// Outline is a comment without its text.
type Outline struct {
	ID        string
	ParentID  string
	CreatedAt time.Time
	Deleted   bool
	// Size is how many bytes the content has.
	Size int
}

// Ref names a post, or, with a CommentID, one of its comments.
type Ref struct{ PostID, CommentID string }

// Excerpt is the beginning of a post, or the title of one and the beginning of a comment on it, as they are now.
type Excerpt struct {
	// Post is whether the post is there.
	Post  bool
	Title string
	// Content is the post's, up to MaxExcerpt characters; empty where a comment was asked for.
	Content string
	// CommentAuthorID is a user id; empty where the comment is deleted or was not asked for.
	CommentAuthorID string
	// Comment is up to MaxExcerpt characters.
	Comment string
}

// MaxExcerpt is how many code points of a text an Excerpt holds at most: one more than a notification shows, which tells where the
// last character that it shows ends.
const MaxExcerpt = 1001
