package notifications_test

import (
	"strings"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

func TestWhatTheContractRefuses(t *testing.T) {
	s := apptest.Start(t)
	leader := s.Club(t, 1, apptest.ConnectJSON)[0]
	people := s.People(t)
	member := s.SignIn(t, people[len(people)-1], apptest.ConnectJSON)
	for name, c := range map[string]struct {
		call func() error
		code connect.Code
	}{
		"reading nothing": {func() error {
			_, err := member.Notifications.MarkNotificationsRead(t.Context(), &v1.MarkNotificationsReadRequest{})
			return err
		}, connect.CodeInvalidArgument},
		"reading what is not there": {func() error {
			_, err := member.Notifications.MarkNotificationsRead(t.Context(), &v1.MarkNotificationsReadRequest{NotificationIds: []string{"other"}})
			return err
		}, connect.CodeNotFound},
		"a page too large": {func() error {
			_, err := member.Notifications.ListNotifications(t.Context(), &v1.ListNotificationsRequest{Limit: proto.Int32(101)})
			return err
		}, connect.CodeInvalidArgument},
		"a device of no platform": {func() error {
			_, err := member.Notifications.RegisterDevice(t.Context(), &v1.RegisterDeviceRequest{Token: "token"})
			return err
		}, connect.CodeInvalidArgument},
		"a device of no name": {func() error {
			_, err := member.Notifications.UnregisterDevice(t.Context(), &v1.UnregisterDeviceRequest{})
			return err
		}, connect.CodeInvalidArgument},
		"a broadcast by a member": {func() error {
			_, err := member.Notifications.Broadcast(t.Context(), &v1.BroadcastRequest{Title: "공지"})
			return err
		}, connect.CodePermissionDenied},
		"a broadcast of two lines": {func() error {
			_, err := leader.Notifications.Broadcast(t.Context(), &v1.BroadcastRequest{Title: "공지\n둘째 줄"})
			return err
		}, connect.CodeInvalidArgument},
		"a broadcast of nothing": {func() error {
			_, err := leader.Notifications.Broadcast(t.Context(), &v1.BroadcastRequest{Title: "  "})
			return err
		}, connect.CodeInvalidArgument},
		"a long broadcast": {func() error {
			_, err := leader.Notifications.Broadcast(t.Context(), &v1.BroadcastRequest{Title: "공지", Body: strings.Repeat("가", 1001)})
			return err
		}, connect.CodeInvalidArgument},
	} {
		if err := c.call(); err == nil || connect.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	list, err := member.Notifications.ListNotifications(t.Context(), &v1.ListNotificationsRequest{})
	if err != nil || len(list.GetNotifications()) != 0 {
		t.Errorf("the member was told: %v, %v", list, err)
	}
}
