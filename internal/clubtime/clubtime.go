// Package clubtime is the club's clock.
package clubtime

import (
	"time"
	_ "time/tzdata" // also on a machine without zones
)

// Zone returns the club's time zone.
func Zone() *time.Location {
	zone, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		// Korea's, without what changed before 1989.
		return time.FixedZone("KST", 9*60*60)
	}
	return zone
}
