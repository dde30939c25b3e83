package mongodb

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

func TestLanesKeepTheOrderOfArrival(t *testing.T) {
	const many = 2*maxBatch + 100
	var (
		working sync.WaitGroup
		got     []int
		batches int
	)
	begun, held := make(chan struct{}), make(chan struct{})
	l := newLanes(&working, func(_ string, batch []int) {
		if batch[0] == 0 {
			close(begun)
			<-held
		}
		if len(batch) > maxBatch {
			t.Errorf("a batch of %d", len(batch))
		}
		got = append(got, batch...)
		batches++
	})
	for i := range many {
		if err := l.join("lane", i); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			<-begun
		}
	}
	close(held)
	working.Wait()
	if !slices.IsSorted(got) || len(got) != many || batches != 4 {
		t.Errorf("%d in %d batches: %v", len(got), batches, got)
	}
}

func TestLanesDoNotWaitForEachOther(t *testing.T) {
	var working sync.WaitGroup
	held := make(chan struct{})
	l := newLanes(&working, func(lane string, _ []int) {
		if lane == "first" {
			<-held
		} else {
			close(held)
		}
	})
	if err := errors.Join(l.join("first", 1), l.join("second", 1)); err != nil {
		t.Fatal(err)
	}
	working.Wait()
}

func TestIdleLanesLeaveNothing(t *testing.T) {
	var working sync.WaitGroup
	l := newLanes(&working, func(string, []int) {})
	for i := range 1000 {
		if err := l.join(fmt.Sprint(i%50), i); err != nil {
			t.Fatal(err)
		}
	}
	working.Wait()
	if len(l.queues) != 0 || l.waiting != 0 {
		t.Errorf("%d lanes, %d waiting", len(l.queues), l.waiting)
	}
}

func TestLanesAreBounded(t *testing.T) {
	var working sync.WaitGroup
	begun, held := make(chan struct{}), make(chan struct{})
	l := newLanes(&working, func(lane string, batch []int) {
		if batch[0] == -1 {
			close(begun)
			<-held
		}
	})
	if err := l.join("lane", -1); err != nil {
		t.Fatal(err)
	}
	<-begun
	for i := range maxWaiting {
		if err := l.join("lane", i); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.join("lane", 0); !errors.Is(err, fault.Unavailable) {
		t.Errorf("one more: %v", err)
	}
	close(held)
	working.Wait()
	if err := l.join("lane", 0); err != nil {
		t.Errorf("after all were served: %v", err)
	}
	working.Wait()
}
