package mongodb

import (
	"context"
	"errors"

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
		ID: d.ID, Name: d.Name, Maintenance: d.Maintenance, Version: d.Version, CreatedAt: fromMicros(d.CreatedAt),
		DeletedAt: fromMicros(d.DeletedAt), RequestHash: d.RequestHash,
	}
}

func courtDocOf(c games.Court) courtDoc {
	return courtDoc{
		Head: Head{ID: c.ID}, Name: c.Name, Maintenance: c.Maintenance, CreatedAt: toMicros(c.CreatedAt), DeletedAt: toMicros(c.DeletedAt),
		RequestHash: c.RequestHash,
	}
}

// Courts implements games.Store.
func (s *Store) Courts(ctx context.Context) (_ []games.Court, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	found, err := list[courtDoc](ctx, s.courts.Collection, bson.D{},
		options.Find().SetSort(bson.D{{Key: "created_at", Value: 1}, {Key: "_id", Value: 1}}))
	return convert(found, courtDoc.court), err
}

// CreateCourt implements games.Store.
func (s *Store) CreateCourt(ctx context.Context, c games.Court, limit int) (_ games.Court, created bool, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d, created, err := s.courtCreator.create(ctx, "", courtDocOf(c), limit)
	return d.court(), created, err
}

// courtSlots are the slots that courts have.
type courtSlots map[int]bool

func (c courtSlots) free() int {
	slot := 1
	for c[slot] {
		slot++
	}
	return slot
}

func (c courtSlots) count() int { return len(c) }

func (c courtSlots) add(slot int) { c[slot] = true }

// courtSlots reads the slots that courts have.
func (s *Store) courtSlots(ctx context.Context) (courtSlots, error) {
	courts, err := list[courtDoc](ctx, s.courts.Collection, anySlot, options.Find().SetProjection(bson.D{{Key: "slot", Value: 1}}))
	slots := make(courtSlots, len(courts))
	for _, d := range courts {
		slots.add(d.Slot)
	}
	return slots, err
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
			slots, err := s.courtSlots(ctx)
			if err != nil {
				return err
			}
			_, err = s.courts.change(ctx, d.ID, func(d *courtDoc) error {
				if d.Slot != 0 || d.DeletedAt != 0 {
					return errAsWanted
				}
				d.Slot = slots.free()
				return nil
			})
			if err == nil || errors.Is(err, errAsWanted) {
				break
			}
			if !isDuplicate(err) {
				return err
			}
			if err := pause(ctx, n); err != nil {
				return err
			}
		}
	}
	return nil
}
