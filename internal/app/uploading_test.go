package app_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/blob/blobtest"
)

// photo is a JPEG that lies on its side, and says where it was taken.
func photo(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, 640, 400)), nil); err != nil {
		t.Fatal(err)
	}
	body := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x02\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00" +
		"\x01\x0e\x00\x02\x00\x00\x00\x13\x00\x00\x00\x26\x00\x00\x00\x0037.5665N 126.9780E\x00"
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return slices.Concat(b.Bytes()[:2], segment, []byte(body), b.Bytes()[2:])
}

// upload creates an upload and sends its file.
func upload(t testing.TB, m *apptest.Member, purpose v1.UploadPurpose, data []byte) *v1.CreateUploadResponse {
	t.Helper()
	name := "단체사진.jpg"
	res, err := m.Photos.CreateUpload(t.Context(), &v1.CreateUploadRequest{
		Purpose: purpose, ContentType: "image/jpeg", Size: int64(len(data)), Name: &name,
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), res.GetMethod(), res.GetUploadUrl(), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range res.GetHeaders() {
		r.Header.Set(key, value)
	}
	if status, _, body := do(t, r); status/100 != 2 {
		t.Fatalf("the file was answered by %d: %s", status, body)
	}
	return res
}

func do(t testing.TB, r *http.Request) (int, http.Header, []byte) {
	t.Helper()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, body
}

func get(t testing.TB, url, accept string) (int, http.Header, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	return do(t, r)
}

// Pictures are uploaded, attached and seen by every protocol, from a folder and from an object store.
func TestUploadsOverTheWire(t *testing.T) {
	t.Run("folder", func(t *testing.T) { uploadsOverTheWire(t, func(*app.Config) {}) })
	t.Run("S3", func(t *testing.T) {
		bucket := blobtest.Start(t)
		uploadsOverTheWire(t, func(c *app.Config) { c.BlobURL = bucket.URL })
		if got := bucket.Keys(); !slices.ContainsFunc(got, func(key string) bool { return strings.HasPrefix(key, "served/") }) {
			t.Errorf("the bucket has %v", got)
		}
	})
}

func uploadsOverTheWire(t *testing.T, configure func(*app.Config)) {
	s := apptest.Start(t, configure)
	club := s.Club(t, 3, apptest.ConnectBinary)
	for i, over := range []apptest.Transport{apptest.ConnectJSON, apptest.GRPC, apptest.GRPCWeb} {
		m := club[i]
		m.Clients = s.Clients(t, over, func() string { return m.AccessToken })
		room := m.Group(t, club[(i+1)%3]).GetId()
		for _, purpose := range []v1.UploadPurpose{v1.UploadPurpose_UPLOAD_PURPOSE_POST, v1.UploadPurpose_UPLOAD_PURPOSE_CHAT} {
			sent := upload(t, m, purpose, photo(t))
			var list []*v1.Attachment
			if purpose == v1.UploadPurpose_UPLOAD_PURPOSE_POST {
				completed, err := m.Photos.CompleteUpload(t.Context(), &v1.CompleteUploadRequest{FileId: sent.GetFileId()})
				fatal(t, err)
				res, err := m.Posts.CreatePost(t.Context(), &v1.CreatePostRequest{
					Title: "글", Content: "내용", Category: v1.PostCategory_POST_CATEGORY_FREE, Attachments: []string{sent.GetFileId()},
				})
				fatal(t, err)
				read, err := m.Posts.GetPost(t.Context(), &v1.GetPostRequest{PostId: res.GetPost().GetId()})
				fatal(t, err)
				list = append(read.GetPost().GetAttachments(), completed.GetFile())
			} else {
				res, err := m.Chat.SendMessage(t.Context(), &v1.SendMessageRequest{RoomId: room, TempId: "a picture", Attachments: []string{sent.GetFileId()}})
				fatal(t, err)
				read, err := m.Chat.ListMessages(t.Context(), &v1.ListMessagesRequest{RoomId: room})
				fatal(t, err)
				for _, message := range read.GetMessages() {
					list = append(list, message.GetAttachments()...)
				}
				list = append(list, res.GetMessage().GetAttachments()...)
			}
			if len(list) != 2 {
				t.Fatalf("%s: the attachments are %v", over.Name, list)
			}
			for _, a := range list {
				if a.GetWidth() != 400 || a.GetHeight() != 640 || a.GetBlurhash() == "" || a.GetName() != "단체사진.jpg" || a.GetUrl() != sent.GetUrl() ||
					a.GetContentType() != "image/jpeg" || a.GetSize() == 0 {
					t.Errorf("%s: %v", over.Name, a)
				}
			}
			status, header, body := get(t, sent.GetUrl(), "*/*")
			if status != http.StatusOK || header.Get("Content-Type") != "image/jpeg" || bytes.Contains(body, []byte("Exif")) || bytes.Contains(body, []byte("37.5665N")) {
				t.Errorf("%s: the picture is answered by %d, %v", over.Name, status, header)
			}
			status, header, body = get(t, sent.GetUrl()+"?w=320", "image/webp,*/*")
			if status != http.StatusOK || header.Get("Content-Type") != "image/webp" || len(body) == 0 {
				t.Errorf("%s: a narrow one is answered by %d, %v", over.Name, status, header)
			}
		}
	}
}

// What an upload's URL answers, and that pages of other origins may send files to it.
func TestUploadURLs(t *testing.T) {
	const origin = "https://club.example.com"
	s := apptest.Start(t, func(c *app.Config) { c.AllowedOrigins = []string{origin} })
	m := s.Club(t, 1, apptest.ConnectBinary)[0]
	data := photo(t)
	res, err := m.Photos.CreateUpload(t.Context(), &v1.CreateUploadRequest{
		Purpose: v1.UploadPurpose_UPLOAD_PURPOSE_POST, ContentType: "image/jpeg", Size: int64(len(data)),
	})
	fatal(t, err)
	ask := func(method, url, kind string, body []byte) (int, http.Header, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
		fatal(t, err)
		r.Header.Set("Origin", origin)
		r.Header.Set("Content-Type", kind)
		if method == http.MethodOptions {
			r.Header.Set("Access-Control-Request-Method", http.MethodPut)
			r.Header.Set("Access-Control-Request-Headers", "content-type")
		}
		status, header, text := do(t, r)
		var answer struct {
			Details []struct {
				Reason string `json:"reason"`
			} `json:"details"`
		}
		if len(text) > 0 {
			fatal(t, json.Unmarshal(text, &answer))
		}
		for _, d := range answer.Details {
			if d.Reason != "" {
				return status, header, d.Reason
			}
		}
		return status, header, ""
	}
	if status, header, _ := ask(http.MethodOptions, res.GetUploadUrl(), "", nil); status/100 != 2 || header.Get("Access-Control-Allow-Origin") != origin ||
		!strings.Contains(header.Get("Access-Control-Allow-Methods"), "PUT") {
		t.Errorf("a preflight: %d, %v", status, header)
	}
	last := res.GetUploadUrl()[len(res.GetUploadUrl())-1:]
	forged := strings.TrimSuffix(res.GetUploadUrl(), last) + map[bool]string{true: "B", false: "A"}[last != "B"]
	for _, c := range []struct {
		what, method, url, kind string
		body                    []byte
		status                  int
		reason                  string
	}{
		{"reading", http.MethodGet, res.GetUploadUrl(), "", nil, http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED"},
		{"a forged URL", http.MethodPut, forged, "image/jpeg", data, http.StatusForbidden, "UPLOAD_URL_INVALID"},
		{"another type", http.MethodPut, res.GetUploadUrl(), "image/png", data, http.StatusBadRequest, "UPLOAD_TYPE_MISMATCH"},
		{"another size", http.MethodPut, res.GetUploadUrl(), "image/jpeg", data[1:], http.StatusBadRequest, "UPLOAD_SIZE_MISMATCH"},
		{"as announced", http.MethodPut, res.GetUploadUrl(), "image/jpeg", data, http.StatusNoContent, ""},
		{"again", http.MethodPut, res.GetUploadUrl(), "image/jpeg", data, http.StatusConflict, "UPLOAD_REPEATED"},
	} {
		status, header, reason := ask(c.method, c.url, c.kind, c.body)
		if status != c.status || reason != c.reason || header.Get("Access-Control-Allow-Origin") != origin {
			t.Errorf("%s: %d, %q, %v", c.what, status, reason, header)
		}
	}
	_, err = m.Photos.CreateUpload(t.Context(), &v1.CreateUploadRequest{
		Purpose: v1.UploadPurpose_UPLOAD_PURPOSE_POST, ContentType: "image/jpeg", Size: 10<<20 + 1,
	})
	if apptest.InfoOf(err).GetReason() != "INVALID_FIELD" {
		t.Errorf("10 MiB and a byte: %v", err)
	}
	for range 9 {
		_, err := m.Photos.CreateUpload(t.Context(), &v1.CreateUploadRequest{
			Purpose: v1.UploadPurpose_UPLOAD_PURPOSE_POST, ContentType: "image/jpeg", Size: 1,
		})
		fatal(t, err)
	}
	_, err = m.Photos.CreateUpload(t.Context(), &v1.CreateUploadRequest{
		Purpose: v1.UploadPurpose_UPLOAD_PURPOSE_POST, ContentType: "image/jpeg", Size: 1,
	})
	if info := apptest.InfoOf(err); info.GetReason() != "TOO_MANY_UPLOADS" || info.GetMetadata()["retry_after"] == "" || connect.CodeOf(err) != connect.CodeResourceExhausted {
		t.Errorf("the eleventh in an hour: %v", err)
	}
}

// An upload becomes the avatar that others see, until there is another one, and goes with the account.
func TestUploadedAvatar(t *testing.T) {
	var folder string
	s := apptest.Start(t, func(c *app.Config) { folder = filepath.Join(c.DataDir, "uploads", "served") })
	club := s.Club(t, 2, apptest.ConnectBinary)
	m := club[1]
	first, second := upload(t, m, v1.UploadPurpose_UPLOAD_PURPOSE_AVATAR, photo(t)), upload(t, m, v1.UploadPurpose_UPLOAD_PURPOSE_AVATAR, photo(t))
	for _, sent := range []*v1.CreateUploadResponse{first, second, second} {
		avatar := sent.GetUrl()
		res, err := m.Users.UpdateProfile(t.Context(), &v1.UpdateProfileRequest{Avatar: &avatar})
		fatal(t, err)
		seen, err := club[0].Users.GetMember(t.Context(), &v1.GetMemberRequest{MemberId: m.ID})
		fatal(t, err)
		if res.GetUser().GetAvatar() != avatar || seen.GetMember().GetAvatar() != avatar {
			t.Errorf("the avatar is %s, and seen as %s", res.GetUser().GetAvatar(), seen.GetMember().GetAvatar())
		}
	}
	for what, avatar := range map[string]string{
		"another's":  upload(t, club[0], v1.UploadPurpose_UPLOAD_PURPOSE_AVATAR, photo(t)).GetUrl(),
		"of a post":  upload(t, m, v1.UploadPurpose_UPLOAD_PURPOSE_POST, photo(t)).GetUrl(),
		"never sent": strings.Replace(second.GetUrl(), second.GetFileId(), "nothing", 1),
	} {
		_, err := m.Users.UpdateProfile(t.Context(), &v1.UpdateProfileRequest{Avatar: &avatar})
		if apptest.InfoOf(err).GetReason() != "AVATAR_NOT_FOUND" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if status, _, _ := get(t, second.GetUrl(), "*/*"); status != http.StatusOK {
		t.Errorf("the avatar is answered by %d", status)
	}
	_, err := m.Users.DeleteAccount(t.Context(), &v1.DeleteAccountRequest{})
	fatal(t, err)
	files, err := os.ReadDir(folder)
	fatal(t, err)
	if len(files) > 0 {
		t.Errorf("left: %v", files)
	}
}

// An uploaded avatar is still loaded when the keys of its first URL are forgotten and the server has another address.
func TestUploadedAvatarOutlivesItsURL(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectBinary)
	sent := upload(t, club[1], v1.UploadPurpose_UPLOAD_PURPOSE_AVATAR, photo(t))
	avatar := sent.GetUrl()
	_, err := club[1].Users.UpdateProfile(t.Context(), &v1.UpdateProfileRequest{Avatar: &avatar})
	fatal(t, err)
	for _, secret := range []string{"second", "third"} {
		s.Restart(t, func(c *app.Config) {
			c.JWTSecretPrevious, c.JWTSecret = c.JWTSecret, band.NewSecret(strings.Repeat(secret, 8))
		})
	}
	s.Move(t)
	if status, _, _ := get(t, s.URL+strings.TrimPrefix(avatar, avatar[:strings.Index(avatar, "/photos/")]), "*/*"); status != http.StatusNotFound {
		t.Errorf("the first URL is answered by %d", status)
	}
	people := s.People(t)
	reader, owner := s.SignIn(t, people[0], apptest.ConnectBinary), s.SignIn(t, people[1], apptest.ConnectBinary)
	room := owner.Group(t, reader)
	stream := reader.Subscribe(t, &v1.SubscribeRequest{})
	stream.Hello(t)
	_, err = owner.Chat.SendMessage(t.Context(), &v1.SendMessageRequest{RoomId: room.GetId(), TempId: "a", Content: "안녕"})
	fatal(t, err)
	event := stream.Until(t, "the message", func(e *v1.Event) bool { return e.GetMessage().GetTempId() == "a" })
	game, err := owner.Games.CreateGame(t.Context(), &v1.CreateGameRequest{
		Title: "경기", GameDate: timestamppb.New(time.Now().Add(time.Hour)), Duration: 60, MaxParticipants: 4, GameType: v1.GameType_GAME_TYPE_DOUBLES,
	})
	fatal(t, err)
	joined, err := owner.Games.JoinGame(t.Context(), &v1.JoinGameRequest{GameId: game.GetGame().GetId()})
	fatal(t, err)
	post, err := owner.Posts.CreatePost(t.Context(), &v1.CreatePostRequest{
		Title: "글", Content: "내용", Category: v1.PostCategory_POST_CATEGORY_FREE,
	})
	fatal(t, err)
	own, err := owner.Users.GetProfile(t.Context(), &v1.GetProfileRequest{})
	fatal(t, err)
	verified, err := owner.Auth.VerifyToken(t.Context(), &v1.VerifyTokenRequest{})
	fatal(t, err)
	seen, err := reader.Users.GetMember(t.Context(), &v1.GetMemberRequest{MemberId: owner.ID})
	fatal(t, err)
	members, err := reader.Users.ListMembers(t.Context(), &v1.ListMembersRequest{})
	fatal(t, err)
	shown := map[string]string{
		"the profile": own.GetUser().GetAvatar(), "the token": verified.GetUser().GetAvatar(), "the member": seen.GetMember().GetAvatar(),
		"the author": post.GetPost().GetAuthor().GetAvatar(), "the creator": game.GetGame().GetCreator().GetAvatar(),
		"the sender": event.GetMessage().GetSender().GetAvatar(), "the player": joined.GetGame().GetParticipants()[0].GetAvatar(),
	}
	for _, m := range members.GetMembers() {
		if m.GetId() == owner.ID {
			shown["the list"] = m.GetAvatar()
		}
	}
	for _, m := range room.GetParticipants() {
		if m.GetUserId() == owner.ID {
			shown["the room"] = m.GetAvatar()
		}
	}
	if len(shown) != 9 {
		t.Errorf("shown are %v", shown)
	}
	for where, url := range shown {
		if status, _, _ := get(t, url, "*/*"); status != http.StatusOK || !strings.HasPrefix(url, s.URL) {
			t.Errorf("the avatar of %s is %s, which is answered by %d", where, url, status)
		}
	}
	// Clients send the whole profile back, also as they have read it before.
	for _, address := range []string{avatar, own.GetUser().GetAvatar()} {
		res, err := owner.Users.UpdateProfile(t.Context(), &v1.UpdateProfileRequest{Avatar: &address})
		if err != nil || res.GetUser().GetAvatar() != own.GetUser().GetAvatar() {
			t.Errorf("sent back as %s, it is %s, %v", address, res.GetUser().GetAvatar(), err)
		}
	}
}
