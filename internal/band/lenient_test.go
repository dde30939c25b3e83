package band_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/band"
)

// answerTo is what a call makes of result_data.
func answerTo[T any](t *testing.T, data string, call func(context.Context, *band.Client, band.Secret) (T, error)) T {
	t.Helper()
	body := `{"result_code":1,"result_data":` + data + `}`
	if data == "" {
		body = `{"result_code":1}`
	}
	got, err := call(t.Context(), clientOf(t, always(200, body)), band.NewSecret(testToken))
	if err != nil {
		t.Errorf("%s: %v", data, err)
	}
	return got
}

var instant = time.UnixMilli(1443690955000).UTC()

func TestProfileOfOddBodies(t *testing.T) {
	for data, want := range map[string]band.Profile{
		"": {}, "null": {}, "[]": {}, `"x"`: {}, "{}": {},
		`{"user_key":"AAu","profile_image_url":"http://i","name":"조던","is_app_member":true,"message_allowed":true,` +
			`"member_name":"조던 (A조)","member_profile_image_url":"http://m","member_joined_at":1443690955000}`: {
			UserKey: "AAu", Name: "조던", ImageURL: "http://i", AppMember: true, MessageAllowed: true,
			MemberName: "조던 (A조)", MemberImageURL: "http://m", MemberJoinedAt: instant,
		},
		`{"user_key":7,"name":null,"is_app_member":"true","message_allowed":0,"member_joined_at":"1443690955000"}`: {
			UserKey: "7", AppMember: true, MemberJoinedAt: instant,
		},
		`{"user_key":{},"name":["x"],"is_app_member":"no","message_allowed":1,"member_joined_at":1443690955}`: {
			MessageAllowed: true, MemberJoinedAt: instant,
		},
		`{"member_joined_at":-1}`: {}, `{"member_joined_at":1e400}`: {}, `{"member_joined_at":"yesterday"}`: {},
		`{"member_joined_at":9223372036854775807}`: {MemberJoinedAt: time.UnixMilli(253402300799999).UTC()},
	} {
		got := answerTo(t, data, func(ctx context.Context, c *band.Client, token band.Secret) (band.Profile, error) {
			return c.Profile(ctx, token)
		})
		if got != want {
			t.Errorf("%s\n got %+v\nwant %+v", data, got, want)
		}
	}
}

func TestBandsOfOddBodies(t *testing.T) {
	golf := band.Band{Key: "AAb", Name: "골프", CoverURL: "http://c", Members: 100}
	for data, want := range map[string][]band.Band{
		"": {}, "{}": {}, `{"bands":null}`: {}, `{"bands":[]}`: {}, `{"bands":"none"}`: {}, `{"bands":[null,3,"x",[]]}`: {},
		`{"bands":[{"name":"골프","band_key":"AAb","cover":"http://c","member_count":100}]}`:   {golf},
		`{"bands":[{"name":"골프","band_key":"AAb","cover":"http://c","member_count":"100"}]}`: {golf},
		`{"bands":[{"member_count":-4},{"member_count":1e12}]}`:                              {{}, {Members: 1<<31 - 1}},
	} {
		got := answerTo(t, data, func(ctx context.Context, c *band.Client, token band.Secret) ([]band.Band, error) {
			return c.Bands(ctx, token)
		})
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s\n got %+v\nwant %+v", data, got, want)
		}
	}
}

func TestIsMember(t *testing.T) {
	for _, c := range []struct {
		data, key string
		want      bool
	}{
		{`{"bands":[{"band_key":"AAx"},{"band_key":"AAb"}]}`, "AAb", true},
		{`{"bands":[{"band_key":"AAx"}]}`, "AAb", false},
		{`{"bands":[{"name":"no key"}]}`, "", false},
		{``, "AAb", false},
	} {
		got := answerTo(t, c.data, func(ctx context.Context, client *band.Client, token band.Secret) (bool, error) {
			return client.IsMember(ctx, token, c.key)
		})
		if got != c.want {
			t.Errorf("%q in %s: %v", c.key, c.data, got)
		}
	}
}

func TestPermissionsOfOddBodies(t *testing.T) {
	two := []band.Permission{band.PermissionPost, band.PermissionComment}
	for data, want := range map[string][]band.Permission{
		"": nil, "{}": nil, `{"permissions":[]}`: nil, `{"permissions":{}}`: nil,
		`{"permissions":["posting","commenting"]}`:         two,
		`{"permission":["posting","commenting"]}`:          two,
		`{"permissions":"posting,commenting"}`:             two,
		`{"permissions":["POSTING"," commenting "]}`:       two,
		`{"permissions":["posting"],"permission":"other"}`: {band.PermissionPost, "other"},
	} {
		got := answerTo(t, data, func(ctx context.Context, c *band.Client, token band.Secret) ([]band.Permission, error) {
			return c.Permissions(ctx, token, "AAb", band.PermissionPost)
		})
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s\n got %q\nwant %q", data, got, want)
		}
	}
}

func TestPostOfOddBodies(t *testing.T) {
	author := band.Author{UserKey: "AAu", Name: "Charley", Description: "U12", Role: band.RoleLeader, ImageURL: "http://c", JoinedAt: instant}
	const authorJSON = `{"name":"Charley","description":"U12","role":"LEADER","profile_image_url":"http://c","user_key":"AAu","created_at":1443690955000}`
	const photoJSON = `{"width":640,"height":480,"photo_key":"AAp","photo_album_key":null,"author":` + authorJSON + `,"url":"http://x",` +
		`"comment_count":1,"emotion_count":2,"created_at":1443690955000,"is_video_thumbnail":true}`
	photo := func(attachment string) band.Photo {
		return band.Photo{
			Key: "AAp", Author: author, URL: "http://x", Width: 640, Height: 480, CreatedAt: instant, Comments: 1, Emotions: 2,
			VideoThumbnail: true, Attachment: attachment,
		}
	}
	for data, want := range map[string]band.Post{
		"": {}, "{}": {}, `{"post":null}`: {}, `{"post":[]}`: {},
		`{"post":{"content":"글\n","author":` + authorJSON + `,"post_key":"AApost","comment_count":2,"created_at":1443690955000,` +
			`"emotion_count":3,"band_key":"AAband","post_read_count":42,"photo":{"100":` + photoJSON + `,"99":` + photoJSON + `},"video":{"7":{}}}}`: {
			BandKey: "AAband", Key: "AApost", Author: author, Content: "글\n", CreatedAt: instant, Comments: 2, Emotions: 3, Reads: 42,
			Photos: []band.Photo{photo("99"), photo("100")}, Videos: []string{"7"},
		},
		`{"post":{"photo":[]}}`: {}, `{"post":{"photo":{}}}`: {}, `{"post":{"photo":null,"photos":null}}`: {}, `{"post":{"photo":{"1":null}}}`: {},
		`{"post":{"photos":[` + photoJSON + `]}}`: {Photos: []band.Photo{photo("")}},
		`{"post":{"author":null,"latest_comments":[{"body":"댓글","author":"x","created_at":1443690955000},{"content":"본문"}]}}`: {
			LatestComments: []band.LatestComment{{Body: "댓글", CreatedAt: instant}, {Body: "본문"}},
		},
		`{"post":{"author":{"name":"Charley","description":null}}}`: {Author: band.Author{Name: "Charley"}},
	} {
		got := answerTo(t, data, func(ctx context.Context, c *band.Client, token band.Secret) (band.Post, error) {
			return c.Post(ctx, token, "AAband", "AApost")
		})
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s\n got %+v\nwant %+v", data, got, want)
		}
	}
}

func TestCommentsAndAlbumsOfOddBodies(t *testing.T) {
	comments := answerTo(t, `{"items":[
		{"comment_key":"1","content":"고맙습니다","photo":{"url":"http://c","height":480,"width":640},"sticker":null,"is_audio_included":false},
		{"comment_key":"2","body":"본문","photo":null,"sticker":{"pack":1},"is_audio_included":true},
		{"comment_key":"3","photo":{}},
		{"comment_key":"4","photo":[],"sticker":[]}]}`,
		func(ctx context.Context, c *band.Client, token band.Secret) ([]band.Comment, error) {
			return collect(c.Comments(ctx, token, "AAb", "AAp", band.NewestFirst))
		})
	wantComments := []band.Comment{
		{Key: "1", Content: "고맙습니다", Photo: &band.Photo{URL: "http://c", Width: 640, Height: 480}},
		{Key: "2", Content: "본문", Sticker: true, Audio: true}, {Key: "3"}, {Key: "4"},
	}
	if !reflect.DeepEqual(comments, wantComments) {
		t.Errorf("comments\n got %+v\nwant %+v", comments, wantComments)
	}
	albums := answerTo(t, `{"total_photo_count":10,"items":[
		{"name":"꽃","photo_album_key":"1","photo_count":3,"owner":{"name":"Charley"},"created_at":1443690955000},
		{"photo_album_key":"2","author":{"name":"Charley"}},
		{"photo_album_key":"3","owner":{"name":"Charley"},"author":{"name":"Jordan"}},
		{"photo_album_key":"4","owner":null,"author":{"name":"Charley"}}]}`,
		func(ctx context.Context, c *band.Client, token band.Secret) ([]band.Album, error) {
			return collect(c.Albums(ctx, token, "AAb"))
		})
	for _, a := range albums {
		if a.Owner.Name != "Charley" {
			t.Errorf("album %s is %q's", a.Key, a.Owner.Name)
		}
	}
	if len(albums) != 4 || albums[0].Name != "꽃" || albums[0].Photos != 3 || albums[0].CreatedAt != instant {
		t.Errorf("albums %+v", albums)
	}
}

func TestGrants(t *testing.T) {
	old := band.NewSecret("old")
	for _, c := range []struct {
		name, body      string
		status          int
		access, refresh string // refresh: of Refresh
		life            time.Duration
		scopes          int
		noRefresh       bool // Exchange returns no refresh token
	}{
		{"documented", `{"access_token":"A","token_type":"bearer","refresh_token":"R","expires_in":315359999,"scope":"READ_POST READ_ALBUM","user_key":"AAu"}`,
			200, "A", "R", 315359999 * time.Second, 2, false},
		{"numbers as strings", `{"access_token":"A","refresh_token":"R","expires_in":"3600"}`, 200, "A", "R", time.Hour, 0, false},
		{"the least", `{"access_token":"A"}`, 200, "A", "old", 0, 0, true},
		{"nulls", `{"access_token":"A","refresh_token":null,"expires_in":null,"scope":null,"user_key":null}`, 200, "A", "old", 0, 0, true},
		{"with an odd status", `{"access_token":"A","refresh_token":"R"}`, 400, "A", "R", 0, 0, false},
		{"a life too long", `{"access_token":"A","refresh_token":"R","expires_in":9e18}`, 200, "A", "R", 0, 0, false},
		{"a very long life", `{"access_token":"A","refresh_token":"R","expires_in":9000000000000}`, 200, "A", "R", 100 * 365 * 24 * time.Hour, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := clientOf(t, always(c.status, c.body))
			first, err := client.Exchange(t.Context(), "code", "")
			if err != nil || first.AccessToken.Reveal() != c.access || first.RefreshToken.IsZero() != c.noRefresh {
				t.Errorf("Exchange: %q, %q, %v", first.AccessToken.Reveal(), first.RefreshToken.Reveal(), err)
			}
			second, err := client.Refresh(t.Context(), old)
			if err != nil || second.AccessToken.Reveal() != c.access || second.RefreshToken.Reveal() != c.refresh ||
				second.ExpiresIn != c.life || len(second.Scopes) != c.scopes {
				t.Errorf("Refresh: %q, %v, %q, %v", second.RefreshToken.Reveal(), second.ExpiresIn, second.Scopes, err)
			}
		})
	}
}

// FuzzAnswers lets every call read any answer: none panics, none hangs, and no error quotes it.
func FuzzAnswers(f *testing.F) {
	const canary = "ZQAAAcanary"
	f.Add(200, `{"result_code":1,"result_data":{"paging":{"next_params":{"after":"a"}},"items":[{"photo":{"1":{}}}],"post":{"photo":{"1":{}}}}}`)
	f.Add(401, `{"result_code":10401,"result_data":{"message":"`+canary+`"}}`)
	f.Add(429, `{"error":"`+canary+`"}`)
	f.Add(200, `{"result_code":"`+canary+`"}`)
	f.Add(200, `{"access_token":"x","expires_in":-1,"scope":[]}`)
	f.Add(500, `<html>`+canary)
	f.Fuzz(func(t *testing.T, status int, body string) {
		for name, call := range everyCall(clientOf(t, always(status, body))) {
			err := call(t.Context())
			if err == nil {
				continue
			}
			if e := failure(t, err); strings.Contains(e.Error(), "ZQAAA") || leaks(e.Error()) {
				t.Errorf("%s quotes the answer: %v", name, e)
			}
		}
	})
}
