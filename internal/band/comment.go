package band

import (
	"context"
	"iter"
	"net/url"
	"time"
)

// Comment is a comment on a post.
type Comment struct {
	BandKey   string
	PostKey   string
	Key       string
	Author    Author
	Content   string // as Band sends it; see [ParseText]
	CreatedAt time.Time
	Emotions  int
	Audio     bool   // a voice recording goes with it
	Sticker   bool   // a sticker goes with it, of which Band documents nothing
	Photo     *Photo // nil if there is none; of its fields only URL, Width and Height are set
}

type commentWire struct {
	BandKey   text               `json:"band_key"`
	PostKey   text               `json:"post_key"`
	Key       text               `json:"comment_key"`
	Author    object[authorWire] `json:"author"`
	Content   text               `json:"content"`
	Body      text               `json:"body"`
	CreatedAt number             `json:"created_at"`
	Emotions  number             `json:"emotion_count"`
	Audio     flag               `json:"is_audio_included"`
	Sticker   object[struct{}]   `json:"sticker"`
	Photo     object[photoWire]  `json:"photo"`
}

func (w commentWire) comment() Comment {
	c := Comment{
		BandKey: string(w.BandKey), PostKey: string(w.PostKey), Key: string(w.Key), Author: w.Author.value.author(),
		Content: string(w.Content), CreatedAt: w.CreatedAt.time(), Emotions: w.Emotions.count(), Audio: bool(w.Audio),
		Sticker: w.Sticker.given,
	}
	if c.Content == "" {
		c.Content = string(w.Body) // the name it has when written, and in a list of posts
	}
	if photo := w.Photo.value.photo(); w.Photo.given && photo.URL != "" {
		c.Photo = &photo
	}
	return c
}

// Order is an order of comments.
type Order string

// The orders Band knows.
const (
	OldestFirst Order = "+created_at"
	NewestFirst Order = "-created_at"
)

// Comments yields the comments on a post (GET /v2/band/post/comments).
func (c *Client) Comments(ctx context.Context, token Secret, bandKey, postKey string, order Order) iter.Seq2[Comment, error] {
	params := url.Values{"band_key": {bandKey}, "post_key": {postKey}, "sort": {string(order)}}
	return pages(ctx, c, token, "/v2/band/post/comments", params, commentWire.comment)
}

// CreateComment writes a comment of plain text (POST /v2/band/post/comment/create). Band does not tell its key; it is to be found
// among the newest comments of the post. There is no idempotency key: see [Error.OutcomeUnknown].
func (c *Client) CreateComment(ctx context.Context, token Secret, bandKey, postKey, body string) error {
	params := url.Values{"band_key": {bandKey}, "post_key": {postKey}, "body": {body}}
	_, err := c.post(ctx, token, "/v2/band/post/comment/create", params)
	return err
}

// RemoveComment removes a comment that this app wrote (POST /v2/band/post/comment/remove). Band refuses to remove any other.
func (c *Client) RemoveComment(ctx context.Context, token Secret, bandKey, postKey, commentKey string) error {
	params := url.Values{"band_key": {bandKey}, "post_key": {postKey}, "comment_key": {commentKey}}
	_, err := c.post(ctx, token, "/v2/band/post/comment/remove", params)
	return err
}
