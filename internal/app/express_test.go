package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// expressCall is a row of docs/from-express.md: a call as the old app sends it, and its answer.
type expressCall struct {
	method, path, body string
	status             int
	// fields must be in the answer, by paths with dots; kept names the values that later calls need.
	fields []string
	kept   map[string]string
}

var (
	expressRow   = regexp.MustCompile("(?m)^\\| `([A-Z]+) (/[^ `]*) ?([^`]*)` \\| (\\d{3}) ([^|]*)\\|")
	expressField = regexp.MustCompile("`([a-z0-9_.]+)`(?: → (\\w+))?")
	placeholder  = regexp.MustCompile(`\{(\w+)\}`)
)

func expressPage(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/from-express.md")
	fatal(t, err)
	return string(page)
}

func expressCalls(t *testing.T) []expressCall {
	t.Helper()
	var calls []expressCall
	for _, row := range expressRow.FindAllStringSubmatch(expressPage(t), -1) {
		status, err := strconv.Atoi(row[4])
		fatal(t, err)
		call := expressCall{method: row[1], path: row[2], body: row[3], status: status, kept: make(map[string]string)}
		for _, field := range expressField.FindAllStringSubmatch(row[5], -1) {
			call.fields = append(call.fields, field[1])
			if field[2] != "" {
				call.kept[field[1]] = field[2]
			}
		}
		calls = append(calls, call)
	}
	return calls
}

// Each call of the page is sent as the old app sends it, and answered as the page says.
func TestComingFromExpress(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	s.Club(t, 2, apptest.ConnectBinary)
	leader := s.People(t)[0]
	now := time.Now().UTC()
	values := map[string]string{"now": now.Format(time.RFC3339), "soon": now.Add(time.Hour).Format(time.RFC3339)}
	// The day of the game that is created, by the club's clock.
	values["today"] = now.Add(time.Hour).In(time.FixedZone("KST", 9*60*60)).Format(time.DateOnly)
	calls := expressCalls(t)
	if len(calls) < 35 {
		t.Fatalf("the page has %d calls that can be read", len(calls))
	}
	for _, call := range calls {
		answer := call.send(t, s, values)
		for _, field := range call.fields {
			value, ok := lookUp(answer, field)
			if !ok {
				t.Errorf("%s %s: the answer has no %s: %v", call.method, call.path, field, answer)
			}
			if name := call.kept[field]; name != "" {
				values[name], _ = value.(string)
			}
		}
		if authURL, ok := answer["auth_url"].(string); ok {
			values["state"], _ = answer["state"].(string)
			values["code"] = s.Consent(t, authURL, leader)
		}
		if token, ok := answer["access_token"].(string); ok {
			values["access_token"] = token
		}
	}
}

func (c expressCall) send(t *testing.T, s *apptest.Server, values map[string]string) map[string]any {
	t.Helper()
	fill := func(text string, escape func(string) string) string {
		return placeholder.ReplaceAllStringFunc(text, func(name string) string {
			value := values[strings.Trim(name, "{}")]
			if value == "" {
				t.Fatalf("%s %s: nothing before it answers with %s", c.method, c.path, name)
			}
			return escape(value)
		})
	}
	path, query, _ := strings.Cut(fill(c.path, url.PathEscape), "?")
	target := s.URL + "/api/v1" + path
	if query != "" {
		target += "?" + strings.ReplaceAll(url.PathEscape(query), "%2F", "/")
	}
	req, err := http.NewRequestWithContext(t.Context(), c.method, target, strings.NewReader(fill(c.body, func(s string) string { return s })))
	fatal(t, err)
	req.Header.Set("Content-Type", "application/json")
	if token := values["access_token"]; token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	fatal(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	fatal(t, err)
	if res.StatusCode != c.status {
		t.Fatalf("%s %s: %s, and the page says %d: %s", c.method, c.path, res.Status, c.status, body)
	}
	answer := make(map[string]any)
	fatal(t, json.Unmarshal(body, &answer))
	return answer
}

// lookUp finds a value by a path such as "posts.0.id".
func lookUp(value any, path string) (any, bool) {
	for name := range strings.SplitSeq(path, ".") {
		switch within := value.(type) {
		case map[string]any:
			next, ok := within[name]
			if !ok {
				return nil, false
			}
			value = next
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(within) {
				return nil, false
			}
			value = within[i]
		default:
			return nil, false
		}
	}
	return value, true
}

// What takes the place of Socket.IO is in the contract.
func TestWhatReplacesSocketIO(t *testing.T) {
	_, table, found := strings.Cut(expressPage(t), "## Socket.IO")
	table, _, _ = strings.Cut(table, "\n## ")
	if !found {
		t.Fatal("the page does not speak of Socket.IO")
	}
	event := (&v1.Event{}).ProtoReflect().Descriptor()
	for _, name := range regexp.MustCompile("event `(\\w+)`").FindAllStringSubmatch(table, -1) {
		if event.Fields().ByName(protoreflect.Name(name[1])) == nil {
			t.Errorf("there is no event %s", name[1])
		}
	}
	rpcs := regexp.MustCompile("`(\\w+Service\\.\\w+)`").FindAllStringSubmatch(table, -1)
	for _, name := range rpcs {
		if _, err := protoregistry.GlobalFiles.FindDescriptorByName(event.ParentFile().Package().Append(protoreflect.Name(name[1]))); err != nil {
			t.Errorf("there is no %s: %v", name[1], err)
		}
	}
	if len(rpcs) < 8 {
		t.Errorf("the table names %d RPCs", len(rpcs))
	}
}
