package mongodb

import "sync"

const (
	// maxWaiting bounds how many may wait in all lanes of one kind, and maxBatch how many are served at once.
	maxWaiting = 4096
	maxBatch   = 512
)

// lanes serve those who want the same thing one batch after another, in the order they came: whoever comes while a batch is
// being served waits for the next. So this process never races itself, many share one trip to the database, and the batch
// grows with the load by itself. A lane is there while somebody is in it.
type lanes[R any] struct {
	// serve serves a batch. It is never called for a lane twice at once.
	serve   func(lane string, batch []R)
	working *sync.WaitGroup

	mu sync.Mutex
	// queues are those who wait, by lane. A lane that serves has one, even if it is empty.
	queues  map[string][]R
	waiting int
}

func newLanes[R any](working *sync.WaitGroup, serve func(lane string, batch []R)) *lanes[R] {
	return &lanes[R]{serve: serve, working: working, queues: make(map[string][]R)}
}

// join puts r at the end of a lane; errBusy where too many wait.
func (l *lanes[R]) join(lane string, r R) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting >= maxWaiting {
		return errBusy
	}
	l.waiting++
	queue, serving := l.queues[lane]
	l.queues[lane] = append(queue, r)
	if !serving {
		l.working.Go(func() { l.run(lane) })
	}
	return nil
}

func (l *lanes[R]) run(lane string) {
	for {
		batch := l.next(lane)
		if batch == nil {
			return
		}
		l.serve(lane, batch)
	}
}

// next takes those who wait in a lane; where nobody does, it takes the lane away.
func (l *lanes[R]) next(lane string) []R {
	l.mu.Lock()
	defer l.mu.Unlock()
	queue := l.queues[lane]
	if len(queue) == 0 {
		delete(l.queues, lane)
		return nil
	}
	n := min(len(queue), maxBatch)
	l.queues[lane] = queue[n:]
	l.waiting -= n
	return queue[:n:n]
}
