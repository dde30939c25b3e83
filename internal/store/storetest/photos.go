package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/photos"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

func album(id string) photos.Album {
	return photos.Album{ID: id, Name: "정기전 " + id, OwnerID: "owner", CreatedAt: noon}
}

func photo(id, albumID string) photos.Photo {
	return photos.Photo{
		ID: id, AlbumID: albumID, AuthorID: "author", URL: "https://band.example/" + id, Width: 1200, Height: 800, Comments: 2, Emotions: 3,
		VideoThumbnail: true, CreatedAt: noon,
	}
}

func keptAlbum(a photos.Album) photos.Album {
	a.CreatedAt = kept(a.CreatedAt)
	return a
}

func keptPhoto(p photos.Photo) photos.Photo {
	p.CreatedAt = kept(p.CreatedAt)
	return p
}

// wantPut fails unless a put has added and changed so many.
func wantPut(t testing.TB, what string, added, changed int, err error, want ...int) {
	t.Helper()
	must(t, err)
	equal(t, what, []int{added, changed}, want)
}

func putAlbums(t testing.TB, s store.Store, pass int64, albums ...photos.Album) {
	t.Helper()
	_, _, err := s.PutAlbums(t.Context(), pass, albums)
	must(t, err)
}

func putPhotos(t testing.TB, s store.Store, pass int64, all ...photos.Photo) {
	t.Helper()
	for part := range slices.Chunk(all, photos.MaxPut) {
		_, _, err := s.PutPhotos(t.Context(), pass, part)
		must(t, err)
	}
}

func albumOf(t testing.TB, s store.Store, id string) photos.Album {
	t.Helper()
	a, err := s.Album(t.Context(), id)
	must(t, err)
	return a
}

func photoOf(t testing.TB, s store.Store, id string) photos.Photo {
	t.Helper()
	p, err := s.Photo(t.Context(), id)
	must(t, err)
	return p
}

// hide hides a photo, or shows it if by is empty.
func hide(t testing.TB, s store.Store, id, by string) photos.Photo {
	t.Helper()
	p, err := s.UpdatePhoto(t.Context(), id, func(p *photos.Photo) error {
		p.HiddenBy, p.HiddenAt = by, noon
		return nil
	})
	must(t, err)
	return p
}

// photosOf lists the ids of an album's photos, and how many there are.
func photosOf(t testing.TB, s store.Store, f photos.Filter) (ids string, total int) {
	t.Helper()
	if f.Limit == 0 {
		f.Limit = 1000
	}
	page, total, err := s.ListPhotos(t.Context(), f)
	must(t, err)
	if len(page) > f.Limit {
		t.Errorf("a part has %d photos, and its limit is %d", len(page), f.Limit)
	}
	var all []string
	for _, p := range page {
		all = append(all, p.ID)
	}
	return strings.Join(all, " "), total
}

func wantPhotos(t testing.TB, s store.Store, f photos.Filter, ids string, total int) {
	t.Helper()
	got, n := photosOf(t, s, f)
	equal(t, fmt.Sprintf("the photos of %+v", f), got, ids)
	equal(t, fmt.Sprintf("how many photos of %+v there are", f), n, total)
}

func wantAlbums(t testing.TB, s store.Store, after *photos.Position, limit int, want string) {
	t.Helper()
	found, err := s.ListAlbums(t.Context(), after, limit)
	must(t, err)
	var ids []string
	for _, a := range found {
		ids = append(ids, a.ID)
	}
	equal(t, "the albums", strings.Join(ids, " "), want)
}

var photoCases = []testCase{
	{"PutAlbums creates, takes over and keeps", func(t *testing.T, s store.Store) {
		ctx := t.Context()
		_, err := s.Album(ctx, "a")
		wantKind(t, err, fault.NotFound)
		a, b := album("a"), album("b")
		b.OwnerID, b.OwnerName, b.CreatedAt = "", "이름만", time.Time{}
		added, changed, err := s.PutAlbums(ctx, 1, []photos.Album{a, b})
		wantPut(t, "new", added, changed, err, 2, 0)
		equal(t, "a", albumOf(t, s, "a"), keptAlbum(a))
		equal(t, "b", albumOf(t, s, "b"), keptAlbum(b))
		for _, pass := range []int64{1, 2} {
			added, changed, err = s.PutAlbums(ctx, pass, []photos.Album{a, b})
			wantPut(t, "the same again", added, changed, err, 0, 0)
		}
		older := a
		older.Name = "옛 이름"
		added, changed, err = s.PutAlbums(ctx, 1, []photos.Album{older})
		wantPut(t, "of an earlier pass", added, changed, err, 0, 0)
		equal(t, "a", albumOf(t, s, "a"), keptAlbum(a))
		for i, change := range []func(*photos.Album){
			func(a *photos.Album) { a.Name = "새 이름" }, func(a *photos.Album) { a.OwnerID = "other" },
			func(a *photos.Album) { a.OwnerName = "다른 이름" }, func(a *photos.Album) { a.CreatedAt = noon.Add(time.Hour) },
		} {
			change(&a)
			added, changed, err = s.PutAlbums(ctx, 3, []photos.Album{a, b})
			wantPut(t, fmt.Sprint("change ", i), added, changed, err, 0, 1)
			equal(t, "a", albumOf(t, s, "a"), keptAlbum(a))
		}
		added, changed, err = s.PutAlbums(ctx, 3, nil)
		wantPut(t, "none", added, changed, err, 0, 0)
	}},
	{"PutPhotos creates, takes over and keeps", func(t *testing.T, s store.Store) {
		ctx := t.Context()
		_, err := s.Photo(ctx, "a")
		wantKind(t, err, fault.NotFound)
		a, b := photo("a", "album"), photo("b", "")
		b.AuthorID, b.AuthorName, b.VideoThumbnail, b.CreatedAt = "", "이름만", false, time.Time{}
		added, changed, err := s.PutPhotos(ctx, 1, []photos.Photo{a, b})
		wantPut(t, "new", added, changed, err, 2, 0)
		equal(t, "a", photoOf(t, s, "a"), keptPhoto(a))
		equal(t, "b", photoOf(t, s, "b"), keptPhoto(b))
		for _, pass := range []int64{1, 2} {
			added, changed, err = s.PutPhotos(ctx, pass, []photos.Photo{a, b})
			wantPut(t, "the same again", added, changed, err, 0, 0)
		}
		older := a
		older.URL = "https://band.example/old"
		added, changed, err = s.PutPhotos(ctx, 1, []photos.Photo{older})
		wantPut(t, "of an earlier pass", added, changed, err, 0, 0)
		equal(t, "a", photoOf(t, s, "a"), keptPhoto(a))
		for i, change := range []func(*photos.Photo){
			func(p *photos.Photo) { p.AlbumID = "other" }, func(p *photos.Photo) { p.AuthorID = "" }, func(p *photos.Photo) { p.AuthorName = "이름" },
			func(p *photos.Photo) { p.URL += "?v=2" }, func(p *photos.Photo) { p.Width++ }, func(p *photos.Photo) { p.Height++ },
			func(p *photos.Photo) { p.Comments++ }, func(p *photos.Photo) { p.Emotions++ }, func(p *photos.Photo) { p.VideoThumbnail = false },
			func(p *photos.Photo) { p.CreatedAt = noon.Add(time.Hour) },
		} {
			change(&a)
			added, changed, err = s.PutPhotos(ctx, 3, []photos.Photo{a, b})
			wantPut(t, fmt.Sprint("change ", i), added, changed, err, 0, 1)
			equal(t, "a", photoOf(t, s, "a"), keptPhoto(a))
		}
		inAlbum := a
		a.AlbumID = ""
		added, changed, err = s.PutPhotos(ctx, 4, []photos.Photo{a})
		wantPut(t, "of no album", added, changed, err, 0, 0)
		equal(t, "a", photoOf(t, s, "a"), keptPhoto(inAlbum))
		added, changed, err = s.PutPhotos(ctx, 4, nil)
		wantPut(t, "none", added, changed, err, 0, 0)
	}},
	{"What no later pass has put is deleted", func(t *testing.T, s store.Store) {
		ctx := t.Context()
		putAlbums(t, s, 1, album("a"), album("b"), album("c"))
		putPhotos(t, s, 1, photo("of a", "a"), photo("of b", "b"), photo("gone", "b"))
		putAlbums(t, s, 2, album("b"))
		putPhotos(t, s, 2, photo("of a", ""), photo("of b", "b"))
		for range 2 {
			must(t, s.DeleteAlbumsBefore(ctx, 2))
			must(t, s.DeletePhotosBefore(ctx, 2))
		}
		wantAlbums(t, s, nil, 10, "b")
		_, err := s.Album(ctx, "a")
		wantKind(t, err, fault.NotFound)
		_, err = s.Photo(ctx, "gone")
		wantKind(t, err, fault.NotFound)
		photoOf(t, s, "of a")
		wantPhotos(t, s, photos.Filter{AlbumID: "b"}, "of b", 1)
		added, changed, err := s.PutAlbums(ctx, 3, []photos.Album{album("a")})
		wantPut(t, "it is in Band after all", added, changed, err, 1, 0)
		equal(t, "its photos", albumOf(t, s, "a").Photos, 1)
	}},
	{"Many are deleted at once", func(t *testing.T, s store.Store) {
		var all []photos.Photo
		for i := range 1203 {
			all = append(all, photo(fmt.Sprintf("%04d", i), "a"))
		}
		putPhotos(t, s, 1, all...)
		putPhotos(t, s, 2, all[7])
		must(t, s.DeletePhotosBefore(t.Context(), 2))
		wantPhotos(t, s, photos.Filter{AlbumID: "a"}, "0007", 1)
	}},
	{"A hidden photo stays hidden", func(t *testing.T, s store.Store) {
		ctx := t.Context()
		a := photo("a", "album")
		putPhotos(t, s, 1, a, photo("b", "album"))
		hidden := keptPhoto(a)
		hidden.HiddenBy, hidden.HiddenAt = "somebody", kept(noon)
		equal(t, "hidden", hide(t, s, "a", "somebody"), hidden)
		equal(t, "as it is read", photoOf(t, s, "a"), hidden)
		wantPhotos(t, s, photos.Filter{AlbumID: "album"}, "b", 1)
		wantPhotos(t, s, photos.Filter{AlbumID: "album", Hidden: true}, "a", 1)
		added, changed, err := s.PutPhotos(ctx, 2, []photos.Photo{a})
		wantPut(t, "the same again", added, changed, err, 0, 0)
		a.Comments++
		added, changed, err = s.PutPhotos(ctx, 2, []photos.Photo{a})
		wantPut(t, "another", added, changed, err, 0, 1)
		hidden.Comments++
		equal(t, "after it was put", photoOf(t, s, "a"), hidden)

		must(t, s.DeletePhotosBefore(ctx, 3))
		must(t, s.DeletePhotosBefore(ctx, 3))
		_, err = s.Photo(ctx, "a")
		wantKind(t, err, fault.NotFound)
		_, err = s.UpdatePhoto(ctx, "a", func(*photos.Photo) error { return nil })
		wantKind(t, err, fault.NotFound)
		wantPhotos(t, s, photos.Filter{AlbumID: "album", Hidden: true}, "", 0)
		added, changed, err = s.PutPhotos(ctx, 4, []photos.Photo{a})
		wantPut(t, "it is in Band after all", added, changed, err, 1, 0)
		equal(t, "after it came back", photoOf(t, s, "a"), hidden)
		wantPhotos(t, s, photos.Filter{AlbumID: "album", Hidden: true}, "a", 1)

		equal(t, "shown", hide(t, s, "a", ""), keptPhoto(a))
		equal(t, "as it is read", photoOf(t, s, "a"), keptPhoto(a))
		wantPhotos(t, s, photos.Filter{AlbumID: "album"}, "a", 1)
		must(t, s.DeletePhotosBefore(ctx, 5))
		added, changed, err = s.PutPhotos(ctx, 6, []photos.Photo{a})
		wantPut(t, "deleted and back", added, changed, err, 1, 0)
		equal(t, "is not hidden", photoOf(t, s, "a"), keptPhoto(a))
	}},
	{"UpdatePhoto changes who has hidden it alone", func(t *testing.T, s store.Store) {
		ctx := t.Context()
		putPhotos(t, s, 1, photo("a", "album"))
		failure := errors.New("no")
		_, err := s.UpdatePhoto(ctx, "a", func(p *photos.Photo) error {
			p.HiddenBy = "somebody"
			return failure
		})
		if !errors.Is(err, failure) {
			t.Errorf("the error is %v", err)
		}
		equal(t, "after a failure", photoOf(t, s, "a"), keptPhoto(photo("a", "album")))
		_, err = s.UpdatePhoto(ctx, "a", func(p *photos.Photo) error {
			*p = photos.Photo{ID: "b", URL: "other", Width: 1}
			return nil
		})
		must(t, err)
		equal(t, "the rest", photoOf(t, s, "a"), keptPhoto(photo("a", "album")))
		_, err = s.UpdatePhoto(ctx, "none", func(*photos.Photo) error { return nil })
		wantKind(t, err, fault.NotFound)
	}},
	{"One of many hides a photo", func(t *testing.T, s store.Store) {
		putPhotos(t, s, 1, photo("a", "album"))
		taken := errors.New("hidden already")
		won := make(chan int, 8)
		together(t, 8, func(i int) error {
			_, err := s.UpdatePhoto(t.Context(), "a", func(p *photos.Photo) error {
				if p.Hidden() {
					return taken
				}
				p.HiddenBy, p.HiddenAt = fmt.Sprint(i), noon
				return nil
			})
			if errors.Is(err, taken) {
				return nil
			}
			won <- i
			return err
		})
		equal(t, "how many have hidden it", len(won), 1)
		equal(t, "who has", photoOf(t, s, "a").HiddenBy, fmt.Sprint(<-won))
	}},
	{"Passes at once store each copy once", func(t *testing.T, s store.Store) {
		var albums []photos.Album
		var all []photos.Photo
		for i := range 50 {
			albums = append(albums, album(fmt.Sprint("a", i)))
			all = append(all, photo(fmt.Sprint("p", i), "a0"))
		}
		together(t, 4, func(i int) error {
			if _, _, err := s.PutAlbums(t.Context(), int64(1+i), albums); err != nil {
				return err
			}
			_, _, err := s.PutPhotos(t.Context(), int64(1+i), all)
			return err
		})
		must(t, s.DeleteAlbumsBefore(t.Context(), 4))
		must(t, s.DeletePhotosBefore(t.Context(), 4))
		_, total := photosOf(t, s, photos.Filter{AlbumID: "a0"})
		equal(t, "the photos", total, 50)
		added, changed, err := s.PutAlbums(t.Context(), 5, albums)
		wantPut(t, "the albums again", added, changed, err, 0, 0)
	}},
	{"An album counts its photos, and its cover is the newest", func(t *testing.T, s store.Store) {
		putAlbums(t, s, 1, album("a"), album("b"))
		want := func(id string, n int, cover string) {
			t.Helper()
			a := albumOf(t, s, id)
			equal(t, "the album "+id, []any{a.Photos, a.Cover}, []any{n, cover})
			all, err := s.ListAlbums(t.Context(), nil, 10)
			must(t, err)
			i := slices.IndexFunc(all, func(a photos.Album) bool { return a.ID == id })
			equal(t, "the album in the list", all[i], a)
		}
		want("a", 0, "")
		p, q, r := photo("p", "a"), photo("q", "a"), photo("r", "a")
		p.CreatedAt = noon.Add(time.Hour)
		putPhotos(t, s, 1, p, q, r, photo("of none", ""))
		want("a", 3, "p")
		want("b", 0, "")
		hide(t, s, "p", "somebody")
		want("a", 2, "r")
		q.AlbumID = "b"
		putPhotos(t, s, 2, q, r)
		want("a", 1, "r")
		want("b", 1, "q")
		hide(t, s, "p", "")
		want("a", 2, "p")
		must(t, s.DeletePhotosBefore(t.Context(), 2))
		want("a", 1, "r")
	}},
	{"Albums are listed from the newest", func(t *testing.T, s store.Store) {
		for i, id := range []string{"c", "a", "d", "b", "e"} {
			a := album(id)
			// Two of them are of one moment.
			a.CreatedAt = noon.Add(time.Duration(i/2) * time.Second)
			putAlbums(t, s, 1, a)
		}
		wantAlbums(t, s, nil, 10, "e d b c a")
		wantAlbums(t, s, nil, 2, "e d")
		d, a := albumOf(t, s, "d"), albumOf(t, s, "a")
		at, end := d.Position(), a.Position()
		wantAlbums(t, s, &at, 2, "b c")
		wantAlbums(t, s, &at, 10, "b c a")
		wantAlbums(t, s, &end, 10, "")
		at.ID = "bb"
		wantAlbums(t, s, &at, 1, "b")
	}},
	{"Photos of an album are listed from the newest", func(t *testing.T, s store.Store) {
		of := photos.Filter{AlbumID: "a"}
		wantPhotos(t, s, of, "", 0)
		var all []photos.Photo
		for i, id := range []string{"c", "a", "d", "b", "e"} {
			p := photo(id, "a")
			p.CreatedAt = noon.Add(time.Duration(i/2) * time.Second)
			all = append(all, p)
		}
		putPhotos(t, s, 1, append(all, photo("of b", "b"), photo("of none", ""))...)
		hide(t, s, "a", "somebody")
		wantPhotos(t, s, of, "e d b c", 4)
		page, _, err := s.ListPhotos(t.Context(), photos.Filter{AlbumID: "a", Limit: 1})
		must(t, err)
		equal(t, "a photo of the list", page, []photos.Photo{keptPhoto(all[4])})
		of.Limit, of.Offset = 2, 1
		wantPhotos(t, s, of, "d b", 4)
		of.Offset = 3
		wantPhotos(t, s, of, "c", 4)
		of.Offset = 100_000_000
		wantPhotos(t, s, of, "", 4)
		b := photoOf(t, s, "d").Position()
		of.After, of.Offset = &b, 0
		wantPhotos(t, s, of, "b c", 4)
		of.Hidden = true
		wantPhotos(t, s, of, "a", 1)
	}},
	{"Each photo is in one part, whatever happens between the parts", func(t *testing.T, s store.Store) {
		random := rand.New(rand.NewPCG(5, 6))
		created := 0
		create := func(albumID string) string {
			p := photo(fmt.Sprint("p", created), albumID)
			created++
			p.CreatedAt = noon.Add(time.Duration(random.IntN(12)) * time.Microsecond)
			putPhotos(t, s, 1, p)
			return p.ID
		}
		for round := range 6 {
			albumID := fmt.Sprint("a", round)
			stay := make(map[string]bool)
			var ids []string
			for range 30 {
				id := create(albumID)
				stay[id], ids = true, append(ids, id)
			}
			given := make(map[string]int)
			f := photos.Filter{AlbumID: albumID, Limit: 1 + random.IntN(6)}
			for more := true; more; {
				page, _, err := s.ListPhotos(t.Context(), f)
				must(t, err)
				for _, p := range page {
					given[p.ID]++
				}
				if more = len(page) == f.Limit; more {
					at := page[len(page)-1].Position()
					f.After = &at
				}
				for range random.IntN(f.Limit + 1) {
					id := ids[random.IntN(len(ids))]
					if random.IntN(2) == 0 {
						create(albumID)
					} else {
						hide(t, s, id, []string{"", "somebody"}[random.IntN(2)])
						delete(stay, id)
					}
				}
			}
			for id := range stay {
				if given[id] == 0 {
					t.Errorf("%s was left out", id)
				}
			}
			for id, times := range given {
				if times > 1 {
					t.Errorf("%s was given %d times", id, times)
				}
			}
			if len(stay) < 5 {
				t.Errorf("only %d photos stay", len(stay))
			}
		}
	}},
}
