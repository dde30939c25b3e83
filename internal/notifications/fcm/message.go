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
	Token string `json:"token"`
	// Notification is nil for a message that shows none.
	Notification *text             `json:"notification,omitempty"`
	Data         map[string]string `json:"data"`
	Android      *android          `json:"android,omitempty"`
	APNS         *apns             `json:"apns,omitempty"`
}

type text struct {
	Title string `json:"title"`
	Body  string `json:"body"`
}

// What each platform calls a message that is to replace itself, and a badge.
type (
	android struct {
		CollapseKey  string               `json:"collapse_key"`
		Priority     string               `json:"priority"`
		Notification *androidNotification `json:"notification,omitempty"`
	}
	androidNotification struct {
		Tag   string `json:"tag"`
		Count int    `json:"notification_count"`
	}
	apns struct {
		Headers map[string]string `json:"headers"`
		Payload payload           `json:"payload"`
	}
	payload struct {
		APS aps `json:"aps"`
	}
	aps struct {
		Badge int    `json:"badge"`
		Sound string `json:"sound,omitempty"`
	}
)

// newMessage returns the message for a device. Its data tells the app what to open.
func newMessage(d notifications.Device, n notifications.Worded, badge int) message {
	m := message{Token: d.Token, Notification: &text{n.Title, graphemes.Shorten(n.Body, maxBody)}, Data: n.PushData(badge)}
	switch d.Platform {
	case notifications.Android:
		m.Android = &android{CollapseKey: n.ID, Priority: "HIGH", Notification: &androidNotification{n.ID, badge}}
	case notifications.IOS:
		m.APNS = &apns{Headers: map[string]string{"apns-collapse-id": n.ID}, Payload: payload{aps{Badge: badge, Sound: "default"}}}
	}
	return m
}

// badgeKey is the collapse key of badges.
const badgeKey = "badge"

// newBadge returns the message that sets a badge. iOS does that by itself, as a push of the kind alert that alerts nobody; on Android
// the app does it.
func newBadge(d notifications.Device, badge int) message {
	m := message{Token: d.Token, Data: map[string]string{"kind": badgeKey, "badge": strconv.Itoa(badge)}}
	switch d.Platform {
	case notifications.Android:
		m.Android = &android{CollapseKey: badgeKey, Priority: "NORMAL"}
	case notifications.IOS:
		m.APNS = &apns{
			Headers: map[string]string{"apns-collapse-id": badgeKey, "apns-push-type": "alert", "apns-priority": "5"},
			Payload: payload{aps{Badge: badge}},
		}
	}
	return m
}
