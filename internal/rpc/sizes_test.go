package rpc

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/listlimit"
)

// methods are the RPCs of the contract.
func methods(t *testing.T) (all []protoreflect.MethodDescriptor) {
	t.Helper()
	for _, file := range []protoreflect.FileDescriptor{
		dongbaejulv1.File_dongbaejul_v1_auth_proto, dongbaejulv1.File_dongbaejul_v1_users_proto, dongbaejulv1.File_dongbaejul_v1_posts_proto,
		dongbaejulv1.File_dongbaejul_v1_games_proto, dongbaejulv1.File_dongbaejul_v1_chat_proto, dongbaejulv1.File_dongbaejul_v1_photos_proto,
		dongbaejulv1.File_dongbaejul_v1_notifications_proto, dongbaejulv1.File_dongbaejul_v1_events_proto,
	} {
		for i := range file.Services().Len() {
			for j := range file.Services().Get(i).Methods().Len() {
				all = append(all, file.Services().Get(i).Methods().Get(j))
			}
		}
	}
	if len(all) != len(requestsOf("dongbaejul.v1")) {
		t.Fatalf("%d methods of %d", len(all), len(requestsOf("dongbaejul.v1")))
	}
	return all
}

// fillUp makes m as long as its rules let it be. Ids are of ASCII.
func fillUp(t *testing.T, m protoreflect.Message) {
	t.Helper()
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		value := func() protoreflect.Value {
			if fd.Kind() == protoreflect.StringKind {
				return protoreflect.ValueOfString(longText(t, fd))
			}
			return m.NewField(fd)
		}
		switch {
		case fd.IsList():
			most, bounded := listlimit.MaxItems(fd)
			if !bounded {
				t.Fatalf("%s has no max_items", fd.FullName())
			}
			list := m.Mutable(fd).List()
			for range most {
				if fd.Message() != nil {
					fillUp(t, list.AppendMutable().Message())
				} else {
					list.Append(value())
				}
			}
		case fd.Message() != nil && fd.Message().ParentFile().Package() == "dongbaejul.v1":
			fillUp(t, m.Mutable(fd).Message())
		case fd.Message() == nil:
			m.Set(fd, value())
		}
	}
}

func longText(t *testing.T, fd protoreflect.FieldDescriptor) string {
	t.Helper()
	rules, _ := proto.GetExtension(fd.Options(), validate.E_Field).(*validate.FieldRules)
	if fd.IsList() {
		rules = rules.GetRepeated().GetItems()
	}
	if in := rules.GetString().GetIn(); len(in) > 0 {
		return in[0]
	}
	most := int(rules.GetString().GetMaxLen())
	switch {
	case most == 0:
		t.Errorf("%s has neither max_len nor a list of what it may be", fd.FullName())
	case most <= 64:
		return strings.Repeat("x", most)
	}
	return strings.Repeat("🏸", most)
}

func TestEveryValidRequestIsSmallEnough(t *testing.T) {
	large := 0
	for _, method := range methods(t) {
		m := dynamicpb.NewMessage(method.Input())
		fillUp(t, m)
		if got, most := proto.Size(m), ReadMax(method); got > most {
			t.Errorf("%s takes %d bytes, and a valid request may have %d", method.FullName(), most, got)
		}
		if ReadMax(method) == largeRequest {
			large++
		}
	}
	if large == 0 || large > 20 {
		t.Errorf("%d calls take large requests", large)
	}
	if got := sizesOf("dongbaejul.v1").of("/dongbaejul.v1.AuthService/CompleteBandLogin"); got != smallRequest {
		t.Errorf("a sign-in may have %d bytes", got)
	}
	if got := sizesOf("dongbaejul.v1").of("/nothing"); got != smallRequest {
		t.Errorf("what is no call may have %d bytes", got)
	}
}

func TestAnUnpackerEndsWhereARequestMust(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(make([]byte, 16<<20)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	var u unpacker
	for range 2 {
		if err := u.Reset(bytes.NewReader(packed.Bytes())); err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, &u)
		if n != largeRequest+1 || !errors.Is(err, errUnpackedTooLarge) {
			t.Errorf("unpacked %d bytes: %v", n, err)
		}
	}
}

func TestLargeBodiesAreReadInTurn(t *testing.T) {
	large := newTurns(1)
	read := func(ctx context.Context, size int, header http.Header) (*body, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "/", io.NopCloser(strings.NewReader(strings.Repeat("x", size))))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = header
		b := newBody(nil, r, largeRequest, large, func() sender { return sender{user: "kim"} })
		n, err := io.Copy(io.Discard, b)
		if err == nil && n != int64(size) {
			t.Errorf("read %d bytes of %d", n, size)
		}
		return b, err
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	first, err := read(t.Context(), largeRequest, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := read(gone, largeRequest, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a second large body at once: %v", err)
	}
	if _, err := read(gone, 10, http.Header{"Content-Encoding": {"gzip"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("a packed body at once: %v", err)
	}
	if _, err := read(gone, smallRequest, nil); err != nil {
		t.Errorf("a small body: %v", err)
	}
	first.decoded()
	first.decoded()
	second, err := read(t.Context(), largeRequest, nil)
	if err != nil || len(large.all) != 1 {
		t.Errorf("after the first: %v, %d turns are taken", err, len(large.all))
	}
	second.decoded()
	if len(large.all) != 0 || len(large.shares) != 0 {
		t.Errorf("%d turns are taken after all, and %d senders known", len(large.all), len(large.shares))
	}
}

// What is longer than a request may be is refused, and takes no turn to be read away.
func TestRefusedBodiesTakeNoTurn(t *testing.T) {
	large := newTurns(0)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(strings.Repeat("x", largeRequest)))
	b := newBody(nil, r, smallRequest, large, func() sender { return sender{} })
	if n, err := io.Copy(io.Discard, b); n != largeRequest || err != nil {
		t.Errorf("read %d bytes: %v", n, err)
	}
}

// Who holds all turns that one may have is in nobody else's way.
func TestTurnsAreSharedBySender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		large := newTurns(largeBodies)
		held := 0
		// They take what they are given, one by one.
		fill := func(from sender) {
			for {
				if _, err := large.take(t.Context(), from); err != nil {
					if f := describe(err); f.Reason != "SERVER_BUSY" || f.RetryAfter == 0 {
						t.Errorf("%+v is told %s, and to wait for %v", from, f.Reason, f.RetryAfter)
					}
					return
				}
				held++
			}
		}
		fill(sender{user: "kim"})
		if held != largeBodiesOfUser {
			t.Errorf("a user holds %d of %d", held, largeBodies)
		}
		for i := range 20 {
			fill(sender{address: fmt.Sprint("10.0.0.", i)})
		}
		if held != largeBodiesOfUser+largeBodiesOfUnknown {
			t.Errorf("a user and strangers of 20 addresses hold %d of %d", held, largeBodies)
		}
		end, err := large.take(t.Context(), sender{user: "lee"})
		if err != nil {
			t.Fatal(err)
		}
		end()
	})
}
