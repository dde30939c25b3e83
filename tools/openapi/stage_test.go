package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pb33f/go-yaml"
	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
	"github.com/pb33f/libopenapi/orderedmap"

	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/ids"
	"github.com/dongbaejul/dongbaejul/internal/photos"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

// stage is a server on which the story is played, and how far it has come.
type stage struct {
	*testing.T
	server *apptest.Server
	// calls are the operations of the document, by id.
	calls map[string]operation
	// responses are those of the document that several operations have, by name.
	responses *orderedmap.Map[string, *v3.Response]
	validator validator.Validator
	examples  *examples
	// leader is who signs in within the story, and tokens are the access tokens by who calls.
	leader apptest.Person
	tokens map[string]string
	// madeUp are the examples' values for the server's, and real the other way round.
	madeUp, real map[string]string
	// settled are the answers that are examples.
	settled map[string]*yaml.Node
}

type operation struct {
	*v3.Operation
	verb, path string
}

func newStage(t *testing.T) *stage {
	examples, err := readExamples(storyYAML, answersYAML)
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{
		T: t, server: apptest.Start(t, asInDevelopment), examples: examples, calls: make(map[string]operation), tokens: make(map[string]string),
		madeUp: make(map[string]string), real: make(map[string]string), settled: make(map[string]*yaml.Node),
	}
	people := s.server.People(t)
	player := slices.IndexFunc(people, func(p apptest.Person) bool { return p.Name == "김민수" })
	s.leader = people[0]
	s.server.SignIn(t, s.leader, apptest.ConnectJSON)
	member := s.server.SignIn(t, people[player], apptest.ConnectJSON)
	s.tokens["player"] = member.AccessToken
	s.server.Fill(t, func(kept store.Store) { putAlbum(t, kept, member.ID) })
	s.read()
	return s
}

// putAlbum puts an album of Band with a photo, which the story tells of.
func putAlbum(t *testing.T, kept store.Store, author string) {
	t.Helper()
	// A pass that no sync comes after.
	const pass = 1 << 62
	at := time.Date(2030, 1, 6, 5, 30, 0, 0, time.UTC)
	id := ids.From("album of the story")
	_, _, err := kept.PutAlbums(t.Context(), pass, []photos.Album{{ID: id, Name: "1월 정기전", OwnerID: author, CreatedAt: at}})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = kept.PutPhotos(t.Context(), pass, []photos.Photo{{
		ID: ids.From("photo of the story"), AlbumID: id, AuthorID: author, URL: "https://coresos-phinf.pstatic.net/a/1.jpg", Width: 1280,
		Height: 960, Comments: 2, Emotions: 5, CreatedAt: at,
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// asInDevelopment returns sign-ins the time they have where nothing is configured.
func asInDevelopment(c *app.Config) {
	c.JWTExpiresIn = 24 * time.Hour
	// The example of RFC 8291.
	c.WebPushPrivateKey = band.NewSecret("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")
}

// read reads the document that the server serves.
func (s *stage) read() {
	res, err := http.Get(s.server.URL + "/openapi.yaml")
	if err != nil {
		s.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.Fatal(err)
	}
	parsed, err := libopenapi.NewDocument(strict(s.T, text))
	if err != nil {
		s.Fatal(err)
	}
	model, err := parsed.BuildV3Model()
	if err != nil {
		s.Fatal(err)
	}
	var problems []error
	if s.validator, problems = validator.NewValidator(parsed, config.WithFormatAssertions()); problems != nil {
		s.Fatal(problems)
	}
	if ok, problems := s.validator.ValidateDocument(); !ok {
		for _, p := range problems {
			s.Errorf("the document is not OpenAPI: %s", p.Error())
		}
	}
	s.responses = model.Model.Components.Responses
	for at, item := range model.Model.Paths.PathItems.FromOldest() {
		for verb, o := range item.GetOperations().FromOldest() {
			s.calls[o.OperationId] = operation{o, strings.ToUpper(verb), at}
		}
	}
}

// strict returns a document whose objects have no other fields than those that it tells of.
func strict(t *testing.T, document []byte) []byte {
	t.Helper()
	var root yaml.Node
	if err := yaml.Unmarshal(document, &root); err != nil {
		t.Fatal(err)
	}
	objects := 0
	for _, schema := range pairs(valueAt(valueAt(root.Content[0], "components"), "schemas")) {
		if valueAt(schema, "properties") != nil && valueAt(schema, "additionalProperties") == nil {
			schema.Content = append(schema.Content, text("additionalProperties"), &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "false"})
			objects++
		}
	}
	if objects < 50 {
		t.Fatalf("only %d objects: the schemas were not found", objects)
	}
	return []byte(toYAML(t, &root))
}

// play plays one step.
func (s *stage) play(i int) {
	step := s.examples.story[i]
	o, ok := s.calls[step.Call]
	if !ok {
		s.Fatalf("%s is not in the document", step.Call)
	}
	message := &step.Request
	if i == s.examples.first(step.Call) || message.Kind == 0 {
		message = exampleOf(o.Operation)
	}
	request := s.request(o, s.tokens[step.By], message)
	if step.Fails == "TooManyRequests" {
		s.useUp(request)
	}
	answer := s.send(request, step)
	if step.Fails == "" && i == s.examples.first(step.Call) || step.Title != "" {
		s.compare(step, answer)
	}
}

// exampleOf is the example of a request in the document, as a message.
func exampleOf(o *v3.Operation) *yaml.Node {
	message := &yaml.Node{Kind: yaml.MappingNode}
	for _, p := range o.Parameters {
		if p.Example != nil {
			message.Content = append(message.Content, text(p.Name), p.Example)
		}
	}
	if o.RequestBody != nil {
		if example := o.RequestBody.Content.GetOrZero(jsonType).Example; example != nil {
			message.Content = append(message.Content, example.Content...)
		}
	}
	return message
}

// request is what a message is in HTTP, with the server's values in the place of made-up ones.
func (s *stage) request(o operation, token string, message *yaml.Node) *http.Request {
	s.Helper()
	at, query := o.path, make(url.Values)
	body := &yaml.Node{Kind: yaml.MappingNode}
	for name, value := range pairs(message) {
		value = s.withReal(value)
		switch in := placeOf(o.Operation, name.Value); in {
		case "path":
			at = strings.ReplaceAll(at, "{"+name.Value+"}", url.PathEscape(value.Value))
		case "query":
			query.Set(name.Value, value.Value)
		default:
			body.Content = append(body.Content, name, value)
		}
	}
	var reader io.Reader
	if o.RequestBody != nil {
		reader = bytes.NewReader(toJSON(s.T, body))
	}
	request, err := http.NewRequestWithContext(s.Context(), o.verb, s.server.URL+at+"?"+query.Encode(), reader)
	if err != nil {
		s.Fatal(err)
	}
	if reader != nil {
		request.Header.Set("Content-Type", jsonType)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	request.Header.Set("User-Agent", "Dongbaejul/1.0 (iPhone)")
	request.Header.Set("Accept-Language", "en")
	return request
}

func placeOf(o *v3.Operation, name string) string {
	for _, p := range o.Parameters {
		if p.Name == name {
			return p.In
		}
	}
	return "body"
}

// withReal returns a copy of node with the server's values. What the server has not said is sent, and comes back, as it is.
func (s *stage) withReal(node *yaml.Node) *yaml.Node {
	copied := *node
	if value, ok := s.real[node.Value]; ok && node.Kind == yaml.ScalarNode {
		copied.Value = value
	} else if uuid.MatchString(node.Value) {
		s.know(node.Value, node.Value)
	}
	copied.Content = nil
	for _, child := range node.Content {
		copied.Content = append(copied.Content, s.withReal(child))
	}
	return &copied
}

// send sends a request and returns the answer, which is as the document says.
func (s *stage) send(request *http.Request, step step) *yaml.Node {
	s.Helper()
	var sent []byte
	if request.Body != nil {
		sent, _ = io.ReadAll(request.Body)
		request.Body = io.NopCloser(bytes.NewReader(sent))
	}
	res, err := http.DefaultClient.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.Fatal(err)
	}
	if (res.StatusCode == http.StatusOK) != (step.Fails == "") {
		s.Fatalf("%s by the %s: %s %s: %s\n%s", step.Call, step.By, request.Method, request.URL, res.Status, body)
	}
	request.Body, res.Body = io.NopCloser(bytes.NewReader(sent)), io.NopCloser(bytes.NewReader(body))
	s.validate(request, res, step)
	answer := fromJSON(s.T, body)
	s.follow(answer)
	return answer
}

// validate holds what was sent and what was answered to the document.
func (s *stage) validate(request *http.Request, res *http.Response, step step) {
	s.Helper()
	problems := make([]string, 0)
	if step.Fails == "" {
		if ok, wrong := s.validator.ValidateHttpRequest(request); !ok {
			for _, w := range wrong {
				problems = append(problems, "the request: "+w.Error())
			}
		}
	}
	if ok, wrong := s.validator.ValidateHttpResponse(request, res); !ok {
		for _, w := range wrong {
			problems = append(problems, "the answer: "+w.Error())
		}
	}
	for _, p := range problems {
		s.Errorf("%s: %s", step.Call, p)
	}
}

// follow does what an app does with an answer: it opens the page to sign in, and keeps the tokens.
func (s *stage) follow(answer *yaml.Node) {
	if authURL := valueAt(answer, "auth_url"); authURL != nil {
		s.know(s.server.Consent(s.T, authURL.Value, s.leader), "made-up-code")
	}
	if token := valueAt(answer, "access_token"); token != nil {
		s.tokens["leader"] = token.Value
	}
	if to := valueAt(answer, "upload_url"); to != nil {
		s.upload(to.Value)
		s.know(path.Base(to.Value), "7--w5rrRztOKCAYrwF1OiQ")
		s.know(path.Base(valueAt(answer, "url").Value), "BFcXb5b6QnZBcT2GJ44e0g")
	}
}

// upload sends a picture of one pixel, which has 70 bytes.
func (s *stage) upload(to string) {
	data, err := base64.StdEncoding.DecodeString(
		"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
	if err != nil {
		s.Fatal(err)
	}
	request, err := http.NewRequestWithContext(s.T.Context(), http.MethodPut, to, bytes.NewReader(data))
	if err != nil {
		s.Fatal(err)
	}
	request.Header.Set("Content-Type", "image/png")
	res, err := http.DefaultClient.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusNoContent {
		s.Fatalf("the picture was answered by %s, %v", res.Status, err)
	}
}

// useUp sends a request to a server with limits, until one is used up; the story's request goes to that server then.
func (s *stage) useUp(request *http.Request) {
	limited := apptest.Start(s.T, func(c *app.Config) { c.RateLimit = true })
	to, err := url.Parse(limited.URL)
	if err != nil {
		s.Fatal(err)
	}
	request.URL.Host = to.Host
	for range 5 {
		res, err := http.DefaultClient.Do(request.Clone(s.Context()))
		if err != nil {
			s.Fatal(err)
		}
		res.Body.Close()
		if request.Body, err = request.GetBody(); err != nil {
			s.Fatal(err)
		}
	}
}

// know notes that the examples have madeUp for what the server calls real.
func (s *stage) know(real, madeUp string) {
	s.madeUp[real], s.real[madeUp] = madeUp, real
}

func fromJSON(t *testing.T, body []byte) *yaml.Node {
	t.Helper()
	var node yaml.Node
	if err := yaml.Unmarshal(body, &node); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return node.Content[0]
}

func toJSON(t *testing.T, node *yaml.Node) []byte {
	t.Helper()
	var message map[string]any
	if err := node.Decode(&message); err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func toYAML(t *testing.T, node *yaml.Node) string {
	t.Helper()
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(node); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
