package sqlite

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Many look at the log while it grows, and none takes what it saw a moment ago for a log that was cut off.
func TestALogThatGrowsIsNotCutOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "club.db")
	must(t, os.WriteFile(path, nil, private))
	log, err := os.OpenFile(path+"-wal", os.O_CREATE|os.O_WRONLY, private)
	must(t, err)
	defer log.Close()
	opened, err := watchFiles(path, true)
	must(t, err)
	grown := make(chan struct{})
	var looking sync.WaitGroup
	for range 8 {
		looking.Go(func() {
			for {
				if err := opened.check(); err != nil {
					t.Error(err)
					return
				}
				select {
				case <-grown:
					return
				default:
				}
			}
		})
	}
	for range 20_000 {
		_, err := log.WriteString("page")
		must(t, err)
	}
	close(grown)
	looking.Wait()
}
