package app

import (
	"fmt"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"github.com/dongbaejul/dongbaejul/internal/rest"
	"github.com/pb33f/libopenapi"
	"github.com/pb33f/libopenapi/datamodel/high/base"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
	"github.com/pb33f/libopenapi/orderedmap"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

func servedDocument(t *testing.T) *v3.Document {
	t.Helper()
	text, err := docsFiles.ReadFile("docs/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := libopenapi.NewDocument(text)
	if err != nil {
		t.Fatal(err)
	}
	model, err := parsed.BuildV3Model()
	if err != nil {
		t.Fatal(err)
	}
	return &model.Model
}

// operationsOf are the operations of a document, by method and path.
func operationsOf(document *v3.Document) map[string]*v3.Operation {
	operations := make(map[string]*v3.Operation)
	for path, item := range document.Paths.PathItems.FromOldest() {
		for verb, operation := range item.GetOperations().FromOldest() {
			operations[strings.ToUpper(verb)+" "+path] = operation
		}
	}
	return operations
}

func TestTheDocumentHasTheRoutesOfTheContract(t *testing.T) {
	operations := operationsOf(servedDocument(t))
	for _, method := range contractProcedures() {
		for i, binding := range rest.Bindings(method) {
			verb := binding.Verb
			route, id := verb+" "+binding.Path, string(method.Name())
			if i > 0 {
				id += "By" + verb[:1] + strings.ToLower(verb[1:])
			}
			if operation := operations[route]; operation == nil || operation.OperationId != id {
				t.Errorf("%s is not in the document as %s: run 'make generate'", route, id)
			}
			delete(operations, route)
		}
	}
	for route := range operations {
		t.Errorf("the document has %s, which the contract has not: run 'make generate'", route)
	}
}

func TestTheDocumentTellsWhichCallsNeedAToken(t *testing.T) {
	s := serveServices(t, Services{})
	s.token = ""
	for route, operation := range operationsOf(servedDocument(t)) {
		verb, path, _ := strings.Cut(route, " ")
		got := s.do(t, verb, variablePattern.ReplaceAllString(path, "x1"), "")
		// Without a word of its own, an operation needs what all of them do.
		if open := operation.Security != nil; open == (got.StatusCode == http.StatusUnauthorized) {
			t.Errorf("%s is open in the document: %t; the server answers %s", operation.OperationId, open, got.Status)
		}
	}
}

func TestTheDocumentHasTheWordsOfREST(t *testing.T) {
	schemas := servedDocument(t).Components.Schemas
	accepted := acceptedWords(t, schemas)
	compared := 0
	protoregistry.GlobalFiles.RangeFilesByPackage("dongbaejul.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Enums().Len() {
			enum := file.Enums().Get(i)
			words, err := rest.Words(enum)
			if err != nil {
				t.Fatal(err)
			}
			for _, word := range words {
				delete(accepted, word)
			}
			// What only requests and streams have is no schema of its own.
			if schema, ok := schemas.Get(string(enum.Name())); ok {
				compared++
				if got := wordsOf(schema); !slices.Equal(got, append(words[1:], "")) {
					t.Errorf("%s is %q in the document, and %q in REST", enum.Name(), got, words)
				}
			}
		}
		return true
	})
	for word, where := range accepted {
		t.Errorf("%s may be %q in the document, which is no word of REST", where, word)
	}
	if compared < 10 {
		t.Errorf("only %d enums: they were not found", compared)
	}
}

// acceptedWords are the words that requests of the contract may have, with where.
func acceptedWords(t *testing.T, schemas *orderedmap.Map[string, *base.SchemaProxy]) map[string]string {
	t.Helper()
	accepted := make(map[string]string)
	for name, schema := range schemas.FromOldest() {
		for property, schema := range schema.Schema().Properties.FromOldest() {
			for _, word := range wordsOf(schema) {
				// A media type is no enum.
				if strings.HasSuffix(name, "Request") && !strings.Contains(word, "/") {
					accepted[word] = name + "." + property
				}
			}
		}
	}
	if len(accepted) < 10 {
		t.Errorf("only %d words: they were not found", len(accepted))
	}
	return accepted
}

func wordsOf(schema *base.SchemaProxy) []string {
	var words []string
	for _, node := range schema.Schema().Enum {
		words = append(words, node.Value)
	}
	return words
}

var codeRow = regexp.MustCompile(`(?m)^\| (\d+) \| (\w+) \| (\d+) \|$`)

func TestTheDocumentHasTheCodesOfREST(t *testing.T) {
	listed := make(map[string]string)
	for _, row := range codeRow.FindAllStringSubmatch(servedDocument(t).Info.Description, -1) {
		listed[row[1]] = row[0]
	}
	for code := connect.CodeCanceled; code <= connect.CodeUnauthenticated; code++ {
		s := serveServices(t, Services{Games: testGames{err: connect.NewError(code, nil)}})
		got := s.do(t, "GET", "/api/v1/games", "")
		told, row := fmt.Sprint(got.json(t)["code"]), listed[fmt.Sprint(int(code))]
		if told != fmt.Sprint(int(code)) {
			// What is nobody's fault but the server's is told as internal.
			if told != fmt.Sprint(int(connect.CodeInternal)) || row != "" {
				t.Errorf("%v is told as %s, and the document has it: %q", code, told, row)
			}
			continue
		}
		if want := fmt.Sprintf("| %d | %v | %d |", code, code, got.StatusCode); row != want {
			t.Errorf("the document says %q of %v, want %q", row, code, want)
		}
	}
}

// Tools show what there is by its description, and linters ask for it.
func TestEverythingInTheDocumentIsDescribed(t *testing.T) {
	document := servedDocument(t)
	for _, tag := range document.Tags {
		if tag.Description == "" {
			t.Errorf("the tag %s has no description", tag.Name)
		}
	}
	parameters := 0
	for route, operation := range operationsOf(document) {
		if operation.Description == "" || operation.Summary == "" {
			t.Errorf("%s has no description", route)
		}
		for _, p := range operation.Parameters {
			if parameters++; p.Description == "" {
				t.Errorf("%s of %s has no description", p.Name, route)
			}
		}
	}
	if parameters < 50 {
		t.Errorf("only %d parameters were seen", parameters)
	}
}

func TestTheDocumentIsServed(t *testing.T) {
	s := serveServices(t, Services{})
	s.token = ""
	packed := s.do(t, "GET", "/openapi.yaml", "", "Accept-Encoding: gzip")
	if packed.StatusCode != http.StatusOK || packed.Header.Get("Content-Encoding") != "gzip" || len(packed.body) > 100<<10 {
		t.Errorf("%s, %s, %d bytes", packed.Status, packed.Header, len(packed.body))
	}
	plain := s.do(t, "GET", "/openapi.yaml", "", "Accept-Encoding: identity")
	want, err := docsFiles.ReadFile("docs/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if string(plain.body) != strings.TrimSpace(string(want)) || plain.Header.Get("Content-Encoding") != "" {
		t.Errorf("%s, %s, %d bytes, want %d", plain.Status, plain.Header, len(plain.body), len(want))
	}
	for name, value := range map[string]string{
		"Content-Type": "application/yaml", "Cache-Control": "public, no-cache", "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff",
	} {
		if got := plain.Header.Values(name); !slices.Contains(got, value) {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
	tag := packed.Header.Get("Etag")
	if tag == "" || tag == plain.Header.Get("Etag") {
		t.Errorf("the entity tags are %q and %q: each form needs its own", tag, plain.Header.Get("Etag"))
	}
	again := s.do(t, "GET", "/openapi.yaml", "", "Accept-Encoding: gzip", "If-None-Match: "+tag)
	if again.StatusCode != http.StatusNotModified || len(again.body) != 0 {
		t.Errorf("asked again: %s, %d bytes", again.Status, len(again.body))
	}
	head := s.do(t, "HEAD", "/openapi.yaml", "", "Accept-Encoding: identity")
	if head.StatusCode != http.StatusOK || len(head.body) != 0 || head.Header.Get("Etag") == "" {
		t.Errorf("HEAD: %s, %d bytes", head.Status, len(head.body))
	}
	refused := s.do(t, "POST", "/openapi.yaml", "{}")
	refused.wantError(t, http.StatusMethodNotAllowed, connect.CodeUnimplemented)
	if allow := refused.Header.Get("Allow"); allow != "GET, HEAD" {
		t.Errorf("Allow is %q", allow)
	}
}

var reference = regexp.MustCompile(`(?:href|src)="([^"]*)"`)

func TestThePageOfTheDocumentLoadsFromHereOnly(t *testing.T) {
	s := serveServices(t, Services{})
	s.token = ""
	page := s.do(t, "GET", "/docs", "")
	if page.StatusCode != http.StatusOK || page.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("%s, %s", page.Status, page.Header.Get("Content-Type"))
	}
	policies := page.Header.Values("Content-Security-Policy")
	if !slices.Equal(policies, []string{docsPolicy}) || strings.Contains(docsPolicy, "unsafe") || strings.Contains(docsPolicy, "http") {
		t.Errorf("the policy is %q", policies)
	}
	references := reference.FindAllStringSubmatch(string(page.body), -1)
	for _, match := range references {
		if strings.HasPrefix(match[1], "data:") || match[1] == "https://swagger.io/tools/swagger-ui/" {
			continue
		}
		packed := s.do(t, "GET", match[1], "", "Accept-Encoding: gzip, br")
		plain := s.do(t, "GET", match[1], "", "Accept-Encoding: gzip;q=0")
		if packed.StatusCode != http.StatusOK || packed.Header.Get("Content-Encoding") != "gzip" ||
			plain.StatusCode != http.StatusOK || plain.Header.Get("Content-Encoding") != "" || len(plain.body) == 0 {
			t.Errorf("%s: packed %s %s, plain %s, %d bytes", match[1], packed.Status, packed.Header, plain.Status, len(plain.body))
		}
		kind, ok := map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}[path.Ext(match[1])]
		if got := plain.Header.Get("Content-Type"); ok && got != kind {
			t.Errorf("%s is %s", match[1], got)
		}
	}
	if len(references) < 8 {
		t.Errorf("only %d references: they were not found", len(references))
	}
}
