package mongodb_test

import (
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/store"
	"github.com/dongbaejul/dongbaejul/internal/store/mongodb"
	"github.com/dongbaejul/dongbaejul/internal/store/storetest"
)

// partly has the methods that are built, and lets the compiler take the others, which panic.
type partly struct {
	*mongodb.Store
	missing
}

type missing struct{ store.Store }

func TestStore(t *testing.T) {
	storetest.Run(t, func(t testing.TB) store.Store {
		return partly{Store: mongodb.OpenFresh(t)}
	})
}
