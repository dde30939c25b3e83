package bandsim

import (
	"fmt"
	"html"
	"strings"
	"time"
)

// The methods of this file make the JSON of things, as one caller sees them.

func millis(t time.Time) int64 { return t.UnixMilli() }

// appOfKeys is the app in whose name people's keys are written.
func (c *call) appOfKeys() int {
	if c.knobs.SharedUserKeys {
		return 0
	}
	return c.ticket.app
}

func (c *call) userKey(who int) string { return c.keys.key(kindUser, c.appOfKeys(), uint64(who)) }

func (c *call) faceURL(who int) string { return faceURL(c.base, who) }

func (c *call) author(who int) map[string]any {
	p := c.people[who]
	shown := map[string]any{"name": p.nickname, "description": p.about, "profile_image_url": c.faceURL(who)}
	if c.knobs.Author == AuthorBare {
		return shown
	}
	shown["role"], shown["user_key"] = p.role, c.userKey(who)
	if c.knobs.Author == AuthorFull {
		shown["member_type"], shown["member_certified"], shown["is_muted"] = "member", false, false
		shown["me"], shown["created_at"] = who == c.me.no, millis(p.joined)
	}
	return shown
}

// text writes spans in Band's text format, in which what a person typed is escaped.
func (c *call) text(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		switch s.kind {
		case mention:
			fmt.Fprintf(&b, `<band:refer user_key="%s">%s</band:refer>`, c.userKey(s.who), html.EscapeString(c.people[s.who].nickname))
		case hashtag:
			fmt.Fprintf(&b, `<band:hashtag>%s</band:hashtag>`, html.EscapeString(s.text))
		default:
			b.WriteString(html.EscapeString(s.text))
		}
	}
	return b.String()
}

func (c *call) photo(p *photo) map[string]any {
	shown := map[string]any{
		"photo_key": c.keys.key(kindPhoto, 0, p.no), "photo_album_key": nil, "author": c.author(p.author), "url": c.photoURL(p),
		"width": p.width, "height": p.height, "created_at": millis(p.created), "comment_count": p.comments,
		"emotion_count": p.emotions, "is_video_thumbnail": p.video,
	}
	if p.album != nil {
		shown["photo_album_key"] = c.keys.key(kindAlbum, 0, p.album.no)
	}
	return shown
}

func (c *call) photoURL(p *photo) string { return fmt.Sprintf("%sphoto/%d.jpg", c.base, p.no) }

// post has what every form of a post has.
func (c *call) post(p *post) map[string]any {
	return map[string]any{
		"band_key": c.bandKey(clubBand), "post_key": c.keys.key(kindPost, 0, p.no), "author": c.author(p.author),
		"content": c.text(p.body), "comment_count": len(p.comments), "emotion_count": p.emotions, "created_at": millis(p.created),
	}
}

// listedPost is a post in a list.
func (c *call) listedPost(p *post) map[string]any {
	shown := c.post(p)
	photos := []map[string]any{}
	for _, videos := range []bool{true, false} { // videos come first
		for _, photo := range p.photos {
			if photo.video == videos {
				photos = append(photos, c.photo(photo))
			}
		}
	}
	shown["photos"] = photos
	latest := []map[string]any{}
	for _, comment := range p.comments[max(0, len(p.comments)-2):] {
		latest = append(latest, map[string]any{
			"body": c.text(comment.body), "author": c.author(comment.author), "created_at": millis(comment.created),
		})
	}
	if len(latest) > 0 || c.knobs.LatestCommentsAlways {
		shown["latest_comments"] = latest
	}
	return shown
}

// singlePost is a post by itself: its photos are a map, and stand in its text.
func (c *call) singlePost(p *post) map[string]any {
	shown := c.post(p)
	shown["post_read_count"] = p.reads
	text, photos := c.text(p.body), map[string]any{}
	for _, photo := range p.photos {
		text += fmt.Sprintf("\n"+`<band:attachment type="photo" id="%d" />`, photo.no)
		photos[fmt.Sprint(photo.no)] = c.photo(photo)
	}
	shown["content"], shown["photo"] = text, photos
	switch c.knobs.PostPhoto {
	case PostPhotoAbsent:
		delete(shown, "photo")
	case PostPhotoEmptyMap:
		shown["photo"] = map[string]any{}
	case PostPhotoEmptyList:
		shown["photo"] = []any{}
	}
	return shown
}

func (c *call) comment(of *post, m *comment) map[string]any {
	shown := map[string]any{
		"band_key": c.bandKey(clubBand), "post_key": c.keys.key(kindPost, 0, of.no), "comment_key": c.keys.key(kindComment, 0, m.no),
		"content": c.text(m.body), "author": c.author(m.author), "emotion_count": m.emotions, "is_audio_included": m.audio,
		"created_at": millis(m.created), "photo": nil, "sticker": nil,
	}
	if m.photo != nil {
		shown["photo"] = map[string]any{"url": c.photoURL(m.photo), "width": m.photo.width, "height": m.photo.height}
	}
	if m.sticker {
		shown["sticker"] = map[string]any{"pack_no": 1, "no": m.no % 24}
	}
	return shown
}

func (c *call) album(a *album) map[string]any {
	creator := "owner"
	if c.knobs.AlbumAuthor {
		creator = "author"
	}
	return map[string]any{
		"photo_album_key": c.keys.key(kindAlbum, 0, a.no), "name": a.name, "photo_count": len(a.photos),
		creator: c.author(a.owner), "created_at": millis(a.created),
	}
}
