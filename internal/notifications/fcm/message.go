package fcm

import (
	"strconv"

	"github.com/dongbaejul/dongbaejul/internal/graphemes"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
)

// maxBody keeps a message below FCM's 4096 bytes: a character takes up to four.
const maxBody = 300

// request is the body of messages:send.
type request struct {
	Message message `json:"message"`
}

type message struct {
	Token        string            `json:"token"`
	Notification text              `json:"notification"`
	Data         map[string]string `json:"data"`
	Android      *android          `json:"android,omitempty"`
	APNS         *apns             `json:"apns,omitempty"`
	Webpush      *webpush          `json:"webpush,omitempty"`
}

type text struct {
	Title string `json:"title"`
	Body  string `json:"body"`
}

// What each platform calls a notification that is to replace itself.
type (
	android struct {
		Priority     string `json:"priority"`
		Notification tag    `json:"notification"`
	}
	apns struct {
		Headers map[string]string `json:"headers"`
	}
	webpush struct {
		Notification tag `json:"notification"`
	}
	tag struct {
		Tag string `json:"tag"`
	}
)

// newMessage makes the message for a device. Its data tells the app what to open.
func newMessage(d notifications.Device, n notifications.Worded) message {
	m := message{
		Token: d.Token, Notification: text{n.Title, graphemes.Shorten(n.Body, maxBody)},
		Data: map[string]string{"id": n.ID, "seq": strconv.FormatInt(n.Seq, 10), "kind": string(n.Kind)},
	}
	for name, id := range map[string]string{
		"game_id": n.GameID, "post_id": n.PostID, "comment_id": n.CommentID, "room_id": n.RoomID, "message_id": n.MessageID,
	} {
		if id != "" {
			m.Data[name] = id
		}
	}
	switch d.Platform {
	case notifications.Android:
		m.Android = &android{Priority: "HIGH", Notification: tag{n.ID}}
	case notifications.IOS:
		m.APNS = &apns{Headers: map[string]string{"apns-collapse-id": n.ID}}
	case notifications.Web:
		m.Webpush = &webpush{Notification: tag{n.ID}}
	}
	return m
}
