package chat_test

import (
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// mentions counts the mentions a member was notified of, by message.
func mentions(t *testing.T, m *apptest.Member) map[string]int {
	t.Helper()
	res, err := m.Notifications.ListNotifications(t.Context(), &v1.ListNotificationsRequest{Limit: proto.Int32(100)})
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]int)
	for _, n := range res.GetNotifications() {
		if n.GetKind() == v1.NotificationKind_NOTIFICATION_KIND_MENTION {
			found[n.GetMessage().GetMessageId()]++
		}
	}
	return found
}

// A server is killed at once after it has answered, and while it notifies: each mention is told of once all the same.
func TestAMentionSurvivesAKill(t *testing.T) {
	settings := map[string]func(t testing.TB) apptest.Setting{
		"SQLite": func(testing.TB) apptest.Setting { return apptest.Setting{} }, "MongoDB": apptest.SharedSetting,
	}
	for name, setting := range settings {
		t.Run(name, func(t *testing.T) {
			server := apptest.StartProcessIn(t, setting(t))
			club := server.Club(t, 2, apptest.ConnectBinary)
			room := club[0].Group(t, club[1]).GetId()
			var sent []string
			for i := range 4 {
				m := send(t, club[0], room, fmt.Sprint(i), "@"+club[1].Name+" 안녕")
				sent = append(sent, m.GetId())
				// Members are notified a second later.
				time.Sleep(time.Duration(i) * 350 * time.Millisecond)
				server.Kill()
				server.Run(t)
			}
			testkit.Eventually(t, "everybody is notified", func() bool { return len(mentions(t, club[1])) == len(sent) })
			for id, times := range mentions(t, club[1]) {
				if times != 1 {
					t.Errorf("message %s was told of %d times", id, times)
				}
			}
		})
	}
}
