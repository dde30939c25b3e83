package chat

import (
	"context"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/uploads"
)

var roomTypes = map[RoomType]v1.RoomType{
	Global:  v1.RoomType_ROOM_TYPE_GLOBAL,
	Private: v1.RoomType_ROOM_TYPE_PRIVATE,
	Group:   v1.RoomType_ROOM_TYPE_GROUP,
}

// present returns the members of a room who are still in the club.
func (s *Service) present(ctx context.Context, roomID string) ([]Member, error) {
	members, err := s.Store.Members(ctx, roomID)
	if err != nil {
		return nil, err
	}
	active, err := s.Users.ActiveOf(ctx, userIDs(members))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(members, func(m Member) bool { return !active[m.UserID] }), nil
}

func userIDs(members []Member) []string {
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.UserID
	}
	return ids
}

// counted returns messages with how many have not read each.
func (s *Service) counted(ctx context.Context, roomID string, entries []Entry) ([]*v1.Message, error) {
	members, err := s.present(ctx, roomID)
	if err != nil {
		return nil, err
	}
	names, err := s.Users.Summaries(ctx, actors(entries))
	if err != nil {
		return nil, err
	}
	out := make([]*v1.Message, len(entries))
	for i, e := range entries {
		out[i] = s.toMessage(e, names)
		out[i].UnreadBy = unreadBy(e, members)
	}
	return out, nil
}

// unreadBy counts the members other than the sender who have not read a message.
func unreadBy(e Entry, members []Member) *int32 {
	n := int32(0)
	for _, m := range members {
		if m.UserID != e.Actor && m.ReadSeq < e.Seq {
			n++
		}
	}
	return &n
}

func (s *Service) message(ctx context.Context, e Entry) (*v1.Message, error) {
	names, err := s.Users.Summaries(ctx, []string{e.Actor})
	if err != nil {
		return nil, err
	}
	return s.toMessage(e, names), nil
}

func (s *Service) toMessage(e Entry, names map[string]*v1.UserSummary) *v1.Message {
	m := &v1.Message{
		Id: e.ID, RoomId: e.RoomID, Seq: e.Seq, TempId: e.TempID, Sender: names[e.Actor], Content: e.Content,
		ReplyTo: e.ReplyTo, CreatedAt: timestamp(e.At), EditedAt: timestamp(e.EditedAt), Deleted: !e.DeletedAt.IsZero(),
	}
	for _, a := range e.Attachments {
		m.Attachments = append(m.Attachments, uploads.ToProto(s.Uploads, uploads.File{
			ID: a.FileID, URL: a.URL, Name: a.Name, ContentType: a.ContentType, Size: a.Size, Width: a.Width, Height: a.Height, Blurhash: a.Blurhash,
		}))
	}
	return m
}

// toEvent returns an entry as its event. target is the message that an edit or a deletion is about.
func (s *Service) toEvent(e Entry, target *Entry, names map[string]*v1.UserSummary) *v1.Event {
	switch e.Kind {
	case KindEdited:
		return &v1.Event{Payload: &v1.Event_MessageEdited{MessageEdited: &v1.MessageEdited{
			RoomId: e.RoomID, Seq: e.Seq, Message: s.toMessage(*target, names),
		}}}
	case KindDeleted:
		return &v1.Event{Payload: &v1.Event_MessageDeleted{MessageDeleted: &v1.MessageDeleted{
			RoomId: e.RoomID, Seq: e.Seq, Message: s.toMessage(*target, names), DeletedBy: names[e.Actor],
		}}}
	case KindJoined:
		joined := &v1.MemberJoined{RoomId: e.RoomID, Seq: e.Seq, User: names[e.User], JoinedAt: timestamppb.New(e.At)}
		if e.Actor != e.User {
			joined.InvitedBy = names[e.Actor]
		}
		return &v1.Event{Payload: &v1.Event_MemberJoined{MemberJoined: joined}}
	case KindLeft:
		return &v1.Event{Payload: &v1.Event_MemberLeft{MemberLeft: &v1.MemberLeft{
			RoomId: e.RoomID, Seq: e.Seq, User: names[e.User], LeftAt: timestamppb.New(e.At), RemovedBy: removedBy(e, names),
		}}}
	default:
		return &v1.Event{Payload: &v1.Event_Message{Message: s.toMessage(e, names)}}
	}
}

// removedBy is who took a member off a room; nil where they left by themselves.
func removedBy(e Entry, names map[string]*v1.UserSummary) *v1.UserSummary {
	if e.Actor == e.User {
		return nil
	}
	return names[e.Actor]
}

// actors lists whose names entries need.
func actors(entries []Entry) []string {
	var out []string
	for _, e := range entries {
		for _, id := range []string{e.Actor, e.User} {
			if id != "" && !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	return out
}

// attachments returns what a message keeps of files.
func attachments(files []uploads.File) []Attachment {
	var out []Attachment
	for _, f := range files {
		out = append(out, Attachment{
			FileID: f.ID, URL: f.URL, Name: f.Name, ContentType: f.ContentType, Size: f.Size, Width: f.Width, Height: f.Height, Blurhash: f.Blurhash,
		})
	}
	return out
}

func timestamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
