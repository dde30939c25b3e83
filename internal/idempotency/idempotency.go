// Package idempotency makes a repeated request one. A client adds a request_id to what it creates, and the id of the thing
// follows from that: whoever asks again, on whichever process, meets the first thing under its id, which stores keep
// unique. What was asked for is stored beside it as a hash, so that another request under the same request_id is told apart.
package idempotency

import (
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/ids"
)

// ErrReused is for a request_id that stands for something else already.
var ErrReused = fault.New(fault.Invalid, "REQUEST_ID_REUSED",
	"같은 request_id로 다른 내용을 보냈습니다. 새 request_id를 사용해 주세요.",
	"This request_id was used with other content. Use a new one.").WithField("request_id")

// NewID returns the id of what a user creates: a new one, or the one that follows from their requestID where that is not nil.
// kind is what is created, such as "posts.comment", so that one request_id may serve for things of several kinds.
func NewID(kind, userID string, requestID *string) string {
	if requestID == nil {
		return ids.New()
	}
	return ids.From(kind, userID, *requestID)
}

// Hash is what was asked for: all that decides what is created but the request_id.
func Hash(parts ...string) string { return ids.From(parts...) }
