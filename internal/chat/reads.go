package chat

import (
	"context"
	"errors"
	"log/slog"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// MarkRead implements the RPC.
func (s *Service) MarkRead(ctx context.Context, req *v1.MarkReadRequest) (*v1.MarkReadResponse, error) {
	caller, member, err := s.membership(ctx, req.GetRoomId())
	if err != nil {
		return nil, err
	}
	seq := req.GetUpTo()
	for i, id := range req.GetMessageIds() {
		m, err := s.visible(ctx, member, id)
		if errors.Is(err, fault.NotFound) {
			return nil, errMessageNotFound.WithMeta("field", fieldAt("message_ids", i))
		}
		if err != nil {
			return nil, err
		}
		seq = max(seq, m.Seq)
	}
	read, _, err := s.Store.MarkRead(ctx, req.GetRoomId(), caller.UserID, seq)
	if err != nil {
		return nil, roomFault(err)
	}
	ctx = context.WithoutCancel(ctx)
	// Also where it was there before: the call that moved it may not have come this far.
	if read <= seq {
		s.Bus.Publish(ctx, realtime.Hint{
			Topic: realtime.Room(req.GetRoomId()), Key: caller.UserID, Version: read,
			Event: readEvent(Member{RoomID: req.GetRoomId(), UserID: caller.UserID, ReadSeq: read}),
		})
	}
	at := now()
	unread, err := s.Store.Unread(ctx, req.GetRoomId(), caller.UserID)
	if err == nil && unread.Count == 0 && !unread.More {
		s.readNotifications(ctx, caller, req.GetRoomId(), at)
	}
	return &v1.MarkReadResponse{Message: "success", UnreadCount: int32(unread.Count), UnreadMore: unread.More}, roomFault(err)
}

// readNotifications marks the caller's notifications of a room read: those from before a time at which the caller had read all of it.
func (s *Service) readNotifications(ctx context.Context, caller identity.Caller, roomID string, at time.Time) {
	if s.Notifications == nil {
		return
	}
	if err := s.Notifications.ReadRoom(ctx, caller, roomID, at); err != nil {
		s.Logger.WarnContext(ctx, "notifications of a room that was read stay unread", slog.String("room_id", roomID), slog.Any("error", err))
	}
}

// ReadPositions returns how far everybody in a room has read, for a stream that may have missed some of it and whose reader is
// r: nobody less far than streams were told before.
func (s *Service) ReadPositions(ctx context.Context, r *realtime.Reader, roomID string) ([]*realtime.Event, error) {
	members, err := s.Store.Members(ctx, roomID)
	if err != nil {
		return nil, err
	}
	events := make([]*realtime.Event, len(members))
	for i, m := range members {
		m.ReadSeq = r.Raise(realtime.Room(roomID), m.UserID, m.ReadSeq)
		events[i] = readEvent(m)
	}
	return events, nil
}

func readEvent(m Member) *realtime.Event {
	return realtime.NewEvent(&v1.Event{Payload: &v1.Event_Read{Read: &v1.ReadPosition{
		RoomId: m.RoomID, UserId: m.UserID, Seq: m.ReadSeq,
	}}})
}
