package band

import (
	"html"
	"slices"
	"strings"
)

// Text is the content of a post or comment, read.
type Text struct {
	// Plain is what a person reads: no pseudo tags, no entities, lines ending in "\n", and an @ before the name of who is mentioned.
	// To be shown as HTML it has to be escaped again.
	Plain       string
	Mentions    []Mention
	Hashtags    []string // as written, with the #
	Attachments []Attachment
}

// Mention is a person named in a text. UserKey is empty in old posts, which have a number in its place.
type Mention struct {
	UserKey string
	Name    string
}

// Attachment is a place in a text where a photo or video stood; see [Photo.Attachment] and [Post.Videos].
type Attachment struct {
	Kind string // "photo" or "video"
	ID   string
}

// ParseText reads Band's text format: pseudo tags whose name begins with "band:" (refer, hashtag, attachment and any other) are
// removed and what they enclose is kept; then HTML entities are decoded, since Band escapes what a person types. Anything else is text,
// a broken tag too. It takes time linear in the content.
func ParseText(content string) Text {
	var p textParser
	for content != "" {
		tag, length := scanTag(content)
		if length == 0 {
			// Up to the next possible tag, this byte at least.
			length = 1
			if next := strings.IndexByte(content[1:], '<'); next >= 0 {
				length += next
			} else {
				length = len(content)
			}
			p.plain = append(p.plain, html.UnescapeString(content[:length])...)
		} else {
			p.tag(tag)
		}
		content = content[length:]
	}
	p.text.Plain = string(p.plain)
	return p.text
}

type textParser struct {
	text  Text
	plain []byte
	// The innermost refer or hashtag that is open, and where in plain its inner text begins.
	open  tag
	start int
}

func (p *textParser) tag(t tag) {
	switch {
	case t.name == "attachment" && !t.end:
		p.text.Attachments = append(p.text.Attachments, Attachment{Kind: t.attributes["type"], ID: t.attributes["id"]})
	case t.name != "refer" && t.name != "hashtag":
	case !t.end:
		p.open, p.start = t, len(p.plain)
	case t.name == p.open.name:
		inner := string(p.plain[p.start:])
		if t.name == "refer" {
			if inner != "" {
				p.plain = slices.Insert(p.plain, p.start, '@')
			}
			p.text.Mentions = append(p.text.Mentions, Mention{UserKey: p.open.attributes["user_key"], Name: inner})
		} else {
			p.text.Hashtags = append(p.text.Hashtags, inner)
		}
		p.open = tag{}
	}
}

// tag is <band:name attributes> or </band:name>.
type tag struct {
	name       string
	end        bool
	attributes map[string]string
}

// maxTag bounds a tag in bytes, so that a text of many broken ones is still read in linear time.
const maxTag = 1024

// scanTag reads the tag that s begins with and returns its length in bytes, 0 if there is none.
func scanTag(s string) (tag, int) {
	var t tag
	rest, ok := strings.CutPrefix(s, "<band:")
	if !ok {
		if rest, ok = strings.CutPrefix(s, "</band:"); !ok {
			return tag{}, 0
		}
		t.end = true
	}
	prefix := len(s) - len(rest)
	inside, ok := upToBracket(rest[:min(len(rest), maxTag)])
	if !ok {
		return tag{}, 0
	}
	name := inside[:len(inside)-len(strings.TrimLeft(inside, "abcdefghijklmnopqrstuvwxyz_"))]
	if name == "" {
		return tag{}, 0
	}
	t.name, t.attributes = name, attributes(inside[len(name):])
	return t, prefix + len(inside) + len(">")
}

// upToBracket returns s up to the first '>' outside quotes or, where a quote is never closed, up to the first one at all.
func upToBracket(s string) (string, bool) {
	var quote byte
	for i := range len(s) {
		switch c := s[i]; {
		case quote == 0 && c == '>':
			return s[:i], true
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		}
	}
	inside, _, ok := strings.Cut(s, ">")
	return inside, ok
}

// attributes reads name="value" pairs up to what does not look like one.
func attributes(s string) map[string]string {
	var found map[string]string
	for {
		name, rest, ok := strings.Cut(strings.TrimLeft(s, " \t\r\n"), "=")
		if !ok || rest == "" || (rest[0] != '"' && rest[0] != '\'') {
			return found
		}
		value, after, ok := strings.Cut(rest[1:], rest[:1])
		if !ok {
			return found
		}
		if found == nil {
			found = make(map[string]string)
		}
		found[strings.TrimSpace(name)] = html.UnescapeString(value)
		s = after
	}
}
