package app_test

import (
	"fmt"
	"testing"

	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/notifications/webpush"
	"github.com/dongbaejul/dongbaejul/internal/notifications/webpush/webpushtest"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// pushingTo has a server push to the browsers of a service.
func pushingTo(t *testing.T, service *webpushtest.Service) func(*app.Config) {
	t.Helper()
	key, err := webpush.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return func(cfg *app.Config) {
		cfg.WebPushPrivateKey, cfg.WebPushSubject, cfg.WebPushClient = band.NewSecret(key), "mailto:club@example.com", service.Client()
	}
}

// subscribe registers a browser of a member's, as the web app does.
func subscribe(t *testing.T, m *apptest.Member, service *webpushtest.Service) *webpushtest.Browser {
	t.Helper()
	config, err := m.Notifications.GetPushConfig(t.Context(), &v1.GetPushConfigRequest{})
	if err != nil || config.GetWebPushPublicKey() == "" {
		t.Fatalf("the push config: %v, %v", config, err)
	}
	browser := service.Subscribe(t, config.GetWebPushPublicKey())
	_, err = m.Notifications.RegisterDevice(t.Context(), &v1.RegisterDeviceRequest{
		Token: browser.Subscription(), Platform: v1.DevicePlatform_DEVICE_PLATFORM_WEB,
	})
	if err != nil {
		t.Fatal(err)
	}
	return browser
}

func say(t *testing.T, m *apptest.Member, room, tempID, content string) *v1.Message {
	t.Helper()
	res, err := m.Chat.SendMessage(t.Context(), &v1.SendMessageRequest{RoomId: room, TempId: tempID, Content: content})
	if err != nil {
		t.Fatal(err)
	}
	return res.GetMessage()
}

func TestAServerWithoutAKeyPushesToNoBrowser(t *testing.T) {
	m := apptest.Start(t).Club(t, 1, apptest.ConnectJSON)[0]
	config, err := m.Notifications.GetPushConfig(t.Context(), &v1.GetPushConfigRequest{})
	if err != nil || config.GetWebPushPublicKey() != "" {
		t.Errorf("got %v, %v", config, err)
	}
}

// A browser gets what its user is told, in words and with the way to it, until they sign out.
func TestABrowserIsPushedToUntilItsUserSignsOut(t *testing.T) {
	service := webpushtest.Start(t)
	s := apptest.Start(t, pushingTo(t, service))
	club := s.Club(t, 2, apptest.ConnectBinary)
	author, reader := club[0], club[1]
	browser := subscribe(t, reader, service)
	room := author.Group(t, reader).GetId()
	message := say(t, author, room, "1", "내일 봐요")
	push := browser.Next(t)
	want := map[string]string{"kind": "chat_message", "room_id": room, "message_id": message.GetId(), "badge": "1", "seq": "1"}
	for name, value := range want {
		if push.Data[name] != value {
			t.Errorf("%s is %q, want %q", name, push.Data[name], value)
		}
	}
	if push.Data["title"] == "" || push.Data["body"] != author.Name+": 내일 봐요" {
		t.Errorf("it says %q and %q", push.Data["title"], push.Data["body"])
	}
	// The room is read to its end, and with it what was told of it.
	if _, err := reader.Chat.MarkRead(t.Context(), &v1.MarkReadRequest{RoomId: room, UpTo: proto.Int64(message.GetSeq())}); err != nil {
		t.Fatal(err)
	}
	list, err := reader.Notifications.ListNotifications(t.Context(), &v1.ListNotificationsRequest{})
	if err != nil || list.GetUnreadCount() != 0 {
		t.Errorf("%d are unread, %v", list.GetUnreadCount(), err)
	}

	if _, err := reader.Auth.Logout(t.Context(), &v1.LogoutRequest{}); err != nil {
		t.Fatal(err)
	}
	again := s.SignIn(t, s.People(t)[1], apptest.ConnectBinary)
	other := subscribe(t, again, service)
	say(t, author, room, "2", "몇 시에요?")
	if push := other.Next(t); push.Data["badge"] != "1" {
		t.Errorf("the badge is %s", push.Data["badge"])
	}
	if len(browser.Pushes()) != 0 {
		t.Error("the browser that was signed out was pushed to")
	}
}

// A subscription that the push service does not know any more is forgotten, and the others go on.
func TestABrowserThatHasUnsubscribedIsForgotten(t *testing.T) {
	service := webpushtest.Start(t)
	club := apptest.Start(t, pushingTo(t, service)).Club(t, 2, apptest.ConnectBinary)
	author, reader := club[0], club[1]
	gone, stays := subscribe(t, reader, service), subscribe(t, reader, service)
	service.Unsubscribe(gone)
	room := author.Group(t, reader).GetId()
	say(t, author, room, "1", "안녕하세요")
	first := stays.Next(t)
	testkit.Eventually(t, "the push service refuses", func() bool { return service.Refused() == 1 })
	if _, err := reader.Chat.MarkRead(t.Context(), &v1.MarkReadRequest{RoomId: room, MessageIds: []string{first.Data["message_id"]}}); err != nil {
		t.Fatal(err)
	}
	say(t, author, room, "2", "다시 안녕하세요")
	stays.Next(t)
	if n := service.Refused(); n != 1 {
		t.Errorf("%d pushes to it", n)
	}
}

// Who watches a room, or has a stream open, on one server is not pushed a message that comes by another; and a mention that they
// read there at once is not pushed either.
func TestAnOpenRoomIsNotPushedOverSeveralServers(t *testing.T) {
	t.Parallel()
	service := webpushtest.Start(t)
	servers, _ := startCluster(t, pushingTo(t, service))
	author := servers[0].Club(t, 2, apptest.ConnectBinary)[0]
	reader := servers[1].SignIn(t, servers[1].People(t)[1], apptest.ConnectBinary)
	browser := subscribe(t, reader, service)
	room := author.Group(t, reader).GetId()

	stream, err := reader.Chat.WatchRoom(t.Context(), &v1.WatchRoomRequest{RoomId: room})
	if err != nil {
		t.Fatal(err)
	}
	next := func() *v1.Message {
		t.Helper()
		for stream.Receive() {
			for _, e := range stream.Msg().GetEvents() {
				if m := e.GetMessage(); m != nil {
					return m
				}
			}
		}
		t.Fatal("the stream ended:", stream.Err())
		return nil
	}
	if !stream.Receive() {
		t.Fatal(stream.Err())
	}
	testkit.Eventually(t, "the other server knows that the reader is online", func() bool {
		members, err := author.Users.ListMembers(t.Context(), &v1.ListMembersRequest{Search: reader.Name})
		return err == nil && len(members.GetMembers()) == 1 && members.GetMembers()[0].GetOnline()
	})
	say(t, author, room, "1", "방에 계신가요?")
	next()
	// They read along: neither this message nor the mention is news on their telephone.
	say(t, author, room, "2", fmt.Sprintf("@%s 여기요", reader.Name))
	m := next()
	if _, err := reader.Chat.MarkRead(t.Context(), &v1.MarkReadRequest{RoomId: room, UpTo: proto.Int64(m.GetSeq())}); err != nil {
		t.Fatal(err)
	}
	if err := stream.Close(); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the other server knows that the reader has left", func() bool {
		members, err := author.Users.ListMembers(t.Context(), &v1.ListMembersRequest{Search: reader.Name})
		return err == nil && len(members.GetMembers()) == 1 && !members.GetMembers()[0].GetOnline()
	})
	// Pushes come in order: what was read would be before it.
	last := say(t, author, room, "3", "먼저 갈게요")
	if push := browser.Next(t); push.Data["message_id"] != last.GetId() || push.Data["badge"] != "1" {
		t.Errorf("pushed %v", push.Data)
	}
	if n := len(browser.Pushes()); n != 0 {
		t.Errorf("%d more were pushed", n)
	}
}
