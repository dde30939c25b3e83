package app_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

const (
	// coldCalls is how many calls a server that has just started gets at once, and coldCallers how many members make them.
	coldCalls, coldCallers = 64, 16
	// coldLimit is how long each of them may take.
	coldLimit = 2 * time.Second
	// hangUpAfter is how long callers wait who hang up.
	hangUpAfter = 5 * time.Millisecond
)

// refusedAsInvalid are the RPCs that refuse every request that a test can make up, as invalid.
var refusedAsInvalid = []string{"CompleteBandLogin"}

// The first calls that a server gets do not wait for each other, whichever RPC they are of, and callers who hang up leave
// nothing behind. Every RPC of the contract is called, with requests that follow from its descriptors. Nothing runs beside it:
// goroutines are everybody's.
func TestFirstCallsDoNotWaitForEachOther(t *testing.T) {
	folder, club, known := coldClub(t)
	for _, method := range contractMethods() {
		requests := [][]byte{known.request(t, method, false), known.request(t, method, true)}
		for name, callers := range map[string][]*apptest.Member{"one member": club[:1], "many members": club} {
			t.Run(fmt.Sprintf("%s by %s", method.Name(), name), func(t *testing.T) {
				s := startCold(t, folder)
				took, answers := s.callAll(t.Context(), method, requests, callers)
				if took > coldLimit {
					t.Errorf("the slowest answer came after %s", took)
				}
				checkColdAnswers(t, method, answers)
				s.leavesNothing(t)
			})
		}
		t.Run(fmt.Sprintf("%s by callers who hang up", method.Name()), func(t *testing.T) {
			s := startCold(t, folder)
			ctx, cancel := context.WithTimeout(t.Context(), hangUpAfter)
			defer cancel()
			s.callAll(ctx, method, requests, club)
			began := time.Now()
			if code, err := s.call(t.Context(), method, requests[0], club[0].AccessToken); err != nil {
				t.Error(err, code)
			}
			if took := time.Since(began); took > coldLimit {
				t.Errorf("a caller after those who hung up was answered after %s", took)
			}
			s.leavesNothing(t)
		})
	}
}

// checkColdAnswers takes every answer that is about what was asked for, by code: the first half is of the plain request.
func checkColdAnswers(t *testing.T, method protoreflect.MethodDescriptor, answers []coldAnswer) {
	t.Helper()
	for i, a := range answers {
		switch {
		case a.err != nil:
			t.Fatal(a.err)
		case slices.Contains([]string{"internal", "unknown", "unavailable", "deadline_exceeded", "canceled", "data_loss"}, a.code):
			t.Fatalf("call %d: %s", i, a.code)
		case a.code == "invalid_argument" && i%2 == 0 && !slices.Contains(refusedAsInvalid, string(method.Name())):
			t.Fatal("the request that follows from the contract is refused: name what it needs in coldClub")
		}
	}
}

// coldStore is what a request may name, by the name of the field.
type coldStore map[protoreflect.Name][]string

// coldClub makes a club that has something of everything, and returns the folder with its store, which no server has open.
func coldClub(t *testing.T) (folder string, club []*apptest.Member, known coldStore) {
	t.Helper()
	folder = t.TempDir()
	s := apptest.StartIn(t, apptest.Setting{}, func(cfg *app.Config) { cfg.DataDir = folder })
	// The last of them calls nobody, so that all others may do something to them.
	club = s.Club(t, coldCallers+1, apptest.ConnectBinary)
	leader, players, last := club[0], club[1:5], club[coldCallers]
	ctx := t.Context()
	room := leader.Group(t, club[1:]...).GetId()
	sent, err := leader.Chat.SendMessage(ctx, &v1.SendMessageRequest{RoomId: room, TempId: "1", Content: "안녕하세요"})
	fatal(t, err)
	post, err := leader.Posts.CreatePost(ctx, &v1.CreatePostRequest{
		Title: "공지", Content: "배드민턴", Category: v1.PostCategory_POST_CATEGORY_NOTICE,
	})
	fatal(t, err)
	comment, err := leader.Posts.CreateComment(ctx, &v1.CreateCommentRequest{PostId: post.GetPost().GetId(), Content: "네"})
	fatal(t, err)
	game := announce(t, leader, 4)
	for _, m := range players {
		_, err := m.Games.JoinGame(ctx, &v1.JoinGameRequest{GameId: game.GetId()})
		fatal(t, err)
	}
	courts, err := leader.Games.ListCourts(ctx, &v1.ListCourtsRequest{})
	fatal(t, err)
	_, err = leader.Photos.SyncAlbums(ctx, &v1.SyncAlbumsRequest{})
	fatal(t, err)
	albums, err := leader.Photos.ListAlbums(ctx, &v1.ListAlbumsRequest{})
	fatal(t, err)
	album := albums.GetAlbums()[0].GetId()
	pictures, err := leader.Photos.ListAlbumPhotos(ctx, &v1.ListAlbumPhotosRequest{AlbumId: album})
	fatal(t, err)
	file := upload(t, leader, v1.UploadPurpose_UPLOAD_PURPOSE_POST, photo(t)).GetFileId()
	message, remark := sent.GetMessage().GetId(), comment.GetComment().GetId()
	known = coldStore{
		"room_id": {room}, "message_id": {message}, "reply_to": {message}, "post_id": {post.GetPost().GetId()},
		"comment_id": {remark}, "parent_id": {remark}, "game_id": {game.GetId()}, "game_ids": {game.GetId()},
		"court_id": {courts.GetCourts()[0].GetId()}, "member_id": {leader.ID}, "user_id": {last.ID},
		"participants": {players[0].ID}, "team1": {players[0].ID, players[1].ID}, "team2": {players[2].ID, players[3].ID},
		"album_id": {album}, "photo_id": {pictures.GetPhotos()[0].GetId()}, "file_id": {file},
		"type": {"ROOM_TYPE_GROUP"}, "name": {"모임"}, "redirect_uri": {apptest.RedirectURI}, "search": {"배드"},
	}
	s.Stop()
	return folder, club[:coldCallers], known
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// contractMethods are all RPCs of the contract.
func contractMethods() (methods []protoreflect.MethodDescriptor) {
	protoregistry.GlobalFiles.RangeFilesByPackage("dongbaejul.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				methods = append(methods, service.Methods().Get(j))
			}
		}
		return true
	})
	slices.SortFunc(methods, func(a, b protoreflect.MethodDescriptor) int {
		return strings.Compare(string(a.FullName()), string(b.FullName()))
	})
	return methods
}

// request makes a request that the rules of the contract allow: with what it must have, or with its optional fields too.
func (k coldStore) request(t *testing.T, method protoreflect.MethodDescriptor, full bool) []byte {
	t.Helper()
	kind, err := protoregistry.GlobalTypes.FindMessageByName(method.Input().FullName())
	fatal(t, err)
	m := kind.New()
	for i := range method.Input().Fields().Len() {
		field := method.Input().Fields().Get(i)
		if _, known := k[field.Name()]; full && field.HasOptionalKeyword() || known && !field.HasOptionalKeyword() {
			k.fill(m, field, 0)
		}
	}
	for attempt := range 20 {
		var broken *protovalidate.ValidationError
		if err := protovalidate.Validate(m.Interface()); err == nil {
			body, err := proto.Marshal(m.Interface())
			fatal(t, err)
			return body
		} else if !errors.As(err, &broken) {
			t.Fatal(err)
		}
		for _, v := range broken.Violations {
			if path := v.Proto.GetField().GetElements(); len(path) > 0 {
				k.fill(m, m.Descriptor().Fields().ByName(protoreflect.Name(path[0].GetFieldName())), attempt)
				continue
			}
			// It is about the fields together: one of them must be there, or only one of them may.
			if attempt > 0 && full {
				clearOneOptional(m)
				continue
			}
			for i := range m.Descriptor().Fields().Len() {
				if field := m.Descriptor().Fields().Get(i); !m.Has(field) && !field.IsList() && field.Message() == nil {
					k.fill(m, field, attempt)
				}
			}
		}
	}
	t.Fatalf("no request of %s follows from its rules: name what it needs in coldClub", method.Name())
	return nil
}

// clearOneOptional clears the first optional field that is set.
func clearOneOptional(m protoreflect.Message) {
	for i := range m.Descriptor().Fields().Len() {
		if field := m.Descriptor().Fields().Get(i); field.HasOptionalKeyword() && m.Has(field) {
			m.Clear(field)
			return
		}
	}
}

// fill sets a field to what is known for its name, or to a value that differs by attempt.
func (k coldStore) fill(m protoreflect.Message, field protoreflect.FieldDescriptor, attempt int) {
	values := k[field.Name()]
	if len(values) == 0 {
		values = []string{[]string{"공지", "image/png", "https://example.com/a.png"}[attempt%3]}
	}
	number := []int32{1, 2, 10, 60}[attempt%4]
	switch {
	case field.IsList() && field.Kind() == protoreflect.StringKind:
		list := m.NewField(field).List()
		for _, v := range values {
			list.Append(protoreflect.ValueOfString(v))
		}
		m.Set(field, protoreflect.ValueOfList(list))
	case field.IsList() || field.IsMap():
	case field.Kind() == protoreflect.StringKind:
		m.Set(field, protoreflect.ValueOfString(values[0]))
	case field.Kind() == protoreflect.BoolKind:
		m.Set(field, protoreflect.ValueOfBool(true))
	case field.Kind() == protoreflect.Int32Kind:
		m.Set(field, protoreflect.ValueOfInt32(number))
	case field.Kind() == protoreflect.Int64Kind:
		m.Set(field, protoreflect.ValueOfInt64(int64(number)))
	case field.Kind() == protoreflect.EnumKind && field.Enum().Values().ByName(protoreflect.Name(values[0])) != nil:
		m.Set(field, protoreflect.ValueOfEnum(field.Enum().Values().ByName(protoreflect.Name(values[0])).Number()))
	case field.Kind() == protoreflect.EnumKind:
		m.Set(field, protoreflect.ValueOfEnum(protoreflect.EnumNumber(attempt+1)))
	case field.Message() != nil && field.Message().FullName() == "google.protobuf.Timestamp":
		m.Set(field, protoreflect.ValueOfMessage(timestamppb.New(time.Now().Add(time.Hour)).ProtoReflect()))
	}
}

// coldServer has served nobody.
type coldServer struct {
	*apptest.Server
	client     *http.Client
	goroutines int
}

// startCold starts a server on a copy of a store. Its callers are connected already.
func startCold(t *testing.T, folder string) *coldServer {
	t.Helper()
	own := t.TempDir()
	fatal(t, os.CopyFS(own, os.DirFS(folder)))
	s := &coldServer{Server: apptest.StartIn(t, apptest.Setting{}, func(cfg *app.Config) { cfg.DataDir = own })}
	s.goroutines = runtime.NumGoroutine()
	transport := &http.Transport{MaxIdleConnsPerHost: coldCalls}
	s.client = &http.Client{Transport: transport}
	t.Cleanup(s.client.CloseIdleConnections)
	var connecting sync.WaitGroup
	for range coldCalls {
		connecting.Go(func() {
			if res, err := s.client.Get(s.URL + "/health"); err != nil {
				t.Error(err)
			} else {
				res.Body.Close()
			}
		})
	}
	connecting.Wait()
	return s
}

// leavesNothing waits until the server has no goroutine that it had not before it was called.
func (s *coldServer) leavesNothing(t *testing.T) {
	t.Helper()
	s.client.CloseIdleConnections()
	settle(t, s.goroutines+5)
}

type coldAnswer struct {
	code string
	err  error
}

// callAll makes the calls at once, and returns how long the slowest took.
func (s *coldServer) callAll(ctx context.Context, method protoreflect.MethodDescriptor, requests [][]byte, callers []*apptest.Member) (slowest time.Duration, answers []coldAnswer) {
	answers, took := make([]coldAnswer, coldCalls), make([]time.Duration, coldCalls)
	var calling sync.WaitGroup
	for i := range coldCalls {
		calling.Go(func() {
			began := time.Now()
			answers[i].code, answers[i].err = s.call(ctx, method, requests[i%len(requests)], callers[i/2%len(callers)].AccessToken)
			took[i] = time.Since(began)
		})
	}
	calling.Wait()
	return slices.Max(took), answers
}

// call makes one call by Connect, and returns the code it is answered with, "ok" where it is no error. Of a stream it reads
// what comes first.
func (s *coldServer) call(ctx context.Context, method protoreflect.MethodDescriptor, body []byte, token string) (code string, err error) {
	kind := "application/proto"
	if method.IsStreamingServer() {
		kind = "application/connect+proto"
		body = append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(body))), body...)
	}
	url := fmt.Sprintf("%s/%s/%s", s.URL, method.Parent().FullName(), method.Name())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := s.client.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var answer struct {
		Code  string
		Error struct{ Code string }
	}
	answer.Code = "ok"
	switch {
	case method.IsStreamingServer() && res.StatusCode == http.StatusOK:
		var head [5]byte
		if _, err := io.ReadFull(res.Body, head[:]); err != nil {
			return "", err
		}
		if head[0]&2 == 0 {
			break
		}
		err := json.NewDecoder(res.Body).Decode(&answer)
		return answer.Error.Code, err
	case res.StatusCode == http.StatusOK:
		_, err := io.Copy(io.Discard, res.Body)
		return answer.Code, err
	default:
		err := json.NewDecoder(res.Body).Decode(&answer)
		return answer.Code, err
	}
	return answer.Code, nil
}
