package chat

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/ids"
	"github.com/dongbaejul/dongbaejul/internal/uploads"
)

const defaultPage = 50

var (
	errReplyTarget = fault.New(fault.Invalid, "REPLY_TARGET_NOT_FOUND",
		"답장할 메시지가 이 채팅방에 없습니다.", "The message to reply to is not in this room.").WithField("reply_to")
	errOneSide = fault.New(fault.Invalid, "BEFORE_OR_AFTER",
		"before와 after 중 하나만 사용해 주세요.", "Give before or after, not both.").WithField("after")
	errNotSender = fault.New(fault.Denied, "NOT_THE_SENDER",
		"본인이 보낸 메시지만 할 수 있습니다.", "Only the sender of a message may do this.")
	errDeleted = fault.New(fault.Precondition, "MESSAGE_DELETED",
		"삭제된 메시지입니다.", "The message is deleted.")
	// errUnchanged ends an amendment that would change nothing.
	errUnchanged = errors.New("unchanged")
)

// ListMessages implements the RPC.
func (s *Service) ListMessages(ctx context.Context, req *v1.ListMessagesRequest) (*v1.ListMessagesResponse, error) {
	_, m, err := s.membership(ctx, req.GetRoomId())
	if err != nil {
		return nil, err
	}
	r, err := s.messageRange(ctx, m, req)
	if err != nil {
		return nil, err
	}
	page, more, err := s.Store.Messages(ctx, req.GetRoomId(), r)
	if err != nil {
		return nil, err
	}
	messages, err := s.counted(ctx, req.GetRoomId(), page)
	if err != nil {
		return nil, err
	}
	if r.After > 0 {
		// Nearest first from the store; newest first for the client.
		slices.Reverse(messages)
	}
	return &v1.ListMessagesResponse{Messages: messages, HasMore: more}, nil
}

func (s *Service) messageRange(ctx context.Context, reader Member, req *v1.ListMessagesRequest) (Range, error) {
	r := Range{Above: reader.SeesAfter, Limit: defaultPage}
	if req.Limit != nil {
		r.Limit = int(req.GetLimit())
	}
	if req.GetBefore() != "" && req.GetAfter() != "" {
		return r, errOneSide
	}
	field, id, seq := "before", req.GetBefore(), &r.Before
	if req.GetAfter() != "" {
		field, id, seq = "after", req.GetAfter(), &r.After
	}
	if id == "" {
		return r, nil
	}
	m, err := s.visible(ctx, reader, id)
	if errors.Is(err, fault.NotFound) {
		return r, errMessageNotFound.WithMeta("field", field)
	}
	*seq = m.Seq
	return r, err
}

// SendMessage implements the RPC.
func (s *Service) SendMessage(ctx context.Context, req *v1.SendMessageRequest) (*v1.SendMessageResponse, error) {
	caller, member, err := s.membership(ctx, req.GetRoomId())
	if err == nil {
		err = s.mayWrite(ctx, req.GetRoomId(), caller.UserID)
	}
	if err != nil {
		return nil, err
	}
	files, err := uploads.Find(ctx, s.Uploads, caller.UserID, uploads.Chat, req.GetAttachments())
	if err != nil {
		return nil, err
	}
	e := Entry{
		RoomID: req.GetRoomId(), ID: ids.New(), Kind: KindMessage, Actor: caller.UserID, At: now(),
		TempID: req.GetTempId(), Content: req.GetContent(), ReplyTo: req.GetReplyTo(),
		Attachments: attachments(files),
	}
	if e.ReplyTo != "" {
		if _, err := s.visible(ctx, member, e.ReplyTo); errors.Is(err, fault.NotFound) {
			return nil, errReplyTarget
		} else if err != nil {
			return nil, err
		}
	}
	kept, added, err := s.Store.Append(ctx, e)
	// Also after an error, since the message may be stored.
	s.notifier.wake()
	if err != nil {
		return nil, roomFault(err)
	}
	ctx = context.WithoutCancel(ctx)
	if added {
		s.typing.stop(ctx, e.RoomID, caller.UserID)
	}
	// Also where the message was stored before: the call that stored it may not have come this far.
	s.announce(ctx, kept)
	m, err := s.message(ctx, kept)
	return &v1.SendMessageResponse{Message: m}, err
}

// EditMessage implements the RPC.
func (s *Service) EditMessage(ctx context.Context, req *v1.EditMessageRequest) (*v1.EditMessageResponse, error) {
	caller, member, err := s.membership(ctx, req.GetRoomId())
	if err != nil {
		return nil, err
	}
	e := Entry{RoomID: req.GetRoomId(), ID: ids.New(), Kind: KindEdited, Actor: caller.UserID, At: now(), Target: req.GetMessageId()}
	m, err := s.amend(ctx, e, func(m *Entry) error {
		switch {
		case m.Seq <= member.SeesAfter:
			return errMessageNotFound
		case m.Actor != caller.UserID:
			return errNotSender
		case !m.DeletedAt.IsZero():
			return errDeleted
		case m.Content == req.GetContent():
			return errUnchanged
		}
		m.Content, m.EditedAt = req.GetContent(), notBefore(m.At, e.At)
		return nil
	})
	return &v1.EditMessageResponse{Message: m}, err
}

// DeleteMessage implements the RPC.
func (s *Service) DeleteMessage(ctx context.Context, req *v1.DeleteMessageRequest) (*v1.DeleteMessageResponse, error) {
	caller, member, err := s.membership(ctx, req.GetRoomId())
	if err != nil {
		return nil, err
	}
	e := Entry{RoomID: req.GetRoomId(), ID: ids.New(), Kind: KindDeleted, Actor: caller.UserID, At: now(), Target: req.GetMessageId()}
	m, err := s.amend(ctx, e, func(m *Entry) error {
		switch {
		case m.Seq <= member.SeesAfter:
			return errMessageNotFound
		case m.Actor != caller.UserID && !caller.May(identity.ModerateChat):
			return errNotSender
		case !m.DeletedAt.IsZero():
			return errUnchanged
		}
		m.Content, m.Attachments, m.DeletedAt = "", nil, notBefore(m.At, e.At)
		return nil
	})
	return &v1.DeleteMessageResponse{Message: m}, err
}

// amend changes a message, tells the room, and returns the message as it is then.
func (s *Service) amend(ctx context.Context, e Entry, f func(*Entry) error) (*v1.Message, error) {
	done, err := s.Store.Amend(ctx, e, f)
	ctx = context.WithoutCancel(ctx)
	if errors.Is(err, errUnchanged) {
		// The call that changed it may not have come as far as to announce it.
		if head, err := s.Store.Head(ctx, e.RoomID); err == nil {
			s.announceHead(ctx, e.RoomID, head)
		}
		m, err := s.Store.Message(ctx, e.RoomID, e.Target)
		if err != nil {
			return nil, messageFault(err)
		}
		return s.message(ctx, m)
	}
	if err != nil {
		return nil, messageFault(err)
	}
	s.announceAmended(ctx, done)
	return s.message(ctx, done.Message)
}

// notBefore is at, or first where that is later: the clocks of processes differ, and nothing happens to a message before it is
// sent.
func notBefore(first, at time.Time) time.Time {
	if at.Before(first) {
		return first
	}
	return at
}

func fieldAt(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }
