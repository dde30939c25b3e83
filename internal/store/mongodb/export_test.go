package mongodb

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"os"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// freshURI names a database of its own on the server for tests.
func freshURI(t testing.TB) string {
	t.Helper()
	server := os.Getenv("TEST_MONGODB_URI")
	if server == "" {
		t.Fatal(`TEST_MONGODB_URI names no server: run "make test", which starts one, or "tools/servers.sh up" and then ` +
			`eval "$(tools/servers.sh env)"`)
	}
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal("TEST_MONGODB_URI cannot be read")
	}
	u.Path = "/dongbaejul_test_" + rand.Text()
	// A machine that is busy with other tests is no database that is away.
	query := u.Query()
	query.Set("timeoutMS", "60000")
	u.RawQuery = query.Encode()
	return u.String()
}

// OpenFresh opens a store on a database of its own, which is dropped at the end of the test.
func OpenFresh(t testing.TB, tune ...func(*options.ClientOptions)) *Store {
	t.Helper()
	return OpenURI(t, OwnURI(t), tune...)
}

// OwnURI names a database of its own, which is dropped at the end of the test.
func OwnURI(t testing.TB) string {
	t.Helper()
	uri := freshURI(t)
	dropAtEnd(t, uri)
	return uri
}

// dropAtEnd drops a database at the end of the test, when all stores that are opened later are closed.
func dropAtEnd(t testing.TB, uri string) {
	t.Helper()
	opts, name, err := parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client, err := mongo.Connect(opts)
		if err == nil {
			err = errors.Join(client.Database(name).Drop(context.Background()), client.Disconnect(context.Background()))
		}
		if err != nil {
			t.Error(err)
		}
	})
}

// OpenAgain opens another store on the database of s, as another process does.
func OpenAgain(t testing.TB, s *Store) *Store {
	t.Helper()
	u, err := url.Parse(freshURI(t))
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + s.db.Name()
	return OpenURI(t, u.String())
}

// OpenURI opens a store as Open does, and closes it at the end of the test.
func OpenURI(t testing.TB, uri string, tune ...func(*options.ClientOptions)) *Store {
	t.Helper()
	opts, name, err := parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range tune {
		f(opts)
	}
	s, err := open(t.Context(), opts, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
