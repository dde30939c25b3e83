package bandsync

import (
	"context"
	"errors"

	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/fault"
)

var (
	errRunning = fault.New(fault.Aborted, "SYNC_RUNNING",
		"이미 동기화하고 있어요. 끝날 때까지 기다려 주세요.", "A sync is running already. Wait for it to end.")
	errNotConnected = fault.New(fault.Precondition, "BAND_NOT_CONNECTED",
		"밴드에 연결한 회장이 없어요. 회장이 밴드로 다시 로그인해 주세요.",
		"No admin has connected the Band. An admin has to sign in with Band again.")
	errRefused = fault.New(fault.Precondition, "BAND_REFUSED",
		"밴드가 요청을 거절했어요. 회장이 밴드로 다시 로그인하고, 이 밴드를 앱에 허용해 주세요.",
		"Naver Band refused. An admin has to sign in with Band again and allow the app to see this Band.")
	errRateLimited = fault.New(fault.Exhausted, "BAND_RATE_LIMITED",
		"네이버 밴드의 이용 한도를 넘었어요. 다음 동기화 때 이어서 가져올게요.",
		"Naver Band's rate limit is reached. The next sync goes on from here.")
	errUnavailable = fault.New(fault.Unavailable, "BAND_UNAVAILABLE",
		"네이버 밴드가 응답하지 않아요. 다음 동기화 때 이어서 가져올게요.",
		"Naver Band does not answer. The next sync goes on from here.")
	errInterrupted = fault.New(fault.Unavailable, "SYNC_INTERRUPTED",
		"서버가 다시 시작되어 동기화가 멈췄어요. 곧 이어서 가져올게요.",
		"The server restarted during the sync. It will go on shortly.")
)

// errOvertaken is that another pass has begun although this one has not ended.
var errOvertaken = errors.New("another pass has begun")

// faultOf makes of why a pass failed what an admin is told.
func faultOf(err error) error {
	failure, isBand := errors.AsType[*band.Error](err)
	_, isFault := errors.AsType[*fault.Error](err)
	switch {
	case err == nil, isFault:
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, errOvertaken):
		return errInterrupted.WithCause(err)
	case !isBand:
		return err
	case failure.RateLimited() && failure.RetryAfter > 0:
		return errRateLimited.WithRetryAfter(failure.RetryAfter).WithCause(err)
	case failure.RateLimited():
		return errRateLimited.WithCause(err)
	case failure.Temporary():
		return errUnavailable.WithCause(err)
	}
	return errRefused.WithCause(err)
}

// refusesToken reports whether a user's token is of no use any more, so that another user's may do.
func refusesToken(err error) bool {
	failure, ok := errors.AsType[*band.Error](err)
	return errors.Is(err, errNoAdmin) || ok && (failure.Unauthorized() || failure.NotMember() || failure.BandClosed() || failure.Code == band.CodeForbidden)
}

// saysGone reports whether Band says that an album is gone.
func saysGone(err error) bool {
	failure, ok := errors.AsType[*band.Error](err)
	return ok && failure.Code == band.CodeNoAlbum
}

// refusesThing reports whether Band refuses what was asked for and nothing else: it is gone, or not shown to apps.
func refusesThing(err error) bool {
	failure, ok := errors.AsType[*band.Error](err)
	return ok && failure.Code != 0 && !failure.Temporary() && !refusesToken(err)
}
