package notifications

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

var (
	kindToProto = map[Kind]v1.NotificationKind{
		KindPromoted: v1.NotificationKind_NOTIFICATION_KIND_PROMOTED, KindGameChanged: v1.NotificationKind_NOTIFICATION_KIND_GAME_CHANGED,
		KindGameCancelled: v1.NotificationKind_NOTIFICATION_KIND_GAME_CANCELLED,
		KindGameStarting:  v1.NotificationKind_NOTIFICATION_KIND_GAME_STARTING,
		KindComment:       v1.NotificationKind_NOTIFICATION_KIND_COMMENT, KindReply: v1.NotificationKind_NOTIFICATION_KIND_REPLY,
		KindNotice: v1.NotificationKind_NOTIFICATION_KIND_NOTICE, KindChatMessage: v1.NotificationKind_NOTIFICATION_KIND_CHAT_MESSAGE,
		KindMention: v1.NotificationKind_NOTIFICATION_KIND_MENTION, KindBroadcast: v1.NotificationKind_NOTIFICATION_KIND_BROADCAST,
	}
	platformFromProto = map[v1.DevicePlatform]Platform{
		v1.DevicePlatform_DEVICE_PLATFORM_ANDROID: Android, v1.DevicePlatform_DEVICE_PLATFORM_IOS: IOS,
		v1.DevicePlatform_DEVICE_PLATFORM_WEB: Web,
	}
)

func toProto(n Worded) *v1.Notification {
	out := &v1.Notification{
		Id: n.ID, Seq: n.Seq, Kind: kindToProto[n.Kind], Title: n.Title, Body: n.Body, Read: !n.ReadAt.IsZero(),
		CreatedAt: timestamppb.New(n.CreatedAt),
	}
	switch {
	case n.RoomID != "":
		out.Target = &v1.Notification_Message{Message: &v1.MessageTarget{RoomId: n.RoomID, MessageId: n.MessageID}}
	case n.PostID != "":
		out.Target = &v1.Notification_Post{Post: &v1.PostTarget{PostId: n.PostID, CommentId: n.CommentID}}
	case n.GameID != "":
		out.Target = &v1.Notification_Game{Game: &v1.GameTarget{GameId: n.GameID}}
	}
	return out
}

func toEvent(n Worded) *realtime.Event {
	return realtime.NewEvent(&v1.Event{Payload: &v1.Event_Notification{Notification: toProto(n)}})
}
