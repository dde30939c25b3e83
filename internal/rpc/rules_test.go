package rpc

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/reflect/protoreflect"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	texts "github.com/dongbaejul/dongbaejul/internal/text"
)

// notRead are the strings of requests that nobody reads, other than ids, with the reason.
var notRead = map[string]string{
	"after": "an id", "attachments": "ids of uploads", "before": "an id", "reply_to": "an id", "mvp": "a user's id", "participants": "user ids", "team1": "user ids", "team2": "user ids",
	"date_from": "a day or a time", "date_to": "a day or a time", "from": "a time of day", "to": "a time of day",
	"avatar": "a URL", "redirect_uri": "a URI",
	"band_code": "a code of Band's", "code": "a code of Band's", "state": "issued by StartBandLogin", "refresh_token": "a token",
	"token": "a token", "page_token": "a token", "content_type": "one of a list",
}

// TestWhatPeopleReadIsHeldToTheRulesForIt: a new string of a request is an id, is listed, or has one of the rules.
func TestWhatPeopleReadIsHeldToTheRulesForIt(t *testing.T) {
	seen, used := map[protoreflect.FullName]bool{}, map[string]bool{}
	read := 0
	var look func(md protoreflect.MessageDescriptor)
	look = func(md protoreflect.MessageDescriptor) {
		if seen[md.FullName()] {
			return
		}
		seen[md.FullName()] = true
		for i := range md.Fields().Len() {
			fd := md.Fields().Get(i)
			// An object of the client's own stays as it is.
			if fd.Message() != nil && fd.Message().FullName() != structName {
				look(fd.Message())
			}
			name := string(fd.Name())
			switch isID := strings.HasSuffix(name, "_id") || strings.HasSuffix(name, "_ids"); {
			case fd.Kind() != protoreflect.StringKind:
			case isRead(fd):
				read++
				if isID || notRead[name] != "" {
					t.Errorf("%s is read by people and is listed as not", fd.FullName())
				}
			case !isID && notRead[name] == "":
				t.Errorf("%s has neither of the rules text and line, and is not listed", fd.FullName())
			default:
				used[name] = true
			}
		}
	}
	for _, md := range requestsOf("dongbaejul.v1") {
		look(md)
	}
	if read < 15 {
		t.Errorf("only %d fields are held to the rules", read)
	}
	for name := range notRead {
		if !used[name] {
			t.Errorf("%s is listed and not there", name)
		}
	}
}

// ruleChecker returns a function that reports whether s keeps the rule of texts, and whether it keeps the rule of lines.
func ruleChecker(t testing.TB) func(s string) (text, line bool) {
	t.Helper()
	validator, err := protovalidate.New()
	if err != nil {
		t.Fatal(err)
	}
	return func(s string) (text, line bool) {
		broken := validator.Validate(&dongbaejulv1.CreatePostRequest{Title: s, Content: s})
		return !names(broken, "string.text") && !names(broken, "string.private"), !names(broken, "string.line")
	}
}

// names reports whether a rule is among those that a validator found broken.
func names(err error, rule string) bool {
	found, _ := violations(err)
	return slices.ContainsFunc(found, func(v *protovalidate.Violation) bool { return v.Proto.GetRuleId() == rule })
}

func TestRulesForWhatPeopleRead(t *testing.T) {
	keeps := ruleChecker(t)
	const flag = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
	for _, c := range []struct {
		s          string
		text, line bool
	}{
		{"", true, true}, {"김민수", true, true}, {" a ", true, true}, {"a\u3000b", true, true},
		{" ", false, false}, {"\u3000", false, false}, {"\n\t", false, false}, {"\u200b", false, false}, {"\u3164", false, false},
		{"\u2800", false, false}, {"\ufe0f", false, false}, {"\u2066\u2069", false, false}, {"\u00a0\ufeff", false, false}, {"\u0301", false, false},
		{"a\nb", true, false}, {"a\tb", true, false}, {"a\u2028b", true, false}, {"a\u202eb", true, false}, {"a\u2066b\u2069", true, false},
		{"a\u200bb", true, false}, {"a\u3164b", true, false}, {"a\u00adb", true, false}, {"a\u200db", true, false}, {"a\u200e", true, false},
		{"👨‍👩‍👧", true, true}, {"👩🏽‍🤝‍👨🏿 둘", true, true}, {"👩‍❤️‍💋‍👨", true, true}, {"👁️‍🗨️", true, true}, {"🏃‍➡️", true, true}, {"🏴‍☠️", true, true},
		{"❤️", true, true}, {"1️⃣", true, true}, {"葛\U000e0100", true, true}, {flag, true, true},
		{"a\u200d👨", true, false}, {"👨\u200d", true, false}, {"👨\u200da", true, false}, {"👨\u200d\u200d👩", true, false},
		{"a\U000e0067\U000e0062\U000e007f", true, false}, {"🏴\U000e0067", true, false},
		// Noncharacters and private use are refused anywhere; what is unassigned where a name is asked for, pictures excepted.
		{"\ufdd0", false, false}, {"김\ufffe민수", false, false}, {"a\U0010ffff", false, false}, {"\uf8ff", false, false}, {"김\ue000민수", false, false},
		{"a\U000f0000", false, false}, {"a\U0010fffd", false, false}, {"\u0378", true, false}, {"김\U0003fff0민수", true, false}, {"김\U0001fafe민수", true, true},
	} {
		if text, line := keeps(c.s); text != c.text || line != c.line {
			t.Errorf("%q: text %t, line %t", c.s, text, line)
		}
	}
}

// The contract spells out what Unicode has as invisible; the tables of Go are another source of it.
func TestTheRulesKnowEveryCharacter(t *testing.T) {
	keeps := ruleChecker(t)
	var shown, written []rune
	var unseen strings.Builder
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		if !texts.IsVisible(r) {
			unseen.WriteRune(r)
		} else if unicode.IsGraphic(r) && !unicode.In(r, unicode.Han, unicode.Hangul) {
			if text, _ := keeps(string(r)); !text {
				t.Errorf("%U does not keep the rule text", r)
			}
		}
		if texts.IsHidden(r) || isEdge(texts.IsPrivate, r) || isEdge(texts.IsUnassigned, r) {
			if _, line := keeps("a" + string(r) + "b"); line {
				t.Errorf("%U within a line keeps the rule line", r)
			}
		}
		if isEdge(texts.IsPrivate, r) {
			if text, _ := keeps("a" + string(r) + "b"); text {
				t.Errorf("%U within a text keeps the rule text", r)
			}
		}
		if !texts.IsHidden(r) && !texts.IsPrivate(r) && !texts.IsUnassigned(r) {
			shown = append(shown, r)
		}
		if !texts.IsPrivate(r) {
			written = append(written, r)
		}
	}
	if text, _ := keeps(unseen.String()); text {
		t.Error("what cannot be seen keeps the rule text")
	}
	for some := range slices.Chunk(shown, 200) {
		if _, line := keeps("a" + string(some)); !line {
			t.Errorf("what is not hidden from %U on breaks the rule line", some[0])
		}
	}
	for some := range slices.Chunk(written, 200) {
		if text, _ := keeps("a" + string(some)); !text {
			t.Errorf("what is not private from %U on breaks the rule text", some[0])
		}
	}
}

// isEdge reports whether r is the first or the last of a range of characters that f knows.
func isEdge(f func(rune) bool, r rune) bool { return f(r) && (!f(r-1) || !f(r+1)) }

func FuzzRules(f *testing.F) {
	keeps := ruleChecker(f)
	clean := cleaning()
	for _, seed := range []string{
		"", "\u3000", "김민수", "a\u202eb", "a\u2066b", "김\u200b민수", "\u3164", "👨‍👩‍👧", "❤️", "a\xff", "1️⃣", "🏴\U000e0067", "👨\u200d ", "\u2066a\u2069", "\uffa1\uffc2", "\u1100\u1161", "Ａ조 50%", "🏸+", "e\u034f\u0301",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		made := texts.Line(s)
		if _, line := keeps(made); !line || texts.Line(made) != made {
			t.Errorf("Line(%q) = %q, which is no line, or becomes %q", s, made, texts.Line(made))
		}
		m := &dongbaejulv1.CreatePostRequest{Title: s, Content: s}
		if clean(m) != nil {
			return
		}
		text, line := keeps(m.GetContent())
		if trimmed := texts.Trim(m.GetContent()); text && trimmed != m.GetContent() {
			t.Errorf("%q is kept as %q", s, m.GetContent())
		}
		// Line changes nothing of a line, but for its white space.
		if squeezed := strings.Join(strings.Fields(m.GetTitle()), " "); line && texts.Line(m.GetTitle()) != squeezed {
			t.Errorf("%q is a line and becomes %q", m.GetTitle(), texts.Line(m.GetTitle()))
		}
	})
}

func TestRuleForURLs(t *testing.T) {
	validator, err := protovalidate.New()
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]bool{
		"": true, "https://e.com": true, "https://e.com/a.png?x=1#y": true, "HTTPS://E.COM/x": true, "https://e.com:8443/": true,
		"https://[2001:db8::1]/a": true, "https://xn--9n2bp8q.kr/": true, "https://e.com?x": true, "https://e.com:/": true,
		"https://": false, "https:///x": false, "https://?x": false, "https://#x": false, "https://:443/": false, "https:e.com": false,
		"https://u:p@h/": false, "https://u@h/": false, "https://@h/": false, "https://e.com:123456/": false, "https://e.com:x/": false,
		"https://e.com:0/": true, "https://e.com:65535/": true, "https://e.com:65536/": false, "https://e.com:99999": false, "https://e.com:00443/": false,
		"https://1.2.3.4:80/": true, "https://1.2.3.999/": false, "https://1.2.3/": false, "https://1.2.3.4.5/": false, "https://0x7f.1/": false,
		"https://e..com/": false, "https://./": false, "https://.e.com/": false, "https://e.com./": true, "https://-e.com/": false, "https://e_f.com/": false,
		"https://" + strings.Repeat("a", 64) + ".com/": false, "https://e.com#x/y": true, "https://e.com?a/b": true, "https://[1.2.3.4]/": false, "https://[v1.a]/": false,
		"https://[::1]:65536/": false, "https://localhost/": true, "https://..?x": false, "https://e.com:#": true,
		"http://e.com/": true, "ftp://e.com/": false, "javascript:alert(1)": false, "//e.com/": false, "e.com": false, " https://e.com/": false,
		"https://e.com/ x": false, "https://e.com/\n": false, "https://[::1/": false, "https://한글.kr/": false, "https://%65.com/": false, "https://e.com%00/": false, `https://e.com\@h/`: false,
	} {
		if got := !names(validator.Validate(&dongbaejulv1.UpdateProfileRequest{Avatar: &address}), "string.web_url"); got != want {
			t.Errorf("%q keeps the rule web_url: %t", address, got)
		}
	}
}

// FuzzWebURL holds the rule to package net/url: what is accepted has a scheme of the web and a host, and no credentials.
func FuzzWebURL(f *testing.F) {
	validator, err := protovalidate.New()
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		"https://", "https://?x", "https://u:p@h/", "HTTPS://E.COM/x", "http://e.com/", "https://[2001:db8::1]:443/a?b#c", "https://[::1%25lo]/", "https://e.com:65536/", `https://e.com\@h/`,
		"https://e.com/50%", "https://e.com/\u202e", "https:///x", "https://%65.com/", "https://e.com%00/", "https://[v1.a@b]/", "https://e.com/@", "https://e.com?@", "https://e.com:",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if s == "" || names(validator.Validate(&dongbaejulv1.UpdateProfileRequest{Avatar: &s}), "string.web_url") || !utf8.ValidString(s) {
			return
		}
		u, err := url.Parse(s)
		if err != nil {
			t.Fatalf("%q is accepted: %v", s, err)
		}
		if u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || u.Opaque != "" || strings.ContainsFunc(s, unicode.IsSpace) {
			t.Errorf("%q is accepted as %#v", s, u)
		}
	})
}
