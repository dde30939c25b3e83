package mongodb

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// A command that is answered once with an error that passes is repeated: a read from its start, also where the cursor is lost
// half-way, and a write that can be. One that always is ends as unavailable, with a delay.
func TestErrorsThatPass(t *testing.T) {
	s, w := throughAWire(t, OwnURI(t))
	const many = 150 // more than one batch of a cursor
	var docs []any
	for i := range many {
		d := userDocOf(users.User{ID: fmt.Sprint(i), BandUserID: fmt.Sprint(i), Status: users.Active})
		d.Head = newHead(d.ID, s.newMark())
		docs = append(docs, d)
	}
	_, err := s.users.InsertMany(t.Context(), docs)
	must(t, err)
	calls := map[string]func(id string) error{
		"find": func(string) error { _, err := s.User(t.Context(), "1"); return err },
		"getMore": func(string) error {
			ids, err := s.ActiveIDs(t.Context())
			if err == nil {
				err = same("how many", len(ids), many)
			}
			return err
		},
		"aggregate": func(string) error { _, err := s.CountActiveAdmins(t.Context()); return err },
		"insert":    func(id string) error { return s.CreateSession(t.Context(), auth.Session{ID: id}) },
		"update":    func(id string) error { return s.SaveBandToken(t.Context(), id, []byte{1}) },
		"delete":    func(id string) error { return s.DeleteBandToken(t.Context(), id) },
	}
	for _, code := range []int{43, 175, 237, 262, 11602} {
		for command, call := range calls {
			if command != "getMore" && code != 262 && code != 11602 {
				continue
			}
			once := true
			w.set(func(c string) fate {
				if c == command && once {
					once = false
					return refuse(code)
				}
				return pass
			})
			if err := call(fmt.Sprint(command, code)); err != nil || once {
				t.Errorf("%s, once answered with %d: %v", command, code, err)
			}
		}
	}
	for _, code := range []int{43, 175, 237, 11602} {
		for command, call := range calls {
			if command != "getMore" && code != 11602 {
				continue
			}
			w.set(func(c string) fate {
				if c == command {
					return refuse(code)
				}
				return pass
			})
			s.patience = time.Second
			err := call(fmt.Sprint(command, code, "always"))
			s.patience = time.Minute
			if told, ok := errors.AsType[*fault.Error](err); !ok || told.Kind != fault.Unavailable || told.RetryAfter <= 0 {
				t.Errorf("%s, always answered with %d: %v", command, code, err)
			}
		}
	}
}

func TestCodesThatPass(t *testing.T) {
	if !slices.IsSorted(transientCodes) {
		t.Error("the table is not sorted")
	}
	for _, code := range transientCodes {
		for _, err := range []error{
			mongo.CommandError{Code: int32(code)},
			mongo.WriteException{WriteConcernError: &mongo.WriteConcernError{Code: code}},
			mongo.BulkWriteException{WriteConcernError: &mongo.WriteConcernError{Code: code}},
		} {
			if told, ok := errors.AsType[*fault.Error](failed(t.Context(), err)); !ok || told.Kind != fault.Unavailable || told.RetryAfter <= 0 {
				t.Errorf("%v: %v", err, told)
			}
		}
	}
	for _, code := range []int{2, 13, 18, 11000, 121, 10334} {
		if err := failed(t.Context(), mongo.CommandError{Code: int32(code)}); fault.KindOf(err) != 0 {
			t.Errorf("%d passes: %v", code, err)
		}
	}
}

// The driver closes all connections of a server after a failure of one: those who wait for one then are served all the same.
func TestAWaiterForAConnectionThatIsClosed(t *testing.T) {
	var waiting atomic.Int64
	s, w := throughAWire(t, OwnURI(t), func(opts *options.ClientOptions) {
		// One connection, and nothing that the driver repeats by itself.
		opts.SetMaxPoolSize(1).SetRetryWrites(false).SetPoolMonitor(&event.PoolMonitor{Event: func(e *event.PoolEvent) {
			if e.Type == event.ConnectionCheckOutStarted {
				waiting.Add(1)
			}
		}})
	})
	s.places = make(chan struct{}, 10)
	s.sessions.places = s.places
	met := make(chan struct{}, 10)
	once := true
	w.set(func(command string) fate {
		if command == "insert" && once {
			once = false
			met <- struct{}{}
			return stall
		}
		return pass
	})
	ended := make(chan error, 2)
	go func() { ended <- s.CreateSession(t.Context(), auth.Session{ID: "first"}) }()
	<-met
	before := waiting.Load()
	go func() { ended <- s.CreateSession(t.Context(), auth.Session{ID: "second"}) }()
	testkit.Eventually(t, "the second waits for the connection", func() bool { return waiting.Load() > before })
	w.snap()
	must(t, errors.Join(<-ended, <-ended))
}
