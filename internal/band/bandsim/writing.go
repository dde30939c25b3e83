package bandsim

import "slices"

func (c *call) createPost() reply {
	in, refused := c.band()
	if refused != nil {
		return *refused
	}
	if in.no != clubBand {
		return refuse(codeForbidden)
	}
	body, refused := c.typed("content")
	if refused != nil {
		return *refused
	}
	if refused := c.coolDown(); refused != nil {
		return *refused
	}
	p := &post{no: c.number(), app: c.ticket.app, author: c.me.no, created: c.now, body: body}
	c.posts = append(c.posts, p)
	c.written += weight(body[0].text)
	return success(map[string]any{"band_key": c.bandKey(clubBand), "post_key": c.keys.key(kindPost, 0, p.no)})
}

func (c *call) removePost() reply {
	p, refused := c.findPost()
	if refused != nil {
		return *refused
	}
	if refused := c.mayRemove(p.app, p.author); refused != nil {
		return *refused
	}
	if refused := c.coolDown(); refused != nil {
		return *refused
	}
	c.forget(p.app, p.body)
	for _, m := range p.comments {
		c.forget(m.app, m.body)
	}
	c.posts = slices.DeleteFunc(c.posts, func(other *post) bool { return other == p })
	return done()
}

func (c *call) createComment() reply {
	p, refused := c.findPost()
	if refused != nil {
		return *refused
	}
	body, refused := c.typed("body")
	if refused != nil {
		return *refused
	}
	if refused := c.coolDown(); refused != nil {
		return *refused
	}
	c.written += weight(body[0].text)
	p.comments = append(p.comments, &comment{no: c.number(), app: c.ticket.app, author: c.me.no, created: c.now, body: body})
	return done()
}

func (c *call) removeComment() reply {
	p, refused := c.findPost()
	if refused != nil {
		return *refused
	}
	key := c.form.Get("comment_key")
	if key == "" {
		return refuse(codeMissingParameters)
	}
	_, no, ok := c.keys.open(kindComment, key)
	i := slices.IndexFunc(p.comments, func(m *comment) bool { return m.no == no })
	if !ok || i < 0 {
		return refuse(codeInvalidParameters)
	}
	if refused := c.mayRemove(p.comments[i].app, p.comments[i].author); refused != nil {
		return *refused
	}
	if refused := c.coolDown(); refused != nil {
		return *refused
	}
	c.forget(p.comments[i].app, p.comments[i].body)
	p.comments = slices.Delete(p.comments, i, i+1)
	return done()
}

// forget returns back the memory of what was written through the API.
func (c *call) forget(app int, body []span) {
	if app != ofBand {
		c.written -= weight(body[0].text)
	}
}
