package band

import (
	"context"
	"iter"
	"net/url"
	"time"
)

// Photo is a photo of an album or a post. Band says nothing of how long URL stays valid; it may be plain http.
type Photo struct {
	Key            string
	AlbumKey       string // empty if it is in no album
	Author         Author
	URL            string
	Width          int // pixels, 0 if unknown
	Height         int
	CreatedAt      time.Time
	Comments       int
	Emotions       int
	VideoThumbnail bool
	Attachment     string // its number in the text of a single post; see [Text.Attachments]
}

type photoWire struct {
	Key            text               `json:"photo_key"`
	AlbumKey       text               `json:"photo_album_key"`
	Author         object[authorWire] `json:"author"`
	URL            text               `json:"url"`
	Width          number             `json:"width"`
	Height         number             `json:"height"`
	CreatedAt      number             `json:"created_at"`
	Comments       number             `json:"comment_count"`
	Emotions       number             `json:"emotion_count"`
	VideoThumbnail flag               `json:"is_video_thumbnail"`
}

func (w photoWire) photo() Photo {
	return Photo{
		Key: string(w.Key), AlbumKey: string(w.AlbumKey), Author: w.Author.value.author(), URL: string(w.URL),
		Width: w.Width.count(), Height: w.Height.count(), CreatedAt: w.CreatedAt.time(), Comments: w.Comments.count(),
		Emotions: w.Emotions.count(), VideoThumbnail: bool(w.VideoThumbnail),
	}
}

// Album is a photo album of a band.
type Album struct {
	Key       string
	Name      string
	Photos    int
	Owner     Author
	CreatedAt time.Time
}

type albumWire struct {
	Key    text   `json:"photo_album_key"`
	Name   text   `json:"name"`
	Photos number `json:"photo_count"`
	// Band's table says author and its sample owner.
	Owner     object[authorWire] `json:"owner"`
	Author    object[authorWire] `json:"author"`
	CreatedAt number             `json:"created_at"`
}

func (w albumWire) album() Album {
	owner := w.Owner
	if !owner.given {
		owner = w.Author
	}
	return Album{
		Key: string(w.Key), Name: string(w.Name), Photos: w.Photos.count(), Owner: owner.value.author(), CreatedAt: w.CreatedAt.time(),
	}
}

// Albums yields the photo albums of a band, by creation (GET /v2/band/albums).
func (c *Client) Albums(ctx context.Context, token Secret, bandKey string) iter.Seq2[Album, error] {
	return pages(ctx, c, token, "/v2/band/albums", url.Values{"band_key": {bandKey}}, albumWire.album)
}

// Photos yields the photos of an album (GET /v2/band/album/photos). With an empty albumKey it leaves the album out, which Band allows but
// does not explain: presumably the photos of the whole band.
func (c *Client) Photos(ctx context.Context, token Secret, bandKey, albumKey string) iter.Seq2[Photo, error] {
	params := url.Values{"band_key": {bandKey}}
	if albumKey != "" {
		params.Set("photo_album_key", albumKey)
	}
	return pages(ctx, c, token, "/v2/band/album/photos", params, photoWire.photo)
}
