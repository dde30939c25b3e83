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

// Courts implements games.Store.
func (s *Store) Courts(ctx context.Context) (_ []games.Court, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	found, err := list[courtDoc](ctx, s.courts.Collection, bson.D{},
		options.Find().SetSort(bson.D{{Key: "created_at", Value: 1}, {Key: "_id", Value: 1}}))
	return convert(found, courtDoc.court), err
}

// newCourt is one caller's new court.
type newCourt struct {
	ticket
	doc     courtDoc
	limit   int
	kept    courtDoc
	created bool
	err     error
}

// CreateCourt implements games.Store.
func (s *Store) CreateCourt(ctx context.Context, c games.Court, limit int) (_ games.Court, created bool, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	if err := ctx.Err(); err != nil {
		return games.Court{}, false, err
	}
	r := &newCourt{ticket: newTicket(ctx), doc: courtDocOf(c), limit: limit}
	if err := s.newCourts.join("", r); err != nil {
		return games.Court{}, false, err
	}
	if err := r.wait(ctx); err != nil {
		return games.Court{}, false, err
	}
	return r.kept.court(), r.created, r.err
}

// createCourts creates courts one after another.
func (s *Store) createCourts(_ string, batch []*newCourt) {
	ctx, end := s.batch(s.patience)
	slots := &courtSlots{store: s}
	for _, r := range batch {
		if r.err = r.start(); r.err == nil {
			r.kept, r.created, r.err = slots.create(ctx, &r.doc, r.limit)
		}
	}
	end()
	for _, r := range batch {
		r.answer()
	}
}

// courtSlots assigns free slots to courts.
type courtSlots struct {
	store *Store
	// occupied are the slots that courts have; nil if they are to be read.
	occupied map[int]bool
}

// create creates a court in a free slot, or returns the court that has its ID. Another process can take the slot first.
func (c *courtSlots) create(ctx context.Context, d *courtDoc, limit int) (kept courtDoc, created bool, err error) {
	courts := c.store.courts
	for n := 0; ; n++ {
		if d.Slot, err = c.free(ctx); err != nil {
			return courtDoc{}, false, err
		}
		full := len(c.occupied) >= limit
		if !full {
			if err := courts.insert(ctx, d); !taken(err) {
				if err == nil {
					c.occupied[d.Slot] = true
				}
				return *d, err == nil, err
			}
		}
		kept, err := courts.get(ctx, d.ID)
		switch {
		case !errors.Is(err, errNotFound):
			return kept, false, err
		case full:
			return courtDoc{}, false, games.ErrTooManyCourts
		}
		// The one that was first can be refused before a majority has it and it can be read.
		c.occupied = nil
		if err := pause(ctx, n); err != nil {
			return courtDoc{}, false, err
		}
	}
}

// free returns the first slot that no court has.
func (c *courtSlots) free(ctx context.Context) (int, error) {
	if c.occupied == nil {
		courts, err := list[courtDoc](ctx, c.store.courts.Collection, anySlot, options.Find().SetProjection(bson.D{{Key: "slot", Value: 1}}))
		if err != nil {
			return 0, err
		}
		c.occupied = make(map[int]bool, len(courts))
		for _, d := range courts {
			c.occupied[d.Slot] = true
		}
	}
	slot := 1
	for c.occupied[slot] {
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
			slot, err := (&courtSlots{store: s}).free(ctx)
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
