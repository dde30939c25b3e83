package auth

import (
	"context"
	"errors"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// Of a sign-in.
var (
	errRedirect = fault.New(fault.Invalid, "REDIRECT_URI_NOT_ALLOWED",
		"허용되지 않은 redirect_uri입니다. 서버에 등록된 주소를 사용해 주세요.",
		"This redirect_uri is not on the server's list. Use one that is.").WithField("redirect_uri")
	errState = fault.New(fault.Invalid, "STATE_INVALID",
		"로그인 시도가 만료되었거나 이미 사용되었습니다. 처음부터 다시 로그인해 주세요.",
		"This sign-in has expired or was used already. Begin it again.").WithField("state")
	errCode = fault.New(fault.Invalid, "CODE_INVALID",
		"밴드 인증 코드가 올바르지 않거나 만료되었습니다. 처음부터 다시 로그인해 주세요.",
		"Band does not accept this code: it is wrong, used or too old. Begin the sign-in again.").WithField("code")
	errNotInBand = fault.New(fault.Denied, "NOT_IN_BAND",
		"동호회 밴드의 멤버만 로그인할 수 있습니다. 밴드에 가입한 뒤, 동의 화면에서 동호회 밴드를 선택해 주세요.",
		"Only members of the club's Band can sign in. Join it, and allow it on Band's consent page.")
	errBandLimit = fault.New(fault.Exhausted, "BAND_RATE_LIMITED",
		"네이버 밴드 요청이 많아 지금은 로그인할 수 없습니다. 잠시 후 다시 시도해 주세요.",
		"Naver Band takes no more requests for the moment. Try again later.").WithRetryAfter(time.Minute)
	errBandAway = fault.New(fault.Unavailable, "BAND_UNAVAILABLE",
		"네이버 밴드에 연결할 수 없습니다. 잠시 후 다시 시도해 주세요.",
		"Naver Band does not answer. Try again shortly.").WithRetryAfter(5 * time.Second)
	errNoBandToken = fault.New(fault.NotFound, "BAND_TOKEN_MISSING",
		"저장된 밴드 인증 정보가 없습니다. 밴드로 다시 로그인해 주세요.",
		"No usable Band token is kept of this user. Sign in with Band again.")
)

// Of a user who may not come in.
var (
	errSuspended = fault.New(fault.Denied, "USER_SUSPENDED",
		"이용이 정지된 계정입니다. 운영진에게 문의해 주세요.", "This account is suspended. Ask the club's initialRoles.")
	errWithdrawn = fault.New(fault.Denied, "USER_WITHDRAWN",
		"탈퇴한 계정입니다. 다시 이용하려면 운영진에게 문의해 주세요.",
		"This account has left the club. Ask the club's initialRoles to come back.")
)

// Of tokens and sessions.
var (
	errTokenInvalid = fault.New(fault.Unauthenticated, "TOKEN_INVALID",
		"액세스 토큰이 올바르지 않습니다. 다시 로그인해 주세요.", "The access token is not valid. Sign in again.")
	errTokenExpired = fault.New(fault.Unauthenticated, "TOKEN_EXPIRED",
		"로그인이 만료되었습니다. 토큰을 새로 고쳐 주세요.", "The access token has expired. Refresh it.")
	errSessionEnded = fault.New(fault.Unauthenticated, "SESSION_ENDED",
		"종료된 로그인입니다. 다시 로그인해 주세요.", "This session has ended. Sign in again.")
	errRefreshInvalid = fault.New(fault.Unauthenticated, "REFRESH_TOKEN_INVALID",
		"리프레시 토큰이 올바르지 않습니다. 다시 로그인해 주세요.", "The refresh token is not valid. Sign in again.")
	errRefreshReused = fault.New(fault.Unauthenticated, "REFRESH_TOKEN_REUSED",
		"이미 사용된 리프레시 토큰입니다. 보안을 위해 이 로그인을 종료했습니다. 다시 로그인해 주세요.",
		"This refresh token was used before. The session has been ended, since somebody else may hold it. Sign in again.")
	errSuccessorUnknown = fault.New(fault.Unavailable, "REFRESH_REPEATED",
		"방금 새로 고친 토큰을 다시 발급할 수 없습니다. 잠시 후 다시 시도해 주세요.",
		"This server cannot repeat the tokens that another one gave. Try again.").WithRetryAfter(time.Second)
	errSessionNotFound = fault.New(fault.NotFound, "SESSION_NOT_FOUND",
		"로그인 기록을 찾을 수 없습니다.", "There is no such session of yours.")
	errStoreAway = fault.New(fault.Unavailable, "STORE_UNAVAILABLE",
		"저장소에 잠시 연결할 수 없습니다. 잠시 후 다시 시도해 주세요.", "The store is away for the moment. Try again shortly.").
		WithRetryAfter(2 * time.Second)
)

// refused tells why a user may not come in; nil for one who may.
func refused(u users.User) error {
	switch u.Status {
	case users.Active:
		return nil
	case users.Suspended:
		return errSuspended
	}
	return errWithdrawn
}

// unknown makes a failure to look somebody up one that lets nobody in and yet does not say they are nobody.
func unknown(err error) error {
	if fault.KindOf(err) != 0 || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return errStoreAway.WithCause(err)
}
