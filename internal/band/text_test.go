package band_test

import (
	"html"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/band"
)

func TestParseText(t *testing.T) {
	for _, c := range []struct {
		name, content string
		want          band.Text
	}{
		{"empty", "", band.Text{}},
		{"plain", "토요일 6시\n3코트", band.Text{Plain: "토요일 6시\n3코트"}},
		{"mention", `연습 <band:refer user_key="AAu2">조던</band:refer> 님`,
			band.Text{Plain: "연습 @조던 님", Mentions: []band.Mention{{UserKey: "AAu2", Name: "조던"}}}},
		{"mention with entities", `<band:refer user_key="AA&amp;u">A &amp; B</band:refer>`,
			band.Text{Plain: "@A & B", Mentions: []band.Mention{{UserKey: "AA&u", Name: "A & B"}}}},
		{"old mention", `<band:refer user_no="">김민수</band:refer>`,
			band.Text{Plain: "@김민수", Mentions: []band.Mention{{Name: "김민수"}}}},
		{"hashtag", `<band:hashtag>#동배즐</band:hashtag> 모임`, band.Text{Plain: "#동배즐 모임", Hashtags: []string{"#동배즐"}}},
		{"attachments", "사진\n<band:attachment type=\"photo\" id=\"3452\" /><band:attachment id='7' type='video'/>",
			band.Text{Plain: "사진\n", Attachments: []band.Attachment{{Kind: "photo", ID: "3452"}, {Kind: "video", ID: "7"}}}},
		{"unknown tag", `<band:color value="red">빨강</band:color>`, band.Text{Plain: "빨강"}},
		{"entities are text", `점수 &lt;21:19&gt; A&amp;B &quot;끝&quot;`, band.Text{Plain: `점수 <21:19> A&B "끝"`}},
		{"escaped tag is text", `&lt;band:refer user_key="x"&gt;`, band.Text{Plain: `<band:refer user_key="x">`}},
		{"decoded once", `&amp;lt;`, band.Text{Plain: `&lt;`}},
		{"other markup is text", `<b>굵게</b> 1 < 2`, band.Text{Plain: `<b>굵게</b> 1 < 2`}},
		{"bracket in an attribute", `<band:refer user_key="a>b">가</band:refer>`,
			band.Text{Plain: "@가", Mentions: []band.Mention{{UserKey: "a>b", Name: "가"}}}},
		{"open quote", `<band:refer user_key="a>가</band:refer>`, band.Text{Plain: "@가", Mentions: []band.Mention{{Name: "가"}}}},
		{"never closed", `<band:refer user_key="a"`, band.Text{Plain: `<band:refer user_key="a"`}},
		{"no name", `<band:>x</band:>`, band.Text{Plain: `<band:>x</band:>`}},
		{"mention without end", `<band:refer user_key="a">가`, band.Text{Plain: "가"}},
		{"end without mention", `가</band:refer>`, band.Text{Plain: "가"}},
		{"empty mention", `<band:refer user_key="a"></band:refer>`, band.Text{Mentions: []band.Mention{{UserKey: "a"}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := band.ParseText(c.content); !reflect.DeepEqual(got, c.want) {
				t.Errorf("ParseText(%q)\n got %+v\nwant %+v", c.content, got, c.want)
			}
		})
	}
}

func TestParseTextIsLinear(t *testing.T) {
	for _, unit := range []string{"<band:", "<band:a b=\"", "</band:x", "<", "&", "<band:refer user_key=\"a\">x</band:refer>"} {
		start := time.Now()
		band.ParseText(strings.Repeat(unit, 1<<20/len(unit)))
		if took := time.Since(start); took > time.Minute {
			t.Errorf("1 MiB of %q took %v", unit, took)
		}
	}
}

// FuzzParseText holds the parser to what its contract says of any text: what a person types comes back as it was, also between tags.
func FuzzParseText(f *testing.F) {
	f.Add(`<band:refer user_key="a">가</band:refer>`, "이름")
	f.Add(`&lt;<band:attachment type="photo" id="1" />`, `"<band:hashtag>`)
	f.Add("<band:a '>\"", "&amp")
	f.Add(`<band:refer user_key="a">\u202e김\u200b민\u3164수</band:refer>`, "👨\u200d👩 50%\u3000")
	f.Fuzz(func(t *testing.T, content, typed string) {
		parsed := band.ParseText(content)
		for _, m := range parsed.Mentions {
			if !strings.Contains(parsed.Plain, m.Name) {
				t.Errorf("mention %q is not in %q", m.Name, parsed.Plain)
			}
		}
		if n := strings.Count(content, "<band:refer"); len(parsed.Mentions) > n {
			t.Errorf("%d mentions of %d tags in %q", len(parsed.Mentions), n, content)
		}
		escaped := html.EscapeString(typed)
		if got := band.ParseText(escaped).Plain; got != typed {
			t.Errorf("typed %q, read %q", typed, got)
		}
		tagged := escaped + `<band:refer user_key="` + escaped + `">` + escaped + `</band:refer>` + escaped
		if len(escaped) > 500 {
			return // longer than a tag may be
		}
		at := ""
		if typed != "" {
			at = "@"
		}
		want := band.Text{Plain: typed + at + typed + typed, Mentions: []band.Mention{{UserKey: typed, Name: typed}}}
		if got := band.ParseText(tagged); !reflect.DeepEqual(got, want) {
			t.Errorf("ParseText(%q)\n got %+v\nwant %+v", tagged, got, want)
		}
	})
}
