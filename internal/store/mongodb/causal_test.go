package mongodb

import (
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

func TestTheNewestMomentIsKept(t *testing.T) {
	var s seen
	s.note(nil)
	if s.at.Load() != nil {
		t.Error("none became one")
	}
	var all sync.WaitGroup
	for i := range uint32(100) {
		all.Go(func() { s.note(&bson.Timestamp{T: i * 7 % 50, I: i}) })
	}
	all.Wait()
	s.note(&bson.Timestamp{T: 3, I: 1000})
	if at := s.at.Load(); at.T != 49 || at.I != 57 {
		t.Errorf("the newest is %v", at)
	}
}
