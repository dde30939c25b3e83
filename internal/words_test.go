package internal

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// slips are what our English is written with by mistake, each with what to write instead.
var slips = map[*regexp.Regexp]string{
	regexp.MustCompile(`\b[Gg]ives\b`):                                    "returns, sets or yields",
	regexp.MustCompile(`\b[Tt]ells? whether\b`):                           "reports whether",
	regexp.MustCompile(`\banew\b`):                                        "again",
	regexp.MustCompile(`\bis of (\w+\.)?[A-Z]\w*(Store|Handler|er)\b\.?`): "implements",
}

// phrases have a word of a slip in them that is none there.
var phrases = regexp.MustCompile(`\bgives (up|way|away|back|in|it back|that back|the place up)\b`)

// readable are the kinds of files that people write.
var readable = []string{".go", ".ts", ".tsx", ".proto", ".sql", ".sh", ".md"}

func TestOurEnglishHasNoSlips(t *testing.T) {
	files := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skipGenerated(path, entry.Name())
		}
		if !slices.Contains(readable, filepath.Ext(path)) || entry.Name() == "words_test.go" {
			return nil
		}
		files++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		reportSlips(t, path, string(text))
		return nil
	})
	if err != nil || files < 500 {
		t.Fatalf("%d files: %v", files, err)
	}
}

// skipGenerated skips the folders that nobody writes in.
func skipGenerated(path, name string) error {
	switch {
	case path == root:
	case strings.HasPrefix(name, "."), slices.Contains([]string{"gen", "node_modules", "third_party", "dist", "testdata", "output"}, name):
		return filepath.SkipDir
	}
	return nil
}

func reportSlips(t *testing.T, path, text string) {
	t.Helper()
	for i, line := range strings.Split(text, "\n") {
		line = phrases.ReplaceAllString(line, "")
		for slip, instead := range slips {
			if found := slip.FindString(line); found != "" {
				t.Errorf("%s:%d: %q: write %s", path, i+1, found, instead)
			}
		}
	}
}
