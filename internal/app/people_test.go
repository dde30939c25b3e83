package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// Every message that shows a person marks guests and deleted accounts.
func TestEveryPersonShownIsMarked(t *testing.T) {
	people := 0
	protoregistry.GlobalFiles.RangeFilesByPackage("dongbaejul.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Messages().Len() {
			m := file.Messages().Get(i)
			fields := m.Fields()
			if m.Name() == "UserProfile" || fields.ByName("display_name") == nil || fields.ByName("avatar") == nil || strings.HasSuffix(string(m.Name()), "Request") {
				continue
			}
			people++
			for _, mark := range []protoreflect.Name{"guest", "withdrawn"} {
				if f := fields.ByName(mark); f == nil || f.Kind() != protoreflect.BoolKind {
					t.Errorf("%s has no %s", m.Name(), mark)
				}
			}
		}
		return true
	})
	if people < 4 {
		t.Errorf("only %d messages show a person: the contract was not found", people)
	}
}

// restJSON calls REST as m and returns the answer's body, which is JSON.
func restJSON(t *testing.T, s *apptest.Server, m *apptest.Member, method, path, body string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+m.AccessToken)
	res, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s: %s", method, path, res.Status, answer)
	}
	return string(answer)
}

// What GetProfile answers can be put back as it was written: a simulator's picture, a level that nobody has set, every
// preference, and the app's own object with all that is in it.
func TestAProfileCanBePutBack(t *testing.T) {
	s := apptest.Start(t)
	m := s.Club(t, 1, apptest.ConnectBinary)[0]
	settable := (&v1.UpdateProfileRequest{}).ProtoReflect().Descriptor().Fields()
	for _, first := range []string{`{}`, `{
		"display_name": "김 민수", "skill_level": "advanced", "preferences": {
			"notifications": [{"kind": "notice", "enabled": false}], "privacy": {"show_stats": false},
			"app": {"theme": "dark", "tabs": [1, 2.5, {"열린": null, "e\u0301": "\u0000"}, []], "empty": {}}
		}
	}`} {
		restJSON(t, s, m, "PATCH", "/api/v1/users/profile", first)
		var got struct {
			User map[string]json.RawMessage `json:"user"`
		}
		if err := json.Unmarshal([]byte(restJSON(t, s, m, "GET", "/api/v1/users/profile", "")), &got); err != nil {
			t.Fatal(err)
		}
		if avatar := string(got.User["avatar"]); !strings.HasPrefix(avatar, `"http://`) {
			t.Errorf("the avatar is %s: a simulator's is wanted", avatar)
		}
		sent := make(map[string]json.RawMessage)
		for i := range settable.Len() {
			name := string(settable.Get(i).Name())
			if sent[name] = got.User[name]; sent[name] == nil {
				t.Errorf("GetProfile does not answer %s", name)
			}
		}
		body, err := json.Marshal(sent)
		if err != nil {
			t.Fatal(err)
		}
		var put struct {
			User map[string]json.RawMessage `json:"user"`
		}
		if err := json.Unmarshal([]byte(restJSON(t, s, m, "PUT", "/api/v1/users/profile", string(body))), &put); err != nil {
			t.Fatal(err)
		}
		for name, value := range got.User {
			var before, after any
			if json.Unmarshal(value, &before) != nil || json.Unmarshal(put.User[name], &after) != nil || !reflect.DeepEqual(before, after) {
				t.Errorf("%s is %s, want %s", name, put.User[name], value)
			}
		}
	}
	profile := restJSON(t, s, m, "GET", "/api/v1/users/profile", "")
	for _, kept := range []string{`"열린":`, "e\u0301", `\u0000`} {
		if !strings.Contains(strings.ReplaceAll(profile, " ", ""), kept) {
			t.Errorf("the app's object lacks %q: %s", kept, profile)
		}
	}
}
