package bandsim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Change changes the club in one way at random, as its members do in Band: somebody writes, edits or removes a post, a comment, an album
// or a photo, takes another name, becomes a co-leader or is one no longer.
func (s *Simulator) Change(random *rand.Rand) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	changes := []func(*rand.Rand, time.Time){
		s.writePost, s.editPost, s.deletePost, s.writeComment, s.writeComment, s.editComment, s.deleteComment,
		s.addAlbum, s.deleteAlbum, s.addPhoto, s.addPhoto, s.deletePhoto, s.rename, s.promote,
	}
	changes[random.IntN(len(changes))](random, now)
}

func (s *Simulator) writePost(random *rand.Rand, now time.Time) { s.inventPost(random, now) }

func (s *Simulator) editPost(random *rand.Rand, _ time.Time) {
	if p, ok := pick(random, s.posts); ok {
		p.body = append(inventText(random, postTexts), span{kind: plain, text: fmt.Sprintf("\n(수정 %d)", random.IntN(1_000_000))})
	}
}

func (s *Simulator) deletePost(random *rand.Rand, _ time.Time) {
	if p, ok := pick(random, s.posts); ok {
		s.posts = slices.DeleteFunc(s.posts, func(other *post) bool { return other == p })
	}
}

// pickRecent returns one of the last posts, which are those that members comment on.
func (s *Simulator) pickRecent(random *rand.Rand) (*post, bool) {
	return pick(random, s.posts[max(0, len(s.posts)-10):])
}

func (s *Simulator) writeComment(random *rand.Rand, now time.Time) {
	if p, ok := s.pickRecent(random); ok {
		s.inventComment(random, p, now)
	}
}

func (s *Simulator) editComment(random *rand.Rand, _ time.Time) {
	if p, ok := s.pickRecent(random); ok {
		if c, ok := pick(random, p.comments[max(0, len(p.comments)-2):]); ok {
			c.body = []span{{kind: plain, text: fmt.Sprintf("고친 댓글 %d", random.IntN(1_000_000))}}
		}
	}
}

func (s *Simulator) deleteComment(random *rand.Rand, _ time.Time) {
	if p, ok := pick(random, s.posts); ok && len(p.comments) > 0 {
		i := random.IntN(len(p.comments))
		p.comments = slices.Delete(slices.Clone(p.comments), i, i+1)
	}
}

func (s *Simulator) addAlbum(random *rand.Rand, now time.Time) {
	s.inventAlbum(random, random.IntN(inventedAlbums), now, random.IntN(30))
}

func (s *Simulator) deleteAlbum(random *rand.Rand, _ time.Time) {
	if a, ok := pick(random, s.albums); ok {
		s.dropAlbum(a)
	}
}

func (s *Simulator) dropAlbum(a *album) {
	s.albums = slices.DeleteFunc(s.albums, func(other *album) bool { return other == a })
	s.photos = slices.DeleteFunc(s.photos, func(p *photo) bool { return p.album == a })
}

func (s *Simulator) addPhoto(random *rand.Rand, now time.Time) {
	if a, ok := pick(random, s.albums); ok {
		s.inventPhotoOf(random, a, now)
	}
}

func (s *Simulator) deletePhoto(random *rand.Rand, _ time.Time) {
	a, ok := pick(random, s.albums)
	if !ok {
		return
	}
	if p, ok := pick(random, a.photos); ok {
		gone := func(other *photo) bool { return other == p }
		a.photos = slices.DeleteFunc(slices.Clone(a.photos), gone)
		s.photos = slices.DeleteFunc(s.photos, gone)
	}
}

func (s *Simulator) rename(random *rand.Rand, _ time.Time) {
	s.people[random.IntN(members)].nickname = fmt.Sprintf("%s%d", givenNames[random.IntN(len(givenNames))], random.IntN(1000))
}

func (s *Simulator) promote(random *rand.Rand, _ time.Time) {
	p := &s.people[1+random.IntN(members-1)]
	if p.role == "coleader" {
		p.role = "member"
	} else {
		p.role = "coleader"
	}
}

// pick returns one of items; false if there is none.
func pick[T any](random *rand.Rand, items []T) (T, bool) {
	if len(items) == 0 {
		return *new(T), false
	}
	return items[random.IntN(len(items))], true
}

// EditPost returns a post of the club another text, as its author does in Band. It reports false if there is no such post.
func (s *Simulator) EditPost(postKey, content string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.indexOf(postKey)
	if i >= 0 {
		s.posts[i].body = []span{{kind: plain, text: content}}
	}
	return i >= 0
}

// DeletePost removes a post of the club, as its author does in Band. It reports false if there is no such post.
func (s *Simulator) DeletePost(postKey string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.indexOf(postKey)
	if i >= 0 {
		s.posts = slices.Delete(slices.Clone(s.posts), i, i+1)
	}
	return i >= 0
}

// DeleteAlbum removes an album of the club with its photos, as its owner does in Band. It reports false if there is no such album.
func (s *Simulator) DeleteAlbum(albumKey string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, no, ok := s.keys.open(kindAlbum, albumKey)
	i := slices.IndexFunc(s.albums, func(a *album) bool { return ok && a.no == no })
	if i >= 0 {
		s.dropAlbum(s.albums[i])
	}
	return i >= 0
}

// indexOf returns the index of a post in s.posts; -1 if there is none.
func (s *Simulator) indexOf(postKey string) int {
	_, no, ok := s.keys.open(kindPost, postKey)
	if !ok {
		return -1
	}
	return slices.IndexFunc(s.posts, func(p *post) bool { return p.no == no })
}
