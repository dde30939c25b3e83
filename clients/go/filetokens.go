package dongbaejul

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/dongbaejul/dongbaejul/clients/internal/wholefile"
)

// lockPoll is how often a lock that another process holds is tried again.
const lockPoll = 20 * time.Millisecond

// FileTokens is a store in a file that only its owner may read. Any number of processes may share it: a lock beside it makes
// their updates take turns, and who reads finds the tokens from before an update or those from after it. Its folder is
// made when it is first written.
func FileTokens(path string) TokenStore { return fileTokens(path) }

type fileTokens string

func (path fileTokens) Load(context.Context) (Tokens, error) {
	b, err := os.ReadFile(string(path))
	if errors.Is(err, fs.ErrNotExist) {
		return Tokens{}, nil
	}
	if err != nil {
		return Tokens{}, fmt.Errorf("read the tokens: %w", err)
	}
	var t Tokens
	if err := json.Unmarshal(b, &t); err != nil {
		return Tokens{}, fmt.Errorf("the tokens in %s cannot be read: delete the file and sign in again: %w", path, err)
	}
	return t, nil
}

func (path fileTokens) Update(ctx context.Context, f func(Tokens) (Tokens, error)) (err error) {
	if err := os.MkdirAll(filepath.Dir(string(path)), 0o700); err != nil {
		return fmt.Errorf("make the folder of the tokens: %w", err)
	}
	// A lock of its own each time, so that goroutines take turns as processes do. Its file stays: who waits for it holds it
	// open.
	lock := flock.New(string(path) + ".lock")
	if _, err := lock.TryLockContext(ctx, lockPoll); err != nil {
		return fmt.Errorf("wait for another process to be done with the tokens: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	kept, err := path.Load(ctx)
	if err != nil {
		return err
	}
	next, err := f(kept)
	if err != nil || next == kept {
		return err
	}
	return path.save(next)
}

func (path fileTokens) save(t Tokens) error {
	if t == (Tokens{}) {
		if err := os.Remove(string(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("forget the tokens: %w", err)
		}
		return nil
	}
	b, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return err
	}
	if err := wholefile.Write(string(path), append(b, '\n')); err != nil {
		return fmt.Errorf("keep the tokens: %w", err)
	}
	return nil
}
