// Package internal holds the rules of the house that a compiler does not know: which package may import which, that each
// says what it is, and where the environment is read.
package internal

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module = "github.com/dongbaejul/dongbaejul"
	// root is where the module lies, from here.
	root = ".."
)

// layers are the packages of the server, the lowest first. A package imports from lower layers only: never from its own,
// and never from above. Packages that are parts of another one lie where what they import puts them.
var layers = [][]string{
	{"internal/accept"},
	{"internal/fault", "internal/offstack", "internal/clubtime", "internal/graphemes", "internal/ids", "internal/jsonread", "internal/listlimit", "internal/lograte", "internal/cache", "internal/testkit", "internal/notifications/webpush/webpushtest", "internal/publicnet", "internal/text", "internal/games/scoring", "clients/web"},
	{"internal/identity", "internal/pagination", "internal/idempotency", "internal/hangul", "internal/games/record", "internal/picture", "internal/redisconn", "internal/uploads"},
	{"internal/realtime", "internal/ratelimit", "internal/presence", "internal/lease", "internal/blob", "internal/band", "internal/photos/imageproxy", "internal/audit", "internal/games/rating", "internal/redisconn/redistest"},
	{"internal/users", "internal/blob/blobtest", "internal/band/bandsim", "internal/realtime/redisbus", "internal/realtime/realtimetest"},
	{"internal/notifications"},
	{"internal/posts", "internal/games", "internal/chat", "internal/photos", "internal/auth", "internal/notifications/fcm", "internal/notifications/webpush"},
	{"internal/bandsync", "internal/events"},
	{"internal/store/sqlite", "internal/store/mongodb"},
	{"internal/store"},
	{"internal/store/storetest"},
	{"internal/rpc"},
	{"internal/rest"},
	{"internal/app"},
	{"internal/app/apptest", "server"},
}

// sourceFile is a Go file that is no test.
type sourceFile struct {
	path string
	*ast.File
}

// sources are the files of the server by package, as the path of its folder.
func sources(t *testing.T) map[string][]sourceFile {
	t.Helper()
	packages := sourcesOf(t, "internal", "server", "clients/web")
	if len(packages) < 10 {
		t.Fatalf("only %d packages: they were not found", len(packages))
	}
	return packages
}

// clientSources are those of the clients that are written in Go.
func clientSources(t *testing.T) map[string][]sourceFile {
	t.Helper()
	packages := sourcesOf(t, "clients")
	if len(packages["clients/go"]) == 0 || len(packages["clients/cli"]) == 0 {
		t.Fatalf("the clients were not found among %v", slices.Sorted(maps.Keys(packages)))
	}
	return packages
}

func sourcesOf(t *testing.T, tops ...string) map[string][]sourceFile {
	t.Helper()
	packages := make(map[string][]sourceFile)
	files := token.NewFileSet()
	for _, top := range tops {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if entry.IsDir() {
				if entry.Name() == "testdata" || entry.Name() == "node_modules" {
					return filepath.SkipDir
				}
				return nil
			}
			if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			parsed, err := parser.ParseFile(files, path, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			path, err = filepath.Rel(root, path)
			if err != nil {
				return err
			}
			path = filepath.ToSlash(path)
			folder := path[:strings.LastIndexByte(path, '/')]
			packages[folder] = append(packages[folder], sourceFile{path: path, File: parsed})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return packages
}

// ourImports are what a file imports of the server, as folders.
func (f sourceFile) ourImports(t *testing.T) []string {
	t.Helper()
	var folders []string
	for _, spec := range f.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if folder, ok := strings.CutPrefix(path, module+"/"); ok && !strings.HasPrefix(folder, "gen/") {
			folders = append(folders, folder)
		}
	}
	return folders
}

// layerOf returns the number of a package's layer.
func layerOf(folder string) (int, bool) {
	layer := slices.IndexFunc(layers, func(layer []string) bool { return slices.Contains(layer, folder) })
	return layer, layer >= 0
}

func TestImportsGoDown(t *testing.T) {
	for folder, files := range sources(t) {
		layer, ok := layerOf(folder)
		if !ok {
			t.Errorf("%s is in no layer: add it to the table of this test, above all that it imports and below all that "+
				"imports it", folder)
			continue
		}
		for _, file := range files {
			for _, imported := range file.ourImports(t) {
				below, ok := layerOf(imported)
				switch {
				case !ok:
					t.Errorf("%s imports %s, which is in no layer", file.path, imported)
				case below == layer:
					t.Errorf("%s imports %s, which is in its own layer: what both need belongs below them", file.path, imported)
				case below > layer:
					t.Errorf("%s imports %s, which is above it: let it ask through an interface of its own", file.path, imported)
				}
			}
		}
	}
}

// A client is built on the contract alone, as anybody's is: what it needs of the server beyond it is missing there.
func TestClientsKnowTheContractOnly(t *testing.T) {
	for _, files := range clientSources(t) {
		for _, file := range files {
			for _, imported := range file.ourImports(t) {
				if !strings.HasPrefix(imported, "clients/") {
					t.Errorf("%s imports %s: clients import the generated code and each other", file.path, imported)
				}
				if imported == "clients/cli" {
					t.Errorf("%s imports %s, which is a program", file.path, imported)
				}
			}
		}
	}
}

func TestLayersAreDisjoint(t *testing.T) {
	seen := make(map[string]bool)
	for _, folder := range slices.Concat(layers...) {
		if seen[folder] {
			t.Errorf("%s is in the table twice", folder)
		}
		seen[folder] = true
	}
}

func TestPackagesSayWhatTheyAre(t *testing.T) {
	packages := sources(t)
	maps.Copy(packages, clientSources(t))
	for folder, files := range packages {
		var described []string
		for _, file := range files {
			if file.Doc != nil {
				described = append(described, file.path)
				kind, name := "Package", file.Name.Name
				if name == "main" {
					kind, name = "Command", filepath.Base(folder)
				}
				if begin := kind + " " + name + " "; !strings.HasPrefix(file.Doc.Text(), begin) {
					t.Errorf("%s: the package comment does not begin with %q", file.path, begin)
				}
			}
		}
		if len(described) != 1 {
			t.Errorf("%s has %d package comments, want one: %v", folder, len(described), described)
		}
	}
}

// readers are the functions that read the environment, by the path of their package.
var readers = map[string][]string{
	"os":                          {"Getenv", "LookupEnv", "Environ", "ExpandEnv"},
	"syscall":                     {"Getenv", "Environ"},
	"github.com/caarlos0/env/v11": {"Parse", "ParseAs", "ParseWithOptions", "ParseAsWithOptions"},
	"github.com/joho/godotenv":    {"Load", "Overload", "Read", "Exec"},
}

// Only one file of a program reads the environment; packages for tests may.
func TestOneFileReadsTheEnvironment(t *testing.T) {
	onlyReads(t, sources(t), "server/config.go")
	onlyReads(t, clientSources(t), "clients/cli/config.go", "clients/cli/main.go")
}

// onlyReads fails for files that read the environment, but for the readers, which do.
func onlyReads(t *testing.T, packages map[string][]sourceFile, readers ...string) {
	t.Helper()
	read := make(map[string][]string)
	for folder, files := range packages {
		if strings.HasSuffix(folder, "test") || folder == "internal/testkit" {
			continue
		}
		for _, file := range files {
			if found := file.environmentReads(t); len(found) > 0 {
				read[file.path] = found
			}
		}
	}
	for _, reader := range readers {
		if len(read[reader]) == 0 {
			t.Errorf("%s does not read the environment: this test does not see who does", reader)
		}
		delete(read, reader)
	}
	for _, path := range slices.Sorted(maps.Keys(read)) {
		t.Errorf("%s reads the environment by %v: only %v does, and passes on what others need", path, read[path], readers)
	}
}

func (f sourceFile) environmentReads(t *testing.T) []string {
	t.Helper()
	functions := make(map[string][]string)
	for _, spec := range f.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if names, ok := readers[path]; ok {
			functions[localName(spec, path)] = names
		}
	}
	var found []string
	ast.Inspect(f.File, func(node ast.Node) bool {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if from, ok := selector.X.(*ast.Ident); ok && slices.Contains(functions[from.Name], selector.Sel.Name) {
			found = append(found, fmt.Sprintf("%s.%s", from.Name, selector.Sel.Name))
		}
		return true
	})
	return found
}

// localName is what a file calls a package it imports.
func localName(spec *ast.ImportSpec, path string) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	elements := strings.Split(path, "/")
	if last := elements[len(elements)-1]; !strings.HasPrefix(last, "v1") {
		return last
	}
	return elements[len(elements)-2]
}
