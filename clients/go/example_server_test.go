package dongbaejul_test

import (
	"context"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"
	"testing"

	dongbaejul "github.com/dongbaejul/dongbaejul/clients/go"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// club is a real server for an example, and who signs in to it.
type club struct {
	*apptest.Server
	example *example
}

// newClub starts one. An example has no *testing.T to end it.
func newClub() *club {
	e := new(example)
	return &club{Server: apptest.Start(e), example: e}
}

func (c *club) close() { c.example.close() }

// member is somebody's client.
func (c *club) member(n int) *dongbaejul.Client {
	client, err := dongbaejul.New(c.URL)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.SignIn(context.Background(), "", c.browser(n)); err != nil {
		log.Fatal(err)
	}
	return client
}

// browser is that of somebody who agrees on Band's page.
func (c *club) browser(n int) func(context.Context, string) error {
	return simulatedBrowser(c.People(c.example)[n].UserKey)
}

// picture writes one and returns its path.
func (c *club) picture(name string) string {
	content, err := pictureFile(c.example).Open()
	if err != nil {
		log.Fatal(err)
	}
	defer content.Close()
	path := filepath.Join(c.example.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := io.Copy(f, content); err != nil {
		log.Fatal(err)
	}
	if err := f.Close(); err != nil {
		log.Fatal(err)
	}
	return path
}

// example is a test of apptest's that is none.
type example struct {
	testing.TB
	cleanups []func()
}

func (*example) Helper()                  {}
func (*example) Output() io.Writer        { return io.Discard }
func (*example) Context() context.Context { return context.Background() }
func (*example) Fatal(args ...any)        { log.Fatal(args...) }
func (*example) Error(args ...any)        { log.Print(args...) }
func (e *example) Cleanup(f func())       { e.cleanups = append(e.cleanups, f) }

func (e *example) TempDir() string {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		e.Fatal(err)
	}
	e.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (e *example) close() {
	for _, f := range slices.Backward(e.cleanups) {
		f()
	}
}
