package band

import (
	"context"
	"iter"
	"net/url"
	"strconv"
	"time"
)

// Post is a post of a band. Reads and Photo.Attachment are only known to [Client.Post], LatestComments only to [Client.Posts].
type Post struct {
	BandKey        string
	Key            string
	Author         Author
	Content        string // as Band sends it; see [ParseText]
	CreatedAt      time.Time
	Comments       int
	Emotions       int
	Reads          int
	Photos         []Photo  // videos first in a list of posts, by attachment number in a single post
	Videos         []string // attachment numbers
	LatestComments []LatestComment
}

// LatestComment is a comment as the list of posts quotes it.
type LatestComment struct {
	Author    Author
	Body      string // as Band sends it; see [ParseText]
	CreatedAt time.Time
}

type postWire struct {
	BandKey   text               `json:"band_key"`
	Key       text               `json:"post_key"`
	Author    object[authorWire] `json:"author"`
	Content   text               `json:"content"`
	CreatedAt number             `json:"created_at"`
	Comments  number             `json:"comment_count"`
	Emotions  number             `json:"emotion_count"`
	Reads     number             `json:"post_read_count"`
	// A list of posts has photos as a list, a single post has photo as a map, and the older form of that a list again.
	Photos list[photoWire] `json:"photos"`
	Photo  list[photoWire] `json:"photo"`
	Video  list[struct{}]  `json:"video"`
	Latest list[struct {
		Author    object[authorWire] `json:"author"`
		Body      text               `json:"body"`
		Content   text               `json:"content"`
		CreatedAt number             `json:"created_at"`
	}] `json:"latest_comments"`
}

func (w postWire) post() Post {
	p := Post{
		BandKey: string(w.BandKey), Key: string(w.Key), Author: w.Author.value.author(), Content: string(w.Content),
		CreatedAt: w.CreatedAt.time(), Comments: w.Comments.count(), Emotions: w.Emotions.count(), Reads: w.Reads.count(),
	}
	for _, e := range append(w.Photos, w.Photo...) {
		photo := e.value.photo()
		photo.Attachment = e.key
		p.Photos = append(p.Photos, photo)
	}
	for _, e := range w.Video {
		p.Videos = append(p.Videos, e.key)
	}
	for _, e := range w.Latest {
		body := e.value.Body
		if body == "" {
			body = e.value.Content
		}
		p.LatestComments = append(p.LatestComments, LatestComment{
			Author: e.value.Author.value.author(), Body: string(body), CreatedAt: e.value.CreatedAt.time(),
		})
	}
	return p
}

// Posts yields the posts of a band, newest first (GET /v2/band/posts). Band does not say whether "newest" is by creation or by last
// change, nor what a post written during the listing does to it: one may come twice. System messages are posts too.
func (c *Client) Posts(ctx context.Context, token Secret, bandKey string) iter.Seq2[Post, error] {
	return pages(ctx, c, token, "/v2/band/posts", url.Values{"band_key": {bandKey}, "locale": {locale}}, postWire.post)
}

// Post returns one post (GET /v2.1/band/post).
func (c *Client) Post(ctx context.Context, token Secret, bandKey, postKey string) (Post, error) {
	data, err := c.get(ctx, token, "/v2.1/band/post", url.Values{"band_key": {bandKey}, "post_key": {postKey}})
	if err != nil {
		return Post{}, err
	}
	w := decode[struct {
		Post object[postWire] `json:"post"`
	}](data)
	return w.Post.value.post(), nil
}

// CreatePost writes a post of plain text and returns its key, which is empty if Band does not tell (POST /v2.2/band/post/create). With push,
// members who subscribed are notified. There is no idempotency key: see [Error.OutcomeUnknown].
func (c *Client) CreatePost(ctx context.Context, token Secret, bandKey, content string, push bool) (postKey string, err error) {
	params := url.Values{"band_key": {bandKey}, "content": {content}, "do_push": {strconv.FormatBool(push)}}
	data, err := c.post(ctx, token, "/v2.2/band/post/create", params)
	if err != nil {
		return "", err
	}
	return string(decode[postWire](data).Key), nil
}

// RemovePost removes a post that this app wrote (POST /v2/band/post/remove). Band refuses to remove any other.
func (c *Client) RemovePost(ctx context.Context, token Secret, bandKey, postKey string) error {
	_, err := c.post(ctx, token, "/v2/band/post/remove", url.Values{"band_key": {bandKey}, "post_key": {postKey}})
	return err
}
