package mongodb

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/hangul"
	"github.com/dongbaejul/dongbaejul/internal/posts"
)

// there lets through the posts that are not deleted.
var there = bson.E{Key: "place", Value: bson.D{{Key: "$gt", Value: int64(0)}}}

var postIndexes = []index{
	{collection: "posts", name: "posts_listed", keys: bson.D{{Key: "place", Value: -1}, {Key: "_id", Value: -1}}},
	{collection: "posts", name: "posts_in_category", keys: bson.D{{Key: "category", Value: 1}, {Key: "place", Value: -1}, {Key: "_id", Value: -1}}},
	{collection: "posts", name: "posts_found", keys: bson.D{{Key: "pieces", Value: 1}, {Key: "place", Value: -1}, {Key: "_id", Value: -1}}},
	{collection: "posts", name: "posts_of_author", keys: bson.D{{Key: "author", Value: 1}, {Key: "place", Value: 1}}},
	{collection: "posts", name: "posts_untold", keys: bson.D{{Key: "untold", Value: 1}, {Key: "_id", Value: 1}},
		where: bson.D{{Key: "untold", Value: true}}},
	// Covers the counts of likes and readers.
	{collection: "post_marks", name: "post_marks_of_post", keys: bson.D{
		{Key: "post_id", Value: 1}, {Key: "liked", Value: 1}, {Key: "read_at", Value: 1},
	}},
	{collection: "posts", name: "posts_of_band", keys: bson.D{{Key: "band_pass", Value: 1}}, where: bson.D{{Key: "band_pass", Value: bson.D{{Key: "$gt", Value: int64(0)}}}}},
	{collection: "posts", name: "posts_unswept", keys: bson.D{{Key: "unswept", Value: 1}}, where: isUnswept()},
	{collection: "comments", name: "comments_of_post", keys: bson.D{{Key: "post_id", Value: 1}, {Key: "created_at", Value: 1}, {Key: "_id", Value: 1}}},
	{collection: "comments", name: "comments_shown", keys: bson.D{{Key: "post_id", Value: 1}, {Key: "deleted_at", Value: 1}}},
	{collection: "comments", name: "comments_of_author", keys: bson.D{
		{Key: "author", Value: 1}, {Key: "deleted_at", Value: 1}, {Key: "post_id", Value: 1},
	}},
	{collection: "comments", name: "comments_numbered", keys: bson.D{{Key: "post_id", Value: 1}, {Key: "number", Value: 1}}, unique: true, where: anyNumber},
	{collection: "comments", name: "comments_untold", keys: bson.D{{Key: "untold", Value: 1}, {Key: "_id", Value: 1}},
		where: bson.D{{Key: "untold", Value: true}}},
}

// anyNumber lets through the comments that have a number, which are all.
var anyNumber = bson.D{{Key: "number", Value: bson.D{{Key: "$gt", Value: 0}}}}

func isUnswept() bson.D { return bson.D{{Key: "unswept", Value: true}} }

// postCollections are what the notice board keeps.
type postCollections struct {
	posts     *collection[postDoc, *postDoc]
	comments  *collection[commentDoc, *commentDoc]
	postMarks *collection[markDoc, *markDoc]
	// commentCreator numbers the comments of each post.
	commentCreator *creator[commentDoc, *commentDoc]
}

func (s *Store) openPosts() {
	s.postCollections = postCollections{
		posts: newCollection[postDoc](s, "posts"), comments: newCollection[commentDoc](s, "comments"),
		postMarks: newCollection[markDoc](s, "post_marks"),
	}
	number := func(d *commentDoc, number int) { d.Number = number }
	s.commentCreator = newCreator(s.comments, s.commentNumbers, number, posts.ErrTooManyComments)
}

// postDoc is a post. Of a deleted post nothing is left but its head and who deleted it, so that a request repeated late does not
// bring it back, and deleting it can be repeated.
type postDoc struct {
	Head  `bson:",inline"`
	Board `bson:",inline"`
	// Pieces and Words are what the post is found by.
	Pieces []string `bson:"pieces,omitempty"`
	Words  string   `bson:"words,omitempty"`
	// Unswept is whether comments and marks of the post, which is deleted, may be left.
	Unswept bool `bson:"unswept,omitempty"`
	// DeletedBy is who deleted the post; empty also if that was before it was kept.
	DeletedBy string `bson:"deleted_by,omitempty"`
}

// Board is what the notice board shows of a post. It is exported for BSON, as Head is.
type Board struct {
	// Place is where the post stands in every list, the highest first: the time of its creation, and firstPinned more while it
	// is pinned. A deleted post has none.
	Place       int64               `bson:"place,omitempty"`
	Title       string              `bson:"title,omitempty"`
	Content     string              `bson:"content,omitempty"`
	Category    string              `bson:"category,omitempty"`
	Attachments []postAttachmentDoc `bson:"attachments,omitempty"`
	Author      string              `bson:"author,omitempty"`
	AuthorName  string              `bson:"author_name,omitempty"`
	BandURL     string              `bson:"band_url,omitempty"`
	CreatedAt   int64               `bson:"created_at,omitempty"`
	UpdatedAt   int64               `bson:"updated_at,omitempty"`
	RequestHash string              `bson:"request_hash,omitempty"`
	Untold      bool                `bson:"untold,omitempty"`
	// Edits is how often the post was changed. Head's version counts more, such as that it is no longer untold.
	Edits int `bson:"edits,omitempty"`
	// BandPass is the last pass of a sync that stored the post; 0 for one that was written here.
	BandPass int64 `bson:"band_pass,omitempty"`
}

// postAttachmentDoc is a file with a post.
type postAttachmentDoc struct {
	FileID      string `bson:"file_id"`
	URL         string `bson:"url,omitempty"`
	Name        string `bson:"name,omitempty"`
	ContentType string `bson:"content_type,omitempty"`
	Size        int64  `bson:"size,omitempty"`
	Width       int    `bson:"width,omitempty"`
	Height      int    `bson:"height,omitempty"`
	Blurhash    string `bson:"blurhash,omitempty"`
}

// firstPinned is the lowest place of a pinned post; the places of the others are below.
const firstPinned = int64(1) << 62

func (b Board) post(id string) posts.Post {
	return posts.Post{
		ID: id, Title: b.Title, Content: b.Content, Category: posts.Category(b.Category), Pinned: b.Place >= firstPinned,
		Attachments: convert(b.Attachments, func(a postAttachmentDoc) posts.Attachment { return posts.Attachment(a) }), AuthorID: b.Author, AuthorName: b.AuthorName, BandURL: b.BandURL,
		CreatedAt: fromMicros(b.CreatedAt), UpdatedAt: fromMicros(b.UpdatedAt), RequestHash: b.RequestHash, Untold: b.Untold,
		Version: b.Edits + 1, Order: b.Place % firstPinned,
	}
}

// boardOf is p without what changes by itself.
func boardOf(p posts.Post) Board {
	b := Board{
		Place: max(toMicros(p.CreatedAt), 1), Title: p.Title, Content: p.Content, Category: string(p.Category), Author: p.AuthorID,
		AuthorName: p.AuthorName, BandURL: p.BandURL, CreatedAt: toMicros(p.CreatedAt), UpdatedAt: toMicros(p.UpdatedAt), RequestHash: p.RequestHash, Untold: p.Untold,
	}
	if p.Pinned {
		b.Place += firstPinned
	}
	if len(p.Attachments) > 0 {
		b.Attachments = convert(p.Attachments, func(a posts.Attachment) postAttachmentDoc { return postAttachmentDoc(a) })
	}
	return b
}

// show makes b what the board shows of the post, and the post found by it.
func (d *postDoc) show(b Board) {
	d.Board = b
	d.Words = wordsOf(b.Title, b.Content)
	d.Pieces = hangul.Pieces(b.Title + "\n" + b.Content)
}

// wordsOf are the words of a post, in which no search goes from the title to the content.
func wordsOf(title, content string) string { return hangul.Plain(title) + "\n" + hangul.Plain(content) }

func (d *postDoc) deleted() bool { return d.Place == 0 }

func (d *postDoc) post() posts.Post { return d.Board.post(d.ID) }

// CreatePost implements posts.Store.
func (s *Store) CreatePost(ctx context.Context, p posts.Post) (_ posts.Post, created bool, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d := postDoc{Head: Head{ID: p.ID}}
	d.show(boardOf(p))
	kept, created, err := s.posts.insertOr(ctx, &d, func(ctx context.Context) (postDoc, error) { return s.posts.get(ctx, p.ID) })
	switch {
	case err != nil:
		return posts.Post{}, false, err
	case created:
		return d.post(), true, nil
	case kept.deleted():
		return posts.Post{}, false, errNotFound
	}
	p, err = s.counted(ctx, kept.post())
	return p, false, err
}

// postPart is one document that is read of posts, of one kind.
type postPart struct {
	Post     *boardDoc   `bson:"post"`
	Comments *counted    `bson:"comments"`
	Marks    *markCounts `bson:"marks"`
}

// of is the id of the post that the part counts something of.
func (part postPart) of() string {
	switch {
	case part.Comments != nil:
		return part.Comments.Of
	case part.Marks != nil:
		return part.Marks.PostID
	}
	return ""
}

// count notes in the post what the part counts.
func (part postPart) count(p *posts.Post) {
	switch {
	case part.Comments != nil:
		p.Comments = part.Comments.N
	case part.Marks != nil:
		p.Likes, p.Views = part.Marks.Likes, part.Marks.Views
	}
}

// counted returns a post with what was done to it counted.
func (s *Store) counted(ctx context.Context, p posts.Post) (posts.Post, error) {
	parts, err := aggregate[postPart](ctx, s.comments.Collection,
		with(as("comments", commentCountsOf([]string{p.ID})...), "post_marks", as("marks", markCountsOf([]string{p.ID})...)))
	for _, part := range parts {
		part.count(&p)
	}
	return p, err
}

// Post implements posts.Store.
func (s *Store) Post(ctx context.Context, postID string) (_ posts.Post, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	found, err := s.postsOf(ctx, []string{postID})
	if err != nil {
		return posts.Post{}, err
	}
	p, ok := found[postID]
	if !ok {
		return posts.Post{}, errNotFound
	}
	return *p, nil
}

// postsOf returns those of the posts that are there, by id, with what was done to them counted.
func (s *Store) postsOf(ctx context.Context, postIDs []string) (map[string]*posts.Post, error) {
	written := as("post", match(append(anyID(postIDs), there)), bson.D{{Key: "$project", Value: unsearched()}})
	counts := with(with(written, "comments", as("comments", commentCountsOf(postIDs)...)), "post_marks", as("marks", markCountsOf(postIDs)...))
	parts, err := aggregate[postPart](ctx, s.posts.Collection, counts)
	found := make(map[string]*posts.Post, len(postIDs))
	for _, part := range parts {
		if part.Post != nil {
			p := part.Post.Board.post(part.Post.ID)
			found[p.ID] = &p
		}
	}
	for _, part := range parts {
		if p, ok := found[part.of()]; ok {
			part.count(p)
		}
	}
	return found, err
}

// UpdatePost implements posts.Store.
func (s *Store) UpdatePost(ctx context.Context, postID string, f func(*posts.Post) error) (_ posts.Post, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d, err := s.posts.change(ctx, postID, func(d *postDoc) error {
		if d.deleted() {
			return errNotFound
		}
		p := d.post()
		if err := f(&p); err != nil {
			return err
		}
		p.AuthorID, p.CreatedAt, p.RequestHash = d.Author, fromMicros(d.CreatedAt), d.RequestHash
		p.AuthorName, p.BandURL = d.AuthorName, d.BandURL
		b := boardOf(p)
		b.Edits, b.BandPass = d.Edits+1, d.BandPass
		d.show(b)
		return nil
	})
	if err != nil {
		return posts.Post{}, err
	}
	return s.counted(ctx, d.post())
}

// DeletePost implements posts.Store. With the post, its comments and marks are out of reach; where they could not be deleted then, Untold
// does that, which is asked all the time.
func (s *Store) DeletePost(ctx context.Context, postID, by string) (err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	_, err = s.posts.change(ctx, postID, func(d *postDoc) error {
		switch {
		case d.deletedFor(by):
			return errAsWanted
		case d.deleted():
			return errNotFound
		}
		*d = postDoc{Head: d.Head, Unswept: true, DeletedBy: by}
		return nil
	})
	if errors.Is(err, errAsWanted) {
		return nil
	}
	if err == nil {
		// It is done, whatever becomes of this.
		_ = s.sweep(ctx, postID)
	}
	return err
}

// HasDeletedPost implements posts.Store.
func (s *Store) HasDeletedPost(ctx context.Context, postID, userID string) (_ bool, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d, err := s.posts.get(ctx, postID)
	if errors.Is(err, errNotFound) {
		return false, nil
	}
	return d.deletedFor(userID), err
}

// deletedFor reports whether the post was deleted for the user.
func (d *postDoc) deletedFor(userID string) bool {
	return d.deleted() && d.DeletedBy != "" && d.DeletedBy == userID
}

// sweep deletes the comments and marks of a deleted post.
func (s *Store) sweep(ctx context.Context, postID string) error {
	for _, c := range []table{s.comments.Collection, s.postMarks.Collection} {
		if _, err := deleteAll(ctx, c, bson.D{{Key: "post_id", Value: postID}}); err != nil {
			return err
		}
	}
	return repeat(ctx, func() error {
		_, err := s.posts.UpdateOne(ctx, append(byID(postID), isUnswept()...), append(changedBy(bson.NewObjectID()), unset("unswept")...))
		return err
	})
}

// sweepAll does for some deleted posts what was left undone.
func (s *Store) sweepAll(ctx context.Context, limit int) error {
	unswept, err := list[Head](ctx, s.posts.Collection, isUnswept(),
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit)))
	for _, d := range unswept {
		if err := s.sweep(ctx, d.ID); err != nil {
			return err
		}
	}
	return err
}

// Untold implements posts.Store.
func (s *Store) Untold(ctx context.Context, limit int) (refs []posts.Ref, err error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, end := s.begin(ctx, &err)
	defer end()
	if err := s.sweepAll(ctx, limit); err != nil {
		return nil, err
	}
	untold := bson.D{{Key: "untold", Value: true}}
	onlyID := options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}, {Key: "post_id", Value: 1}}).SetLimit(int64(limit))
	untoldPosts, err := list[Head](ctx, s.posts.Collection, untold, onlyID)
	if err != nil {
		return nil, err
	}
	for _, d := range untoldPosts {
		refs = append(refs, posts.Ref{PostID: d.ID})
	}
	comments, err := list[commentDoc](ctx, s.comments.Collection, untold, onlyID)
	if err != nil {
		return nil, err
	}
	alive, err := s.alivePosts(ctx, convert(comments, func(c commentDoc) string { return c.PostID }))
	if err != nil {
		return nil, err
	}
	var orphans []string
	for _, c := range comments {
		if alive[c.PostID] {
			refs = append(refs, posts.Ref{PostID: c.PostID, CommentID: c.ID})
		} else {
			orphans = append(orphans, c.ID)
		}
	}
	if orphans != nil {
		// They came while their posts were being deleted, and would be in the way of others.
		_, err = deleteAll(ctx, s.comments.Collection, anyID(orphans))
	}
	return refs[:min(len(refs), limit)], err
}

// SetTold implements posts.Store.
func (s *Store) SetTold(ctx context.Context, ref posts.Ref) (err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	c, id := s.posts.Collection, ref.PostID
	if ref.CommentID != "" {
		c, id = s.comments.Collection, ref.CommentID
	}
	return repeat(ctx, func() error {
		_, err := c.UpdateOne(ctx, append(byID(id), bson.E{Key: "untold", Value: true}),
			append(changedBy(bson.NewObjectID()), unset("untold")...))
		return err
	})
}
