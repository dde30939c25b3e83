package wholefile

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAFileIsThereWholeOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := Write(path, []byte("before")); err != nil {
		t.Fatal(err)
	}
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("aft"); err != nil {
		t.Fatal(err)
	}
	if got := content(t, path); got != "before" {
		t.Errorf("half-way it holds %q", got)
	}
	f.Abort()
	if got := content(t, path); got != "before" {
		t.Errorf("given up it holds %q", got)
	}
	if err := Write(path, []byte("after")); err != nil {
		t.Fatal(err)
	}
	if got := content(t, path); got != "after" {
		t.Errorf("written it holds %q", got)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestOnlyTheOwnerMayRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := Write(path, nil); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode != 0o600 {
		t.Errorf("mode %v", mode)
	}
}

func TestAFileThatCannotBePlacedIsTakenAway(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "folder")
	if err := os.MkdirAll(filepath.Join(path, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, []byte("x")); err == nil {
		t.Error("a folder was replaced")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
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
			t.Skip(err)
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
		if content(t, path) != "after" || runtime.GOOS != "windows" && info.Mode().Perm() != mode {
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
