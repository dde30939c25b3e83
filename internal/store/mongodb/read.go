package mongodb

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// The driver repeats reads by itself.

// one gives the first document that filter lets through; errNotFound where there is none.
func one[D any](ctx context.Context, c *mongo.Collection, filter bson.D, opts ...options.Lister[options.FindOneOptions]) (D, error) {
	return single[D](c.FindOne(ctx, filter, opts...))
}

// single gives the document that a command has found; errNotFound where it has found none.
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

// list gives the documents that filter lets through; nil where there are none.
func list[D any](ctx context.Context, c *mongo.Collection, filter bson.D, opts ...options.Lister[options.FindOptions]) ([]D, error) {
	cursor, err := c.Find(ctx, filter, opts...)
	return all[D](ctx, cursor, err)
}

// aggregate gives the documents that a pipeline makes; nil where it makes none.
func aggregate[D any](ctx context.Context, c *mongo.Collection, pipeline mongo.Pipeline) ([]D, error) {
	cursor, err := c.Aggregate(ctx, pipeline)
	return all[D](ctx, cursor, err)
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
func count(ctx context.Context, c *mongo.Collection, filter bson.D) (int, error) {
	n, err := c.CountDocuments(ctx, filter)
	return int(n), err
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
