package internal

import (
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/protobuf/proto"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// hidden are the reasons that reach no caller, by where they stay.
var hidden = map[string]string{
	"STORE_URL_INVALID": "the start of the server", "STORE_URL_UNKNOWN": "the start of the server",
	"LEASE_HELD":        "the worker that asks for a lease",
	"REDIS_UNAVAILABLE": "callers of Redis, which go on without, and health", "REDIS_REFUSES_CALLS": "callers of Redis, which go on without, and health",
	"PUSH_DEVICE_GONE": "the sender of pushes", "PUSH_UNAVAILABLE": "the sender of pushes", "PUSH_RATE_LIMITED": "the sender of pushes",
}

// kindCodes are the codes of the kinds of fault. What has no kind has the code of its name.
var kindCodes = map[string]code.Code{
	"Invalid": code.Code_INVALID_ARGUMENT, "Unauthenticated": code.Code_UNAUTHENTICATED, "Denied": code.Code_PERMISSION_DENIED,
	"NotFound": code.Code_NOT_FOUND, "Exists": code.Code_ALREADY_EXISTS, "Precondition": code.Code_FAILED_PRECONDITION,
	"Aborted": code.Code_ABORTED, "Exhausted": code.Code_RESOURCE_EXHAUSTED, "Unavailable": code.Code_UNAVAILABLE,
	"Unimplemented": code.Code_UNIMPLEMENTED,
}

// unnamed are the codes of the reasons that are declared without a kind.
var unnamed = map[string]code.Code{
	"CANCELED": code.Code_CANCELLED, "DEADLINE_EXCEEDED": code.Code_DEADLINE_EXCEEDED, "INTERNAL": code.Code_INTERNAL,
}

// raised are the reasons of what connect itself refuses, whose metadata has its words.
var raised = []string{"MALFORMED_REQUEST", "REQUEST_TOO_LARGE", "UNIMPLEMENTED", "SERVER_BUSY"}

// reasonRule is what is said of a reason, by the contract or by the code.
type reasonRule struct {
	code code.Code
	keys map[string]bool
}

// contractReasons are those of the enum.
func contractReasons(t *testing.T) map[string]reasonRule {
	t.Helper()
	rules := make(map[string]reasonRule)
	values := dongbaejulv1.ErrorReason(0).Descriptor().Values()
	for i := range values.Len() {
		value := values.Get(i)
		if value.Number() == 0 {
			continue
		}
		rule, ok := proto.GetExtension(value.Options(), dongbaejulv1.E_Error).(*dongbaejulv1.ErrorRule)
		if !ok || rule.GetCode() == code.Code_OK {
			t.Errorf("%s has no code", value.Name())
			continue
		}
		r := reasonRule{code: rule.GetCode(), keys: make(map[string]bool)}
		for _, key := range rule.GetMetadata() {
			r.keys[key] = true
		}
		rules[strings.TrimPrefix(string(value.Name()), "ERROR_REASON_")] = r
	}
	return rules
}

// One reason has one code, wherever it is declared, and the contract says which.
func TestReasonsAreThoseOfTheContract(t *testing.T) {
	inContract, inCode := contractReasons(t), declaredReasons(t)
	for _, reason := range slices.Sorted(maps.Keys(inCode)) {
		declared, listed := inCode[reason], inContract[reason]
		switch {
		case hidden[reason] != "":
			if listed.code != 0 {
				t.Errorf("%s is in the contract, and hidden", reason)
			}
			continue
		case listed.code == 0:
			t.Errorf("%s is not in the contract: add it to ErrorReason in common.proto", reason)
			continue
		case listed.code != declared.code:
			t.Errorf("%s has the code %v in the contract, and %v in the code", reason, listed.code, declared.code)
		}
		for key := range declared.keys {
			if !listed.keys[key] {
				t.Errorf("%s is sent with %q in its metadata, which the contract does not have", reason, key)
			}
		}
		for key := range listed.keys {
			if !declared.keys[key] {
				t.Errorf("%s has %q in its metadata in the contract, which no WithMeta sends", reason, key)
			}
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(inContract)) {
		if _, ok := inCode[reason]; !ok {
			t.Errorf("%s is in the contract, and nothing in the code has it", reason)
		}
	}
	for reason := range hidden {
		if _, ok := inCode[reason]; !ok {
			t.Errorf("%s is hidden, and nothing in the code has it", reason)
		}
	}
}

// declaredReasons are those that the server's code declares by fault.New, by fault.InvalidField and by the rules of scoring.
func declaredReasons(t *testing.T) map[string]reasonRule {
	t.Helper()
	all := make(map[string]reasonRule)
	for folder, files := range sources(t) {
		p := faultPackage{folder: folder, variables: make(map[string][]string), values: make(map[string]ast.Expr), reasons: make(map[string]reasonRule)}
		for _, file := range files {
			p.declare(t, file)
		}
		for _, file := range files {
			p.addKeys(t, file)
		}
		for reason, rule := range p.reasons {
			seen, ok := all[reason]
			if !ok {
				all[reason] = rule
				continue
			}
			if seen.code != rule.code {
				t.Errorf("%s has the code %v, and in %s %v", reason, seen.code, folder, rule.code)
			}
			maps.Copy(seen.keys, rule.keys)
		}
	}
	for _, reason := range raised {
		all[reason].keys["detail"] = true
	}
	return all
}

// faultPackage is what a package says about its faults.
type faultPackage struct {
	folder string
	// variables are the reasons in the values of the package's variables, and values those that have none but may lead to some.
	variables map[string][]string
	values    map[string]ast.Expr
	reasons   map[string]reasonRule
}

func (p *faultPackage) declare(t *testing.T, file sourceFile) {
	for _, decl := range file.Decls {
		if general, ok := decl.(*ast.GenDecl); ok {
			for _, spec := range general.Specs {
				if value, ok := spec.(*ast.ValueSpec); ok {
					p.declareValue(t, file, value)
				}
			}
			continue
		}
		p.find(t, file, decl)
	}
}

func (p *faultPackage) declareValue(t *testing.T, file sourceFile, spec *ast.ValueSpec) {
	for i, value := range spec.Values {
		found := p.find(t, file, value)
		if name := spec.Names[i].Name; len(found) > 0 {
			p.variables[name] = found
		} else {
			p.values[name] = value
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && p.folder == "internal/games/scoring" && kind.Name == "Reason" {
			p.add(t, literal(value), scoringCode(spec.Names[i].Name))
		}
	}
}

// scoringCode is the code of a broken rule of scoring: most are broken by the request alone, some by the match. A test of games
// holds the service to the contract.
func scoringCode(name string) code.Code {
	if name == "MatchUndecided" || name == "MatchDecided" {
		return code.Code_FAILED_PRECONDITION
	}
	return code.Code_INVALID_ARGUMENT
}

func (p *faultPackage) add(t *testing.T, reason string, c code.Code) {
	t.Helper()
	if seen, ok := p.reasons[reason]; ok && seen.code != c {
		t.Errorf("%s: %s has the codes %v and %v", p.folder, reason, seen.code, c)
	}
	p.reasons[reason] = reasonRule{code: c, keys: make(map[string]bool)}
}

// find declares the reasons within node, and returns them.
func (p *faultPackage) find(t *testing.T, file sourceFile, node ast.Node) []string {
	t.Helper()
	var found []string
	ast.Inspect(node, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch name := faultFunction(file, call); name {
		case "New":
			reason := literal(call.Args[1])
			c, known := kindCode(call.Args[0], reason)
			if !known {
				t.Errorf("%s: a fault of a kind that this test does not know", file.path)
			}
			// Scoring's are found where they are declared.
			if reason == "" && p.folder != "internal/games" {
				t.Errorf("%s: a fault whose reason is not written out", file.path)
			}
			if reason != "" {
				found = append(found, reason)
				p.add(t, reason, c)
			}
		case "InvalidField":
			p.add(t, "INVALID_FIELD", code.Code_INVALID_ARGUMENT)
		}
		return true
	})
	return found
}

// faultFunction is the name of the function of package fault that is called; empty where it is none.
func faultFunction(file sourceFile, call *ast.CallExpr) string {
	if file.Name.Name == "fault" {
		return ""
	}
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if from, ok := selector.X.(*ast.Ident); ok && from.Name == "fault" {
		return selector.Sel.Name
	}
	return ""
}

func kindCode(kind ast.Expr, reason string) (code.Code, bool) {
	if selector, ok := kind.(*ast.SelectorExpr); ok {
		c, known := kindCodes[selector.Sel.Name]
		return c, known
	}
	c, known := unnamed[reason]
	return c, known
}

// addKeys adds the keys of WithMeta to the reasons it is called on.
func (p *faultPackage) addKeys(t *testing.T, file sourceFile) {
	t.Helper()
	ast.Inspect(file.File, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		if selector, ok := call.Fun.(*ast.SelectorExpr); ok && selector.Sel.Name == "WithMeta" && file.Name.Name != "rpc" {
			reasons, key := p.reasonsOf(selector.X), literal(call.Args[0])
			if len(reasons) == 0 || key == "" {
				t.Errorf("%s: this test cannot follow a WithMeta: call it on a variable of the package, with a key written out", file.path)
			}
			for _, reason := range reasons {
				p.reasons[reason].keys[key] = true
			}
		}
		return true
	})
}

// reasonsOf are the reasons that a fault may have, from the variable that the chain of its With methods begins with.
func (p *faultPackage) reasonsOf(e ast.Expr) []string {
	switch e := e.(type) {
	case *ast.Ident:
		if reasons := p.variables[e.Name]; len(reasons) > 0 {
			return reasons
		}
		return p.reasonsOf(p.values[e.Name])
	case *ast.IndexExpr:
		return p.reasonsOf(e.X)
	case *ast.CallExpr:
		if selector, ok := e.Fun.(*ast.SelectorExpr); ok {
			return p.reasonsOf(selector.X)
		}
	}
	return nil
}

// literal is what a string literal says; empty for anything else.
func literal(e ast.Expr) string {
	basic, ok := e.(*ast.BasicLit)
	if !ok || basic.Kind != token.STRING {
		return ""
	}
	s, err := strconv.Unquote(basic.Value)
	if err != nil {
		return ""
	}
	return s
}
