package sqlite

import (
	"errors"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// scans names the statements that may go through a whole table or index, with the reason.
var scans = map[string]string{
	"allCourts":    "a club has some courts",
	"countCourts":  "a club has some courts",
	"countFound":   "what a search counts is bounded",
	"countPosts":   "there are some categories",
	"countTables":  "the list of tables does not grow",
	"tableColumns": "the list of tables does not grow",
	"indexScripts": "the list of indexes does not grow",
	"nextReminder": "it stops at the first entry of the index",
	"roomsOfUser":  "it goes through the page that a part of it has found",
}

// sorts names the statements that may sort what they have found, with the reason.
var sorts = map[string]string{
	"allCourts":           "a club has some courts",
	"deleteOldestDevices": "a user has a few devices",
	"membersOfRoom":       "all members of a room are given, some hundreds",
	"membersOfRooms":      "all members of the rooms in a page are given",
	"roomsOfUser":         "the rooms of a user are sorted, some hundreds, and then those of a page",
}

// searchIndex is a step that uses a full-text index: by words (M) or by row number (=).
var searchIndex = regexp.MustCompile(`^SCAN posts_search VIRTUAL TABLE INDEX \d+:[M=]`)

// TestPlans holds every statement to its indexes: none may read more of a table that grows than it returns.
func TestPlans(t *testing.T) {
	s := open(t)
	for name, q := range queries(t) {
		for _, step := range plan(t, s, q) {
			_, mayScan := scans[name]
			_, maySort := sorts[name]
			switch {
			case strings.HasPrefix(step, "SCAN json_each VIRTUAL TABLE"), step == "SCAN CONSTANT ROW", strings.HasPrefix(step, "SCAN (subquery-"):
				// The list that a call returns, no table at all, and what a part of the statement has found, which has steps of its own.
			case searchIndex.MatchString(step):
				// Every way into a full-text index is called a scan; these look up words or a row.
			case strings.HasPrefix(step, "SCAN") && !mayScan, strings.Contains(step, "AUTOMATIC"),
				strings.Contains(step, "USE TEMP B-TREE") && !maySort:
				t.Errorf("%s: %s\n%s", name, step, q)
			}
		}
	}
}

// noImports makes every import fail: no statement depends on one.
type noImports struct{}

func (noImports) Import(string) (*types.Package, error) { return nil, errors.New("not imported") }

// queries finds the statements of this package in its source: the constants of the type query, by name.
func queries(t *testing.T) map[string]query {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	set := token.NewFileSet()
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_windows.go") {
			continue
		}
		f, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	config := types.Config{Importer: noImports{}, Error: func(error) {}}
	pkg, _ := config.Check("sqlite", set, files, nil)
	found := make(map[string]query)
	for _, name := range pkg.Scope().Names() {
		c, ok := pkg.Scope().Lookup(name).(*types.Const)
		if ok && c.Type().String() == "sqlite.query" {
			found[name] = query(constant.StringVal(c.Val()))
		}
	}
	if found["messagesBefore"] != messagesBefore || found["commit"] != commit {
		t.Fatalf("the statements were not found in the source, but %v", found)
	}
	return found
}

var parameter = regexp.MustCompile(`\?(\d*)`)

// plan returns the steps by which SQLite would run a statement.
func plan(t *testing.T, s *Store, q query) []string {
	t.Helper()
	var args []any
	for _, p := range parameter.FindAllStringSubmatch(string(q), -1) {
		n := len(args) + 1
		if p[1] != "" {
			n, _ = strconv.Atoi(p[1])
		}
		args = append(args, make([]any, max(0, n-len(args)))...)
	}
	rows, err := s.writer.conn.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+string(q), args...)
	if err != nil {
		t.Fatalf("%v\n%s", err, q)
	}
	defer func() { _ = rows.Close() }()
	var steps []string
	for rows.Next() {
		var step string
		var ignored any
		if err := rows.Scan(&ignored, &ignored, &ignored, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}
