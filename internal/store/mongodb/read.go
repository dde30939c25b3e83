package mongodb

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// The driver repeats the command that begins a read, once. A read that loses its cursor to a new primary begins again.

// table is a collection, the driver's or this package's.
type table interface {
	Find(ctx context.Context, filter any, opts ...options.Lister[options.FindOptions]) (*mongo.Cursor, error)
	FindOne(ctx context.Context, filter any, opts ...options.Lister[options.FindOneOptions]) *mongo.SingleResult
	Aggregate(ctx context.Context, pipeline any, opts ...options.Lister[options.AggregateOptions]) (*mongo.Cursor, error)
	CountDocuments(ctx context.Context, filter any, opts ...options.Lister[options.CountOptions]) (int64, error)
	ReplaceOne(ctx context.Context, filter, replacement any, opts ...options.Lister[options.ReplaceOptions]) (*mongo.UpdateResult, error)
	DeleteMany(ctx context.Context, filter any, opts ...options.Lister[options.DeleteManyOptions]) (*mongo.DeleteResult, error)
	BulkWrite(ctx context.Context, models []mongo.WriteModel, opts ...options.Lister[options.BulkWriteOptions]) (*mongo.BulkWriteResult, error)
}

// one returns the first document that filter lets through; errNotFound where there is none.
func one[D any](ctx context.Context, c table, filter bson.D, opts ...options.Lister[options.FindOneOptions]) (d D, err error) {
	err = repeat(ctx, func() error {
		d, err = single[D](c.FindOne(ctx, filter, opts...))
		return err
	})
	return d, err
}

// single returns the document that a command has found; errNotFound where it has found none.
func single[D any](result *mongo.SingleResult) (D, error) {
	var d, none D
	err := result.Decode(&d)
	switch {
	case errors.Is(err, mongo.ErrNoDocuments):
		return none, errNotFound
	case err != nil:
		return none, err
	}
	return d, nil
}

// list returns the documents that filter lets through; nil where there are none.
func list[D any](ctx context.Context, c table, filter bson.D, opts ...options.Lister[options.FindOptions]) (found []D, err error) {
	err = repeat(ctx, func() error {
		cursor, err := c.Find(ctx, filter, opts...)
		found, err = all[D](ctx, cursor, err)
		return err
	})
	return found, err
}

// aggregate returns the documents that a pipeline makes; nil where it makes none.
func aggregate[D any](ctx context.Context, c table, pipeline mongo.Pipeline) (found []D, err error) {
	err = repeat(ctx, func() error {
		cursor, err := c.Aggregate(ctx, pipeline)
		found, err = all[D](ctx, cursor, err)
		return err
	})
	return found, err
}

// match returns the stage that lets the documents of a filter through.
func match(filter bson.D) bson.D { return bson.D{{Key: "$match", Value: filter}} }

// as returns a pipeline of stages whose documents become a field named kind, so that those of several pipelines can be told apart.
func as(kind string, stages ...bson.D) mongo.Pipeline {
	return append(stages, bson.D{{Key: "$replaceRoot", Value: bson.D{{Key: "newRoot", Value: bson.D{{Key: kind, Value: "$$ROOT"}}}}}})
}

// with adds to a pipeline, after its own documents, what another pipeline makes of another collection.
func with(pipeline mongo.Pipeline, collection string, other mongo.Pipeline) mongo.Pipeline {
	return append(pipeline, bson.D{{Key: "$unionWith", Value: bson.D{{Key: "coll", Value: collection}, {Key: "pipeline", Value: other}}}})
}

func all[D any](ctx context.Context, cursor *mongo.Cursor, err error) ([]D, error) {
	if err != nil {
		return nil, err
	}
	var found []D
	if err := cursor.All(ctx, &found); err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, nil
	}
	return found, nil
}

// count counts the documents that filter lets through.
func count(ctx context.Context, c table, filter bson.D) (n int, err error) {
	err = repeat(ctx, func() error {
		counted, err := c.CountDocuments(ctx, filter)
		n = int(counted)
		return err
	})
	return n, err
}

// convert makes each of what was found into a thing of the domain, or the other way round; nil of none.
func convert[D, T any](found []D, one func(D) T) []T {
	if len(found) == 0 {
		return nil
	}
	things := make([]T, len(found))
	for i, d := range found {
		things[i] = one(d)
	}
	return things
}
