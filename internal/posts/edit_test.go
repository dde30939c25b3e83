package posts

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/uploads"
)

var (
	author    = identity.Caller{UserID: "author", Role: identity.Member}
	stranger  = identity.Caller{UserID: "stranger", Role: identity.Member}
	manager   = identity.Caller{UserID: "manager", Role: identity.Manager}
	errDenied = author.Require(identity.PinPosts)
)

func TestEdit(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	free := Post{ID: "p", Title: "t", Content: "c", Category: Free, AuthorID: author.UserID, Version: 3, Attachments: []Attachment{{FileID: "f"}}}
	with := func(p Post, f func(*Post)) Post { f(&p); return p }
	notice := with(free, func(p *Post) { p.Category = Notice })
	band := with(free, func(p *Post) { p.Category = Band })
	pinned := with(free, func(p *Post) { p.Pinned = true })

	for _, tt := range []struct {
		name string
		p    Post
		by   identity.Caller
		e    edit
		// want is p afterwards, apart from UpdatedAt, where err is nil.
		want Post
		err  error
	}{
		{"the author rewrites", free, author, edit{Title: new("T"), Content: new("C"), Category: new(Market)},
			with(free, func(p *Post) { p.Title, p.Content, p.Category = "T", "C", Market }), nil},
		{"a moderator rewrites", free, manager, edit{Content: new("C")}, with(free, func(p *Post) { p.Content = "C" }), nil},
		{"somebody else does not", free, stranger, edit{Content: new("C")}, Post{}, errNotAuthor},
		{"nor asks for what is so", free, stranger, edit{}, Post{}, errNotAuthor},
		{"attachments are replaced", free, author, edit{Attachments: &[]string{"g", "f"}, Uploaded: map[string]uploads.File{"g": {ID: "g", URL: "/g", Name: "n"}}},
			with(free, func(p *Post) { p.Attachments = []Attachment{{FileID: "g", URL: "/g", Name: "n"}, {FileID: "f"}} }), nil},
		{"but not by what nobody uploaded", free, author, edit{Attachments: &[]string{"f", "g"}}, Post{}, uploads.ErrNotFound},
		{"attachments are taken away", free, author, edit{Attachments: new([]string)},
			with(free, func(p *Post) { p.Attachments = nil }), nil},
		{"nothing asked", free, author, edit{}, Post{}, errUnchanged},
		{"asking for what is so", notice, author,
			edit{Title: new("t"), Content: new("c"), Category: new(Notice), Pinned: new(false), Attachments: &[]string{"f"}},
			Post{}, errUnchanged},

		{"the version that was seen", free, author, edit{Content: new("C"), Expected: new(int32(3))}, with(free, func(p *Post) { p.Content = "C" }), nil},
		{"one before it", free, author, edit{Content: new("C"), Expected: new(int32(2))}, Post{}, errVersion},
		{"one after it", free, author, edit{Content: new("C"), Expected: new(int32(4))}, Post{}, errVersion},
		{"one before it, where it is as asked", free, author, edit{Content: new("c"), Expected: new(int32(2))}, Post{}, errUnchanged},
		{"one before it, of somebody else's", free, stranger, edit{Content: new("C"), Expected: new(int32(2))}, Post{}, errNotAuthor},

		{"an author does not pin", free, author, edit{Pinned: new(true)}, Post{}, errDenied},
		{"nor unpin", pinned, author, edit{Pinned: new(false)}, Post{}, errDenied},
		{"but rewrites what is pinned", pinned, author, edit{Content: new("C"), Pinned: new(true)},
			with(pinned, func(p *Post) { p.Content = "C" }), nil},
		{"a manager pins", free, manager, edit{Pinned: new(true)}, with(free, func(p *Post) { p.Pinned = true }), nil},
		{"and unpins", pinned, manager, edit{Pinned: new(false)}, free, nil},

		{"an author makes no notice", free, author, edit{Category: new(Notice)}, Post{}, errDenied},
		{"nor changes one", notice, author, edit{Content: new("C")}, Post{}, errDenied},
		{"nor makes it something else", notice, author, edit{Category: new(Free)}, Post{}, errDenied},
		{"a manager makes a notice, which is to be told", free, manager, edit{Category: new(Notice)},
			with(notice, func(p *Post) { p.Untold = true }), nil},
		{"a notice changed is not told", notice, manager, edit{Content: new("C")}, with(notice, func(p *Post) { p.Content = "C" }), nil},

		{"nothing becomes Band's", free, manager, edit{Category: new(Band)}, Post{}, errBandCategory},
		{"Band's is not rewritten", band, manager, edit{Content: new("C")}, Post{}, errBandPost},
		{"nor moved", band, manager, edit{Category: new(Free)}, Post{}, errBandPost},
		{"but pinned", band, manager, edit{Pinned: new(true), Category: new(Band)}, with(band, func(p *Post) { p.Pinned = true }), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.p
			err := tt.e.apply(&got, tt.by, at)
			want := tt.want
			if tt.err != nil {
				want = tt.p
			} else {
				want.UpdatedAt = at
			}
			if !errors.Is(err, tt.err) {
				t.Errorf("the error is %v, want %v", err, tt.err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestMayWrite(t *testing.T) {
	for _, tt := range []struct {
		name string
		p    Post
		by   identity.Caller
		want error
	}{
		{"a member", Post{Category: Question}, author, nil},
		{"a member's notice", Post{Category: Notice}, author, errDenied},
		{"a member's pin", Post{Category: Free, Pinned: true}, author, errDenied},
		{"a manager's notice", Post{Category: Notice, Pinned: true}, manager, nil},
		{"Band's, by a manager", Post{Category: Band}, manager, errBandCategory},
		{"no category", Post{}, manager, errNoCategory},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := mayWrite(tt.p, tt.by); !errors.Is(err, tt.want) {
				t.Errorf("the error is %v, want %v", err, tt.want)
			}
		})
	}
}
