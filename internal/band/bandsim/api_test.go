package bandsim_test

import (
	"context"
	"errors"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
)

func TestRefusals(t *testing.T) {
	s := newSimulator(bandsim.Knobs{})
	member, outsider := signIn(t, s, find(t, s, "김민수").UserKey), signIn(t, s, s.Outsiders()[0].UserKey)
	s.Set(bandsim.Knobs{Consent: bandsim.ConsentNone})
	withoutBands := signIn(t, s, find(t, s, "김민수").UserKey)
	s.Set(bandsim.Knobs{})
	club := s.BandKey()
	post1 := decode[envelope](t, get(s, "/v2/band/posts", url.Values{"access_token": {member}, "band_key": {club}})).Data.Items[0]["post_key"].(string)
	for _, c := range []struct {
		method, path string
		params       string // without the token
		token        string
		status, code int
	}{
		{"GET", "/v2/profile", "", "", 401, 10401},
		{"GET", "/v2/profile", "", "ZQAAAwrong", 401, 10401},
		{"GET", "/v2/profile", "band_key=", member, 200, 1},
		{"GET", "/v2/profile", "band_key=" + club, outsider, 200, 60102},
		{"GET", "/v2/profile", "band_key=" + club, withoutBands, 200, 60204},
		{"GET", "/v2/band/posts", "", member, 200, 212},
		{"GET", "/v2/band/posts", "band_key=AAx", member, 200, 60200},
		{"GET", "/v2/band/posts", "band_key=" + club + "&after=x", member, 200, 211},
		{"POST", "/v2/band/posts", "band_key=" + club, member, 200, 1},
		{"GET", "/v2.1/band/post", "band_key=" + club, member, 200, 212},
		{"GET", "/v2.1/band/post", "band_key=" + club + "&post_key=" + club, member, 200, 211},
		{"GET", "/v2/band/post", "band_key=" + club + "&post_key=" + post1, member, 200, 1},
		{"GET", "/v2/band/permissions", "band_key=" + club, member, 200, 212},
		{"GET", "/v2/band/album/photos", "photo_album_key=x&band_key=" + club, member, 200, 60801},
		{"GET", "/v2.2/band/post/create", "band_key=" + club + "&content=x", member, 405, 3000},
		{"POST", "/v2.2/band/post/create", "band_key=" + club, member, 200, 212},
		{"POST", "/v2.2/band/post/create", "content=" + strings.Repeat("x", 10_001) + "&band_key=" + club, member, 200, 3001},
		{"POST", "/v2/band/post/remove", "band_key=" + club + "&post_key=" + post1, member, 200, 2300},
		{"POST", "/v2/band/post/comment/create", "band_key=" + club + "&post_key=" + post1, member, 200, 212},
		{"POST", "/v2/band/post/comment/remove", "band_key=" + club + "&post_key=" + post1, member, 200, 212},
		{"POST", "/v2/band/post/comment/remove", "comment_key=x&band_key=" + club + "&post_key=" + post1, member, 200, 211},
		{"GET", "/v2/band/members", "band_key=" + club, member, 404, 3000},
		{"DELETE", "/v2/band/posts", "", member, 405, 3000},
	} {
		target := prefix + c.path + "?" + c.params
		if c.token != "" {
			target += "&access_token=" + c.token
		}
		w := serve(s, httptest.NewRequest(c.method, target, nil))
		if got := decode[envelope](t, w); w.Code != c.status || got.Code != c.code {
			t.Errorf("%s %s?%.80s: HTTP %d, code %d; want %d, %d", c.method, c.path, c.params, w.Code, got.Code, c.status, c.code)
		}
	}
	r := httptest.NewRequest(http.MethodGet, prefix+"/v2/profile", nil)
	r.Header.Set("Authorization", "Bearer "+member)
	if got := decode[envelope](t, serve(s, r)); got.Code != 1 {
		t.Errorf("a token in the header: code %d", got.Code)
	}
	if w := serve(s, httptest.NewRequest(http.MethodGet, "/v2/profile?access_token="+member, nil)); w.Code != http.StatusNotFound {
		t.Errorf("outside the prefix: HTTP %d", w.Code)
	}
}

func TestSortIsFormDecoded(t *testing.T) {
	s := newSimulator(bandsim.Knobs{})
	token := signIn(t, s, find(t, s, "김민수").UserKey)
	base := url.Values{"access_token": {token}, "band_key": {s.BandKey()}}
	var busy map[string]any
	for _, p := range decode[envelope](t, get(s, "/v2/band/posts", base)).Data.Items {
		if busy == nil || p["comment_count"].(float64) > busy["comment_count"].(float64) {
			busy = p
		}
	}
	keys := func(sort string) (keys []string) {
		query := base.Encode() + "&post_key=" + busy["post_key"].(string) + "&sort=" + sort
		w := serve(s, httptest.NewRequest(http.MethodGet, prefix+"/v2/band/post/comments?"+query, nil))
		items := decode[envelope](t, w).Data.Items
		for _, m := range items {
			keys = append(keys, m["comment_key"].(string))
		}
		return keys
	}
	oldest, newest := keys("%2Bcreated_at"), keys("-created_at")
	if len(oldest) < 2 || slices.Equal(oldest, newest) {
		t.Fatalf("%d comments, sorting changes nothing", len(oldest))
	}
	if !slices.Equal(keys("+created_at"), oldest) || !slices.Equal(keys("nonsense"), oldest) {
		t.Error("a bare plus, which is a space, is not the default order")
	}
}

func TestImagesAreWhatTheAPISays(t *testing.T) {
	s := newSimulator(bandsim.Knobs{})
	token := signIn(t, s, find(t, s, "김민수").UserKey)
	photos := decode[envelope](t, get(s, "/v2/band/album/photos", url.Values{"access_token": {token}, "band_key": {s.BandKey()}})).Data.Items
	if len(photos) != 20 {
		t.Fatalf("%d photos on a page", len(photos))
	}
	urls := map[string]image.Point{}
	for _, p := range photos[:4] {
		urls[p["url"].(string)] = image.Pt(int(p["width"].(float64)), int(p["height"].(float64)))
		urls[p["author"].(map[string]any)["profile_image_url"].(string)] = image.Pt(96, 96)
	}
	for _, b := range decode[envelope](t, get(s, "/v2.1/bands", url.Values{"access_token": {token}})).Data.Bands {
		urls[b["cover"].(string)] = image.Pt(640, 320)
	}
	for address, size := range urls {
		path, ok := strings.CutPrefix(address, "http://club.test")
		w := serve(s, httptest.NewRequest(http.MethodGet, path, nil))
		drawn, format, err := image.Decode(w.Body)
		if !ok || w.Code != http.StatusOK || err != nil || drawn.Bounds().Size() != size || w.Header().Get("Content-Type") != "image/"+format {
			t.Errorf("%s: HTTP %d, %s, %v; want %v", address, w.Code, w.Header().Get("Content-Type"), err, size)
		}
		if policy := w.Header().Get("Cross-Origin-Resource-Policy"); policy != "cross-origin" {
			t.Errorf("%s: pages of apps may not show it: %q", address, policy)
		}
	}
	for _, path := range []string{"photo/999999.jpg", "photo/1.png", "face/-1.png", "face/203.png", "cover/2.jpg", "", "x"} {
		if w := get(s, "/images/"+path, nil); w.Code != http.StatusNotFound {
			t.Errorf("%q: HTTP %d", path, w.Code)
		}
	}
}

func TestMemoryOfWhatIsWrittenIsBounded(t *testing.T) {
	s := newSimulator(bandsim.Knobs{CoolDown: -1})
	base := url.Values{"access_token": {signIn(t, s, find(t, s, "김민수").UserKey)}, "band_key": {s.BandKey()}}
	with := func(key, value string) url.Values {
		params := maps.Clone(base)
		params.Set(key, value)
		return params
	}
	long := with("content", strings.Repeat("가", 10_000))
	var last string
	for range 300 {
		created := decode[envelope](t, post(s, "/v2.2/band/post/create", long))
		if created.Code == 1 {
			last = created.Data.PostKey
			continue
		}
		if created.Code != 1001 || last == "" {
			t.Fatalf("code %d, want a quota after some posts", created.Code)
		}
		if removed := decode[envelope](t, post(s, "/v2/band/post/remove", with("post_key", last))); removed.Code != 1 {
			t.Fatalf("removal: code %d", removed.Code)
		}
		if again := decode[envelope](t, post(s, "/v2.2/band/post/create", long)); again.Code != 1 {
			t.Errorf("code %d although there is room again", again.Code)
		}
		return
	}
	t.Error("9 MB of text were taken")
}

func TestTransportEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSimulator(bandsim.Knobs{Latency: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://club.test/bandsim/v2/profile", nil)
		if err != nil {
			t.Fatal(err)
		}
		if response, err := s.Transport().RoundTrip(r); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v, %v", response, err)
		}
	})
}

// FuzzSimulator sends anything to any path, with a good token every other time: it never panics, and never answers as if it were broken.
func FuzzSimulator(f *testing.F) {
	s := newSimulator(bandsim.Knobs{CoolDown: -1, MembersPath: "/v2/band/members"})
	code, _ := s.Code(s.Members()[0].UserKey)
	r := httptest.NewRequest(http.MethodGet, prefix+"/oauth2/token?grant_type=authorization_code&code="+code, nil)
	r.SetBasicAuth(clubApp.ClientID, clubApp.ClientSecret)
	token := strings.Split(serve(s, r).Body.String(), `"`)[3]
	if get(s, "/v2/profile", url.Values{"access_token": {token}}).Code != http.StatusOK {
		f.Fatal("no good token to fuzz with")
	}
	paths := []string{
		"/oauth2/authorize", "/oauth2/token", "/members", "/style.css", "/images/photo/2.jpg", "/v2/profile", "/v2.1/bands", "/v2/band/permissions",
		"/v2/band/posts", "/v2/band/post", "/v2.1/band/post", "/v2.2/band/post/create", "/v2/band/post/remove", "/v2/band/post/comments",
		"/v2/band/post/comment/create", "/v2/band/post/comment/remove", "/v2/band/albums", "/v2/band/album/photos", "/v2/band/members",
	}
	for i, path := range paths {
		f.Add(uint8(i), path, "limit=3&after=AA&band_key="+s.BandKey(), "content=x&body=%00&post_key=AA", i%2 == 0)
	}
	f.Add(uint8(0), "//", "response_type=code&client_id=club&redirect_uri=a://b&q=%ff&member=AA", "\xff", true)
	f.Fuzz(func(t *testing.T, choice uint8, path, query, body string, signedIn bool) {
		if int(choice) < len(paths) {
			path = paths[choice]
		}
		if signedIn {
			query += "&access_token=" + token
		}
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			r := httptest.NewRequest(method, prefix+"/", strings.NewReader(body))
			r.URL.Path, r.URL.RawQuery = prefix+path, query
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.SetBasicAuth(clubApp.ClientID, clubApp.ClientSecret)
			w := serve(s, r)
			if w.Code >= 500 || w.Code < 200 {
				t.Errorf("%s %q?%q: HTTP %d", method, path, query, w.Code)
			}
			if strings.HasPrefix(path, "/v2") && decode[envelope](t, w).Code == 0 {
				t.Errorf("%s %q?%q: no result_code in %s", method, path, query, w.Body)
			}
		}
	})
}
