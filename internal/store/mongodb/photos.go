package mongodb

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/photos"
)

// What became of a photo. One that is gone is a hidden one that was deleted: it is hidden if it comes back.
const (
	photoShown  = 1
	photoHidden = 2
	photoGone   = 3
)

var photoIndexes = []index{
	{collection: "albums", name: "albums_listed", keys: bson.D{{Key: "created_at", Value: -1}, {Key: "_id", Value: -1}}},
	{collection: "albums", name: "albums_by_pass", keys: bson.D{{Key: "pass", Value: 1}}},
	// Covers the count of the photos of albums, and which is the newest.
	{collection: "photos", name: "photos_listed", keys: bson.D{
		{Key: "album", Value: 1}, {Key: "state", Value: 1}, {Key: "created_at", Value: -1}, {Key: "_id", Value: -1},
	}},
	{collection: "photos", name: "photos_by_pass", keys: bson.D{{Key: "state", Value: 1}, {Key: "pass", Value: 1}}},
}

// photoCollections are what is copied of Band's albums.
type photoCollections struct{ albums, photos *Collection }

func (s *Store) openPhotos() {
	s.photoCollections = photoCollections{albums: s.collection("albums"), photos: s.collection("photos")}
}

// albumDoc is an album. Pass is the last pass of a sync that has put it.
type albumDoc struct {
	ID        string `bson:"_id,omitempty"`
	Name      string `bson:"name"`
	Owner     string `bson:"owner"`
	OwnerName string `bson:"owner_name"`
	CreatedAt int64  `bson:"created_at"`
	Pass      int64  `bson:"pass"`
}

func (d albumDoc) album() photos.Album {
	return photos.Album{ID: d.ID, Name: d.Name, OwnerID: d.Owner, OwnerName: d.OwnerName, CreatedAt: fromMicros(d.CreatedAt)}
}

func albumDocOf(a photos.Album, pass int64) albumDoc {
	return albumDoc{Name: a.Name, Owner: a.OwnerID, OwnerName: a.OwnerName, CreatedAt: toMicros(a.CreatedAt), Pass: pass}
}

// photoDoc is a photo.
type photoDoc struct {
	ID       string `bson:"_id"`
	PhotoPut `bson:",inline"`
	State    int    `bson:"state"`
	HiddenBy string `bson:"hidden_by"`
	HiddenAt int64  `bson:"hidden_at"`
}

// PhotoPut is what the sync puts of a photo. It is exported for BSON, as Head is.
type PhotoPut struct {
	Album      string `bson:"album"`
	Author     string `bson:"author"`
	AuthorName string `bson:"author_name"`
	URL        string `bson:"url"`
	Width      int    `bson:"width"`
	Height     int    `bson:"height"`
	Comments   int    `bson:"comments"`
	Emotions   int    `bson:"emotions"`
	Video      bool   `bson:"video"`
	CreatedAt  int64  `bson:"created_at"`
	Pass       int64  `bson:"pass"`
}

func (d photoDoc) photo() photos.Photo {
	return photos.Photo{
		ID: d.ID, AlbumID: d.Album, AuthorID: d.Author, AuthorName: d.AuthorName, URL: d.URL, Width: d.Width, Height: d.Height,
		Comments: d.Comments, Emotions: d.Emotions, VideoThumbnail: d.Video, CreatedAt: fromMicros(d.CreatedAt), HiddenBy: d.HiddenBy,
		HiddenAt: fromMicros(d.HiddenAt),
	}
}

func photoPutOf(p photos.Photo, pass int64) PhotoPut {
	return PhotoPut{
		Album: p.AlbumID, Author: p.AuthorID, AuthorName: p.AuthorName, URL: p.URL, Width: p.Width, Height: p.Height, Comments: p.Comments,
		Emotions: p.Emotions, Video: p.VideoThumbnail, CreatedAt: toMicros(p.CreatedAt), Pass: pass,
	}
}

// copyPut is what one put of copies finds to be done.
type copyPut struct {
	added, changed int
	// same are the ids of those that are as they were, and models write the others.
	same   []string
	models []mongo.WriteModel
}

// notAfter is the filter of a copy that no later pass has put.
func notAfter(id string, pass int64) bson.D {
	return append(byID(id), bson.E{Key: "pass", Value: bson.D{{Key: "$lte", Value: pass}}})
}

// putCopies puts copies in the name of a pass. plan reads what is there; it is called again when another pass has created one of
// the copies at the same moment.
func putCopies(ctx context.Context, c *Collection, pass int64, plan func() (copyPut, error)) (added, changed int, err error) {
	for n := 0; ; n++ {
		p, err := plan()
		if err != nil {
			return 0, 0, err
		}
		if len(p.same) > 0 {
			older := append(anyID(p.same), bson.E{Key: "pass", Value: bson.D{{Key: "$lt", Value: pass}}})
			p.models = append(p.models, mongo.NewUpdateManyModel().SetFilter(older).SetUpdate(set(bson.D{{Key: "pass", Value: pass}})))
		}
		if err = bulk(ctx, c, p.models); !isDuplicate(err) {
			return p.added, p.changed, err
		}
		if err := pause(ctx, n); err != nil {
			return 0, 0, err
		}
	}
}

// PutAlbums implements photos.Store. Most albums are as they were: these are found by one reading and noted by one writing.
func (s *Store) PutAlbums(ctx context.Context, pass int64, albums []photos.Album) (added, changed int, err error) {
	if len(albums) == 0 {
		return 0, 0, nil
	}
	ctx, end := s.begin(ctx, &err)
	defer end()
	return putCopies(ctx, s.albums, pass, func() (p copyPut, err error) {
		found, err := list[albumDoc](ctx, s.albums, anyID(convert(albums, func(a photos.Album) string { return a.ID })))
		before := make(map[string]albumDoc, len(found))
		for _, d := range found {
			before[d.ID] = d
		}
		for _, a := range albums {
			d, exists := before[a.ID]
			next, differs := d.album().TakeOver(a)
			switch {
			case d.Pass > pass:
				continue
			case !exists:
				p.added++
			case differs:
				p.changed++
			default:
				p.same = append(p.same, a.ID)
				continue
			}
			p.models = append(p.models, mongo.NewReplaceOneModel().SetFilter(notAfter(a.ID, pass)).SetReplacement(albumDocOf(next, pass)).SetUpsert(true))
		}
		return p, err
	})
}

// PutPhotos implements photos.Store, as PutAlbums does.
func (s *Store) PutPhotos(ctx context.Context, pass int64, all []photos.Photo) (added, changed int, err error) {
	if len(all) == 0 {
		return 0, 0, nil
	}
	ctx, end := s.begin(ctx, &err)
	defer end()
	return putCopies(ctx, s.photos, pass, func() (p copyPut, err error) {
		found, err := list[photoDoc](ctx, s.photos, anyID(convert(all, func(p photos.Photo) string { return p.ID })))
		before := make(map[string]photoDoc, len(found))
		for _, d := range found {
			before[d.ID] = d
		}
		for _, photo := range all {
			d, exists := before[photo.ID]
			next, differs := d.photo().TakeOver(photo)
			put := set(photoPutOf(next, pass))
			filter := notAfter(photo.ID, pass)
			switch {
			case d.Pass > pass:
				continue
			case !exists:
				p.added++
				put = append(put, bson.E{Key: "$setOnInsert", Value: bson.D{
					{Key: "state", Value: photoShown}, {Key: "hidden_by", Value: ""}, {Key: "hidden_at", Value: int64(0)},
				}})
			case d.State == photoGone:
				p.added++
				// Only of a photo that is still gone: it is shown if somebody has shown it since.
				back := append(byID(photo.ID), bson.E{Key: "state", Value: photoGone})
				p.models = append(p.models, mongo.NewUpdateOneModel().SetFilter(back).SetUpdate(set(bson.D{{Key: "state", Value: photoHidden}})))
			case differs:
				p.changed++
			default:
				p.same = append(p.same, photo.ID)
				continue
			}
			p.models = append(p.models, mongo.NewUpdateOneModel().SetFilter(filter).SetUpdate(put).SetUpsert(!exists))
		}
		return p, err
	})
}

// DeleteAlbumsBefore implements photos.Store.
func (s *Store) DeleteAlbumsBefore(ctx context.Context, pass int64) (err error) {
	ctx, end := s.beginLong(ctx, &err)
	defer end()
	_, err = deleteAll(ctx, s.albums, bson.D{{Key: "pass", Value: bson.D{{Key: "$lt", Value: pass}}}})
	return err
}

// DeletePhotosBefore implements photos.Store. What is deleted is shown when it is: one that is hidden meanwhile is kept until the next time.
func (s *Store) DeletePhotosBefore(ctx context.Context, pass int64) (err error) {
	ctx, end := s.beginLong(ctx, &err)
	defer end()
	before := func(state int) bson.D {
		return bson.D{{Key: "state", Value: state}, {Key: "pass", Value: bson.D{{Key: "$lt", Value: pass}}}}
	}
	if _, err := deleteAll(ctx, s.photos, before(photoShown)); err != nil {
		return err
	}
	return repeat(ctx, func() error {
		_, err := s.photos.UpdateMany(ctx, before(photoHidden), set(bson.D{{Key: "state", Value: photoGone}}))
		return err
	})
}

// albumPhotos is what the photos of an album come to. Newest is of the order of the list.
type albumPhotos struct {
	Album  string `bson:"_id"`
	Photos int    `bson:"photos"`
	Newest struct {
		ID string `bson:"id"`
	} `bson:"newest"`
}

// withPhotos returns albums with their photos counted, which an index has.
func (s *Store) withPhotos(ctx context.Context, docs []albumDoc) ([]photos.Album, error) {
	if len(docs) == 0 {
		return nil, nil
	}
	albums := convert(docs, albumDoc.album)
	ids := bson.D{{Key: "$in", Value: convert(docs, func(d albumDoc) string { return d.ID })}}
	counted, err := aggregate[albumPhotos](ctx, s.photos, mongo.Pipeline{
		match(bson.D{{Key: "album", Value: ids}, {Key: "state", Value: photoShown}}),
		bson.D{{Key: "$group", Value: bson.D{
			{Key: "_id", Value: "$album"},
			{Key: "photos", Value: bson.D{{Key: "$sum", Value: 1}}},
			{Key: "newest", Value: bson.D{{Key: "$max", Value: bson.D{{Key: "at", Value: "$created_at"}, {Key: "id", Value: "$_id"}}}}},
		}}},
	})
	for _, c := range counted {
		i := slices.IndexFunc(albums, func(a photos.Album) bool { return a.ID == c.Album })
		albums[i].Photos, albums[i].Cover = c.Photos, c.Newest.ID
	}
	return albums, err
}

// afterPosition is the filter of what comes after a position in a list, which begins with the newest.
func afterPosition(after *photos.Position) bson.D {
	if after == nil {
		// All, so that an index is used.
		return bson.D{{Key: "created_at", Value: bson.D{{Key: "$gte", Value: int64(math.MinInt64)}}}}
	}
	return beyond("created_at", toMicros(after.CreatedAt), after.ID, -1)
}

// fromNewest is the order of lists.
var fromNewest = bson.D{{Key: "created_at", Value: -1}, {Key: "_id", Value: -1}}

// ListAlbums implements photos.Store.
func (s *Store) ListAlbums(ctx context.Context, after *photos.Position, limit int) (_ []photos.Album, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	found, err := list[albumDoc](ctx, s.albums, afterPosition(after), options.Find().SetSort(fromNewest).SetLimit(int64(limit)))
	if err != nil {
		return nil, err
	}
	return s.withPhotos(ctx, found)
}

// Album implements photos.Store.
func (s *Store) Album(ctx context.Context, albumID string) (_ photos.Album, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d, err := one[albumDoc](ctx, s.albums, byID(albumID))
	if err != nil {
		return photos.Album{}, err
	}
	albums, err := s.withPhotos(ctx, []albumDoc{d})
	if err != nil {
		return photos.Album{}, err
	}
	return albums[0], nil
}

// ListPhotos implements photos.Store. What is skipped is skipped in an index.
func (s *Store) ListPhotos(ctx context.Context, f photos.Filter) (page []photos.Photo, total int, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	of := bson.D{{Key: "album", Value: f.AlbumID}, {Key: "state", Value: photoShown}}
	if f.Hidden {
		of[1].Value = photoHidden
	}
	if total, err = count(ctx, s.photos, of); err != nil || f.Offset >= total {
		return nil, total, err
	}
	found, err := list[photoDoc](ctx, s.photos, append(of, afterPosition(f.After)...),
		options.Find().SetSort(fromNewest).SetSkip(int64(f.Offset)).SetLimit(int64(f.Limit)))
	return convert(found, photoDoc.photo), total, err
}

// photoThere is the filter of a photo that is not gone.
func photoThere(photoID string) bson.D {
	return append(byID(photoID), bson.E{Key: "state", Value: bson.D{{Key: "$lt", Value: photoGone}}})
}

// Photo implements photos.Store.
func (s *Store) Photo(ctx context.Context, photoID string) (_ photos.Photo, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d, err := one[photoDoc](ctx, s.photos, photoThere(photoID))
	return d.photo(), err
}

// errPhotoChanged is that a photo was hidden or shown between being read and being written.
var errPhotoChanged = errors.New("mongodb: the photo has changed")

// UpdatePhoto implements photos.Store. The write says what it expects to find; one that got no answer is found to be done, and repeating it
// comes to the same.
func (s *Store) UpdatePhoto(ctx context.Context, photoID string, f func(*photos.Photo) error) (kept photos.Photo, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	for n := 0; ; n++ {
		d, err := one[photoDoc](ctx, s.photos, photoThere(photoID))
		if err != nil {
			return photos.Photo{}, err
		}
		next := d.photo()
		if err := f(&next); err != nil {
			return photos.Photo{}, err
		}
		kept, err := s.setHidden(ctx, d, next.HiddenBy, next.HiddenAt)
		if !errors.Is(err, errPhotoChanged) {
			return kept, err
		}
		if err := pause(ctx, n); err != nil {
			return photos.Photo{}, err
		}
	}
}

// setHidden changes a photo that is as d says; errPhotoChanged if it is not.
func (s *Store) setHidden(ctx context.Context, d photoDoc, by string, at time.Time) (photos.Photo, error) {
	was := append(byID(d.ID), bson.E{Key: "state", Value: d.State}, bson.E{Key: "hidden_by", Value: d.HiddenBy}, bson.E{Key: "hidden_at", Value: d.HiddenAt})
	d.State, d.HiddenBy, d.HiddenAt = photoShown, by, 0
	if by != "" {
		d.State, d.HiddenAt = photoHidden, toMicros(at)
	}
	update := set(bson.D{
		{Key: "state", Value: d.State}, {Key: "hidden_by", Value: d.HiddenBy}, {Key: "hidden_at", Value: d.HiddenAt},
	})
	matched := false
	err := repeat(ctx, func() error {
		result, err := s.photos.UpdateOne(ctx, was, update)
		matched = err == nil && result.MatchedCount == 1
		return err
	})
	switch {
	case err != nil:
		return photos.Photo{}, err
	case !matched:
		return photos.Photo{}, errPhotoChanged
	}
	return d.photo(), nil
}
