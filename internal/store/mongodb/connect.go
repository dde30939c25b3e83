package mongodb

import (
	"errors"
	"net"
	"net/url"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

const (
	defaultDatabase = "dongbaejul"
	appName         = "dongbaejul-api"
	poolSize        = 10
	// selectionTimeout is how long a server that can be written to is waited for, and connectTimeout one that is dialled.
	selectionTimeout = 5 * time.Second
	connectTimeout   = 5 * time.Second
	// heartbeat is how often servers are asked how they are: what is known of one that was cut off is at most that old.
	heartbeat = 5 * time.Second
)

// parse returns the options that uri and the defaults make, and the name of the database.
func parse(uri string) (*options.ClientOptions, string, error) {
	opts := options.Client().SetAppName(appName).SetMaxPoolSize(poolSize).SetServerSelectionTimeout(selectionTimeout).
		SetConnectTimeout(connectTimeout).SetHeartbeatInterval(heartbeat).SetTimeout(defaultPatience).
		SetRetryReads(true).SetRetryWrites(true).
		ApplyURI(uri)
	if opts.Timeout != nil && *opts.Timeout == 0 {
		// It stands for no limit, and callers are to be told in time.
		opts.SetTimeout(defaultPatience)
	}
	journaled := true
	// An entry that a majority does not have may vanish when another server takes over, and its number be given to another:
	// who has read it would have seen what never was.
	opts.SetWriteConcern(&writeconcern.WriteConcern{W: writeconcern.WCMajority, Journal: &journaled}).
		SetReadConcern(readconcern.Majority()).SetReadPreference(readpref.Primary())
	err := opts.Validate()
	// Hosts of mongodb+srv are looked up here already.
	if lookup, ok := errors.AsType[*net.DNSError](err); ok {
		return nil, "", startError([]string{lookup.Name}, lookup)
	}
	if err != nil {
		return nil, "", errURI // without the driver's own words, which may repeat what uri holds
	}
	_, rest, _ := strings.Cut(uri, "://")
	_, path, _ := strings.Cut(rest, "/")
	path, _, _ = strings.Cut(path, "?")
	name, err := url.PathUnescape(path)
	if err != nil {
		return nil, "", errURI
	}
	if name == "" {
		name = defaultDatabase
	}
	return opts, name, nil
}

// Check reports whether Open would understand uri, as far as that can be told without asking anybody. Its error does not show
// uri.
func Check(uri string) error {
	if rest, ok := strings.CutPrefix(uri, "mongodb+srv://"); ok && rest != "" {
		return nil
	}
	_, _, err := parse(uri)
	return err
}
