package redisbus_test

import (
	"context"
	"fmt"
	"testing"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/redisconn/redistest"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

func numbered(seq int64, text string) realtime.Hint {
	return realtime.Hint{Topic: "room/1", Seq: seq, Event: realtime.NewEvent(&v1.Event{Payload: &v1.Event_Message{
		Message: &v1.Message{Seq: seq, Content: text, Id: "0191e7a8-7b1c-7b1c-8b1c-7b1c8b1c7b1c"},
	}})}
}

// log answers readers that have fallen behind.
type log struct{}

func (log) After(_ context.Context, seq int64, limit int) ([]realtime.Hint, error) {
	hints := make([]realtime.Hint, limit)
	for i := range hints {
		hints[i] = numbered(seq+int64(i)+1, "안녕하세요")
	}
	return hints, nil
}

// BenchmarkDelivery is one hint from its publishing until all followers have taken it: of the same process by the Hub, and
// of another process by Redis.
func BenchmarkDelivery(b *testing.B) {
	for _, followers := range []int{1, 200} {
		b.Run(fmt.Sprintf("hub/%d", followers), func(b *testing.B) {
			hub := realtime.NewHub()
			deliver(b, hub, hub, followers)
		})
		b.Run(fmt.Sprintf("redis/%d", followers), func(b *testing.B) {
			prefix := redistest.Prefix()
			here, there := open(b, "", prefix), open(b, "", prefix)
			testkit.Eventually(b, "both are sure", func() bool { return here.InSync() && there.InSync() })
			deliver(b, here, there, followers)
		})
	}
}

func deliver(b *testing.B, from, to realtime.Bus, followers int) {
	readers := make([]*realtime.Reader, followers)
	for i := range readers {
		readers[i] = realtime.NewReader()
		to.Follow(readers[i], "room/1")
		readers[i].Number("room/1", log{}, 0, 0)
		defer readers[i].Close(to)
	}
	// So many hints are on their way at a time, as they are where many write.
	const ahead = 64
	taken := make(chan struct{}, ahead)
	for range ahead {
		taken <- struct{}{}
	}
	var batch realtime.Batch
	done := make(chan error, 1)
	b.ReportAllocs()
	b.ResetTimer()
	go func() {
		for n := int64(1); n <= int64(b.N); n++ {
			<-taken
			from.Publish(b.Context(), numbered(n, "안녕하세요"))
		}
	}()
	go func() {
		passed := int64(0)
		for passed < int64(b.N) {
			slowest := int64(1 << 62)
			for _, r := range readers {
				for r.Last("room/1") <= passed {
					<-r.Ready()
					if err := r.Take(b.Context(), &batch); err != nil {
						done <- err
						return
					}
				}
				slowest = min(slowest, r.Last("room/1"))
			}
			for ; passed < min(slowest, int64(b.N)); passed++ {
				taken <- struct{}{}
			}
		}
		done <- nil
	}()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
}
