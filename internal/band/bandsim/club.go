package bandsim

import (
	"cmp"
	"math/rand/v2"
	"time"
)

// ofBand is the app of what was written in Band itself and not through the API.
const ofBand = -1

type post struct {
	no       uint64
	app      int
	author   int
	created  time.Time
	body     []span
	photos   []*photo
	comments []*comment // oldest first
	emotions int
	reads    int
}

type comment struct {
	no       uint64
	app      int
	author   int
	created  time.Time
	body     []span
	photo    *photo
	sticker  bool
	audio    bool
	emotions int
}

type album struct {
	no      uint64
	name    string
	owner   int
	created time.Time
	photos  []*photo // oldest first
}

type photo struct {
	no            uint64
	album         *album // nil for one of a post
	author        int
	created       time.Time
	width, height int
	video         bool
	comments      int
	emotions      int
}

// span is a stretch of a text: plain, a mention or a hashtag.
type span struct {
	kind spanKind
	text string // as typed
	who  int    // of a mention
}

type spanKind int

const (
	plain spanKind = iota
	mention
	hashtag
)

const (
	inventedPosts  = 60
	inventedAlbums = 22 // more than a page
)

// invent fills the club: posts over the last half year, albums over the last two years, or longer for more of them.
func (s *Simulator) invent(random *rand.Rand, size Size) {
	s.people = inventPeople(random)
	albums, posts := cmp.Or(size.Albums, inventedAlbums), cmp.Or(size.Posts, inventedPosts)
	for i := range albums {
		photos := albumSizes[i%len(albumSizes)]
		if size.Photos > 0 {
			photos = share(size.Photos, albums, i)
		}
		s.inventAlbum(random, i, epoch.AddDate(0, i-albums, 0), photos)
	}
	for i := range posts {
		p := s.inventPost(random, epoch.Add(-time.Duration(posts-i)*72*time.Hour+time.Duration(random.IntN(600))*time.Minute))
		comments := random.IntN(9)
		if len(s.posts)%20 == 7 {
			comments = 21 + random.IntN(25) // more than a page
		}
		if size.Comments > 0 {
			comments = share(size.Comments, posts, i)
		}
		for j := range comments {
			s.inventComment(random, p, p.created.Add(time.Duration(j+1)*7*time.Minute))
		}
	}
}

// share is the i-th of n shares of a whole, as equal as can be.
func share(whole, n, i int) int { return whole*(i+1)/n - whole*i/n }

func (s *Simulator) number() uint64 {
	s.lastNo++
	return s.lastNo
}

// albumSizes has an empty album, one of exactly a page, and several of more than one.
var albumSizes = []int{45, 20, 0, 61, 7, 23, 3, 12, 21, 1, 14}

func (s *Simulator) inventAlbum(random *rand.Rand, i int, month time.Time, photos int) *album {
	a := &album{no: s.number(), name: month.Format("2006년 1월") + " 정기모임", owner: random.IntN(4), created: month}
	if i%5 == 4 {
		a.name = month.Format("2006년 ") + []string{"봄 자체대회", "여름 번개 <모음>", "가을 교류전 & 뒤풀이", "송년회"}[i/5%4]
	}
	s.albums = append(s.albums, a)
	for j := range photos {
		s.inventPhotoOf(random, a, month.Add(time.Duration(j)*time.Minute))
	}
	return a
}

func (s *Simulator) inventPhotoOf(random *rand.Rand, a *album, created time.Time) *photo {
	p := s.inventPhoto(random, a.owner, created)
	p.album = a
	a.photos = append(a.photos, p)
	return p
}

func (s *Simulator) inventPhoto(random *rand.Rand, author int, created time.Time) *photo {
	p := &photo{
		no: s.number(), author: author, created: created, width: 320, height: 240,
		comments: random.IntN(3), emotions: random.IntN(9), video: random.IntN(15) == 0,
	}
	if random.IntN(3) == 0 {
		p.width, p.height = p.height, p.width
	}
	s.photos = append(s.photos, p)
	return p
}

func (s *Simulator) inventPost(random *rand.Rand, created time.Time) *post {
	p := &post{
		no: s.number(), app: ofBand, author: random.IntN(members), created: created, body: inventText(random, postTexts),
		emotions: random.IntN(30), reads: 20 + random.IntN(150),
	}
	if len(s.posts)%4 == 0 {
		p.author = random.IntN(4) // leaders write more than others
	}
	if random.IntN(3) == 0 {
		for range 1 + random.IntN(4) {
			p.photos = append(p.photos, s.inventPhoto(random, p.author, created))
		}
	}
	s.posts = append(s.posts, p)
	return p
}

func (s *Simulator) inventComment(random *rand.Rand, p *post, created time.Time) *comment {
	c := &comment{
		no: s.number(), app: ofBand, author: random.IntN(members), created: created,
		body: inventText(random, commentTexts), emotions: random.IntN(4), sticker: random.IntN(12) == 0, audio: random.IntN(40) == 0,
	}
	if random.IntN(10) == 0 {
		c.photo = s.inventPhoto(random, c.author, c.created)
	}
	p.comments = append(p.comments, c)
	return c
}
