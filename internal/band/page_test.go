package band_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/band"
)

// pageOf is a page of posts with the given keys.
func pageOf(paging string, keys ...string) string {
	items := make([]string, len(keys))
	for i, key := range keys {
		items[i] = fmt.Sprintf(`{"post_key":%q}`, key)
	}
	return fmt.Sprintf(`{"result_code":1,"result_data":{"paging":%s,"items":[%s]}}`, paging, strings.Join(items, ","))
}

func next(params string) string { return `{"previous_params":null,"next_params":` + params + `}` }

func TestPaging(t *testing.T) {
	last := pageOf(next("null"), "z")
	for _, c := range []struct {
		name   string
		bodies []string
		keys   string
	}{
		{"null", []string{pageOf(next(`{"after":"a"}`), "x", "y"), last}, "xyz"},
		{"absent", []string{pageOf(next(`{"after":"a"}`), "x"), pageOf(`{"previous_params":null}`, "y"), last}, "xy"},
		{"empty object", []string{pageOf(next(`{}`), "x"), last}, "x"},
		{"no paging", []string{pageOf(`null`, "x"), last}, "x"},
		{"paging of another kind", []string{pageOf(`[1]`, "x"), last}, "x"},
		{"next of another kind", []string{pageOf(next(`"a"`), "x"), last}, "x"},
		{"without after", []string{pageOf(next(`{"limit":"20","band_key":"AAband"}`), "x"), last}, "x"},
		{"empty after", []string{pageOf(next(`{"after":""}`), "x"), last}, "x"},
		{"after null", []string{pageOf(next(`{"after":null}`), "x"), last}, "x"},
		{"after of another kind", []string{pageOf(next(`{"after":{"a":1}}`), "x"), last}, "x"},
		{"after a number", []string{pageOf(next(`{"after":294038803}`), "x"), last}, "xz"},
		{"after too long", []string{pageOf(next(`{"after":"`+strings.Repeat("a", 5000)+`"}`), "x"), last}, "x"},
		{"empty page", []string{pageOf(next(`{"after":"a"}`), "x"), pageOf(next(`{"after":"b"}`)), last}, "x"},
		{"items absent", []string{`{"result_code":1,"result_data":{"paging":{"next_params":{"after":"a"}}}}`, last}, ""},
		{"data absent", []string{`{"result_code":1}`, last}, ""},
		{"data of another kind", []string{`{"result_code":1,"result_data":"none"}`, last}, ""},
		{"repeats", []string{pageOf(next(`{"after":"a"}`), "x")}, "xx"},
		{"goes in a circle", []string{pageOf(next(`{"after":"a"}`), "1"), pageOf(next(`{"after":"b"}`), "2"), pageOf(next(`{"after":"a"}`), "3")}, "123"},
		{"odd items", []string{`{"result_code":1,"result_data":{"items":[null,1,"x",[],{"post_key":"x"},{"post_key":7}]}}`}, "x7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			posts, err := collect(clientOf(t, inTurn(c.bodies...)).Posts(t.Context(), band.NewSecret(testToken), "AAband"))
			var keys strings.Builder
			for _, p := range posts {
				keys.WriteString(p.Key)
			}
			if err != nil || keys.String() != c.keys {
				t.Errorf("%q, %v; want %q", keys.String(), err, c.keys)
			}
		})
	}
}

func TestNextPageIsAskedForWithOurOwnParameters(t *testing.T) {
	foreign := `{"after":"AAafter","limit":20,"extra":"e","flag":true,"nested":{"x":1},"null":null,` +
		`"access_token":"ZQAAAforeign","Access_Token":"ZQAAAforeign","band_key":"AAforeign","post_key":"AAforeign","sort":"x","locale":"x","photo_album_key":"AAforeign"}`
	for name, c := range map[string]struct {
		list func(*band.Client) error
		want url.Values // of the second page, beside the token
	}{
		"posts": {
			func(c *band.Client) error {
				_, err := collect(c.Posts(t.Context(), band.NewSecret(testToken), "AAband"))
				return err
			},
			url.Values{"locale": {"ko_KR"}},
		},
		"comments": {
			func(c *band.Client) error {
				_, err := collect(c.Comments(t.Context(), band.NewSecret(testToken), "AAband", "AApost", band.OldestFirst))
				return err
			},
			url.Values{"post_key": {"AApost"}, "sort": {"+created_at"}},
		},
		"photos of the band": {
			func(c *band.Client) error {
				_, err := collect(c.Photos(t.Context(), band.NewSecret(testToken), "AAband", ""))
				return err
			},
			url.Values{},
		},
		"photos of an album": {
			func(c *band.Client) error {
				_, err := collect(c.Photos(t.Context(), band.NewSecret(testToken), "AAband", "AAalbum"))
				return err
			},
			url.Values{"photo_album_key": {"AAalbum"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := inTurn(pageOf(next(foreign), "x"), pageOf(next("null"), "y"))
			if err := c.list(clientOf(t, s)); err != nil || len(s.requests) != 2 {
				t.Fatalf("%d requests, %v", len(s.requests), err)
			}
			first, second := s.requests[0].query, s.requests[1].query
			c.want.Set("access_token", testToken)
			c.want.Set("band_key", "AAband")
			if first.Encode() != c.want.Encode() {
				t.Errorf("first page %v\nwant %v", first, c.want)
			}
			for key, value := range map[string]string{"after": "AAafter", "limit": "20", "extra": "e", "flag": "true"} {
				c.want.Set(key, value)
			}
			if second.Encode() != c.want.Encode() {
				t.Errorf("second page %v\nwant %v", second, c.want)
			}
		})
	}
}

func TestAListIsReadAsFarAsItIsUsed(t *testing.T) {
	s := inTurn(pageOf(next(`{"after":"a"}`), "1", "2"), pageOf(next("null"), "3"))
	posts := clientOf(t, s).Posts(t.Context(), band.NewSecret(testToken), "AAband")
	if len(s.requests) != 0 {
		t.Error("a list is read before it is used")
	}
	for p, err := range posts {
		if err != nil {
			t.Fatal(err)
		}
		if p.Key == "2" {
			break
		}
	}
	if len(s.requests) != 1 {
		t.Errorf("%d pages were read for items of the first", len(s.requests))
	}
}

func TestAListEndsWithItsError(t *testing.T) {
	s := inTurn(pageOf(next(`{"after":"a"}`), "1", "2"), refused, pageOf(next("null"), "3"))
	var got []string
	for p, err := range clientOf(t, s).Posts(t.Context(), band.NewSecret(testToken), "AAband") {
		if err != nil {
			got = append(got, fmt.Sprint(failure(t, err).Code))
			continue
		}
		got = append(got, p.Key)
	}
	if !slices.Equal(got, []string{"1", "2", "10403"}) {
		t.Errorf("%q", got)
	}
}

func TestAListWithoutEndEnds(t *testing.T) {
	s := &server{answer: func(n int, _ url.Values) (int, string, error) {
		return 200, pageOf(next(fmt.Sprintf(`{"after":"%d"}`, n)), "x"), nil
	}}
	posts, err := collect(clientOf(t, s).Posts(t.Context(), band.NewSecret(testToken), "AAband"))
	if err == nil || failure(t, err).Temporary() || len(posts) != 10_000 || !strings.Contains(err.Error(), "does not end") {
		t.Errorf("%d posts, %v", len(posts), err)
	}
}

func TestMembersPath(t *testing.T) {
	token := band.NewSecret(testToken)
	for _, bad := range []string{"", "v2/x", "//evil.test/x", "/x?y=1", "/x#y", "http://evil.test/x"} {
		s := inTurn(fine)
		if people, err := collect(clientOf(t, s).Members(t.Context(), token, bad, "AAband")); err == nil || len(people)+len(s.requests) != 0 {
			t.Errorf("%q: %v, %v", bad, people, err)
		}
	}
	for _, list := range []string{"items", "members"} {
		s := inTurn(`{"result_code":1,"result_data":{"` + list + `":[{"user_key":"AAu","name":"김민수","role":"co_leader"}]}}`)
		people, err := collect(clientOf(t, s).Members(t.Context(), token, "/v2/band/members", "AAband"))
		if err != nil || len(people) != 1 || people[0].Name != "김민수" || people[0].Role != band.RoleCoLeader {
			t.Errorf("%s: %+v, %v", list, people, err)
		}
	}
}

func TestAListCanBeReadAgain(t *testing.T) {
	s := &server{answer: func(_ int, params url.Values) (int, string, error) {
		if params.Get("after") == "" {
			return 200, pageOf(next(`{"after":"a"}`), "1"), nil
		}
		return 200, pageOf(next("null"), "2"), nil
	}}
	posts := clientOf(t, s).Posts(t.Context(), band.NewSecret(testToken), "AAband")
	first, err := collect(posts)
	again, err2 := collect(posts)
	if err != nil || err2 != nil || len(first) != 2 || len(again) != 2 || again[0].Key != "1" {
		t.Errorf("first %+v, %v; again %+v, %v", first, err, again, err2)
	}
}
