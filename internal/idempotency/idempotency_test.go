package idempotency_test

import (
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/idempotency"
)

func TestAnIDFollowsFromWhoAsksForWhatByWhichRequest(t *testing.T) {
	first := idempotency.NewID("post", "kim", new("r1"))
	if again := idempotency.NewID("post", "kim", new("r1")); again != first {
		t.Errorf("asked again, it is %s and not %s", again, first)
	}
	others := map[string]string{
		"another kind":    idempotency.NewID("comment", "kim", new("r1")),
		"another user":    idempotency.NewID("post", "lee", new("r1")),
		"another request": idempotency.NewID("post", "kim", new("r2")),
		"no request_id":   idempotency.NewID("post", "kim", nil),
	}
	for what, id := range others {
		if id == first {
			t.Errorf("%s has the same id", what)
		}
	}
	if idempotency.NewID("post", "kim", nil) == others["no request_id"] {
		t.Error("without a request_id two things have one id")
	}
}
