package app_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// refusal is the body of an error over REST: google.rpc.Status.
type refusal struct {
	Message string `json:"message"`
	Details []struct {
		Type            string `json:"@type"`
		Reason          string `json:"reason"`
		Metadata        map[string]string
		FieldViolations []struct {
			Field string `json:"field"`
		} `json:"field_violations"`
	} `json:"details"`
}

func (r refusal) fields() []string {
	var out []string
	for _, d := range r.Details {
		for _, v := range d.FieldViolations {
			out = append(out, v.Field)
		}
	}
	return out
}

func (r refusal) reason() string {
	for _, d := range r.Details {
		if strings.HasSuffix(d.Type, "google.rpc.ErrorInfo") {
			return d.Reason
		}
	}
	return ""
}

// What is wrong with a request is answered with the status for it, the field, a stable reason, and words.
func TestBadInputIsRefusedByName(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	m := s.Club(t, 1, apptest.ConnectJSON)[0]
	room, err := m.Chat.CreateRoom(t.Context(), &v1.CreateRoomRequest{Name: "혼자", Type: v1.RoomType_ROOM_TYPE_GROUP})
	if err != nil {
		t.Fatal(err)
	}
	messages := "/api/v1/chat/rooms/" + room.GetRoom().GetId() + "/messages"
	cases := map[string]struct {
		method, path, body string
		status             int
		// field is named among the violations; empty where the fault is not a field's.
		field string
	}{
		"a message without temp_id":       {"POST", messages, `{"content": "x"}`, 400, "temp_id"},
		"a temp_id that is too long":      {"POST", messages, `{"temp_id": "` + strings.Repeat("x", 65) + `", "content": "x"}`, 400, "temp_id"},
		"a message that is too long":      {"POST", messages, `{"temp_id": "1", "content": "` + strings.Repeat("글", 10_001) + `"}`, 400, "content"},
		"a message of blanks":             {"POST", messages, `{"temp_id": "1", "content": " \n\t "}`, 400, "content"},
		"a control character":             {"POST", messages, `{"temp_id": "1", "content": "a\u0007b"}`, 400, "content"},
		"NUL":                             {"POST", messages, `{"temp_id": "1", "content": "a\u0000b"}`, 400, "content"},
		"an answer to nothing":            {"POST", messages, `{"temp_id": "1", "content": "x", "reply_to": "nothing"}`, 400, "reply_to"},
		"invalid UTF-8":                   {"POST", messages, "{\"temp_id\": \"1\", \"content\": \"\xff\"}", 400, ""},
		"UTF-16":                          {"POST", messages, "{\x00\"\x00a\x00\"\x00:\x00\"\x00\xdc\xad\"\x00}\x00", 400, ""},
		"UTF-16 with a mark":              {"POST", messages, "\xff\xfe{\x00}\x00", 400, ""},
		"half of a surrogate pair":        {"POST", messages, `{"temp_id": "1", "content": "\ud800"}`, 400, ""},
		"JSON that ends early":            {"POST", messages, `{"temp_id": "1"`, 400, ""},
		"no JSON":                         {"POST", messages, `hello`, 400, ""},
		"a number for a string":           {"POST", messages, `{"temp_id": 1, "content": "x"}`, 400, "temp_id"},
		"too many attachments":            {"POST", messages, `{"temp_id": "1", "attachments": [` + strings.Repeat(`"f",`, 20) + `"f"]}`, 400, "attachments"},
		"an attachment without an id":     {"POST", messages, `{"temp_id": "1", "attachments": [""]}`, 400, "attachments[0]"},
		"a body over 256 KiB":             {"POST", messages, `{"temp_id": "1", "content": "` + strings.Repeat("x", 256<<10) + `"}`, 413, ""},
		"a body of 5 MiB":                 {"POST", messages, `{"temp_id": "1", "content": "` + strings.Repeat("x", 5<<20) + `"}`, 413, ""},
		"both sides of history":           {"GET", messages + "?before=a&after=b", "", 400, "after"},
		"no limit":                        {"GET", messages + "?limit=0", "", 400, "limit"},
		"a limit that is too high":        {"GET", messages + "?limit=101", "", 400, "limit"},
		"a limit that is no number":       {"GET", messages + "?limit=many", "", 400, "limit"},
		"page 0":                          {"GET", "/api/v1/users/members?page=0", "", 400, "page"},
		"an unknown word for a room":      {"POST", "/api/v1/chat/rooms", `{"name": "x", "type": "secret"}`, 400, "type"},
		"no type of room":                 {"POST", "/api/v1/chat/rooms", `{"name": "x"}`, 400, "type"},
		"a number for a word":             {"POST", "/api/v1/chat/rooms", `{"name": "x", "type": 2}`, 400, "type"},
		"a number in text for a word":     {"POST", "/api/v1/chat/rooms", `{"name": "x", "type": "2"}`, 400, "type"},
		"a number for a word in a list":   {"PUT", "/api/v1/users/profile", `{"preferences": {"notifications": [{"kind": 1, "enabled": true}]}}`, 400, "preferences.notifications[0].kind"},
		"a number for a word in a query":  {"GET", "/api/v1/games?status=2", "", 400, "status"},
		"an exponent in text":             {"POST", "/api/v1/games", `{"title": "x", "duration": "1e2"}`, 400, "duration"},
		"an exponent in text, of 64 bits": {"PUT", strings.Replace(messages, "/messages", "/read", 1), `{"up_to": "1e0"}`, 400, "up_to"},
		"a fraction in text":              {"POST", "/api/v1/games", `{"title": "x", "duration": "60.0"}`, 400, "duration"},
		"an unknown word in a query":      {"GET", "/api/v1/games?status=playing", "", 400, "status"},
		"an empty name":                   {"PUT", "/api/v1/users/profile", `{"display_name": ""}`, 400, "display_name"},
		"a name of two lines":             {"PUT", "/api/v1/users/profile", `{"display_name": "a\nb"}`, 400, "display_name"},
		"a name that is too long":         {"PUT", "/api/v1/users/profile", `{"display_name": "` + strings.Repeat("가", 41) + `"}`, 400, "display_name"},
		"a name that cannot be seen":      {"PUT", "/api/v1/users/profile", `{"display_name": "\u3164"}`, 400, "display_name"},
		"a zero-width space in a name":    {"PUT", "/api/v1/users/profile", `{"display_name": "김\u200b민수"}`, 400, "display_name"},
		"a blank title":                   {"POST", "/api/v1/games", `{"title": "\u3000", "game_date": "2030-01-01T00:00:00Z", "duration": 60, "max_participants": 4, "game_type": "doubles"}`, 400, "title"},
		"a title that turns around":       {"POST", "/api/v1/posts", `{"title": "a\u202eb", "content": "x", "category": "free"}`, 400, "title"},
		"a blank description":             {"POST", "/api/v1/games", `{"title": "x", "description": "\u200b\n", "game_date": "2030-01-01T00:00:00Z", "duration": 60, "max_participants": 4, "game_type": "doubles"}`, 400, "description"},
		"a room's name that turns around": {"POST", "/api/v1/chat/rooms", `{"name": "a\u2066b", "type": "group"}`, 400, "name"},
		"an invisible message":            {"POST", messages, `{"temp_id": "1", "content": "\u3164\u2800"}`, 400, "content"},
		"a blank search":                  {"GET", "/api/v1/posts?search=%E3%80%80", "", 400, "search"},
		"a picture at no host":            {"PUT", "/api/v1/users/profile", `{"avatar": "https://"}`, 400, "avatar"},
		"a picture at a query":            {"PUT", "/api/v1/users/profile", `{"avatar": "https://?x"}`, 400, "avatar"},
		"a picture at no port":            {"PUT", "/api/v1/users/profile", `{"avatar": "https://h:65536/"}`, 400, "avatar"},
		"a picture at half an address":    {"PUT", "/api/v1/users/profile", `{"avatar": "https://1.2.3.999/a.png"}`, 400, "avatar"},
		"a picture at no name":            {"PUT", "/api/v1/users/profile", `{"avatar": "https://e..com/a.png"}`, 400, "avatar"},
		"private use in a name":           {"PUT", "/api/v1/users/profile", `{"display_name": "김\ue000민수"}`, 400, "display_name"},
		"what is no character in a name":  {"PUT", "/api/v1/users/profile", `{"display_name": "김\u0378민수"}`, 400, "display_name"},
		"a noncharacter in a message":     {"POST", messages, `{"temp_id": "1", "content": "a\ufdd0"}`, 400, "content"},
		"a picture with a password":       {"PUT", "/api/v1/users/profile", `{"avatar": "https://u:p@h/"}`, 400, "avatar"},
		"an object of many numbers":       {"PUT", "/api/v1/users/profile", `{"preferences": {"app": {"a": [0` + strings.Repeat(",0", 32_000) + `]}}}`, 400, "preferences.app"},
		"an object of many lists":         {"PUT", "/api/v1/users/profile", `{"preferences": {"app": {"a": [[]` + strings.Repeat(",[]", 21_000) + `]}}}`, 400, "preferences.app"},
		"an object of many objects":       {"PUT", "/api/v1/users/profile", `{"preferences": {"app": {"a": [{"":0}` + strings.Repeat(`,{"":0}`, 9_000) + `]}}}`, 400, "preferences.app"},
		"a deep object":                   {"PUT", "/api/v1/users/profile", `{"preferences": {"app": {"a": ` + strings.Repeat("[", 4_500) + strings.Repeat("]", 4_500) + `}}}`, 400, "preferences.app"},
		"an object that is too deep":      {"PUT", "/api/v1/users/profile", `{"preferences": {"app": {"a": ` + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000) + `}}}`, 400, ""},
		"an object of 64 KiB":             {"PUT", "/api/v1/users/profile", `{"preferences": {"app": {"a": [0` + strings.Repeat(",0", 32_768) + `]}}}`, 413, ""},
		"a key of no field":               {"PUT", "/api/v1/users/profile", `{"Title": "x"}`, 400, "Title"},
		"a long key of no field":          {"PUT", "/api/v1/users/profile", `{"` + strings.Repeat("x", 50_000) + `": 1}`, 400, strings.Repeat("x", 64)},
		"a key of no field in a message":  {"PUT", "/api/v1/users/profile", `{"preferences": {"Dark": true}}`, 400, "preferences.Dark"},
		"a parameter of no field":         {"GET", "/api/v1/games?Page=1", "", 400, "Page"},
		"an hour of one digit":            {"POST", "/api/v1/games", `{"title": "x", "game_date": "2030-01-01T9:00:00Z"}`, 400, "game_date"},
		"a day for a time":                {"POST", "/api/v1/games", `{"title": "x", "game_date": "2030-01-01"}`, 400, "game_date"},
		"a day that is not there":         {"POST", "/api/v1/games", `{"title": "x", "game_date": "2030-02-30T09:00:00Z"}`, 400, "game_date"},
		"a number for a time":             {"POST", "/api/v1/games", `{"title": "x", "game_date": 1893456000}`, 400, "game_date"},
		"an object for a time":            {"PATCH", "/api/v1/games/g", `{"game_date": {"seconds": 1}}`, 400, "game_date"},
		"a year of five digits":           {"POST", "/api/v1/games", `{"title": "x", "game_date": "12030-01-01T09:00:00Z"}`, 400, "game_date"},
		"a blank for a day":               {"GET", "/api/v1/games?date_from=%20", "", 400, "date_from"},
		"a day of the year 0":             {"GET", "/api/v1/games?date_from=0000-01-01", "", 400, "date_from"},
		"a last day of the year 0":        {"GET", "/api/v1/games?date_to=0000-12-31", "", 400, "date_to"},
		"a word for a day":                {"GET", "/api/v1/games?date_to=tomorrow", "", 400, "date_to"},
		"a token that is none":            {"GET", "/api/v1/games?page_token=nonsense", "", 400, "page_token"},
		"a page beside a token":           {"GET", "/api/v1/games?page=1&page_token=nonsense", "", 400, "page"},
		"an offset of a day in a query":   {"GET", "/api/v1/games?date_from=2030-01-01T09:00:00%2B24:00", "", 400, "date_from"},
		"a picture without TLS":           {"PUT", "/api/v1/users/profile", `{"avatar": "http://example.com/a.png"}`, 400, "avatar"},
		"everybody's level":               {"PUT", "/api/v1/users/profile", `{"skill_level": "all"}`, 400, "skill_level"},
		"reading nothing":                 {"PUT", strings.Replace(messages, "/messages", "/read", 1), `{}`, 400, "message_ids"},
		"reading backwards from nowhere":  {"PUT", strings.Replace(messages, "/messages", "/read", 1), `{"up_to": -1}`, 400, "up_to"},
		"a long poll that is too long":    {"POST", "/api/v1/events/poll", `{"wait_ms": 30001}`, 400, "wait_ms"},
		"a cursor before the beginning":   {"POST", "/api/v1/events/poll", `{"rooms": [{"room_id": "a", "seq": -1}]}`, 400, "rooms[0].seq"},
		"a cursor of no room":             {"POST", "/api/v1/events/poll", `{"rooms": [{"seq": 1}]}`, 400, "rooms[0].room_id"},
		"a redirect that is not allowed":  {"POST", "/api/v1/auth/band/login", `{"redirect_uri": "https://evil.example/"}`, 400, "redirect_uri"},
		"a redirect to a script":          {"POST", "/api/v1/auth/band/login", `{"redirect_uri": "javascript:alert(1)"}`, 400, "redirect_uri"},
		"a state that was never issued":   {"POST", "/api/v1/auth/band/callback", `{"code": "x", "state": "never"}`, 400, "state"},
		"a refresh token that is no such": {"POST", "/api/v1/auth/refresh", `{"refresh_token": "x"}`, 401, ""},
		"somebody who is not there":       {"GET", "/api/v1/users/members/nobody", "", 404, ""},
		"a path that is not there":        {"GET", "/api/v1/nothing", "", 404, ""},
		"a method that is not there":      {"PATCH", messages, `{}`, 405, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			status, got := restCall(t, s, m.AccessToken, "", c.method, c.path, c.body)
			if status != c.status {
				t.Fatalf("HTTP %d, want %d: %+v", status, c.status, got)
			}
			if got.Message == "" || got.reason() == "" {
				t.Errorf("it says too little: %+v", got)
			}
			if strings.Contains(fmt.Sprint(got.Details), "failed to marshal") || !utf8.ValidString(fmt.Sprint(got)) {
				t.Errorf("it says %+v", got)
			}
			if c.field != "" && strings.Join(got.fields(), " ") != c.field {
				t.Errorf("the fields named are %v, want %s", got.fields(), c.field)
			}
		})
	}
	if page, _ := m.Chat.ListMessages(t.Context(), &v1.ListMessagesRequest{RoomId: room.GetRoom().GetId()}); len(page.GetMessages()) != 0 {
		t.Errorf("something was stored: %v", page)
	}
}

// Over every protocol a time that is none is named, and the error says what a time is.
func TestATimeThatIsNoneIsNamed(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	m := s.Club(t, 1, apptest.ConnectBinary)[0]
	for _, date := range []string{`"2030-01-01"`, `"2030-02-30T09:00:00Z"`, `"2030-01-01T9:00:00Z"`, `"soon"`, `""`, `1893456000`, `{"seconds":1}`, `[]`} {
		for _, c := range []struct{ path, body string }{
			{"/api/v1/games", `{"title":"x","game_date":` + date + `}`}, {"/dongbaejul.v1.GameService/CreateGame", `{"title":"x","gameDate":` + date + `}`},
		} {
			status, got := restCall(t, s, m.AccessToken, "en", "POST", c.path, c.body)
			if want := "game_date: It must be an RFC 3339 time such as 2027-01-03T10:00:00+09:00."; status != http.StatusBadRequest || got.Message != want {
				t.Errorf("%s %s: HTTP %d %s, want %s", c.path, c.body, status, got.Message, want)
			}
		}
	}
	_, err := m.Games.CreateGame(t.Context(), &v1.CreateGameRequest{
		Title: "x", Duration: 60, MaxParticipants: 2, GameType: v1.GameType_GAME_TYPE_SINGLES, GameDate: &timestamppb.Timestamp{Seconds: 1 << 60},
	})
	if connect.CodeOf(err) != connect.CodeInvalidArgument || !strings.Contains(fmt.Sprint(detailsOf(t, err)), `field:"game_date"`) {
		t.Errorf("a time of no year: %v, %v", err, detailsOf(t, err))
	}
}

func detailsOf(t *testing.T, err error) (all []proto.Message) {
	t.Helper()
	e, ok := errors.AsType[*connect.Error](err)
	if !ok {
		t.Fatal(err)
	}
	for _, d := range e.Details() {
		m, err := d.Value()
		fatal(t, err)
		all = append(all, m)
	}
	return all
}

func TestErrorsSpeakTheCallersLanguage(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	for language, want := range map[string]string{
		"": "로그인", "ko-KR": "로그인", "fr;q=0.9, en-GB;q=0.8": "sign in", "de": "로그인",
		strings.Repeat("zz-Latn-001;q=0.1,", 15) + "en-US;q=0.9": "sign in", "en,-BE;q=0.43": "sign in", "fr\nen": "sign in",
		"*;q=0.5, en;q=0.4": "로그인",
	} {
		status, got := restCall(t, s, "", language, "GET", "/api/v1/users/profile", "")
		if status != http.StatusUnauthorized || !strings.Contains(got.Message, want) {
			t.Errorf("%q: HTTP %d %+v", language, status, got)
		}
	}
}

// restCall speaks a language, or what the lines of a header say.
func restCall(t *testing.T, s *apptest.Server, token, language, method, path, body string) (int, refusal) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if language != "" {
		req.Header["Accept-Language"] = strings.Split(language, "\n")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var got refusal
	if contentType := res.Header.Get("Content-Type"); contentType != "application/json" {
		t.Errorf("the answer is %s: %s", contentType, text)
	} else if err := json.Unmarshal(text, &got); err != nil {
		t.Errorf("%v: %s", err, text)
	}
	return res.StatusCode, got
}

// A malformed call counts for the member who makes it, and not for all who share their address.
func TestMalformedCallsCountForTheirCaller(t *testing.T) {
	s := apptest.Start(t, func(cfg *app.Config) { cfg.RateLimit = true })
	m := s.Club(t, 1, apptest.ConnectBinary)[0]
	remaining := func(contentType, token string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/dongbaejul.v1.UserService/GetProfile", strings.NewReader("{}"))
		fatal(t, err)
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(req)
		fatal(t, err)
		defer res.Body.Close()
		left, err := strconv.Atoi(res.Header.Get("RateLimit-Remaining"))
		fatal(t, err)
		return left
	}
	address := remaining("text/xml", "nobody")
	first := remaining("application/json", m.AccessToken)
	if left := remaining("text/xml", m.AccessToken); left != first-1 {
		t.Errorf("after a malformed call the member has %d left of %d", left, first)
	}
	if left := remaining("text/xml", "nobody"); left != address-1 {
		t.Errorf("the address has %d left of %d", left, address)
	}
}

// A member who sends many large bodies slowly is in nobody else's way, over REST too.
func TestASlowMemberDoesNotBlockOthers(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectBinary)
	slow, m := club[0], club[1]
	for range 40 {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
		fatal(t, err)
		defer conn.Close()
		_, err = fmt.Fprintf(conn, "POST /api/v1/posts HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer %s\r\n"+
			"Content-Type: application/json\r\nContent-Length: 200000\r\n\r\n%s", slow.AccessToken, strings.Repeat(" ", 70_000))
		fatal(t, err)
	}
	body := `{"title":"공지","category":"free","content":"` + strings.Repeat(`\ud83c\udff8`, 9000) + `"}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/api/v1/posts", strings.NewReader(body))
	fatal(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+m.AccessToken)
	res, err := http.DefaultClient.Do(req)
	fatal(t, err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		answer, _ := io.ReadAll(res.Body)
		t.Errorf("a member's post is answered %s: %s", res.Status, answer)
	}
}

// A client that was written for another contract says so, and what is not known of its requests is passed over.
func TestUnknownFieldsAreIgnoredOnRequest(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	m := s.Club(t, 1, apptest.ConnectJSON)[0]
	for _, c := range []struct{ method, path, body string }{
		{"PUT", "/api/v1/users/profile", `{"Title": "x", "preferences": {"Dark": true}}`},
		{"GET", "/api/v1/games?Page=1", ""},
		{"POST", "/dongbaejul.v1.UserService/UpdateProfile", `{"Title": "x", "preferences": {"Dark": true}}`},
	} {
		for header, want := range map[string]int{"": http.StatusBadRequest, "ignore": http.StatusOK} {
			req, err := http.NewRequestWithContext(t.Context(), c.method, s.URL+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Authorization", "Bearer "+m.AccessToken)
			req.Header.Set("X-Unknown-Fields", header)
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode != want {
				t.Errorf("%s %s, %q: %s", c.method, c.path, header, res.Status)
			}
		}
	}
}
