package mongodb_test

import (
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/store"
	"github.com/dongbaejul/dongbaejul/internal/store/mongodb"
	"github.com/dongbaejul/dongbaejul/internal/store/storetest"
)

// TestStore holds the driver to the contract, and what it asks the server on the way to its indexes.
func TestStore(t *testing.T) {
	plans := mongodb.NewPlans()
	storetest.Run(t, func(t testing.TB) store.Store {
		uri := mongodb.OwnURI(t)
		explainer := mongodb.OpenURI(t, uri)
		t.Cleanup(func() { plans.Check(t, explainer) })
		return mongodb.OpenURI(t, uri, plans.Watch)
	})
	if plans.Known() == 0 {
		t.Error("no queries were seen")
	}
}
