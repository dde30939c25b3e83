package mongodb

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/notifications"
)

// Two processes that tell the same people, half of the time of the same things, leave no gap and tell nobody twice.
func TestLogsOfTwoProcesses(t *testing.T) {
	const writers, each, users = 8, 20, 3
	first := OpenFresh(t)
	stores := []*Store{first, OpenAgain(t, first)}
	var mu sync.Mutex
	added := make(map[string]int)
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				var ns []notifications.Notification
				for u := range users {
					// The writers of a pair are in different processes.
					user, key := fmt.Sprint("user", u), fmt.Sprint(i, "/", w/(1+i%2))
					ns = append(ns, notifications.Notification{ID: user + "/" + key, CreatedAt: time.Now(), Notice: notifications.Notice{
						UserID: user, Key: key, Kind: notifications.KindComment,
					}})
				}
				got, err := stores[w%2].AppendNotifications(t.Context(), ns)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for _, n := range got {
					added[n.ID]++
				}
				mu.Unlock()
			}
		})
	}
	writing.Wait()
	for id, n := range added {
		if n != 1 {
			t.Errorf("%s was added %d times", id, n)
		}
	}
	for u := range users {
		log, err := stores[1].NotificationsAfter(t.Context(), fmt.Sprint("user", u), 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if want := len(added) / users; len(log) != want {
			t.Errorf("the log has %d entries, want %d", len(log), want)
		}
		for i, n := range log {
			if n.Seq != int64(i)+1 {
				t.Fatalf("entry %d has the number %d", i+1, n.Seq)
			}
		}
	}
}
