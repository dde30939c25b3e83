//go:build unix

package wholefile

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestAPipeIsWrittenInto(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan string)
	go func() {
		defer close(read)
		if f, err := os.Open(path); err == nil {
			b, _ := io.ReadAll(f)
			_ = f.Close()
			read <- string(b)
		}
	}()
	f, err := Over(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Abort()
	if _, err := f.WriteString("content"); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := <-read; got != "content" {
		t.Errorf("read %q", got)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Errorf("the pipe is %v, %v", info, err)
	}
}

func TestOverKeepsTheModeAndFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	file, link, nowhere, made := filepath.Join(dir, "file"), filepath.Join(dir, "link"), filepath.Join(dir, "nowhere"), filepath.Join(dir, "made")
	if err := os.WriteFile(file, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	for to, at := range map[string]string{"file": link, "made": nowhere} {
		if err := os.Symlink(to, at); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{link, nowhere} {
		f, err := Over(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString("after"); err != nil {
			t.Fatal(err)
		}
		if path == link && content(t, file) != "before" {
			t.Errorf("half-way it holds %q", content(t, file))
		}
		if err := f.Commit(); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Lstat(path); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("the link is %v, %v", info, err)
		}
	}
	for path, mode := range map[string]os.FileMode{file: 0o644, made: 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if content(t, path) != "after" || info.Mode().Perm() != mode {
			t.Errorf("%s holds %q with mode %v", path, content(t, path), info.Mode())
		}
	}
	if err := os.Symlink("round", filepath.Join(dir, "round")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, filepath.Join(dir, "round"), filepath.Join(dir, "no", "folder")} {
		if f, err := Over(path); err == nil {
			f.Abort()
			t.Errorf("%s was opened", path)
		}
	}
}
