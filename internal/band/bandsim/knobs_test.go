package bandsim_test

import (
	"maps"
	"net/url"
	"regexp"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
)

// TestKnobsShow checks the form of an answer with a knob at zero and turned, where a client cannot see the difference.
func TestKnobsShow(t *testing.T) {
	const posts, albums, permissions, hiking = "/v2/band/posts", "/v2/band/albums", "/v2/band/permissions", "hiking"
	for _, c := range []struct {
		name, path string
		atZero     string // a pattern in the answer
		knobs      bandsim.Knobs
		turned     string // a pattern in the answer
	}{
		{"limit", posts, `"limit":"20"`, bandsim.Knobs{LimitIsNumber: true}, `"limit":20[,}]`},
		{"last page absent", hiking, `"next_params":null`, bandsim.Knobs{LastPage: bandsim.LastPageAbsent}, `"paging":\{"previous_params":null\}`},
		{"last page empty", hiking, `"next_params":null`, bandsim.Knobs{LastPage: bandsim.LastPageEmpty}, `"next_params":\{\}`},
		{"items", hiking, `"items":\[\]`, bandsim.Knobs{ItemsAbsentWhenEmpty: true}, `"result_data":\{"paging":[^[]*$`},
		{"latest comments", posts, `"emotion_count":0,"photos":\[\],"post_key"`,
			bandsim.Knobs{LatestCommentsAlways: true}, `"emotion_count":0,"latest_comments":\[\],"photos":\[\],"post_key"`},
		{"author", posts, `"member_type":"member"`, bandsim.Knobs{Author: bandsim.AuthorDocumented},
			`"author":\{"description":"[^"]*","name":"[^"]*","profile_image_url":"[^"]*","role":"[^"]*","user_key":"[^"]*"\}`},
		{"album", albums, `"owner":\{`, bandsim.Knobs{AlbumAuthor: true}, `"author":\{`},
		{"total of photos", albums, `"total_photo_count":[1-9]`, bandsim.Knobs{AlbumAuthor: true}, `"total_photo_count":[1-9]`},
		{"permission", permissions, `"permissions":\["posting"\]`, bandsim.Knobs{PermissionSingular: true}, `"permission":\["posting"\]`},
		{"token in next_params", posts, `"access_token":"ZQAAA`, bandsim.Knobs{LimitIsNumber: true}, `"access_token":"ZQAAA`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSimulator(bandsim.Knobs{CoolDown: -1})
			token := signIn(t, s, s.Members()[3].UserKey) // a hiker too
			params := url.Values{"access_token": {token}, "band_key": {s.BandKey()}, "permissions": {"posting"}}
			written := maps.Clone(params)
			written.Set("content", "댓글 없는 글")
			if got := decode[envelope](t, post(s, "/v2.2/band/post/create", written)); got.Code != 1 {
				t.Fatalf("code %d", got.Code)
			}
			if c.path == hiking {
				c.path = posts
				for _, b := range decode[envelope](t, get(s, "/v2.1/bands", params)).Data.Bands {
					params.Set("band_key", b["band_key"].(string)) // the last one
				}
			}
			before := get(s, c.path, params).Body.String()
			s.Set(c.knobs)
			after := get(s, c.path, params).Body.String()
			if !regexp.MustCompile(c.atZero).MatchString(before) || !regexp.MustCompile(c.turned).MatchString(after) {
				t.Errorf("zero, want %s:\n%.2000s\nturned, want %s:\n%.2000s", c.atZero, before, c.turned, after)
			}
			if c.atZero != c.turned && regexp.MustCompile(c.turned).MatchString(before) {
				t.Errorf("%s is there without the knob too", c.turned)
			}
		})
	}
}
