package mongodb

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// index is one that a collection needs besides that of its ids.
type index struct {
	collection string
	// name is the index's own, under which an operator finds it; what it means is changed under a new one only.
	name   string
	keys   bson.D
	unique bool
	// where says which documents it holds; nil for all.
	where bson.D
	// expires makes the database delete documents when the date in the one key is past.
	expires bool
}

func (i index) model() mongo.IndexModel {
	opts := options.Index().SetName(i.name)
	if i.unique {
		opts.SetUnique(true)
	}
	if i.where != nil {
		opts.SetPartialFilterExpression(i.where)
	}
	if i.expires {
		opts.SetExpireAfterSeconds(0)
	}
	return mongo.IndexModel{Keys: i.keys, Options: opts}
}

// allIndexes are those of every feature.
func allIndexes() []index {
	return slices.Concat(authIndexes, userIndexes, chatIndexes, gameIndexes, notificationIndexes, photoIndexes, postIndexes, processIndexes, bandSyncIndexes, uploadIndexes)
}

// Codes of an index that is there under the same name, or on the same keys, and is another one.
const (
	codeIndexOptionsConflict  = 85
	codeIndexKeySpecsConflict = 86
)

// makeIndexes makes the indexes that are missing, and with them their collections. Those that are there stay.
func (s *Store) makeIndexes(ctx context.Context) error {
	all := allIndexes()
	for len(all) > 0 {
		name := all[0].collection
		var models []mongo.IndexModel
		rest := all[:0:0]
		for _, i := range all {
			if i.collection == name {
				models = append(models, i.model())
			} else {
				rest = append(rest, i)
			}
		}
		all = rest
		if err := s.makeIndexesOf(ctx, name, models); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) makeIndexesOf(ctx context.Context, name string, models []mongo.IndexModel) error {
	err := repeat(ctx, func() error {
		_, err := s.db.Collection(name).Indexes().CreateMany(ctx, models)
		return err
	})
	if server, ok := errors.AsType[mongo.ServerError](err); ok &&
		(server.HasErrorCode(codeIndexOptionsConflict) || server.HasErrorCode(codeIndexKeySpecsConflict)) {
		return fmt.Errorf("mongodb: collection %s has an index that is another one than this program needs; see which, drop it by "+
			"db.%s.dropIndex(NAME), and start again: it is made again then: %w", name, name, err)
	}
	if isDuplicate(err) {
		return fmt.Errorf("mongodb: collection %s holds documents with the same key, and a unique index cannot be made: %w", name, err)
	}
	if err != nil {
		return failed(ctx, fmt.Errorf("make the indexes of %s: %w", name, err))
	}
	return nil
}
