package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A full disk or a bad copy leaves an empty file.
func TestAnEmptySecretFileIsNamed(t *testing.T) {
	for _, content := range []string{"", "\n"} {
		folder := t.TempDir()
		path := filepath.Join(folder, "development-jwt-secret")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := readConfig(map[string]string{"DATA_DIR": folder}, filepath.Join(folder, ".env"))
		if err == nil || !strings.Contains(err.Error(), path+" is empty: delete it") {
			t.Errorf("%q: the error is %v", content, err)
		}
	}
}
