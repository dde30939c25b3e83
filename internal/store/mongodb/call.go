package mongodb

import (
	"context"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// call is one call of a method of Store. The end of its caller's context ends it until it writes for the first time. From then
// on it runs to its end, bounded by its own deadline alone, so that it returns what has happened and its caller can do what
// follows from it.
type call struct {
	cancel context.CancelFunc

	mu sync.Mutex
	// committed and given, which is that the caller has given up, exclude each other.
	committed, given bool
}

type callKey struct{}

// withCall returns the context of a call that may take as long as patience.
func withCall(caller context.Context, patience time.Duration) (_ context.Context, c *call, end func()) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(caller), patience)
	c = &call{cancel: cancel}
	stop := context.AfterFunc(caller, c.giveUp)
	if caller.Err() != nil {
		c.giveUp()
	}
	return context.WithValue(ctx, callKey{}, c), c, func() { stop(); cancel() }
}

// callOf returns the call that ctx belongs to, or nil if there is none.
func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

func (c *call) giveUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.committed {
		c.given = true
		c.cancel()
	}
}

// proceeds commits a call before something is written for it, and reports whether it may be: its caller has not given up.
// What belongs to no call always proceeds.
func (c *call) proceeds() bool {
	if c == nil {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.committed = c.committed || !c.given
	return c.committed
}

func (c *call) hasCommitted() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.committed
}

// writePlaces returns how many writes may be under way at once if the pool has so many connections: some are left for reads,
// also while no majority acknowledges writes.
func writePlaces(pool uint64) int {
	const unlimited = 1000
	if pool == 0 || pool > unlimited {
		return unlimited
	}
	return int(max(1, pool-max(1, pool*3/10)))
}

// Collection is a collection of the driver. Each write commits the call that it belongs to, and takes one of the store's
// places for writes while it is under way. It is exported to be embedded under the driver's name.
type Collection struct {
	*mongo.Collection
	places chan struct{}
}

// collection returns the collection of a name.
func (s *Store) collection(name string) *Collection {
	return &Collection{Collection: s.db.Collection(name), places: s.places}
}

// begin waits for a place.
func (c *Collection) begin(ctx context.Context) (end func(), err error) {
	select {
	case c.places <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	end = func() { <-c.places }
	if !callOf(ctx).proceeds() {
		end()
		return nil, context.Canceled
	}
	return end, nil
}

// inPlace runs a write in a place.
func inPlace[R any](ctx context.Context, c *Collection, write func() (R, error)) (R, error) {
	end, err := c.begin(ctx)
	if err != nil {
		var none R
		return none, err
	}
	defer end()
	return write()
}

// InsertOne is the driver's.
func (c *Collection) InsertOne(ctx context.Context, document any, opts ...options.Lister[options.InsertOneOptions]) (*mongo.InsertOneResult, error) {
	return inPlace(ctx, c, func() (*mongo.InsertOneResult, error) { return c.Collection.InsertOne(ctx, document, opts...) })
}

// InsertMany is the driver's.
func (c *Collection) InsertMany(ctx context.Context, documents any, opts ...options.Lister[options.InsertManyOptions]) (*mongo.InsertManyResult, error) {
	return inPlace(ctx, c, func() (*mongo.InsertManyResult, error) { return c.Collection.InsertMany(ctx, documents, opts...) })
}

// UpdateOne is the driver's.
func (c *Collection) UpdateOne(ctx context.Context, filter, update any, opts ...options.Lister[options.UpdateOneOptions]) (*mongo.UpdateResult, error) {
	return inPlace(ctx, c, func() (*mongo.UpdateResult, error) { return c.Collection.UpdateOne(ctx, filter, update, opts...) })
}

// UpdateMany is the driver's.
func (c *Collection) UpdateMany(ctx context.Context, filter, update any, opts ...options.Lister[options.UpdateManyOptions]) (*mongo.UpdateResult, error) {
	return inPlace(ctx, c, func() (*mongo.UpdateResult, error) { return c.Collection.UpdateMany(ctx, filter, update, opts...) })
}

// ReplaceOne is the driver's.
func (c *Collection) ReplaceOne(ctx context.Context, filter, replacement any, opts ...options.Lister[options.ReplaceOptions]) (*mongo.UpdateResult, error) {
	return inPlace(ctx, c, func() (*mongo.UpdateResult, error) { return c.Collection.ReplaceOne(ctx, filter, replacement, opts...) })
}

// DeleteOne is the driver's.
func (c *Collection) DeleteOne(ctx context.Context, filter any, opts ...options.Lister[options.DeleteOneOptions]) (*mongo.DeleteResult, error) {
	return inPlace(ctx, c, func() (*mongo.DeleteResult, error) { return c.Collection.DeleteOne(ctx, filter, opts...) })
}

// DeleteMany is the driver's.
func (c *Collection) DeleteMany(ctx context.Context, filter any, opts ...options.Lister[options.DeleteManyOptions]) (*mongo.DeleteResult, error) {
	return inPlace(ctx, c, func() (*mongo.DeleteResult, error) { return c.Collection.DeleteMany(ctx, filter, opts...) })
}

// BulkWrite is the driver's.
func (c *Collection) BulkWrite(ctx context.Context, models []mongo.WriteModel, opts ...options.Lister[options.BulkWriteOptions]) (*mongo.BulkWriteResult, error) {
	return inPlace(ctx, c, func() (*mongo.BulkWriteResult, error) { return c.Collection.BulkWrite(ctx, models, opts...) })
}

// FindOneAndUpdate is the driver's.
func (c *Collection) FindOneAndUpdate(ctx context.Context, filter, update any, opts ...options.Lister[options.FindOneAndUpdateOptions]) *mongo.SingleResult {
	return foundInPlace(ctx, c, func() *mongo.SingleResult { return c.Collection.FindOneAndUpdate(ctx, filter, update, opts...) })
}

// FindOneAndDelete is the driver's.
func (c *Collection) FindOneAndDelete(ctx context.Context, filter any, opts ...options.Lister[options.FindOneAndDeleteOptions]) *mongo.SingleResult {
	return foundInPlace(ctx, c, func() *mongo.SingleResult { return c.Collection.FindOneAndDelete(ctx, filter, opts...) })
}

func foundInPlace(ctx context.Context, c *Collection, write func() *mongo.SingleResult) *mongo.SingleResult {
	result, err := inPlace(ctx, c, func() (*mongo.SingleResult, error) { return write(), nil })
	if err != nil {
		return mongo.NewSingleResultFromDocument(struct{}{}, err, nil)
	}
	return result
}
