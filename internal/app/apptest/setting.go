package apptest

import (
	"context"
	"net/url"
	"os"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/ids"
	"github.com/dongbaejul/dongbaejul/internal/redisconn/redistest"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// Setting is what servers keep their data on: where both addresses are empty, on SQLite in a folder of their own.
type Setting struct {
	// MongoURI names a database that only this setting has.
	MongoURI string
	// RedisURL is of a Redis that others may use too, and RedisPrefix what only this setting's names begin with there.
	RedisURL, RedisPrefix string
}

// settingVariable chooses the setting of servers that a test starts without saying which: "shared" for MongoDB and Redis,
// "embedded", or nothing, for SQLite.
const settingVariable = "TEST_SETTING"

// chosen is the setting that the environment asks for.
func chosen(t testing.TB) Setting {
	t.Helper()
	switch value := os.Getenv(settingVariable); value {
	case "", "embedded":
		return Setting{}
	case "shared":
		return SharedSetting(t)
	default:
		t.Fatalf("%s=%s is no setting: write embedded or shared", settingVariable, value)
		return Setting{}
	}
}

// Shared reports whether the environment asks for MongoDB and Redis.
func Shared() bool { return os.Getenv(settingVariable) == "shared" }

// SharedSetting is an empty database, which is dropped when the test has ended, on the servers that the environment names.
func SharedSetting(t testing.TB) Setting {
	t.Helper()
	return Setting{
		MongoURI: newDatabase(t, address(t, "TEST_MONGODB_URI")), RedisURL: redistest.URL(t), RedisPrefix: redistest.Prefix(),
	}
}

func address(t testing.TB, variable string) string {
	t.Helper()
	value := os.Getenv(variable)
	if value == "" {
		t.Fatalf("%s is not set: `make test` starts the servers that tests need, and `make servers` leaves them running", variable)
	}
	return value
}

// newDatabase returns the server's URI with a database of its own, dropped when the test has ended.
func newDatabase(t testing.TB, server string) string {
	t.Helper()
	name := "test_" + ids.New()
	uri := withPath(t, server, name)
	t.Cleanup(func() {
		client, err := mongo.Connect(options.Client().ApplyURI(server))
		if err != nil {
			t.Error(err)
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := client.Database(name).Drop(ctx); err != nil {
			t.Errorf("drop %s: %v", name, err)
		}
		if err := client.Disconnect(ctx); err != nil {
			t.Error(err)
		}
	})
	return uri
}

// withPath returns a URI with another path.
func withPath(t testing.TB, uri, path string) string {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + path
	return u.String()
}

// WithHost returns a URI with another host and port.
func WithHost(t testing.TB, uri, host string) string {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = host
	return u.String()
}

// Through returns the setting with its servers behind proxies, which the test can cut.
func (s Setting) Through(t testing.TB) (linked Setting, database, redis *testkit.Proxy) {
	t.Helper()
	linked = s
	linked.MongoURI, database = through(t, s.MongoURI)
	linked.RedisURL, redis = through(t, s.RedisURL)
	return linked, database, redis
}

func through(t testing.TB, uri string) (string, *testkit.Proxy) {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	proxy := testkit.NewProxy(t, u.Host)
	return WithHost(t, uri, proxy.Addr), proxy
}
