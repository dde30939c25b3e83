package mongodb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/dongbaejul/dongbaejul/internal/bandsync"
)

var bandSyncIndexes = []index{
	{collection: "band_marks", name: "band_marks_by_pass", keys: bson.D{{Key: "pass", Value: 1}}},
}

// bandSyncID is the id of the one state.
const bandSyncID = "state"

// bandSyncCollections are what the sync with Band keeps.
type bandSyncCollections struct {
	bandSync  *collection[bandSyncDoc, *bandSyncDoc]
	bandMarks *Collection
}

func (s *Store) openBandSync() {
	s.bandSyncCollections = bandSyncCollections{bandSync: newCollection[bandSyncDoc](s, "band_sync"), bandMarks: s.collection("band_marks")}
}

// bandSyncDoc is the state, as JSON.
type bandSyncDoc struct {
	Head  `bson:",inline"`
	State string `bson:"state"`
}

// bandMarkDoc is a mark.
type bandMarkDoc struct {
	ID   string `bson:"_id,omitempty"`
	Mark string `bson:"mark"`
	Pass int64  `bson:"pass"`
}

func (d bandSyncDoc) state() (st bandsync.State, err error) {
	if err := json.Unmarshal([]byte(d.State), &st); err != nil {
		return st, fmt.Errorf("mongodb: read the state of the sync: %w", err)
	}
	return st, nil
}

// BandSync implements bandsync.Store.
func (s *Store) BandSync(ctx context.Context) (_ bandsync.State, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d, err := s.bandSync.get(ctx, bandSyncID)
	if errors.Is(err, errNotFound) {
		return bandsync.State{}, nil
	}
	if err != nil {
		return bandsync.State{}, err
	}
	return d.state()
}

// UpdateBandSync implements bandsync.Store.
func (s *Store) UpdateBandSync(ctx context.Context, f func(*bandsync.State) error) (_ bandsync.State, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	change := func() (bandSyncDoc, error) {
		return s.bandSync.change(ctx, bandSyncID, func(d *bandSyncDoc) error {
			st, err := d.state()
			if err != nil {
				return err
			}
			version := st.Version
			if err := f(&st); err != nil {
				return err
			}
			st.Version = version + 1
			state, err := json.Marshal(st)
			d.State = string(state)
			return err
		})
	}
	d, err := change()
	if errors.Is(err, errNotFound) {
		first := bandSyncDoc{Head: Head{ID: bandSyncID}, State: "{}"}
		_, _, err = s.bandSync.insertOr(ctx, &first, func(ctx context.Context) (bandSyncDoc, error) { return s.bandSync.get(ctx, bandSyncID) })
		if err == nil {
			d, err = change()
		}
	}
	if err != nil {
		return bandsync.State{}, err
	}
	return d.state()
}

// BandMarks implements bandsync.Store.
func (s *Store) BandMarks(ctx context.Context, ids []string) (_ map[string]string, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	marks := make(map[string]string, len(ids))
	if len(ids) == 0 {
		return marks, nil
	}
	found, err := list[bandMarkDoc](ctx, s.bandMarks, anyID(ids))
	for _, d := range found {
		marks[d.ID] = d.Mark
	}
	return marks, err
}

// SetBandMarks implements bandsync.Store.
func (s *Store) SetBandMarks(ctx context.Context, pass int64, marks map[string]string) (err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	var models []mongo.WriteModel
	update := func(id, compared, to string) *mongo.UpdateOneModel {
		return mongo.NewUpdateOneModel().SetFilter(bson.D{{Key: "_id", Value: id}, {Key: "pass", Value: bson.D{{Key: compared, Value: pass}}}}).
			SetUpdate(bson.D{{Key: "$set", Value: bson.D{{Key: "mark", Value: to}}}, {Key: "$max", Value: bson.D{{Key: "pass", Value: pass}}}})
	}
	for id, mark := range marks {
		insert := bson.D{{Key: "$setOnInsert", Value: bandMarkDoc{Mark: mark, Pass: pass}}}
		models = append(models, mongo.NewUpdateOneModel().SetFilter(byID(id)).SetUpdate(insert).SetUpsert(true), update(id, "$lte", mark), update(id, "$gt", ""))
	}
	return bulk(ctx, s.bandMarks, models)
}

// DeleteBandMarksBefore implements bandsync.Store.
func (s *Store) DeleteBandMarksBefore(ctx context.Context, pass int64) (err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	_, err = deleteAll(ctx, s.bandMarks, bson.D{{Key: "pass", Value: bson.D{{Key: "$lt", Value: pass}}}})
	return err
}
