package mongodb

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/auth"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/description"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"
)

// Codes of servers that do not know the user, or do not let the user do something.
const (
	codeUnauthorized         = 13
	codeAuthenticationFailed = 18
)

// startError is what is reported of a database that this program cannot work with at the start: first what is wrong and what
// to do, then the driver's words, which name servers and no secrets.
func startError(hosts []string, err error) error {
	return errAway.WithCause(fmt.Errorf("mongodb: %s: %w", diagnosis(strings.Join(hosts, ", "), err), err))
}

// diagnosis says what is wrong with the servers at hosts, and what to do.
func diagnosis(hosts string, err error) string {
	var servers description.Topology
	if selection, ok := errors.AsType[topology.ServerSelectionError](err); ok {
		servers = selection.Desc
	}
	// Where no server could be chosen, the reason is what was last heard of each.
	reasons := []error{err}
	for _, server := range servers.Servers {
		reasons = append(reasons, server.LastError)
	}
	any := func(is func(error) bool) bool { return slices.ContainsFunc(reasons, is) }
	switch {
	case any(isUnauthorized):
		return "the user of MONGODB_URI lacks rights; grant it the role readWrite on the database that MONGODB_URI names"
	case any(isUnauthenticated):
		return fmt.Sprintf("the database at %s refuses the user or the password of MONGODB_URI; check both, and authSource if the user "+
			"is kept in another database than the one named", hosts)
	case any(isTLS):
		return fmt.Sprintf("no secure connection to the database at %s; check tls, tlsCAFile and the host names in MONGODB_URI against "+
			"the server's certificate", hosts)
	case any(isUnknownHost):
		return fmt.Sprintf("a host of %s is not known; check the host names in MONGODB_URI", hosts)
	case servers.CompatibilityErr != nil:
		return fmt.Sprintf("the database at %s is too old or too new for this program", hosts)
	case servers.Kind == description.TopologyKindReplicaSetNoPrimary && len(servers.Servers) == 0:
		return fmt.Sprintf("the servers at %s do not belong to the replica set that MONGODB_URI names; check replicaSet", hosts)
	case slices.ContainsFunc(servers.Servers, func(s description.Server) bool { return s.LastError == nil && s.Kind != description.Unknown }):
		return fmt.Sprintf("the database at %s answers, but has no primary that can be written to; see rs.status() there", hosts)
	}
	return fmt.Sprintf("no server that can be written to answers at %s; see that MONGODB_URI names the right hosts and replica set, that "+
		"the database runs, and that it can be reached from here", hosts)
}

func hasCode(err error, code int) bool {
	if server := mongo.ServerError(nil); errors.As(err, &server) && server.HasErrorCode(code) {
		return true
	}
	own, ok := errors.AsType[driver.Error](err)
	return ok && int(own.Code) == code
}

func isUnauthorized(err error) bool { return hasCode(err, codeUnauthorized) }

func isUnauthenticated(err error) bool {
	_, ok := errors.AsType[*auth.Error](err)
	return ok || hasCode(err, codeAuthenticationFailed)
}

func isTLS(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		host         x509.HostnameError
		record       tls.RecordHeaderError
		alert        tls.AlertError
	)
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &record) ||
		errors.As(err, &alert)
}

func isUnknownHost(err error) bool {
	lookup, ok := errors.AsType[*net.DNSError](err)
	return ok && lookup.IsNotFound
}

// refuseShards returns an error if a collection of the database is sharded. What is promised here is true of unique indexes and
// single documents of unsharded collections only.
func (s *Store) refuseShards(ctx context.Context) error {
	var hello struct {
		Msg string `bson:"msg"`
	}
	if err := s.db.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil {
		return err
	}
	if hello.Msg != "isdbgrid" {
		return nil // only routers know sharded collections
	}
	names, err := s.db.ListCollectionNames(ctx, bson.D{{Key: "type", Value: "collection"}})
	if err != nil {
		return err
	}
	for _, name := range names {
		var stats struct {
			Sharded bool `bson:"sharded"`
		}
		if err := s.db.RunCommand(ctx, bson.D{{Key: "collStats", Value: name}}).Decode(&stats); err != nil {
			return err
		}
		if stats.Sharded {
			return fmt.Errorf("mongodb: collection %s.%s is sharded, and this program needs all of its collections unsharded; "+
				`run sh.unshardCollection("%[1]s.%[2]s") (MongoDB 8), or restore the collection without sharding it, and start again`, s.db.Name(), name)
		}
	}
	return nil
}
