package notifications_test

import (
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// device stores a device of a session of its own.
func (f *fixture) device(t *testing.T, userID, token string, platform notifications.Platform) {
	t.Helper()
	_, err := f.store.PutDevice(t.Context(), notifications.Device{
		ID: token, Token: token, UserID: userID, SessionID: "session of " + token, Platform: platform, RegisteredAt: time.Now(),
	}, 20)
	if err != nil {
		t.Fatal(err)
	}
}

// read marks a user's notifications read up to a number, in the session of a device.
func (f *fixture) read(t *testing.T, userID, device string, upTo int64) {
	t.Helper()
	ctx := identity.With(t.Context(), identity.Caller{UserID: userID, SessionID: "session of " + device, Expires: time.Now().Add(time.Hour)})
	if _, err := f.MarkNotificationsRead(ctx, &v1.MarkNotificationsReadRequest{UpTo: proto.Int64(upTo)}); err != nil {
		t.Fatal(err)
	}
}

// A push has the number of unread notifications, of its user alone.
func TestAPushHasTheBadge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t)
		f.told(t, "u", 3)
		f.told(t, "v", 5)
		f.read(t, "u", "none", 1)
		time.Sleep(time.Minute)
		f.device(t, "u", "phone", notifications.Android)
		f.tell(t, notice("u", "a"))
		synctest.Wait()
		f.pusher.wantBadges(t, "phone 3")
		f.tell(t, notice("u", "b"))
		synctest.Wait()
		f.pusher.wantBadges(t, "phone 4")
	})
}

func TestReadingSetsTheBadgeOfTheOtherDevices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t)
		f.told(t, "u", 5)
		for token, platform := range map[string]notifications.Platform{
			"here": notifications.IOS, "phone": notifications.Android, "tablet": notifications.IOS, "browser": notifications.Web,
		} {
			f.device(t, "u", token, platform)
		}
		// Read one after the other, they are one push.
		for seq := range int64(3) {
			f.read(t, "u", "here", seq+1)
			time.Sleep(500 * time.Millisecond)
		}
		f.pusher.wantBadges(t)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		f.pusher.wantBadges(t, "phone 2", "tablet 2")
		// What was read before changes nothing.
		f.read(t, "u", "here", 3)
		time.Sleep(time.Minute)
		f.pusher.wantBadges(t)
		// Each of two devices has read before the other.
		f.read(t, "u", "here", 4)
		f.read(t, "u", "phone", 5)
		time.Sleep(time.Minute)
		f.pusher.wantBadges(t, "here 0", "phone 0", "tablet 0")
	})
}

// A badge that is pushed again is the one of then.
func TestABadgeThatFailsIsPushedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t)
		f.told(t, "u", 2)
		f.device(t, "u", "phone", notifications.IOS)
		f.pusher.fail = func(attempt int, _ notifications.Device) error {
			if attempt > 1 {
				return nil
			}
			if _, _, err := f.store.ReadNotifications(t.Context(), "u", nil, 2, time.Now()); err != nil {
				t.Error(err)
			}
			return fault.Unavailable
		}
		f.read(t, "u", "here", 1)
		time.Sleep(time.Minute)
		f.pusher.wantBadges(t, "phone 0")
	})
}

// A device that is gone is forgotten by its badge, too.
func TestADeviceThatTakesNoBadgeIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t)
		f.told(t, "u", 1)
		f.device(t, "u", "phone", notifications.IOS)
		f.pusher.fail = func(int, notifications.Device) error { return fault.NotFound }
		f.read(t, "u", "here", 1)
		time.Sleep(time.Minute)
		if got := f.tokens(t, "u"); got != nil {
			t.Errorf("u has %q", got)
		}
	})
}

func TestNothingIsPushedInQuietHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// A bubble begins at nine by the club's clock.
		f := open(t)
		f.member(t, "u", func(u *users.User) { u.Preferences.QuietFrom, u.Preferences.QuietTo = 8*60, 10*60 })
		f.member(t, "v", func(u *users.User) { u.Preferences.QuietFrom, u.Preferences.QuietTo = 10*60, 8*60 })
		for _, id := range []string{"u", "v"} {
			f.device(t, id, id+" phone", notifications.IOS)
			f.device(t, id, id+" browser", notifications.Web)
		}
		f.tell(t, notice("u", "a"), notice("u", "b"), notice("v", "c"))
		time.Sleep(time.Minute)
		f.pusher.wantPushed(t, "v phone c", "v browser c", "u phone badge")
		f.pusher.wantBadges(t, "v phone 1", "v browser 1", "u phone 2")
		f.wantKeys(t, "u", "a", "b")
		time.Sleep(time.Hour)
		f.tell(t, notice("u", "d"), notice("v", "e"))
		time.Sleep(time.Minute)
		f.pusher.wantBadges(t, "u phone 3", "u browser 3", "v phone 2")
	})
}

// A message that its user reads within some seconds, as in a room that is open, is not pushed to any device.
func TestAMessageThatIsReadAtOnceIsNotPushed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t)
		for _, id := range []string{"reads", "sleeps"} {
			f.member(t, id)
			f.device(t, id, id+" phone", notifications.IOS)
			n := notice(id, "message")
			n.RoomID, n.MessageID = "room", "message"
			f.tell(t, n)
		}
		time.Sleep(time.Second)
		if err := f.ReadRoom(t.Context(), identity.Caller{UserID: "reads", SessionID: "elsewhere"}, "room", time.Now()); err != nil {
			t.Fatal(err)
		}
		f.pusher.wantPushed(t)
		time.Sleep(time.Minute)
		f.pusher.wantPushed(t, "sleeps phone message", "reads phone badge")
		f.pusher.wantBadges(t, "sleeps phone 1", "reads phone 0")
	})
}
