package mongodb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// retryAfter is how long to wait for a database that is away, or busy.
const retryAfter = time.Second

var (
	errNotFound = fault.New(fault.NotFound, "NOT_FOUND", "찾을 수 없습니다.", "It was not found.")
	errExists   = fault.New(fault.Exists, "ALREADY_EXISTS", "이미 있습니다.", "It exists already.")
	errAway     = fault.New(fault.Unavailable, "STORE_UNAVAILABLE", "잠시 후 다시 시도해 주세요.", "Please try again in a moment.").
			WithRetryAfter(retryAfter)
	errBusy = fault.New(fault.Unavailable, "STORE_BUSY", "접속이 많습니다. 잠시 후 다시 시도해 주세요.", "The server is busy. Please try again in a moment.").
		WithRetryAfter(retryAfter)
	errURI = fault.New(fault.Invalid, "STORE_URL_INVALID", "저장소 주소가 올바르지 않습니다.",
		"The database's address cannot be read: write mongodb://USER:PASSWORD@HOST:PORT/DATABASE, with what is special in the "+
			"user and the password percent-encoded.")
)

var (
	errClosed = errAway.WithCause(errors.New("mongodb: the store is closed"))
	// errUnknown is a write that may have been done or not, and that others have written over since.
	errUnknown = errAway.WithCause(errors.New("mongodb: the outcome of a write is not known"))
)

// isDuplicate reports whether err is a document that has its key already.
func isDuplicate(err error) bool { return mongo.IsDuplicateKeyError(err) }

// transientCodes are what servers answer with that are going, coming, busy, or not what they were. What they do at the moment,
// and whether a write has been done, is not known. They are, for the servers this program needs (no shards, no transactions):
//   - those that the drivers' specifications name, marked with R (retryable reads), W (retryable writes), S (server discovery:
//     not primary, or recovering), C (resumable change streams, which name the lost cursors too);
//     https://github.com/mongodb/specifications/tree/master/source
//   - of the server's categories RetriableError, NotPrimaryError, Interruption, ExceededTimeLimitError, CursorInvalidatedError,
//     SnapshotError and SystemOverloadedError the others that clients get, marked with E;
//     https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml
var transientCodes = []int{
	6,     // HostUnreachable RWC
	7,     // HostNotFound RWC
	24,    // LockTimeout E
	43,    // CursorNotFound C
	46,    // LockBusy E
	50,    // MaxTimeMSExpired E
	64,    // WriteConcernTimeout E
	89,    // NetworkTimeout RWC
	91,    // ShutdownInProgress RWSC
	112,   // WriteConflict E
	133,   // FailedToSatisfyReadPreference C
	134,   // ReadConcernMajorityNotAvailableYet R
	175,   // QueryPlanKilled E
	189,   // PrimarySteppedDown RWSC
	202,   // NetworkInterfaceExceededTimeLimit E
	216,   // ElectionInProgress E
	237,   // CursorKilled E
	239,   // SnapshotTooOld E
	246,   // SnapshotUnavailable E
	262,   // ExceededTimeLimit RWC
	279,   // ClientDisconnect E
	290,   // TransactionExceededLifetimeLimitSeconds E
	314,   // ObjectIsBusy E
	355,   // InterruptedDueToStorageChange E
	365,   // TemporarilyUnavailable E
	402,   // ResourceExhausted E
	407,   // PooledConnectionAcquisitionExceededTimeLimit E
	433,   // AdmissionQueueOverflow E
	449,   // RateLimitExceeded E
	462,   // IngressRequestRateLimitExceeded E
	9001,  // SocketException RWC
	10058, // LegacyNotPrimary S
	10107, // NotWritablePrimary RWSC
	11600, // InterruptedAtShutdown RWSC
	11601, // Interrupted E
	11602, // InterruptedDueToReplStateChange RWSC
	13435, // NotPrimaryNoSecondaryOk RWSC
	13436, // NotPrimaryOrSecondary RWSC
}

// deadlock is what PostgreSQL says, behind servers that keep their documents in it, of two writes that waited for each other;
// the one that gets it has been undone. It reaches us without a code of its own.
const deadlock = "deadlock detected"

// isTransient reports whether err may go away on retry. Of a write it says nothing about whether that was done, except where
// it is unsent.
func isTransient(err error) bool {
	if server := mongo.ServerError(nil); errors.As(err, &server) {
		if server.HasErrorLabel("RetryableWriteError") || server.HasErrorLabel("RetryableError") ||
			slices.ContainsFunc(server.ErrorCodes(), func(code int) bool { return slices.Contains(transientCodes, code) }) ||
			rolledBack(err) {
			return true
		}
	}
	// The driver's own errors of this kind are not exported: that it has closed the connections after another's failure.
	var cleared interface{ Retryable() bool }
	if errors.As(err, &cleared) && cleared.Retryable() {
		return true
	}
	var (
		connection topology.ConnectionError
		waiting    topology.WaitQueueTimeoutError
		pool       topology.PoolError
	)
	return mongo.IsNetworkError(err) || mongo.IsTimeout(err) || errors.Is(err, mongo.ErrClientDisconnected) || noServerSelected(err) ||
		errors.As(err, &connection) || errors.As(err, &waiting) || errors.As(err, &pool) || errors.Is(err, context.Canceled)
}

// rolledBack reports whether err is that a write was undone because it and another waited for each other.
func rolledBack(err error) bool {
	server := mongo.ServerError(nil)
	return errors.As(err, &server) && server.HasErrorMessage(deadlock)
}

// noServerSelected reports whether err is that there was no server to send anything to, which has been waited for long enough.
func noServerSelected(err error) bool {
	var selection topology.ServerSelectionError
	return errors.As(err, &selection)
}

// failed returns what a caller gets for err: the end of its own context as that, trouble of the database or the way there as
// fault.Unavailable, and what has a kind unchanged. caller has not ended for a call that has written.
func failed(caller context.Context, err error) error {
	if own, ok := errors.AsType[refusal](err); ok {
		return own.error
	}
	switch {
	case err == nil:
		return nil
	case caller.Err() != nil && isTransient(err):
		return fmt.Errorf("mongodb: the call was given up before it wrote anything: %w", caller.Err())
	case fault.KindOf(err) != 0:
		return err
	case isTransient(err):
		return errAway.WithCause(fmt.Errorf("mongodb: %w", err))
	}
	return fmt.Errorf("mongodb: %w", err)
}
