package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// sources are where the reasons of errors are declared, by the service whose errors they are; "" for all.
var sources = map[string][]string{
	"":                    {"rpc", "app", "identity", "idempotency", "page", "store/sqlite", "store/mongodb"},
	"AuthService":         {"auth", "band"},
	"UserService":         {"users"},
	"PostService":         {"posts", "uploads"},
	"GameService":         {"games", "games/scoring"},
	"ChatService":         {"chat", "uploads"},
	"PhotoService":        {"photos"},
	"NotificationService": {"notifications"},
	"EventService":        {"events", "realtime"},
}

// unseen are reasons that end the start of a server, and reach no caller.
var unseen = []string{"STORE_URL_INVALID"}

// codes are what each kind of failure is called on the wire.
var codes = map[string]string{
	"Invalid": "invalid_argument", "Unauthenticated": "unauthenticated", "Denied": "permission_denied", "NotFound": "not_found",
	"Exists": "already_exists", "Precondition": "failed_precondition", "Aborted": "aborted", "Exhausted": "resource_exhausted",
	"Unavailable": "unavailable", "Unimplemented": "unimplemented",
}

// reason is why a call can fail.
type reason struct{ name, code, text string }

// readReasons reads the reasons that the source declares, by service.
func readReasons(repository fs.FS) (map[string][]reason, error) {
	reasons := make(map[string][]reason)
	for service, folders := range sources {
		for _, folder := range folders {
			files, err := fs.Glob(repository, path.Join("internal", folder, "*.go"))
			if err != nil {
				return nil, err
			}
			for _, file := range files {
				if strings.HasSuffix(file, "_test.go") {
					continue
				}
				source, err := fs.ReadFile(repository, file)
				if err != nil {
					return nil, err
				}
				declared, err := reasonsIn(file, source)
				if err != nil {
					return nil, err
				}
				reasons[service] = append(reasons[service], declared...)
			}
		}
		slices.SortFunc(reasons[service], func(a, b reason) int {
			return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.code, b.code), cmp.Compare(a.text, b.text))
		})
		reasons[service] = slices.CompactFunc(reasons[service], func(a, b reason) bool { return a.name == b.name && a.code == b.code })
	}
	if len(reasons[""]) == 0 {
		return nil, fmt.Errorf("there are no reasons of errors in internal: run this in the root of the repository")
	}
	return reasons, nil
}

// reasonsIn gives the reasons that a file declares: by fault.New(fault.Kind, "REASON", "ko", "en"), and the rules of scoring.
func reasonsIn(name string, source []byte) ([]reason, error) {
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var reasons []reason
	ast.Inspect(file, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.CallExpr:
			if r, ok := declaredBy(n); ok {
				reasons = append(reasons, r)
			}
		case *ast.ValueSpec:
			if kind, ok := n.Type.(*ast.Ident); ok && kind.Name == "Reason" && len(n.Values) == 1 {
				reasons = append(reasons, reason{literal(n.Values[0]), codes["Invalid"], sentence(firstSentence(n.Comment.Text()))})
			}
		}
		return true
	})
	return reasons, nil
}

func declaredBy(n *ast.CallExpr) (reason, bool) {
	function, ok := n.Fun.(*ast.SelectorExpr)
	if !ok || function.Sel.Name != "New" || len(n.Args) != 4 {
		return reason{}, false
	}
	kind, ok := n.Args[0].(*ast.SelectorExpr)
	if pkg, isName := function.X.(*ast.Ident); !ok || !isName || pkg.Name != "fault" {
		return reason{}, false
	}
	name := literal(n.Args[1])
	return reason{name, codes[kind.Sel.Name], literal(n.Args[3])}, name != "" && !slices.Contains(unseen, name)
}

// literal is what an expression is, where it is written out; "" where it is not.
func literal(e ast.Expr) string {
	basic, ok := e.(*ast.BasicLit)
	if !ok {
		return ""
	}
	s, err := strconv.Unquote(basic.Value)
	if err != nil {
		return ""
	}
	return s
}

// reasonTable shows reasons to who asks for them: there are many.
func reasonTable(summary string, reasons []reason) string {
	lines := []string{"<details><summary>" + summary + "</summary>", "", "| reason | code | |", "|---|---|---|"}
	for _, r := range reasons {
		lines = append(lines, fmt.Sprintf("| `%s` | `%s` | %s |", r.name, r.code, markdown.Replace(r.text)))
	}
	return strings.Join(append(lines, "", "</details>"), "\n")
}
