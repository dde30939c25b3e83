package posts

import (
	"context"
	"time"
)

// Store keeps posts and what people do to them. Every method is atomic and may be called concurrently. Whether the caller
// may do it is not asked here.
type Store interface {
	// CreatePost keeps a new post. Where the ID is taken it keeps nothing and returns the post that has it, as it is now, with
	// created false. fault.NotFound where a post that had the ID was deleted.
	CreatePost(ctx context.Context, p Post) (kept Post, created bool, err error)
	// Post returns one post; fault.NotFound where there is none.
	Post(ctx context.Context, postID string) (Post, error)
	// UpdatePost changes one post by f and returns the result, whose Version is one more than before. f changes Title, Content, Category, Pinned, Attachments, UpdatedAt
	// and Untold; the rest stays. It may run more than once, and its error ends the update with nothing changed.
	// fault.NotFound where there is no such post.
	UpdatePost(ctx context.Context, postID string, f func(*Post) error) (Post, error)
	// DeletePost deletes a post for the user by: from then on it is nowhere found, nor anything that was done to it. Deleting it again
	// for the same user changes nothing. fault.NotFound if there is none, or if it was deleted for somebody else.
	DeletePost(ctx context.Context, postID, by string) error
	// HasDeletedPost reports whether a post was deleted for the user.
	HasDeletedPost(ctx context.Context, postID, userID string) (bool, error)
	// ListPosts returns a part of the posts that filter lets through, and how many those are. Pinned posts come first, then
	// the newest by CreatedAt; posts created within a millisecond come in an order that does not change. What is written
	// during the call may be counted or not.
	//
	// A search looks for what hangul.Query.Match finds in the title or in the content. It finds MaxFound posts at most, the
	// first ones of the list: what is beyond is neither given nor counted.
	//
	// With 100,000 posts any page takes some milliseconds, the thousandth like the first, and so does a search. One for
	// several words that are in most posts, but seldom side by side, takes some tens. A page far from both ends of the list, a
	// search's total and, on MongoDB, every total take longer the more there is: up to MaxFound for a search.
	ListPosts(ctx context.Context, filter Filter) (page []Post, total int, err error)
	// PostsAfter returns the posts after a position from the newest to the oldest, pinned or not: those that filter lets through,
	// whose Offset is ignored, and that are not in except, at most MaxExcept ids. A search finds every post here. next is the
	// position that the next part comes after; zero if there is none.
	//
	// A post that filter lets through all the time is in exactly one part, whatever is created, deleted, pinned or changed between
	// the calls. It takes as long as a page of ListPosts.
	PostsAfter(ctx context.Context, filter Filter, after Position, except []string) (page []Post, next Position, err error)
	// ReadPost returns a post as the user reads it, which changes nothing. fault.NotFound where there is none.
	ReadPost(ctx context.Context, postID, userID string) (Reading, error)
	// MarkPostRead records that the user has read the post, unless it is recorded, at `at`. It returns whether the user likes the
	// post, and how many people have read it now. fault.NotFound where there is no such post.
	MarkPostRead(ctx context.Context, postID, userID string, at time.Time) (liked bool, views int, err error)
	// Like makes the user like the post or no longer, as liked says, or, where that is nil, the other way round; at is when.
	// It returns how that is now, and how many people like the post now. fault.NotFound where there is no such post.
	Like(ctx context.Context, postID, userID string, liked *bool, at time.Time) (now bool, count int, err error)

	// CreateComment creates a comment. If the ID is taken, it creates nothing and returns the comment that has it, as it is now, with
	// created false. fault.NotFound if there is no such post. ErrTooManyComments if the ID is free and the post has limit comments,
	// deleted ones included, however many calls run at once. Whether the parent exists is not checked.
	CreateComment(ctx context.Context, c Comment, limit int) (kept Comment, created bool, err error)
	// Comment returns one comment, also a deleted one; fault.NotFound where there is none.
	Comment(ctx context.Context, commentID string) (Comment, error)
	// Outline returns the comments of a post without their texts, the oldest first (by CreatedAt, then ID), deleted ones among
	// them. fault.NotFound where there is no such post.
	Outline(ctx context.Context, postID string) ([]Outline, error)
	// CommentsByID returns those of ids that are comments of the post, deleted ones too, in no order. At most 1000 ids.
	CommentsByID(ctx context.Context, postID string, ids []string) ([]Comment, error)
	// UpdateComment changes one comment by f and returns the result. f changes Content, UpdatedAt and DeletedAt; the rest stays.
	// It may run more than once, and its error ends the update with nothing changed. fault.NotFound where there is no such
	// comment.
	UpdateComment(ctx context.Context, commentID string, f func(*Comment) error) (Comment, error)

	// PutBandPosts stores copies of posts of Band, in the name of a pass of a sync, and returns what became of each. What there is under
	// the ID takes over Title, Content, Attachments, AuthorID, AuthorName and BandURL, the rest stays, such as what was done to it here;
	// UpdatedAt becomes `at` if Title, Content or the files attached changed, and not only where these are. A copy that a later pass has stored stays. Storing again changes nothing. A
	// post that was deleted is created again. At most 100 a call, no ID twice.
	PutBandPosts(ctx context.Context, pass int64, at time.Time, copies []Post) ([]BandPut, error)
	// PutBandComments makes the comments of Band on a post the given ones and returns how many it created, changed or deleted: one that
	// is not among them is marked as deleted at `at`, and one whose content changed as updated then. Those that were written here stay. Of those
	// that are new no more are created than the post has room for, limit comments in all. fault.NotFound if there is no such post, or if
	// a later pass has stored it.
	PutBandComments(ctx context.Context, pass int64, at time.Time, postID string, comments []Comment, limit int) (changed int, err error)
	// DeleteBandPostsBefore deletes copies of Band that no pass since the given one has stored, at most limit of them, and returns how
	// many. They can be created again by PutBandPosts.
	DeleteBandPostsBefore(ctx context.Context, pass int64, limit int) (int, error)

	// PostExcerpts returns what refs name, as it is now, by their Ref; what is deleted, or never was, has the zero Excerpt or one
	// without a comment. A fixed number of queries, at most 1000 refs.
	PostExcerpts(ctx context.Context, refs []Ref) (map[Ref]Excerpt, error)

	// Untold returns the posts and comments that are Untold, in no order, at most limit of them.
	Untold(ctx context.Context, limit int) ([]Ref, error)
	// SetTold makes a post or comment Untold no longer; missing is not an error.
	SetTold(ctx context.Context, ref Ref) error
}
