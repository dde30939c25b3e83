package mongodb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// migration rewrites what an earlier release has stored. It runs once for a database, at the start of the first process that
// knows it, after the indexes are made; other processes that start meanwhile wait for it.
type migration struct {
	// name identifies it in the collection "migrations". It is never changed or removed: a database with another one is refused.
	name string
	// run must be repeatable: it is run again from the start if it failed or its process was killed, and it may overlap with
	// another run whose process was thought to be dead.
	run func(ctx context.Context, s *Store) error
}

// allMigrations are those of every feature, in the order they run.
func allMigrations() []migration {
	return slices.Concat(gameMigrations, notificationMigrations, postMigrations, userMigrations)
}

func namesOf(migrations []migration) []string {
	names := make([]string, len(migrations))
	for i, step := range migrations {
		names[i] = step.name
	}
	return names
}

const (
	// migrationRenewal is how often a process that migrates renews its lock, and migrationAbandoned how long others see no
	// renewal before they take the lock over. Each process measures by its own clock how long the lock stays the same, so
	// that clocks need not agree.
	migrationRenewal   = time.Second
	migrationAbandoned = 15 * time.Second
)

// migrationDoc is the state of one migration.
type migrationDoc struct {
	Name string `bson:"_id"`
	// Lock is a value that only its holder knows how to renew; zero if nobody holds it.
	Lock bson.ObjectID `bson:"lock"`
	Done bool          `bson:"done"`
}

// migrator runs migrations on one store.
type migrator struct {
	store              *Store
	docs               *Collection
	renewal, abandoned time.Duration
}

func newMigrator(s *Store) *migrator {
	return &migrator{store: s, docs: s.collection("migrations"), renewal: migrationRenewal, abandoned: migrationAbandoned}
}

// errLockLost means that another process holds a lock that this one held.
var errLockLost = errAway.WithCause(errors.New("mongodb: another process has taken over a migration"))

// refuseNewer returns an error if a version of this program that has other migrations too has begun to run them. This one replaces
// whole documents, without the fields that it does not know.
func (m *migrator) refuseNewer(ctx context.Context, migrations []migration) error {
	unknown, err := list[migrationDoc](ctx, m.docs, bson.D{{Key: "_id", Value: bson.D{{Key: "$nin", Value: namesOf(migrations)}}}}, options.Find().SetLimit(1))
	if err != nil || len(unknown) == 0 {
		return err
	}
	return fmt.Errorf("a newer version of this program has migrated database %s (%s): start that version, or restore a backup that is older",
		m.store.db.Name(), unknown[0].Name)
}

// all runs the migrations that are not done, one after another, and returns when all are done.
func (m *migrator) all(ctx context.Context, migrations []migration) error {
	if len(migrations) == 0 {
		return nil
	}
	known, err := list[migrationDoc](ctx, m.docs, anyID(namesOf(migrations)))
	if err != nil {
		return failed(ctx, err)
	}
	for _, step := range migrations {
		if slices.ContainsFunc(known, func(d migrationDoc) bool { return d.Name == step.name && d.Done }) {
			continue
		}
		if err := m.one(ctx, step); err != nil {
			return failed(ctx, fmt.Errorf("migration %s: %w", step.name, err))
		}
	}
	return nil
}

// one runs a migration, or waits until another process has done so.
func (m *migrator) one(ctx context.Context, step migration) error {
	lock, err := m.lock(ctx, step.name)
	if err != nil || lock.IsZero() {
		return err
	}
	running, stop := context.WithCancelCause(ctx)
	held := make(chan bson.ObjectID)
	go func() { held <- m.hold(running, step.name, lock, stop) }()
	err = step.run(running, m.store)
	if lost := context.Cause(running); err != nil && lost != nil {
		err = lost
	}
	stop(context.Canceled)
	lock = <-held
	if err != nil {
		// The next process that starts need not wait until the lock looks abandoned.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), m.store.patience)
		defer cancel()
		_, _ = m.swap(ctx, step.name, lock, migrationDoc{Name: step.name})
		return err
	}
	ok, err := m.swap(ctx, step.name, lock, migrationDoc{Name: step.name, Lock: bson.NewObjectID(), Done: true})
	if err == nil && !ok {
		err = errLockLost
	}
	return err
}

// lock takes the lock of a migration, waiting while another process renews it. It returns zero if the migration is done.
func (m *migrator) lock(ctx context.Context, name string) (bson.ObjectID, error) {
	err := repeat(ctx, func() error {
		_, err := m.docs.UpdateOne(ctx, byID(name), bson.D{{Key: "$setOnInsert", Value: bson.D{
			{Key: "lock", Value: bson.ObjectID{}}, {Key: "done", Value: false},
		}}}, options.UpdateOne().SetUpsert(true))
		if isDuplicate(err) {
			return nil
		}
		return err
	})
	if err != nil {
		return bson.ObjectID{}, err
	}
	var (
		seen  bson.ObjectID
		since time.Time
	)
	for {
		d, err := one[migrationDoc](ctx, m.docs, byID(name))
		if err != nil || d.Done {
			return bson.ObjectID{}, err
		}
		if d.Lock != seen {
			seen, since = d.Lock, time.Now()
		}
		if d.Lock.IsZero() || time.Since(since) >= m.abandoned {
			mine := bson.NewObjectID()
			if ok, err := m.swap(ctx, name, d.Lock, migrationDoc{Name: name, Lock: mine}); err != nil || ok {
				return mine, err
			}
			continue
		}
		select {
		case <-ctx.Done():
			return bson.ObjectID{}, ctx.Err()
		case <-time.After(m.renewal):
		}
	}
}

// hold renews a lock until ctx ends, and returns the lock as it is then. It calls stop if the lock is lost.
func (m *migrator) hold(ctx context.Context, name string, lock bson.ObjectID, stop context.CancelCauseFunc) bson.ObjectID {
	tick := time.NewTicker(m.renewal)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return lock
		case <-tick.C:
		}
		// The renewal is not cut off halfway, or the lock's value would not be known.
		renewing, cancel := context.WithTimeout(context.WithoutCancel(ctx), m.abandoned/2)
		next := bson.NewObjectID()
		ok, err := m.swap(renewing, name, lock, migrationDoc{Name: name, Lock: next})
		cancel()
		switch {
		case err != nil:
			stop(err)
		case !ok:
			stop(errLockLost)
		default:
			lock = next
		}
	}
}

// swap replaces the state of a migration if its lock is the expected one, and reports whether the state is next now.
func (m *migrator) swap(ctx context.Context, name string, lock bson.ObjectID, next migrationDoc) (ok bool, err error) {
	err = repeat(ctx, func() error {
		result, err := m.docs.ReplaceOne(ctx, append(byID(name), bson.E{Key: "lock", Value: lock}), next)
		if err != nil {
			return err
		}
		if ok = result.MatchedCount == 1; ok {
			return nil
		}
		// The answer to an earlier try may have been lost.
		d, err := one[migrationDoc](ctx, m.docs, byID(name))
		ok = err == nil && d == next
		return err
	})
	return ok, err
}

// migrationPage is how many documents eachPage reads at a time.
const migrationPage = 500

// eachPage calls f with the documents of a collection, some at a time, in the order of their ids.
func eachPage[D any](ctx context.Context, c table, fields bson.D, id func(D) string, f func([]D) error) error {
	for last := ""; ; {
		page, err := list[D](ctx, c, bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: last}}}},
			options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(migrationPage).SetProjection(fields))
		if err != nil || len(page) == 0 {
			return err
		}
		if err := f(page); err != nil {
			return err
		}
		last = id(page[len(page)-1])
	}
}
