package realtime

import (
	"context"
	"slices"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

// Poll returns what a stream would send: the hello and what belongs to it, and then what is waiting. It waits, up to wait, only
// where the opening has nothing that the client lacks: who is online is sent with every hello, and is no reason to answer.
func (s *Streams) Poll(ctx context.Context, wait time.Duration, feed Feed) ([]*v1.Event, error) {
	defer feed.Close()
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	st := &stream{Streams: s, feed: feed, reader: NewReader().Of(caller.UserID)}
	defer st.reader.Close(s.Bus)
	s.registry.addPoll(st)
	defer s.registry.removePoll(st)
	events, err := st.opening(ctx)
	if err != nil {
		return nil, spread(err)
	}
	if slices.ContainsFunc(events[1:], (*Event).isNews) {
		wait = 0
	}
	timeout := time.NewTimer(wait)
	defer timeout.Stop()
	var b Batch
	for {
		if err := st.check(ctx); err != nil {
			return nil, spread(err)
		}
		if err := st.take(ctx, &b); err != nil {
			return nil, spread(err)
		}
		if len(b.Events) > 0 || wait == 0 {
			return messages(append(events, b.Events...)), nil
		}
		select {
		case <-st.reader.Ready():
		case <-timeout.C:
			return messages(events), nil
		case <-st.leaving:
			return nil, shutdown()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func messages(events []*Event) []*v1.Event {
	out := make([]*v1.Event, len(events))
	for i, e := range events {
		out[i] = e.Message()
	}
	return out
}
