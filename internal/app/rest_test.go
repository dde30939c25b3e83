package app

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/rest"
)

var variablePattern = regexp.MustCompile(`\{(\w+)\}`)

// Every google.api.http option of the contract reaches its RPC, and every unary RPC has one.
func TestRESTReachesEveryRPC(t *testing.T) {
	s := serveServices(t, Services{})
	routes := 0
	for procedure, method := range contractProcedures() {
		rule := proto.GetExtension(method.Options(), annotations.E_Http).(*annotations.HttpRule)
		if rule == nil {
			if !method.IsStreamingServer() {
				t.Errorf("%s has no google.api.http option", procedure)
			}
			continue
		}
		for _, binding := range rest.Bindings(method) {
			routes++
			verb, path := binding.Verb, binding.Path
			if !strings.HasPrefix(path, rest.Prefix) {
				t.Errorf("%s is at %s, outside of %s", procedure, path, rest.Prefix)
			}
			if rule.GetBody() != "" && rule.GetBody() != "*" || rule.GetResponseBody() != "" {
				t.Errorf("%s has a body other than its message", procedure)
			}
			got := s.do(t, verb, variablePattern.ReplaceAllString(path, "x1"), "")
			if reached := got.Header.Get("X-Procedure"); reached != procedure {
				t.Errorf("%s %s reaches %q, want %s: %s %s", verb, path, reached, procedure, got.Status, got.body)
			}
			if got.StatusCode != http.StatusNotImplemented && got.StatusCode != http.StatusBadRequest {
				t.Errorf("%s %s: %s: %s", verb, path, got.Status, got.body)
			}
		}
	}
	if routes < 50 {
		t.Errorf("only %d routes: the contract was not found", routes)
	}
}

// A PUT that leaves alone what it is not given is a PATCH by kind, and is served as one too: that of a path that ends in an id, and
// that of an RPC called Update… all of whose fields may be absent. What sets a part of something as a whole (teams, a score)
// is a PUT only.
func TestEveryPutThatPatchesIsServedAsPatch(t *testing.T) {
	puts := 0
	for procedure, method := range contractProcedures() {
		rule := proto.GetExtension(method.Options(), annotations.E_Http).(*annotations.HttpRule)
		if rule.GetPut() == "" {
			continue
		}
		puts++
		want := strings.HasSuffix(rule.GetPut(), "}") || strings.HasPrefix(string(method.Name()), "Update")
		for i := range method.Input().Fields().Len() {
			field := method.Input().Fields().Get(i)
			inPath := strings.Contains(rule.GetPut(), "{"+string(field.Name())+"}")
			want = want && (strings.HasSuffix(rule.GetPut(), "}") || inPath || field.HasPresence())
		}
		patched := slices.ContainsFunc(rule.GetAdditionalBindings(), func(b *annotations.HttpRule) bool {
			return b.GetPatch() == rule.GetPut() && b.GetBody() == rule.GetBody()
		})
		if patched != want {
			t.Errorf("%s is served as PATCH: %t, want %t", procedure, patched, want)
		}
	}
	if puts < 8 {
		t.Errorf("only %d PUTs: the contract was not found", puts)
	}
}

func TestRESTUnimplemented(t *testing.T) {
	s := serveServices(t, Services{})
	got := s.do(t, "GET", "/api/v1/posts", "")
	got.wantError(t, http.StatusNotImplemented, connect.CodeUnimplemented)
}

// testGames answers what the tests of REST ask for.
type testGames struct {
	dongbaejulv1connect.UnimplementedGameServiceHandler
	list func(*dongbaejulv1.ListGamesRequest)
	err  error
}

func (g testGames) ListGames(_ context.Context, request *dongbaejulv1.ListGamesRequest) (*dongbaejulv1.ListGamesResponse, error) {
	if g.list != nil {
		g.list(request)
	}
	return &dongbaejulv1.ListGamesResponse{}, g.err
}

func (testGames) GetGame(_ context.Context, request *dongbaejulv1.GetGameRequest) (*dongbaejulv1.GetGameResponse, error) {
	return &dongbaejulv1.GetGameResponse{Game: testGame(request.GetGameId())}, nil
}

func (g testGames) UpdateScore(context.Context, *dongbaejulv1.UpdateScoreRequest) (*dongbaejulv1.UpdateScoreResponse, error) {
	return nil, fault.New(fault.Aborted, "VERSION_CONFLICT", "다른 사람이 먼저 바꾸었습니다.", "Somebody was first.").WithDetail(testGame("g1"))
}

func testGame(id string) *dongbaejulv1.Game {
	return &dongbaejulv1.Game{
		Id: id, Status: dongbaejulv1.GameStatus_GAME_STATUS_SCHEDULED,
		Scoring:  &dongbaejulv1.ScoringRules{Preset: dongbaejulv1.ScoringPreset_SCORING_PRESET_1X21, BestOf: 1},
		GameDate: timestamppb.New(time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)),
	}
}

func TestRESTWritesSnakeCaseZeroValuesAndWords(t *testing.T) {
	s := serveServices(t, Services{Games: testGames{}})
	got := s.do(t, "GET", "/api/v1/games/g1", "")
	if got.StatusCode != http.StatusOK || got.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s %s", got.Status, got.Header.Get("Content-Type"))
	}
	if cache := got.Header.Get("Cache-Control"); cache != "no-store" {
		t.Errorf("Cache-Control is %q", cache)
	}
	game := got.json(t)["game"].(map[string]any)
	for name, want := range map[string]any{
		"id": "g1", "status": "scheduled", "title": "", "game_date": "2026-11-01T10:00:00Z", "game_type": "", "duration": 0.0,
	} {
		if game[name] != want {
			t.Errorf("%s is %v, want %v", name, game[name], want)
		}
	}
	if preset := game["scoring"].(map[string]any)["preset"]; preset != "1x21" {
		t.Errorf("preset is %v", preset)
	}
	for _, name := range []string{"participants", "waiting_list"} {
		if list, ok := game[name].([]any); !ok || len(list) != 0 {
			t.Errorf("%s is %v, want []", name, game[name])
		}
	}
}

func TestRESTReadsWordsInQueries(t *testing.T) {
	var asked *dongbaejulv1.ListGamesRequest
	s := serveServices(t, Services{Games: testGames{list: func(r *dongbaejulv1.ListGamesRequest) { asked = r }}})
	for query, want := range map[string]*dongbaejulv1.ListGamesRequest{
		"status=ongoing":                          {Status: dongbaejulv1.GameStatus_GAME_STATUS_ONGOING.Enum()},
		"page=2&limit=5":                          {Page: proto.Int32(2), Limit: proto.Int32(5)},
		"date_from=2026-11-01T00:00:00Z":          {DateFrom: new("2026-11-01T00:00:00Z")},
		"dateFrom=2026-11-01T09:00:00%2B09:00":    {DateFrom: new("2026-11-01T09:00:00+09:00")},
		"date_from=2026-11-01&date_to=2026-11-01": {DateFrom: new("2026-11-01"), DateTo: new("2026-11-01")},
		"":                                       {},
		"status=&nothing=1&nothing=2&connect=v1": {},
		"page.foo=1&date_from.seconds.x=1":       {},
		"encoding=json&message=%7B%7D":           {},
	} {
		asked = nil
		got := s.do(t, "GET", "/api/v1/games?"+query, "", "X-Unknown-Fields: ignore")
		if got.StatusCode != http.StatusOK || !proto.Equal(asked, want) {
			t.Errorf("?%s: %s, asked for %v, want %v: %s", query, got.Status, asked, want, got.body)
		}
	}
}

// createdGames notes the games to be created.
type createdGames struct {
	dongbaejulv1connect.UnimplementedGameServiceHandler
	asked *dongbaejulv1.CreateGameRequest
}

func (g *createdGames) CreateGame(_ context.Context, request *dongbaejulv1.CreateGameRequest) (*dongbaejulv1.CreateGameResponse, error) {
	g.asked = request
	return &dongbaejulv1.CreateGameResponse{}, nil
}

func TestRESTReadsWordsInBodies(t *testing.T) {
	games := &createdGames{}
	s := serveServices(t, Services{Games: games})
	got := s.do(t, "POST", "/api/v1/games", `{"title":"수요일","game_date":"2026-11-01T19:00:00+09:00","duration":60,"maxParticipants":8,
		"skill_level":"all","game_type":"mixed_doubles","scoring":{"preset":"1x21"}}`)
	asked := games.asked
	if got.StatusCode != http.StatusOK || asked.GetSkillLevel() != dongbaejulv1.SkillLevel_SKILL_LEVEL_ALL || asked.GetMaxParticipants() != 8 ||
		asked.GetGameType() != dongbaejulv1.GameType_GAME_TYPE_MIXED_DOUBLES ||
		asked.GetScoring().GetPreset() != dongbaejulv1.ScoringPreset_SCORING_PRESET_1X21 {
		t.Errorf("%s, asked for %v: %s", got.Status, asked, got.body)
	}
}

func TestRESTRefusesWhatItCannotRead(t *testing.T) {
	s := serveServices(t, Services{})
	for name, c := range map[string]struct{ method, path, body, words string }{
		"query word":       {"GET", "/api/v1/games?status=nonsense", "", `status: there is no value "nonsense"`},
		"long query word":  {"GET", "/api/v1/games?status=GAME_STATUS_ONGOING", "", `status: there is no value "GAME_STATUS_ONGOING"`},
		"query number":     {"GET", "/api/v1/games?page=two", "", `page`},
		"leading zero":     {"GET", "/api/v1/games?page=05", "", `page: there is no value "05"`},
		"too large":        {"GET", "/api/v1/games?page=2147483648", "", `page: there is no value "2147483648"`},
		"query bytes":      {"GET", "/api/v1/posts?search=%FF", "", ""},
		"path bytes":       {"GET", "/api/v1/posts/%FF", "", ""},
		"no JSON":          {"POST", "/api/v1/posts", "{", "unexpected"},
		"not an object":    {"POST", "/api/v1/posts", `[]`, "unexpected token ["},
		"two objects":      {"POST", "/api/v1/posts", `{}{}`, "unexpected token {"},
		"body word":        {"POST", "/api/v1/posts", `{"category":"nonsense"}`, `"nonsense"`},
		"long body word":   {"POST", "/api/v1/posts", `{"category":"POST_CATEGORY_FREE"}`, `"POST_CATEGORY_FREE"`},
		"wrong type":       {"POST", "/api/v1/posts", `{"title":5}`, "title"},
		"body bytes":       {"POST", "/api/v1/posts", "{\"title\":\"\xff\"}", "UTF-8"},
		"field twice":      {"POST", "/api/v1/posts", `{"is_pinned":true,"isPinned":true}`, "duplicate"},
		"half a character": {"POST", "/api/v1/posts", `{"title":"\ud800"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := s.do(t, c.method, c.path, c.body)
			body := got.wantError(t, http.StatusBadRequest, connect.CodeInvalidArgument)
			if reached := got.Header.Get("X-Procedure"); reached != "" {
				t.Errorf("it reached %s", reached)
			}
			detail := body["details"].([]any)[0].(map[string]any)
			if detail["@type"] != "type.googleapis.com/google.rpc.ErrorInfo" || detail["reason"] != "MALFORMED_REQUEST" {
				t.Errorf("detail %v", detail)
			}
			said, _ := detail["metadata"].(map[string]any)["detail"].(string)
			if !strings.Contains(said, c.words) || strings.HasPrefix(said, "proto:") || strings.HasPrefix(said, "unmarshal") {
				t.Errorf("it says %q, want %q", said, c.words)
			}
		})
	}
}

// calledAuth and calledPosts note that they were called: they have RPCs without a required field.
type calledAuth struct {
	dongbaejulv1connect.UnimplementedAuthServiceHandler
	calls *[]string
}

func (a calledAuth) Logout(context.Context, *dongbaejulv1.LogoutRequest) (*dongbaejulv1.LogoutResponse, error) {
	*a.calls = append(*a.calls, "Logout")
	return &dongbaejulv1.LogoutResponse{Message: "success"}, nil
}

type calledPosts struct {
	dongbaejulv1connect.UnimplementedPostServiceHandler
	calls *[]string
}

func (p calledPosts) ToggleLike(_ context.Context, request *dongbaejulv1.ToggleLikeRequest) (*dongbaejulv1.ToggleLikeResponse, error) {
	*p.calls = append(*p.calls, "ToggleLike "+request.GetPostId())
	return &dongbaejulv1.ToggleLikeResponse{}, nil
}

func TestRESTCallsNothingForWhatItCannotRead(t *testing.T) {
	var calls []string
	s := serveServices(t, Services{Auth: calledAuth{calls: &calls}, Posts: calledPosts{calls: &calls}})
	for _, path := range []string{"/api/v1/auth/logout", "/api/v1/posts/p1/like"} {
		for _, body := range []string{"{", `{"x":1}`, `"`, "[]", "\xff", `{"all_devices":"yes","liked":"yes"}`, `{"liked":1,"all_devices":1}`} {
			s.do(t, "POST", path, body).wantError(t, http.StatusBadRequest, connect.CodeInvalidArgument)
			s.do(t, "POST", path, body, "Accept-Encoding: gzip").wantError(t, http.StatusBadRequest, connect.CodeInvalidArgument)
		}
		s.do(t, "POST", path, "{}", "Content-Type: text/plain").wantError(t, http.StatusUnsupportedMediaType, connect.CodeInvalidArgument)
		s.do(t, "POST", path, strings.Repeat(" ", 64<<10+1)).wantError(t, http.StatusRequestEntityTooLarge, connect.CodeResourceExhausted)
	}
	if len(calls) != 0 {
		t.Errorf("called: %v", calls)
	}
}

func TestRESTTakesNoBodyForAnEmptyOne(t *testing.T) {
	var calls []string
	s := serveServices(t, Services{Auth: calledAuth{calls: &calls}, Posts: calledPosts{calls: &calls}})
	for _, c := range []struct{ body, contentType string }{
		{"", ""}, {"", "application/json"}, {"", "application/x-www-form-urlencoded"}, {"{}", ""}, {"null", "application/json"},
		{" \n", "application/json"}, {"{}", "application/json; charset=UTF-8"}, {"{}", "Application/JSON;charset=utf-8"},
	} {
		for path, want := range map[string]string{"/api/v1/auth/logout": "Logout", "/api/v1/posts/p1/like": "ToggleLike p1"} {
			calls = nil
			var header []string
			if c.contentType != "" {
				header = []string{"Content-Type: " + c.contentType}
			}
			got := s.do(t, "POST", path, c.body, header...)
			if got.StatusCode != http.StatusOK || !slices.Equal(calls, []string{want}) {
				t.Errorf("%s with %q as %q: %s, called %v: %s", path, c.body, c.contentType, got.Status, calls, got.body)
			}
		}
	}
}

func TestRESTPathsAreRead(t *testing.T) {
	var calls []string
	s := serveServices(t, Services{Posts: calledPosts{calls: &calls}})
	for path, want := range map[string]string{
		"p1": "p1", "a%2Fb": "a/b", "100%25": "100%", "%252F": "%2F", "%2F": "/", "%2f": "/", "%2F%2F": "//", "%2E%2E": "..", "a:b": "a:b", "a%3Ab": "a:b", "*": "*", "%ED%99%8D": "홍",
		"p1/like?post_id=p2": "p1", "p1/like?postId=p2&liked=true": "p1",
	} {
		calls = nil
		if !strings.Contains(path, "/like") {
			path += "/like"
		}
		got := s.do(t, "POST", "/api/v1/posts/"+path, "")
		if got.StatusCode != http.StatusOK || !slices.Equal(calls, []string{"ToggleLike " + want}) {
			t.Errorf("%s: %s, called %v, want %q: %s", path, got.Status, calls, want, got.body)
		}
	}
	// The path names what is meant, whatever the body says.
	calls = nil
	s.do(t, "POST", "/api/v1/posts/p1/like", `{"post_id":"p2"}`)
	if !slices.Equal(calls, []string{"ToggleLike p1"}) {
		t.Errorf("called %v", calls)
	}
}

func TestRESTUnknownPathsAndMethods(t *testing.T) {
	s := serveServices(t, Services{})
	for _, path := range []string{"/api/", "/api/v1/nothing", "/api/v1/posts/", "/api/v2/posts", "/api/v1/posts/p1/like/more", "/nothing", "/"} {
		for _, method := range []string{"GET", "POST", "DELETE", "OPTIONS"} {
			s.do(t, method, path, "").wantReason(t, http.StatusNotFound, connect.CodeNotFound, "UNKNOWN_PATH")
		}
	}
	got := s.do(t, "POST", "/api/v1/posts/p1", "")
	got.wantReason(t, http.StatusMethodNotAllowed, connect.CodeUnimplemented, "METHOD_NOT_ALLOWED")
	if allow := got.Header.Get("Allow"); allow != "DELETE, GET, HEAD, PATCH, PUT" {
		t.Errorf("Allow is %q", allow)
	}
	got = s.do(t, "GET", "/dongbaejul.v1.PostService/Nothing", "")
	got.wantError(t, http.StatusNotFound, connect.CodeNotFound)
}

func TestRESTHead(t *testing.T) {
	s := serveServices(t, Services{Games: testGames{}})
	get := s.do(t, "GET", "/api/v1/games/g1", "", "Accept-Encoding: identity")
	head := s.do(t, "HEAD", "/api/v1/games/g1", "", "Accept-Encoding: identity")
	if head.StatusCode != http.StatusOK || len(head.body) != 0 || head.Header.Get("Content-Type") != "application/json" {
		t.Errorf("HEAD: %s %q", head.Status, head.body)
	}
	if len(get.body) == 0 {
		t.Errorf("GET: no body")
	}
}

func TestRESTErrorsOfHandlers(t *testing.T) {
	// A game as a detail is written as everywhere in REST.
	s := serveServices(t, Services{Games: testGames{}})
	got := s.do(t, "PUT", "/api/v1/games/g1/score", `{"set_number":1,"team1_score":1,"team2_score":0}`, "Accept-Language: en")
	body := got.wantError(t, http.StatusConflict, connect.CodeAborted)
	if body["message"] != "Somebody was first." {
		t.Errorf("message %v", body["message"])
	}
	var game map[string]any
	for _, detail := range body["details"].([]any) {
		if d := detail.(map[string]any); d["@type"] == "type.googleapis.com/dongbaejul.v1.Game" {
			game = d
		}
	}
	if game["status"] != "scheduled" || game["waiting_list"] == nil {
		t.Errorf("game %v", game)
	}

	s = serveServices(t, Services{Games: testGames{err: fault.New(fault.Exhausted, "RATE_LIMITED", "잠시 후", "later").WithRetryAfter(1500 * time.Millisecond)}})
	got = s.do(t, "GET", "/api/v1/games", "")
	if body := got.wantError(t, http.StatusTooManyRequests, connect.CodeResourceExhausted); body["message"] != "잠시 후" {
		t.Errorf("message %v", body["message"])
	}
	if retry := got.Header.Get("Retry-After"); retry != "2" {
		t.Errorf("Retry-After is %q", retry)
	}

	// A field is named as in the contract.
	got = s.do(t, "GET", "/api/v1/games?limit=1000&status=ongoing", "")
	if body := got.wantError(t, http.StatusBadRequest, connect.CodeInvalidArgument); !strings.Contains(body["message"].(string), "limit") {
		t.Errorf("message %v", body["message"])
	}
}

type headerPosts struct {
	dongbaejulv1connect.UnimplementedPostServiceHandler
	header *http.Header
	ip     *string
}

func (p headerPosts) ListPosts(ctx context.Context, _ *dongbaejulv1.ListPostsRequest) (*dongbaejulv1.ListPostsResponse, error) {
	info, _ := connect.CallInfoForHandlerContext(ctx)
	*p.header = info.RequestHeader()
	*p.ip = identity.ClientFrom(ctx).IP
	info.ResponseHeader().Set("RateLimit-Remaining", "7")
	info.ResponseHeader().Set("Cache-Control", "private, no-cache")
	posts := make([]*dongbaejulv1.Post, 100)
	for i := range posts {
		posts[i] = &dongbaejulv1.Post{Content: strings.Repeat("배드민턴 ", 100)}
	}
	return &dongbaejulv1.ListPostsResponse{Posts: posts}, nil
}

func TestRESTHeadersPass(t *testing.T) {
	var header http.Header
	var ip string
	s := serveServices(t, Services{Posts: headerPosts{header: &header, ip: &ip}})
	got := s.do(t, "GET", "/api/v1/posts", "", "Accept-Language: en", "X-Request-Id: r-1", "Accept-Encoding: gzip, deflate")
	if got.StatusCode != http.StatusOK {
		t.Fatalf("%s %s", got.Status, got.body)
	}
	want := map[string]string{"Accept-Language": "en", "X-Request-Id": "r-1", "Authorization": "Bearer " + goodToken}
	for name, value := range want {
		if header.Get(name) != value {
			t.Errorf("the handler reads %s %q, want %q", name, header.Get(name), value)
		}
	}
	if ip != "127.0.0.1" {
		t.Errorf("the handler reads the address %q", ip)
	}
	for name, value := range map[string]string{
		"X-Request-Id": "r-1", "RateLimit-Remaining": "7", "Cache-Control": "private, no-cache", "Content-Encoding": "gzip",
	} {
		if values := got.Header.Values(name); !slices.Equal(values, []string{value}) {
			t.Errorf("%s is %q, want %q", name, values, value)
		}
	}
	plain := s.do(t, "GET", "/api/v1/posts", "", "Accept-Encoding: identity")
	if posts := plain.json(t)["posts"].([]any); len(posts) != 100 || len(got.body) >= len(plain.body) {
		t.Errorf("%d posts, %d bytes packed, %d plain", len(posts), len(got.body), len(plain.body))
	}
}

func TestRESTNeedsAToken(t *testing.T) {
	s := serveServices(t, Services{})
	for _, token := range []string{"", "bad"} {
		s.token = token
		got := s.do(t, "GET", "/api/v1/posts", "")
		got.wantError(t, http.StatusUnauthorized, connect.CodeUnauthenticated)
		if got.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("no WWW-Authenticate")
		}
	}
}

func TestRESTBodyOverTheLimit(t *testing.T) {
	var calls []string
	s := serveServices(t, Services{Auth: calledAuth{calls: &calls}})
	// Without a length: it is found out while reading.
	request, err := http.NewRequestWithContext(t.Context(), "POST", s.url+"/api/v1/auth/logout",
		struct{ *strings.Reader }{strings.NewReader(strings.Repeat(" ", 64<<10+1))})
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = -1
	request.Header.Set("Authorization", "Bearer "+goodToken)
	send(t, http.DefaultTransport, request).wantError(t, http.StatusRequestEntityTooLarge, connect.CodeResourceExhausted)
	if len(calls) != 0 {
		t.Errorf("called %v", calls)
	}
}

func TestRESTForgedProtocolHeaders(t *testing.T) {
	var calls []string
	s := serveServices(t, Services{Auth: calledAuth{calls: &calls}})
	for _, header := range []string{"Connect-Protocol-Version: 1", "X-Server-Timeout: NaN", "X-Server-Timeout: -1", "Connect-Content-Encoding: br"} {
		got := s.do(t, "POST", "/api/v1/auth/logout?connect=v1", `{}`, "Content-Type: application/json", "X-Unknown-Fields: ignore", header)
		if got.StatusCode != http.StatusOK {
			t.Errorf("%s: %s %s", header, got.Status, got.body)
		}
	}
	s.do(t, "POST", "/api/v1/auth/logout", `{}`, "Connect-Timeout-Ms: soon").wantError(t, http.StatusBadRequest, connect.CodeInvalidArgument)
	for _, contentType := range []string{"application/connect+json", "application/grpc", "application/grpc-web+proto", "application/proto", "application/rest"} {
		s.do(t, "POST", "/api/v1/auth/logout", "{}", "Content-Type: "+contentType).
			wantReason(t, http.StatusUnsupportedMediaType, connect.CodeInvalidArgument, "UNSUPPORTED_MEDIA_TYPE")
	}
}
