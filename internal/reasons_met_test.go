package internal

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Every reason of the contract is expected by a test, by its name: a new one has a test that meets it.
func TestEveryReasonIsMet(t *testing.T) {
	met := namesInTests(t, "internal", "clients", "tools")
	for _, reason := range slices.Sorted(maps.Keys(contractReasons(t))) {
		if !met[reason] {
			t.Errorf("no test expects %s", reason)
		}
	}
}

// namesInTests are the strings that test files in folders name, but for those of the faults they make up themselves and for
// those of this package.
func namesInTests(t *testing.T, tops ...string) map[string]bool {
	t.Helper()
	names := make(map[string]bool)
	files := token.NewFileSet()
	for _, top := range tops {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && entry.Name() == "node_modules":
				return filepath.SkipDir
			case !strings.HasSuffix(path, "_test.go"), filepath.Dir(path) == filepath.Join(root, "internal"):
				return nil
			}
			parsed, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(parsed, func(node ast.Node) bool {
				switch n := node.(type) {
				case *ast.CallExpr:
					return faultFunction(sourceFile{path: path, File: parsed}, n) == ""
				case *ast.BasicLit:
					names[literal(n)] = true
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return names
}
