package mongodb

import (
	"context"
	"errors"
	"math"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/games"
)

// courtDoc is a court.
type courtDoc struct {
	Head        `bson:",inline"`
	Name        string `bson:"name"`
	Maintenance bool   `bson:"maintenance"`
	CreatedAt   int64  `bson:"created_at"`
	DeletedAt   int64  `bson:"deleted_at,omitempty"`
	// Slot is the court's own number from 1 up to the number of courts that may exist; an index keeps it unique. A deleted court has
	// none, so that another one gets it.
	Slot        int    `bson:"slot,omitempty"`
	RequestHash string `bson:"request_hash,omitempty"`
}

func (d courtDoc) court() games.Court {
	return games.Court{
		ID: d.ID, Name: d.Name, Maintenance: d.Maintenance, Version: d.Version, CreatedAt: moment(d.CreatedAt),
		DeletedAt: moment(d.DeletedAt), RequestHash: d.RequestHash,
	}
}

func courtDocOf(c games.Court) courtDoc {
	return courtDoc{
		Head: Head{ID: c.ID}, Name: c.Name, Maintenance: c.Maintenance, CreatedAt: micros(c.CreatedAt), DeletedAt: micros(c.DeletedAt),
		RequestHash: c.RequestHash,
	}
}

// Courts is of games.Store.
func (s *Store) Courts(ctx context.Context) (_ []games.Court, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	found, err := list[courtDoc](ctx, s.courts.Collection, bson.D{},
		options.Find().SetSort(bson.D{{Key: "created_at", Value: 1}, {Key: "_id", Value: 1}}))
	return convert(found, courtDoc.court), err
}

// CreateCourt implements games.Store. A court takes a free slot, which another call can take first.
func (s *Store) CreateCourt(ctx context.Context, c games.Court, limit int) (_ games.Court, created bool, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	for n := 0; ; n++ {
		kept, err := s.courts.get(ctx, c.ID)
		if !errors.Is(err, errNotFound) {
			return kept.court(), false, err
		}
		slot, err := s.freeSlot(ctx, limit)
		if err != nil {
			return games.Court{}, false, err
		}
		d := courtDocOf(c)
		d.Slot = slot
		if err := s.courts.insert(ctx, &d); !taken(err) {
			return d.court(), err == nil, err
		}
		// The one that was first can be refused before a majority has it and it can be read.
		if err := pause(ctx, n); err != nil {
			return games.Court{}, false, err
		}
	}
}

// freeSlot returns the first slot that no court has; games.ErrTooManyCourts if as many courts exist as may.
func (s *Store) freeSlot(ctx context.Context, limit int) (int, error) {
	occupied, err := list[courtDoc](ctx, s.courts.Collection, anySlot, options.Find().SetProjection(bson.D{{Key: "slot", Value: 1}}))
	if err != nil {
		return 0, err
	}
	if len(occupied) >= limit {
		return 0, games.ErrTooManyCourts
	}
	slots := convert(occupied, func(d courtDoc) int { return d.Slot })
	slot := 1
	for slices.Contains(slots, slot) {
		slot++
	}
	return slot, nil
}

// UpdateCourt implements games.Store.
func (s *Store) UpdateCourt(ctx context.Context, courtID string, f func(*games.Court) error) (_ games.Court, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d, err := s.courts.change(ctx, courtID, func(d *courtDoc) error {
		c := d.court()
		if err := f(&c); err != nil {
			return err
		}
		next := courtDocOf(c)
		next.Slot = d.Slot
		if d.DeletedAt != 0 {
			next.DeletedAt = d.DeletedAt
		}
		if next.DeletedAt != 0 {
			next.Slot = 0
		}
		*d = next
		return nil
	})
	return d.court(), err
}

// assignCourtSlots assigns slots to the courts that were stored without one.
func assignCourtSlots(ctx context.Context, s *Store) error {
	all, err := list[courtDoc](ctx, s.courts.Collection, bson.D{},
		options.Find().SetSort(bson.D{{Key: "created_at", Value: 1}, {Key: "_id", Value: 1}}))
	if err != nil {
		return err
	}
	for _, d := range all {
		for n := 0; ; n++ {
			slot, err := s.freeSlot(ctx, math.MaxInt)
			if err != nil {
				return err
			}
			_, err = s.courts.change(ctx, d.ID, func(d *courtDoc) error {
				if d.Slot != 0 || d.DeletedAt != 0 {
					return errAsWanted
				}
				d.Slot = slot
				return nil
			})
			if err == nil || errors.Is(err, errAsWanted) {
				break
			}
			if !taken(err) {
				return err
			}
			if err := pause(ctx, n); err != nil {
				return err
			}
		}
	}
	return nil
}
