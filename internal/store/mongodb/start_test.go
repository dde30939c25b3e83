package mongodb

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/description"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// openThrough opens a store through a wire, and returns its error.
func openThrough(t *testing.T, uri string, w *wire) error {
	t.Helper()
	opts, name, err := parse(uri)
	must(t, err)
	w.through(opts)
	s, err := open(t.Context(), opts, name)
	if err == nil {
		must(t, s.Close())
	}
	return err
}

// The error of a start begins with what is wrong, and shows no secret.
func TestAPasswordThatIsRefused(t *testing.T) {
	u, err := url.Parse(OwnURI(t))
	must(t, err)
	u.User = url.UserPassword("clubuser", "clubsecret")
	w := newWire()
	w.set(func(command string) fate {
		if command == "saslStart" {
			return refuse(codeAuthenticationFailed)
		}
		return pass
	})
	err = openThrough(t, u.String(), w)
	if !errors.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "mongodb: the database at "+u.Host+" refuses the user or the password") ||
		strings.Contains(err.Error(), "clubsecret") || strings.Contains(err.Error(), "no server") {
		t.Errorf("it opens with %v", err)
	}
}

func TestAUserWithoutRights(t *testing.T) {
	w := newWire()
	w.set(func(command string) fate {
		if command == "createIndexes" {
			return refuse(codeUnauthorized)
		}
		return pass
	})
	if err := openThrough(t, OwnURI(t), w); err == nil || !strings.Contains(err.Error(), "mongodb: the user of MONGODB_URI lacks rights; grant") {
		t.Errorf("it opens with %v", err)
	}
}

func TestWhatIsWrongWithServers(t *testing.T) {
	noPrimary := description.Topology{Kind: description.TopologyKindReplicaSetNoPrimary}
	withServer := func(s description.Server) description.Topology {
		return description.Topology{Kind: description.TopologyKindReplicaSetNoPrimary, Servers: []description.Server{s}}
	}
	heard := func(err error) description.Topology {
		return withServer(description.Server{LastError: topology.ConnectionError{Wrapped: err}})
	}
	for want, servers := range map[string]description.Topology{
		"no secure connection to the database at one,": heard(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}),
		"no secure connection to the database at one;": heard(tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}),
		"a host of one":                  heard(&net.DNSError{Name: "one", IsNotFound: true}),
		"is too old or too new":          {CompatibilityErr: errors.New("wire version")},
		"do not belong to the replica":   noPrimary,
		"has no primary":                 withServer(description.Server{Kind: description.ServerKindRSSecondary}),
		"no server that can be written":  heard(&net.OpError{Op: "dial", Err: errors.New("connection refused")}),
		"no server that can be written ": {},
	} {
		want = strings.TrimRight(want, ",; ")
		if got := diagnosis("one", topology.ServerSelectionError{Desc: servers}); !strings.Contains(got, want) {
			t.Errorf("%q: %s", want, got)
		}
	}
}

// What routers of a sharded cluster tell: a database whose collections are not sharded opens, another does not.
func TestAShardedCollectionIsRefused(t *testing.T) {
	ok := bson.E{Key: "ok", Value: 1.0}
	for _, sharded := range []bool{false, true} {
		uri := OwnURI(t)
		OpenURI(t, uri)
		w := newWire()
		w.answers = map[string]bson.D{
			"hello":     {{Key: "isWritablePrimary", Value: true}, {Key: "msg", Value: "isdbgrid"}, {Key: "maxWireVersion", Value: int32(25)}, ok},
			"collStats": {{Key: "sharded", Value: sharded}, ok},
		}
		err := openThrough(t, uri, w)
		if !sharded {
			must(t, err)
		} else if err == nil || !strings.Contains(err.Error(), "is sharded") || !strings.Contains(err.Error(), "unshardCollection") || fault.KindOf(err) != 0 {
			t.Errorf("it opens with %v", err)
		}
	}
}
