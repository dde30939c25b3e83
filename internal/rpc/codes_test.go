package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
)

var errFull = fault.New(fault.Precondition, "GAME_FULL", "자리가 없습니다.", "The game is full.")

func TestErrorsOnTheWire(t *testing.T) {
	cause := errors.New("secret of the disk")
	for _, c := range []struct {
		name   string
		err    error
		code   connect.Code
		reason string
		ko, en string
	}{
		{"a fault", errFull, connect.CodeFailedPrecondition, "GAME_FULL", "자리가 없습니다.", "The game is full."},
		{"a fault with a cause", fmt.Errorf("join: %w", errFull.WithCause(cause)), connect.CodeFailedPrecondition, "GAME_FULL", "자리가 없습니다.", "The game is full."},
		{"invalid", fault.Invalid, connect.CodeInvalidArgument, "INVALID_ARGUMENT", "요청이 올바르지 않습니다.", "The request is not valid."},
		{"unauthenticated", fault.Unauthenticated, connect.CodeUnauthenticated, "UNAUTHENTICATED", "로그인이 필요합니다.", "Please sign in."},
		{"denied", fault.Denied, connect.CodePermissionDenied, "PERMISSION_DENIED", "권한이 없습니다.", "You do not have the permission for this."},
		{"a kind in a secret", fmt.Errorf("%w: %w", cause, fault.NotFound), connect.CodeNotFound, "NOT_FOUND", "찾을 수 없습니다.", "There is no such thing."},
		{"exists", fault.Exists, connect.CodeAlreadyExists, "ALREADY_EXISTS", "이미 있습니다.", "It exists already."},
		{"precondition", fault.Precondition, connect.CodeFailedPrecondition, "FAILED_PRECONDITION", "지금 상태에서는 할 수 없습니다.", "This is not possible now."},
		{"aborted", fault.Aborted, connect.CodeAborted, "ABORTED", "다른 사람이 먼저 바꾸었습니다. 다시 확인해 주세요.", "Somebody else was first. Please look again."},
		{"exhausted", fault.Exhausted, connect.CodeResourceExhausted, "RESOURCE_EXHAUSTED", "한도를 넘었습니다. 잠시 후 다시 시도해 주세요.", "The limit is used up. Please try again later."},
		{"unavailable", fault.Unavailable, connect.CodeUnavailable, "UNAVAILABLE", "잠시 사용할 수 없습니다. 잠시 후 다시 시도해 주세요.", "The service is away for now. Please try again later."},
		{"unimplemented", fault.Unimplemented, connect.CodeUnimplemented, "UNIMPLEMENTED", "지원하지 않는 기능입니다.", "This is not supported."},
		{"a canceled context", fmt.Errorf("read: %w", context.Canceled), connect.CodeCanceled, "CANCELED", "요청이 취소되었습니다.", "The request was canceled."},
		{"a context past its deadline", fmt.Errorf("read: %w", context.DeadlineExceeded), connect.CodeDeadlineExceeded, "DEADLINE_EXCEEDED", "처리 시간이 초과되었습니다. 다시 시도해 주세요.", "It took too long. Please try again."},
		{"a fault with such a cause", fault.New(fault.Unavailable, "BAND_UNAVAILABLE", "밴드에 연결할 수 없습니다.", "Band is away.").WithCause(context.DeadlineExceeded), connect.CodeUnavailable, "BAND_UNAVAILABLE", "밴드에 연결할 수 없습니다.", "Band is away."},
		{"what nobody named", cause, connect.CodeInternal, "INTERNAL", "내부 오류가 발생했습니다. (요청 번호: req-1)", "An internal error occurred. (request id: req-1)"},
		{"a fault of no kind", fault.New(0, "X", "secret", "secret").WithCause(cause), connect.CodeInternal, "INTERNAL", "내부 오류가 발생했습니다. (요청 번호: req-1)", "An internal error occurred. (request id: req-1)"},
		{"a reason that is not in the contract", fault.New(fault.Unavailable, "SECRET_AWAY", "secret", "secret").WithCause(cause), connect.CodeUnavailable, "UNAVAILABLE", "잠시 사용할 수 없습니다. 잠시 후 다시 시도해 주세요.", "The service is away for now. Please try again later."},
		{"a reason with another code", fault.New(fault.Denied, "GAME_FULL", "secret", "secret"), connect.CodePermissionDenied, "PERMISSION_DENIED", "권한이 없습니다.", "You do not have the permission for this."},
		{"connect's own, with words", connect.NewError(connect.CodeNotFound, errors.New("unknown service x")), connect.CodeNotFound, "NOT_FOUND", "unknown service x", "unknown service x"},
		{"connect's own, internal", connect.NewError(connect.CodeInternal, cause), connect.CodeInternal, "INTERNAL", "내부 오류가 발생했습니다. (요청 번호: req-1)", "An internal error occurred. (request id: req-1)"},
		{"connect's own, unknown", connect.NewError(connect.CodeUnknown, cause), connect.CodeInternal, "INTERNAL", "내부 오류가 발생했습니다. (요청 번호: req-1)", "An internal error occurred. (request id: req-1)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t, nil)
			f.chat.send = func(context.Context, *dongbaejulv1.SendMessageRequest) (*dongbaejulv1.SendMessageResponse, error) {
				return nil, c.err
			}
			f.chat.watch = func(context.Context, *dongbaejulv1.WatchRoomRequest, *connect.ServerStream[dongbaejulv1.WatchRoomResponse]) error {
				return c.err
			}
			for accept, message := range map[string]string{"": c.ko, "en-GB,en;q=0.9": c.en} {
				for protocol, options := range protocols {
					client := f.client(signedIn("Accept-Language", accept, "X-Request-Id", "req-1"), options...)
					_, unary := client.SendMessage(t.Context(), aMessage("x"))
					_, _, stream := watch(t, client, &dongbaejulv1.WatchRoomRequest{RoomId: "r1"})
					for _, err := range []error{unary, stream} {
						d := detailsOf(t, err)
						if d.code != c.code || d.info.Reason != c.reason || d.message != message || d.request.RequestId != "req-1" {
							t.Errorf("%s, %q: %v %s %q %v", protocol, accept, d.code, d.info.Reason, d.message, d.request)
						}
						if (d.meta.Get("WWW-Authenticate") != "") != (c.code == connect.CodeUnauthenticated) {
							t.Errorf("%s: WWW-Authenticate is %q", protocol, d.meta.Get("WWW-Authenticate"))
						}
					}
				}
			}
		})
	}
}

func TestEverythingAFaultSaysIsTold(t *testing.T) {
	game := &dongbaejulv1.Game{Id: "g7", Title: "토요일"}
	full := errFull.WithMeta("game_id", "g7").WithDetail(game).WithRetryAfter(1500 * time.Millisecond).WithField("game_id")
	for protocol, options := range protocols {
		f := newFixture(t, nil)
		f.chat.send = func(context.Context, *dongbaejulv1.SendMessageRequest) (*dongbaejulv1.SendMessageResponse, error) {
			return nil, full
		}
		_, err := f.client(signedIn(), options...).SendMessage(t.Context(), aMessage("x"))
		d := detailsOf(t, err)
		if got := d.info.Metadata["game_id"]; got != "g7" {
			t.Errorf("%s: metadata %v", protocol, d.info.Metadata)
		}
		if got := d.retry.GetRetryDelay().AsDuration(); got != 1500*time.Millisecond {
			t.Errorf("%s: retry after %v", protocol, got)
		}
		if header, number := d.meta.Get("Retry-After"), d.info.Metadata["retry_after"]; header != "2" || number != "2" {
			t.Errorf("%s: Retry-After is %q, and retry_after %q", protocol, header, number)
		}
		if len(d.others) != 1 || !proto.Equal(d.others[0], game) {
			t.Errorf("%s: besides %v", protocol, d.others)
		}
		violations := d.bad.GetFieldViolations()
		if len(violations) != 1 || violations[0].Field != "game_id" || violations[0].Reason != "GAME_FULL" ||
			violations[0].Description != "자리가 없습니다." || violations[0].LocalizedMessage.GetLocale() != "ko" {
			t.Errorf("%s: violations %v", protocol, violations)
		}
	}
}

// Every error of a used-up limit says when to call again, in all three places, except that a request is too large.
func TestEveryUsedUpLimitSaysWhenToComeBack(t *testing.T) {
	exhausted := reasonsWith(connect.CodeResourceExhausted)
	if len(exhausted) < 4 {
		t.Fatalf("only %v", exhausted)
	}
	for _, reason := range exhausted {
		for protocol, options := range protocols {
			f := newFixture(t, nil)
			f.chat.list = func(context.Context) (*dongbaejulv1.ListRoomsResponse, error) {
				return nil, fault.New(fault.Exhausted, reason, "", "")
			}
			_, err := f.client(signedIn(), options...).ListRooms(t.Context(), &dongbaejulv1.ListRoomsRequest{})
			d, want := detailsOf(t, err), "60"
			if reason == "REQUEST_TOO_LARGE" {
				want = ""
			}
			info := ""
			if d.retry != nil {
				info = fmt.Sprint(d.retry.GetRetryDelay().AsDuration().Seconds())
			}
			if header, number := d.meta.Get("Retry-After"), d.info.Metadata["retry_after"]; header != want || number != want || info != want {
				t.Errorf("%s, %s: Retry-After %q, retry_after %q, RetryInfo %q; want %q", reason, protocol, header, number, info, want)
			}
		}
	}
}

// reasonsWith are the reasons of the contract with a code.
func reasonsWith(code connect.Code) []string {
	var names []string
	values := dongbaejulv1.ErrorReason(0).Descriptor().Values()
	for i := range values.Len() {
		rule, ok := proto.GetExtension(values.Get(i).Options(), dongbaejulv1.E_Error).(*dongbaejulv1.ErrorRule)
		if ok && connect.Code(rule.GetCode()) == code {
			names = append(names, strings.TrimPrefix(string(values.Get(i).Name()), "ERROR_REASON_"))
		}
	}
	return names
}

func TestAnErrorAboutAMessageCarriesItsTempID(t *testing.T) {
	long := strings.Repeat("t", 65)
	for name, c := range map[string]struct {
		request *dongbaejulv1.SendMessageRequest
		send    error
		panics  bool
		header  http.Header
		reason  string
		want    string
	}{
		"refused by the service":    {request: aMessage("x"), send: errFull, reason: "GAME_FULL", want: "t1"},
		"failed":                    {request: aMessage("x"), send: errors.New("disk"), reason: "INTERNAL", want: "t1"},
		"with a panic":              {request: aMessage("x"), panics: true, reason: "INTERNAL", want: "t1"},
		"invalid":                   {request: aMessage(strings.Repeat("x", 10_001)), reason: "INVALID_FIELD", want: "t1"},
		"blank":                     {request: aMessage(""), reason: "INVALID_FIELD", want: "t1"},
		"without one":               {request: &dongbaejulv1.SendMessageRequest{RoomId: "r1", Content: "x"}, reason: "INVALID_FIELD"},
		"with one that is none":     {request: &dongbaejulv1.SendMessageRequest{RoomId: "r1", TempId: long, Content: "x"}, reason: "INVALID_FIELD"},
		"refused before it is read": {request: aMessage("x"), header: http.Header{}, reason: "UNAUTHENTICATED"},
	} {
		for protocol, options := range protocols {
			f := newFixture(t, nil)
			f.chat.send = func(context.Context, *dongbaejulv1.SendMessageRequest) (*dongbaejulv1.SendMessageResponse, error) {
				if c.panics {
					panic("a mistake")
				}
				return nil, c.send
			}
			header := signedIn()
			if c.header != nil {
				header = c.header
			}
			_, err := f.client(header, options...).SendMessage(t.Context(), c.request)
			d := detailsOf(t, err)
			if got, told := d.info.Metadata["temp_id"]; d.info.Reason != c.reason || got != c.want || told != (c.want != "") {
				t.Errorf("%s, %s: %s with temp_id %q, want %s with %q", name, protocol, d.info.Reason, got, c.reason, c.want)
			}
		}
	}
}

func TestTheLanguageOfAnError(t *testing.T) {
	f := newFixture(t, nil)
	f.chat.list = func(context.Context) (*dongbaejulv1.ListRoomsResponse, error) { return nil, errFull }
	const ko, en = "자리가 없습니다.", "The game is full."
	for accept, want := range map[string]string{
		"": ko, "ko": ko, "ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7": ko, "en": en, "en-US,en;q=0.9,ko;q=0.8": en,
		"ja,en;q=0.5": en, "ja": ko, "fr-FR": ko, "*": ko, "en;q=0": ko, "!!": ko, "en-US-u-hc-h12": en,
	} {
		_, err := f.client(signedIn("Accept-Language", accept)).ListRooms(t.Context(), &dongbaejulv1.ListRoomsRequest{})
		if d := detailsOf(t, err); d.message != want {
			t.Errorf("%q: %q", accept, d.message)
		}
	}
}
