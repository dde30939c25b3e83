//go:build !linux

package sqlite

import "os"

// lockBeside does nothing: there is no lock that goes with SQLite's own.
func lockBeside(*os.File) (bool, error) { return false, nil }
