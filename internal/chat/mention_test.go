package chat

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/dongbaejul/dongbaejul/internal/hangul"
)

var called = map[string]string{
	"minsu": "김민수", "minsu2": "김민수", "min": "김민", "jordan": "Jordan Lee", "lee": "Lee", "dot": "J.R.", "nobody": "",
	"decomposed": norm.NFD.String("박나래"), "number": "회원7",
}

func TestMentions(t *testing.T) {
	for content, want := range map[string][]string{
		"안녕하세요":                 nil,
		"":                      nil,
		"@":                     nil,
		"@@@":                   nil,
		"@없는사람":                 nil,
		"@김민수":                  {"minsu", "minsu2"},
		"@김민수님 오늘 오시나요?":        {"minsu", "minsu2"},
		"@김민":                   {"min"},
		"@김민아 봐":                {"min"},
		"(@김민수, @김민) 둘 다":       {"min", "minsu", "minsu2"},
		"안녕@김민":                 {"min"},
		"@@김민":                  {"min"},
		"@ 김민":                  nil,
		"@jordan lee, hi":       {"jordan"},
		"@Lee":                  {"lee"},
		"@LEE님":                 {"lee"},
		"@Leeds":                nil,
		"@Lee2":                 nil,
		"@Lee_":                 {"lee"},
		"me@lee.example":        nil,
		"7@lee":                 nil,
		"@회원7":                  {"number"},
		"@회원77":                 nil,
		"@회원7번":                 {"number"},
		"@j.r. hi":              {"dot"},
		"@j.r.x":                {"dot"},
		"@박나래":                  {"decomposed"},
		norm.NFD.String("@박나래"): {"decomposed"},
		"@Jordan":               nil,
		"앞 @Lee 뒤 @김민":          {"lee", "min"},
		"\xff@Lee\xff":          {"lee"},
	} {
		got := slices.Sorted(maps.Keys(newNameBook(called).mentioned(content)))
		if !slices.Equal(got, want) {
			t.Errorf("%q mentions %q, want %q", content, got, want)
		}
	}
}

func FuzzMentions(f *testing.F) {
	for _, content := range []string{"@김민수님", "me@lee.example @Lee", "@\xff", "@@회원7@회원77", "@김\u200b민\u3164수", "@\uffa1\uffc2", "\u202e@김민수\u2066", "@Ａ조 50%"} {
		f.Add(content, "김민수")
	}
	f.Add("@👨\u200d👩\u200d👧 🏸", "👨\u200d👩\u200d👧")
	f.Add("@가", "\u1100\u1161")
	f.Fuzz(func(t *testing.T, content, name string) {
		people := maps.Clone(called)
		people["fuzz"] = name
		found := newNameBook(people).mentioned(content)
		folded := hangul.Fold(content)
		for userID := range found {
			if !strings.Contains(folded, "@"+hangul.Fold(people[userID])) {
				t.Errorf("%q mentions %q", content, people[userID])
			}
		}
		if hangul.Fold(name) != "" && !newNameBook(map[string]string{"fuzz": name}).mentioned("@" + name + " ")["fuzz"] {
			t.Errorf("%q is not mentioned by itself", name)
		}
	})
}
