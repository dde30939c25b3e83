package bandsim

import (
	"slices"
	"strings"
)

func (c *call) profile() reply {
	shown := map[string]any{
		"user_key": c.userKey(c.me.no), "profile_image_url": c.faceURL(c.me.no), "name": c.me.name, "is_app_member": true,
		"message_allowed": true,
	}
	if c.form.Get("band_key") != "" {
		if _, refused := c.band(); refused != nil {
			return *refused
		}
		shown["member_name"], shown["member_profile_image_url"] = c.me.nickname, c.faceURL(c.me.no)
		shown["member_joined_at"] = millis(c.me.joined)
	}
	return success(shown)
}

func (c *call) listBands() reply {
	shown := []map[string]any{}
	for _, b := range c.bands {
		if !c.me.in(b.no) || c.ticket.bands&(1<<b.no) == 0 {
			continue
		}
		count := 0
		for _, p := range c.people {
			if p.in(b.no) {
				count++
			}
		}
		shown = append(shown, map[string]any{
			"band_key": c.bandKey(b.no), "name": b.name, "cover": c.base + "cover/1.jpg", "member_count": count,
		})
	}
	return success(map[string]any{"bands": shown})
}

func (c *call) permissions() reply {
	if _, refused := c.band(); refused != nil {
		return *refused
	}
	asked := c.form.Get("permissions")
	if asked == "" {
		return refuse(codeMissingParameters)
	}
	granted := []string{}
	for _, name := range []string{"posting", "commenting", "contents_deletion"} {
		if slices.Contains(strings.Split(asked, ","), name) && (name != "contents_deletion" || c.me.leads()) {
			granted = append(granted, name)
		}
	}
	if c.knobs.PermissionSingular {
		return success(map[string]any{"permission": granted})
	}
	return success(map[string]any{"permissions": granted})
}

func (c *call) listPosts() reply {
	in, refused := c.band()
	if refused != nil {
		return *refused
	}
	newestFirst := []*post{}
	if in.no == clubBand {
		newestFirst = slices.Clone(c.posts)
		slices.Reverse(newestFirst)
	}
	pager := c.keyPager(kindPost, c.limitParams())
	pager.falling = true
	return list(c, pager, newestFirst, func(p *post) uint64 { return p.no }, c.listedPost)
}

// findPost finds the post a call is about.
func (c *call) findPost() (*post, *reply) {
	in, refused := c.band()
	if refused != nil {
		return nil, refused
	}
	unknown := refuse(codeInvalidParameters)
	key := c.form.Get("post_key")
	if key == "" {
		unknown = refuse(codeMissingParameters)
	}
	_, no, ok := c.keys.open(kindPost, key)
	i := slices.IndexFunc(c.posts, func(p *post) bool { return p.no == no })
	if !ok || i < 0 || in.no != clubBand {
		return nil, &unknown
	}
	return c.posts[i], nil
}

func (c *call) getPost() reply {
	p, refused := c.findPost()
	if refused != nil {
		return *refused
	}
	return success(map[string]any{"post": c.singlePost(p)})
}

// oldPost is the older form of getPost, with the fields of a listed post.
func (c *call) oldPost() reply {
	p, refused := c.findPost()
	if refused != nil {
		return *refused
	}
	shown := c.listedPost(p)
	shown["post_read_count"] = p.reads
	return success(map[string]any{"post": shown})
}

func (c *call) listComments() reply {
	p, refused := c.findPost()
	if refused != nil {
		return *refused
	}
	comments, pager := slices.Clone(p.comments), c.keyPager(kindComment, c.limitParams())
	// A "+" that was not escaped arrives as a space, and then this is not the documented value either: the default order.
	if c.form.Get("sort") == "-created_at" {
		slices.Reverse(comments)
		pager.falling = true
	}
	show := func(m *comment) map[string]any { return c.comment(p, m) }
	return list(c, pager, comments, func(m *comment) uint64 { return m.no }, show)
}

func (c *call) listAlbums() reply {
	in, refused := c.band()
	if refused != nil {
		return *refused
	}
	albums, photos := []*album{}, 0
	if in.no == clubBand {
		albums = c.albums
	}
	for _, a := range albums {
		photos += len(a.photos)
	}
	answer := list(c, c.keyPager(kindAlbum, map[string]any{"band_key": c.form.Get("band_key")}), albums,
		func(a *album) uint64 { return a.no }, c.album)
	if answer.code == 0 {
		answer.data["total_photo_count"] = photos
	}
	return answer
}

func (c *call) listPhotos() reply {
	in, refused := c.band()
	if refused != nil {
		return *refused
	}
	photos, next := []*photo{}, map[string]any{"band_key": c.form.Get("band_key")}
	key := c.form.Get("photo_album_key")
	switch {
	case key != "":
		_, no, ok := c.keys.open(kindAlbum, key)
		i := slices.IndexFunc(c.albums, func(a *album) bool { return a.no == no })
		if !ok || i < 0 || in.no != clubBand {
			return refuse(codeNoAlbum)
		}
		photos, next["photo_album_key"] = c.albums[i].photos, key
	case in.no == clubBand:
		photos = c.photos
	}
	return list(c, photoPager(next), photos, func(p *photo) uint64 { return p.no }, c.photo)
}

// memberList is a partner's list of members.
func (c *call) memberList() reply {
	in, refused := c.band()
	if refused != nil {
		return *refused
	}
	var people []person
	for _, p := range c.people {
		if p.in(in.no) {
			people = append(people, p)
		}
	}
	return list(c, c.keyPager(kindUser, c.limitParams()), people, func(p person) uint64 { return uint64(p.no) },
		func(p person) map[string]any { return c.author(p.no) })
}
