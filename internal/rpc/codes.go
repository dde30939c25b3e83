package rpc

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"strings"
	"unicode"

	"connectrpc.com/connect"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/jsonread"
)

// codes is what each kind of failure is on the wire.
var codes = map[fault.Kind]connect.Code{
	fault.Invalid:         connect.CodeInvalidArgument,
	fault.Unauthenticated: connect.CodeUnauthenticated,
	fault.Denied:          connect.CodePermissionDenied,
	fault.NotFound:        connect.CodeNotFound,
	fault.Exists:          connect.CodeAlreadyExists,
	fault.Precondition:    connect.CodeFailedPrecondition,
	fault.Aborted:         connect.CodeAborted,
	fault.Exhausted:       connect.CodeResourceExhausted,
	fault.Unavailable:     connect.CodeUnavailable,
	fault.Unimplemented:   connect.CodeUnimplemented,
}

// general is what people are told where the one who failed said its kind only.
var general = map[fault.Kind]*fault.Error{
	fault.Invalid:         fault.New(fault.Invalid, "INVALID_ARGUMENT", "요청이 올바르지 않습니다.", "The request is not valid."),
	fault.Unauthenticated: fault.New(fault.Unauthenticated, "UNAUTHENTICATED", "로그인이 필요합니다.", "Please sign in."),
	fault.Denied:          fault.New(fault.Denied, "PERMISSION_DENIED", "권한이 없습니다.", "You do not have the permission for this."),
	fault.NotFound:        fault.New(fault.NotFound, "NOT_FOUND", "찾을 수 없습니다.", "There is no such thing."),
	fault.Exists:          fault.New(fault.Exists, "ALREADY_EXISTS", "이미 있습니다.", "It exists already."),
	fault.Precondition:    fault.New(fault.Precondition, "FAILED_PRECONDITION", "지금 상태에서는 할 수 없습니다.", "This is not possible now."),
	fault.Aborted:         fault.New(fault.Aborted, "ABORTED", "다른 사람이 먼저 바꾸었습니다. 다시 확인해 주세요.", "Somebody else was first. Please look again."),
	fault.Exhausted:       fault.New(fault.Exhausted, "RESOURCE_EXHAUSTED", "한도를 넘었습니다. 잠시 후 다시 시도해 주세요.", "The limit is used up. Please try again later."),
	fault.Unavailable:     fault.New(fault.Unavailable, "UNAVAILABLE", "잠시 사용할 수 없습니다. 잠시 후 다시 시도해 주세요.", "The service is away for now. Please try again later."),
	fault.Unimplemented:   fault.New(fault.Unimplemented, "UNIMPLEMENTED", "지원하지 않는 기능입니다.", "This is not supported."),
}

// What has no kind: the call ended before it was done, or the server itself is in trouble.
var (
	canceled = fault.New(0, "CANCELED", "요청이 취소되었습니다.", "The request was canceled.")
	tooLate  = fault.New(0, "DEADLINE_EXCEEDED", "처리 시간이 초과되었습니다. 다시 시도해 주세요.", "It took too long. Please try again.")
	internal = fault.New(0, "INTERNAL", "내부 오류가 발생했습니다.", "An internal error occurred.")
)

var tooLarge = fault.New(fault.Exhausted, "REQUEST_TOO_LARGE", "요청이 너무 큽니다.", "The request is too large.")

// refusals are what connect itself answers with, before a handler is asked.
var refusals = map[connect.Code]*fault.Error{
	connect.CodeInvalidArgument:   fault.New(fault.Invalid, "MALFORMED_REQUEST", "요청 형식이 올바르지 않습니다.", "The request is malformed."),
	connect.CodeResourceExhausted: tooLarge,
	connect.CodeUnimplemented:     general[fault.Unimplemented],
	connect.CodeUnavailable:       errBusy,
	connect.CodeCanceled:          canceled,
	connect.CodeDeadlineExceeded:  tooLate,
	connect.CodeInternal:          internal,
	connect.CodeUnknown:           internal,
	connect.CodeDataLoss:          internal,
}

// failure is an error as its caller may see it.
type failure struct {
	code connect.Code
	*fault.Error
	// raised is what connect or one of its parts said, nil where a handler of ours did.
	raised *connect.Error
	// tempID is the client's key of the message that the call is about; empty for none.
	tempID string
}

// describe returns the failure that the caller sees. An unknown error is internal; one whose reason is not in the contract
// becomes the general one of its kind.
func describe(err error) failure {
	if known, ok := errors.AsType[*fault.Error](err); ok {
		if code, ok := contracted(known); ok {
			return failure{code: code, Error: known}
		}
	}
	if kind := fault.KindOf(err); general[kind] != nil {
		return failure{code: codes[kind], Error: general[kind]}
	}
	if raised, ok := errors.AsType[*connect.Error](err); ok {
		return describeRaised(raised)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return failure{code: connect.CodeCanceled, Error: canceled}
	case errors.Is(err, context.DeadlineExceeded):
		return failure{code: connect.CodeDeadlineExceeded, Error: tooLate}
	}
	return failure{code: connect.CodeInternal, Error: internal}
}

// maxWords bounds what is passed on of connect's own words.
const maxWords = 300

// describeRaised returns what an error that connect raised is called here. Its words are for developers: they go along with
// ours, or in their place where connect knows better than we do.
func describeRaised(raised *connect.Error) failure {
	// That it was about to decode is connect's business.
	words := strings.TrimPrefix(raised.Message(), "unmarshal message: ")
	if len(words) > maxWords {
		words = words[:maxWords]
	}
	words = strings.ToValidUTF8(words, "\uFFFD")
	told, ok := refusals[raised.Code()]
	switch {
	case !ok:
		told = generalOf(raised.Code()).WithText(words, words)
	case told.Kind != 0:
		told = withField(told, words).WithMeta("detail", words)
	}
	return failure{code: reasons[told.Reason], Error: told, raised: raised}
}

// generalOf returns the general error of a code; internal if no kind has it.
func generalOf(code connect.Code) *fault.Error {
	for kind, told := range general {
		if codes[kind] == code {
			return told
		}
	}
	return internal
}

// sized says how large a request may be, if the failure is that it was larger.
func (f failure) sized(most int) failure {
	if f.Reason == tooLarge.Reason {
		f.Error = f.WithText(tooLargeText(most).Ko, tooLargeText(most).En)
	}
	return f
}

// namedField is how decoders name a field in their words: by its path in quotation marks, or by its name without, which has the
// message before it where it is that of protobuf.
var namedField = regexp.MustCompile(`(?:parameter|field) "([A-Za-z_][\w.[\]]*)|field (?:\w+\.)*([A-Za-z_]\w*)(?::| contains)`)

// noTimestamp is what jsonread.ErrTimestamp is for people.
var noTimestamp = fault.Text{
	Ko: "2027-01-03T10:00:00+09:00 같은 RFC 3339 시각이어야 합니다.", En: "It must be an RFC 3339 time such as 2027-01-03T10:00:00+09:00.",
}

// withField names the field that words are about, as the contract does.
func withField(told *fault.Error, words string) *fault.Error {
	named := namedField.FindStringSubmatch(words)
	if named == nil || told.Kind != fault.Invalid {
		return told
	}
	var path strings.Builder
	for _, r := range cmp.Or(named[1], named[2]) {
		if unicode.IsUpper(r) {
			path.WriteByte('_')
		}
		path.WriteRune(unicode.ToLower(r))
	}
	if strings.Contains(words, jsonread.ErrTimestamp.Error()) {
		told = told.WithText(noTimestamp.Ko, noTimestamp.En)
	}
	return told.About(path.String())
}

// isServers reports whether a code says that the server itself is at fault.
func isServers(code connect.Code) bool {
	return code == connect.CodeInternal || code == connect.CodeUnknown || code == connect.CodeDataLoss
}

// ours reports whether the failure is the server's own, and its cause belongs into the log.
func (f failure) ours() bool {
	return isServers(f.code) || f.code == connect.CodeUnavailable || f.code == connect.CodeDeadlineExceeded
}
