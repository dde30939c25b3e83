package realtime

import (
	"context"
	"time"
)

// Roster keeps which processes serve, where every one of them can be found: also one that the bus does not reach. Every method
// is atomic and may be called concurrently.
type Roster interface {
	// KeepProcess notes that a process serves until a time, in the place of what was noted of it before.
	KeepProcess(ctx context.Context, id string, until time.Time) error
	// Processes returns the ids of the processes that serve at the time now, in no order.
	Processes(ctx context.Context, now time.Time) ([]string, error)
	// DropProcesses forgets the processes that have served until before the time given.
	DropProcesses(ctx context.Context, before time.Time) error
}
