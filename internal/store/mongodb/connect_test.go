package mongodb

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/fault"
)

func TestDefaultsAndWhatTheURISays(t *testing.T) {
	opts, name, err := parse("mongodb://user:secret@one,two:27018/?replicaSet=rs0")
	must(t, err)
	if name != "dongbaejul" || *opts.MaxPoolSize != 10 || *opts.ServerSelectionTimeout != 5*time.Second || *opts.Timeout > 6*time.Second ||
		!*opts.RetryWrites || !*opts.RetryReads || *opts.AppName != "dongbaejul-api" || *opts.ReplicaSet != "rs0" {
		t.Errorf("%s: %+v", name, opts)
	}
	opts, name, err = parse("mongodb://one/the%20club?maxPoolSize=50&serverSelectionTimeoutMS=1000&timeoutMS=2000&retryWrites=false&appName=x" +
		"&w=1&journal=false&readConcernLevel=local&readPreference=secondary")
	must(t, err)
	if name != "the club" || *opts.MaxPoolSize != 50 || *opts.ServerSelectionTimeout != time.Second || *opts.Timeout != 2*time.Second ||
		*opts.RetryWrites || *opts.AppName != "x" {
		t.Errorf("%s: %+v", name, opts)
	}
	// These are promises, and nobody's to change.
	for _, uri := range []string{"mongodb://one", "mongodb://one/?w=1&journal=false&readConcernLevel=local&readPreference=secondary"} {
		opts, _, err := parse(uri)
		must(t, err)
		if opts.WriteConcern.W != writeconcern.WCMajority || !*opts.WriteConcern.Journal || opts.ReadConcern.Level != "majority" ||
			opts.ReadPreference.String() != "primary" {
			t.Errorf("%s: %+v %+v %v", uri, opts.WriteConcern, opts.ReadConcern, opts.ReadPreference)
		}
	}
}

func TestAddressesThatCannotBeRead(t *testing.T) {
	for _, uri := range []string{
		"", "mongodb://", "http://secret", "mongodb://user:se/cret@one", "mongodb://user:secret%zz@one", "mongodb://user:secret@one:port",
		"mongodb://user:secret@one/?maxPoolSize=secret", "mongodb://user:secret@one/%zz",
	} {
		err := Check(uri)
		_, err2 := Open(t.Context(), uri, slog.New(slog.DiscardHandler))
		for _, err := range []error{err, err2} {
			if !errors.Is(err, fault.Invalid) || strings.Contains(err.Error(), "cret") {
				t.Errorf("%q: %v", uri, err)
			}
		}
	}
	for _, uri := range []string{"mongodb://one", "mongodb+srv://user:secret@no.such.host.invalid/club"} {
		must(t, Check(uri))
	}
	if _, err := Open(t.Context(), "mongodb+srv://user:secret@no.such.host.invalid/club", slog.New(slog.DiscardHandler)); !errors.Is(err, fault.Unavailable) ||
		strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "no.such.host.invalid") {
		t.Errorf("a host that is not known: %v", err)
	}
}

// deaf takes connections and never says anything.
func deaf(t *testing.T) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

func TestOpenWithTheDatabaseAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, l.Close())
	for _, address := range []string{l.Addr().String(), deaf(t)} {
		s, err := Open(t.Context(), fmt.Sprintf("mongodb://user:secret@%s/club?serverSelectionTimeoutMS=300", address), slog.New(slog.DiscardHandler))
		if s != nil || !errors.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), address) ||
			!strings.Contains(err.Error(), "MONGODB_URI") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v, %v", s, err)
		}
	}
}

// While nothing comes back, or nothing can be sent, calls end as unavailable when their time is over, and work again when the
// database is back.
func TestCallsWithTheDatabaseAway(t *testing.T) {
	for name, away := range map[string]func(*wire){
		"stalled": func(w *wire) { w.set(func(string) fate { return stall }) },
		"severed": (*wire).sever,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			uri := OwnURI(t)
			OpenURI(t, uri)
			w := newWire()
			opts, database, err := parse(uri)
			must(t, err)
			w.through(opts.SetTimeout(time.Minute).SetServerSelectionTimeout(500 * time.Millisecond))
			s, err := dial(t.Context(), opts, database)
			must(t, err)
			t.Cleanup(func() { must(t, s.Close()) })
			must(t, s.CreateSession(t.Context(), auth.Session{ID: "s"}))
			must(t, aMessage(s, "r"))

			s.patience = 700 * time.Millisecond
			away(w)
			_, err1 := s.Session(t.Context(), "s")
			err2 := s.CreateSession(t.Context(), auth.Session{ID: "t"})
			_, err3 := s.UpdateSession(t.Context(), "s", func(*auth.Session) error { return nil })
			for i, err := range []error{err1, err2, err3, aMessage(s, "r"), s.Ping(t.Context())} {
				told, ok := errors.AsType[*fault.Error](err)
				if !ok || told.Kind != fault.Unavailable || told.RetryAfter <= 0 {
					t.Errorf("call %d: %v", i, err)
				}
			}
			s.patience = time.Minute
			w.set(nil)
			if err := again10(func() error { return s.Ping(t.Context()) }); err != nil {
				t.Fatal(err)
			}
			must(t, s.CreateSession(t.Context(), auth.Session{ID: "u"}))
			must(t, aMessage(s, "r"))
		})
	}
}

// again10 tries until it works, ten times at most.
func again10(f func() error) (err error) {
	for range 10 {
		if err = f(); err == nil {
			return nil
		}
	}
	return err
}

func TestIndexesAreWhatTheTablesSay(t *testing.T) {
	uri := OwnURI(t)
	s := OpenURI(t, uri)
	OpenURI(t, uri) // makes none again
	found := make(map[string]bson.M)
	names, err := s.db.ListCollectionNames(t.Context(), bson.D{})
	must(t, err)
	for _, name := range names {
		cursor, err := s.db.Collection(name).Indexes().List(t.Context())
		specs, err := all[bson.M](t.Context(), cursor, err)
		must(t, err)
		for _, spec := range specs {
			found[name+" "+spec["name"].(string)] = spec
		}
	}
	seen := make(map[string]bool)
	for _, i := range allIndexes() {
		if seen[i.name] || !strings.HasPrefix(i.name, i.collection+"_") {
			t.Errorf("the name of index %s is another's, or does not begin with its collection", i.name)
		}
		seen[i.name] = true
		spec := found[i.collection+" "+i.name]
		unique, _ := spec["unique"].(bool)
		_, expires := spec["expireAfterSeconds"]
		_, partial := spec["partialFilterExpression"]
		if spec == nil || unique != i.unique || expires != i.expires || partial != (i.where != nil) || !sameKeys(spec["key"], i.keys) {
			t.Errorf("%s: %v", i.name, spec)
		}
	}
}

func sameKeys(key any, keys bson.D) bool {
	d, ok := key.(bson.D)
	if !ok || len(d) != len(keys) {
		return false
	}
	for i := range d {
		if d[i].Key != keys[i].Key || fmt.Sprint(d[i].Value) != fmt.Sprint(keys[i].Value) {
			return false
		}
	}
	return true
}

func TestAnIndexThatIsAnotherOne(t *testing.T) {
	uri := OwnURI(t)
	s := OpenURI(t, uri)
	must(t, s.users.Indexes().DropOne(t.Context(), "users_band"))
	other := index{collection: "users", name: "users_band", keys: bson.D{{Key: "display_name", Value: 1}}}
	_, err := s.users.Indexes().CreateOne(t.Context(), other.model())
	must(t, err)
	opts, name, err := parse(uri)
	must(t, err)
	_, err = open(t.Context(), opts, name)
	if err == nil || !strings.Contains(err.Error(), "users") || !strings.Contains(err.Error(), "dropIndex") {
		t.Errorf("it opens with %v", err)
	}
}

func TestAKeyThatSeveralHave(t *testing.T) {
	uri := OwnURI(t)
	s := OpenURI(t, uri)
	must(t, s.users.Indexes().DropOne(t.Context(), "users_band"))
	for _, id := range []string{"a", "b"} {
		must(t, s.users.insert(t.Context(), &userDoc{Head: Head{ID: id}, BandUserID: "same"}))
	}
	opts, name, err := parse(uri)
	must(t, err)
	if _, err = open(t.Context(), opts, name); err == nil || !strings.Contains(err.Error(), "users") {
		t.Errorf("it opens with %v", err)
	}
}
