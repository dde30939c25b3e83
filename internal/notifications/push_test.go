package notifications_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
)

// register registers devices and returns their ids.
func (f *fixture) register(t *testing.T, userID string, tokens ...string) (ids []string) {
	t.Helper()
	for _, token := range tokens {
		got, err := f.RegisterDevice(as(t, userID, identity.Member), &v1.RegisterDeviceRequest{
			Token: token, Platform: v1.DevicePlatform_DEVICE_PLATFORM_IOS,
		})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, got.GetDeviceId())
	}
	return ids
}

// tokens returns the tokens of a user's devices in order.
func (f *fixture) tokens(t *testing.T, userID string) []string {
	t.Helper()
	devices, err := f.store.Devices(t.Context(), []string{userID})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, d := range devices {
		all = append(all, d.Token)
	}
	slices.Sort(all)
	return all
}

func TestDevicesAreRegistered(t *testing.T) {
	f := open(t)
	f.member(t, "u")
	f.member(t, "v")
	ids := f.register(t, "u", "a", "b", "a")
	if ids[0] != ids[2] || ids[0] == ids[1] || ids[0] == "" || ids[1] == "" {
		t.Errorf("the ids are %q", ids)
	}
	theirs := f.register(t, "v", "b")[0]
	devices, err := f.store.Devices(t.Context(), []string{"u"})
	if err != nil || len(devices) != 1 {
		t.Fatal(devices, err)
	}
	d := devices[0]
	if d.Token != "a" || d.Platform != notifications.IOS || d.SessionID != "session of u" || time.Since(d.RegisteredAt) > time.Minute {
		t.Errorf("got %+v", d)
	}
	for _, id := range []string{theirs, "unknown", "a"} {
		if _, err := f.UnregisterDevice(as(t, "u", identity.Member), &v1.UnregisterDeviceRequest{DeviceId: id}); err != nil {
			t.Fatal(err)
		}
	}
	if got := f.tokens(t, "v"); !slices.Equal(got, []string{"b"}) {
		t.Errorf("v has %q", got)
	}
	if _, err := f.UnregisterDevice(as(t, "v", identity.Member), &v1.UnregisterDeviceRequest{DeviceId: theirs}); err != nil {
		t.Fatal(err)
	}
	if got := f.tokens(t, "v"); got != nil {
		t.Errorf("v has %q", got)
	}
}

func TestAUserHasTwentyDevices(t *testing.T) {
	f := open(t)
	f.member(t, "u")
	for i := range 22 {
		f.register(t, "u", fmt.Sprintf("%02d", i))
	}
	if got := f.tokens(t, "u"); len(got) != 20 || got[0] != "02" {
		t.Errorf("u has %q", got)
	}
}

func TestNewNotificationsArePushedToEachDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t)
		f.member(t, "u")
		f.member(t, "v")
		f.member(t, "muted", muting(notifications.KindComment))
		f.register(t, "u", "u1", "u2")
		f.register(t, "v", "v1")
		f.register(t, "muted", "m1")
		f.tell(t, notice("u", "a"), notice("u", "b"), notice("v", "c"), notice("muted", "d"))
		f.tell(t, notice("u", "a"), notice("v", "c"))
		synctest.Wait()
		f.pusher.wantPushed(t, "u1 a", "u1 b", "u2 a", "u2 b", "v1 c")
	})
}

func TestAPassingFailureIsPushedAgain(t *testing.T) {
	away := fault.New(fault.Unavailable, "AWAY", "", "")
	for name, c := range map[string]struct {
		failures      int
		err           error
		pushed        bool
		attempts      int
		atLeast, most time.Duration
	}{
		"at first":                    {failures: 3, err: away, pushed: true, attempts: 4, atLeast: 3500 * time.Millisecond, most: 7 * time.Second},
		"for ever":                    {failures: 1000, err: away, attempts: 5, atLeast: 7500 * time.Millisecond, most: 15 * time.Second},
		"that says how long":          {failures: 1, err: away.WithRetryAfter(30 * time.Second), pushed: true, attempts: 2, atLeast: 30 * time.Second, most: 30 * time.Second},
		"that lasts too long":         {failures: 1, err: away.WithRetryAfter(61 * time.Second), attempts: 1},
		"of too many":                 {failures: 1, err: fault.Exhausted, pushed: true, attempts: 2, atLeast: 500 * time.Millisecond, most: time.Second},
		"that is none that passes":    {failures: 1, err: errors.New("wrong"), attempts: 1},
		"that is of some other kind":  {failures: 1, err: fault.Invalid, attempts: 1},
		"that was none in the end":    {failures: 0, pushed: true, attempts: 1},
		"with a cause that is lasted": {failures: 1, err: fmt.Errorf("push: %w", away), pushed: true, attempts: 2, atLeast: 500 * time.Millisecond, most: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := open(t)
				f.pusher.fail = func(attempt int, _ notifications.Device) error {
					if attempt <= c.failures {
						return c.err
					}
					return nil
				}
				f.member(t, "u")
				f.register(t, "u", "u1")
				f.tell(t, notice("u", "a"))
				time.Sleep(10 * time.Minute)
				synctest.Wait()
				p := f.pusher
				if took := p.times[len(p.times)-1].Sub(p.times[0]); p.attempts != c.attempts || took < c.atLeast || took > c.most {
					t.Errorf("%d attempts in %s", p.attempts, took)
				}
				if pushed := len(p.pushed) == 1; pushed != c.pushed {
					t.Errorf("pushed: %t", pushed)
				}
				if got := f.tokens(t, "u"); len(got) != 1 {
					t.Errorf("the device is forgotten")
				}
			})
		})
	}
}

func TestADeviceThatIsGoneIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t)
		f.pusher.fail = func(_ int, d notifications.Device) error {
			if d.Token == "gone" {
				return fmt.Errorf("push: %w", fault.NotFound)
			}
			return nil
		}
		f.member(t, "u")
		f.register(t, "u", "gone", "here")
		f.tell(t, notice("u", "a"))
		synctest.Wait()
		f.tell(t, notice("u", "b"))
		synctest.Wait()
		f.pusher.wantPushed(t, "here a", "here b")
		if f.pusher.attempts != 3 {
			t.Errorf("%d attempts", f.pusher.attempts)
		}
		if got := f.tokens(t, "u"); !slices.Equal(got, []string{"here"}) {
			t.Errorf("u has %q", got)
		}
	})
}

// What waits for a device is not pushed to it once somebody else has it, or nobody.
func TestADeviceThatIsNotTheirsAnyMoreEndsRetries(t *testing.T) {
	for name, taken := range map[string]func(t *testing.T, f *fixture, device string, signedOut *atomic.Bool){
		"moved": func(t *testing.T, f *fixture, _ string, _ *atomic.Bool) { f.register(t, "v", "phone") },
		"unregistered": func(t *testing.T, f *fixture, device string, _ *atomic.Bool) {
			if _, err := f.UnregisterDevice(as(t, "u", identity.Member), &v1.UnregisterDeviceRequest{DeviceId: device}); err != nil {
				t.Fatal(err)
			}
		},
		"signed out": func(_ *testing.T, _ *fixture, _ string, signedOut *atomic.Bool) { signedOut.Store(true) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var signedOut atomic.Bool
				f := open(t, func(c *notifications.Config) { c.Access = until{&signedOut} })
				f.member(t, "u")
				f.member(t, "v")
				device := f.register(t, "u", "phone")[0]
				f.pusher.fail = func(attempt int, _ notifications.Device) error {
					if attempt == 1 {
						return fault.Unavailable
					}
					return nil
				}
				f.tell(t, notice("u", "a"))
				synctest.Wait()
				taken(t, f, device, &signedOut)
				time.Sleep(time.Minute)
				f.pusher.wantPushed(t)
				if f.pusher.attempts != 1 {
					t.Errorf("%d attempts", f.pusher.attempts)
				}
			})
		})
	}
}

// until lets everybody in until they are signed out.
type until struct{ signedOut *atomic.Bool }

func (u until) Check(context.Context, identity.Caller) error {
	if u.signedOut.Load() {
		return fault.Unauthenticated
	}
	return nil
}

// A user whose devices do not answer keeps so many pushes at most; the others are dropped, and nobody waits.
func TestWhatIsKeptForOneUserIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pusher{}
		f := open(t, func(c *notifications.Config) {
			c.Pusher = heldUp{p, func(ctx context.Context) error {
				<-ctx.Done()
				return fault.Unavailable
			}}
		})
		f.member(t, "dead")
		f.member(t, "live")
		for i := range 20 {
			f.register(t, "dead", fmt.Sprint("dead ", i))
		}
		f.register(t, "live", "phone")
		for i := range 100 {
			f.tell(t, notice("dead", fmt.Sprint(i)))
			synctest.Wait()
		}
		f.tell(t, notice("live", "a"))
		synctest.Wait()
		p.wantPushed(t, "phone a")
	})
}

// sessions are those that have ended, and how.
type sessions map[string]error

func (s sessions) Check(_ context.Context, c identity.Caller) error {
	if !time.Now().Before(c.Expires) {
		return errors.New("the caller has expired")
	}
	return s[c.SessionID]
}

func TestADeviceOfASessionThatEndedIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, func(c *notifications.Config) {
			c.Access = sessions{
				"session of ended": fault.Unauthenticated, "session of denied": fault.Denied, "session of unknown": errors.New("away"),
			}
		})
		for _, id := range []string{"here", "ended", "denied", "unknown"} {
			f.member(t, id)
			f.register(t, id, "device of "+id)
		}
		if err := f.NotifyAll(t.Context(), notice("", "a")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		f.pusher.wantPushed(t, "device of here a")
		for id, kept := range map[string]bool{"here": true, "ended": false, "denied": false, "unknown": true} {
			if got := len(f.tokens(t, id)) == 1; got != kept {
				t.Errorf("the device of %s is kept: %t", id, got)
			}
		}
	})
}

func TestEraseForgetsAUser(t *testing.T) {
	f := open(t)
	f.told(t, "u", 3)
	f.told(t, "v", 1)
	f.register(t, "u", "u1")
	f.register(t, "v", "v1")
	if err := f.store.EraseNotifications(t.Context(), "u"); err != nil {
		t.Fatal(err)
	}
	if got, devices := f.log(t, "u"), f.tokens(t, "u"); len(got) != 0 || len(devices) != 0 {
		t.Errorf("u still has %v and %v", got, devices)
	}
	if got, devices := f.log(t, "v"), f.tokens(t, "v"); len(got) != 1 || len(devices) != 1 {
		t.Errorf("v has %v and %v", got, devices)
	}
}

func TestCloseWaitsForWhatIsBeingPushed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t)
		var want []string
		for i := range 50 {
			id := fmt.Sprint(i)
			f.member(t, id)
			f.register(t, id, "device "+id)
			f.tell(t, notice(id, "a"))
			want = append(want, "device "+id+" a")
		}
		f.Close()
		f.pusher.wantPushed(t, want...)
		f.Close()
	})
}

func TestCloseDoesNotWaitForWhatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t)
		f.pusher.fail = func(int, notifications.Device) error { return fault.Unavailable }
		f.member(t, "u")
		f.register(t, "u", "u1")
		f.tell(t, notice("u", "a"))
		synctest.Wait()
		began := time.Now()
		f.Close()
		if took := time.Since(began); took > 0 {
			t.Errorf("it took %s", took)
		}
	})
}

// hanging pushes until its context ends.
type hanging struct{}

func (hanging) Push(ctx context.Context, _ notifications.Device, _ notifications.Worded, _ int) error {
	<-ctx.Done()
	return ctx.Err()
}

func (h hanging) SetBadge(ctx context.Context, d notifications.Device, badge int) error {
	return h.Push(ctx, d, notifications.Worded{}, badge)
}

func TestCloseCutsOffWhatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, func(c *notifications.Config) { c.Pusher = hanging{} })
		f.member(t, "u")
		f.register(t, "u", "u1")
		f.tell(t, notice("u", "a"))
		synctest.Wait()
		began := time.Now()
		f.Close()
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

// A push service that hangs holds up nobody who notifies, however much there is to push.
func TestNotifyDoesNotWaitForPushes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, func(c *notifications.Config) { c.Pusher = hanging{} })
		f.member(t, "u")
		f.register(t, "u", "u1")
		began := time.Now()
		for i := range 300 {
			f.tell(t, notice("u", fmt.Sprint(i)))
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("it took %s", took)
		}
		if got := f.log(t, "u"); len(got) != 300 {
			t.Errorf("%d were kept", len(got))
		}
	})
}

func TestTheLogSaysThatAndNotWhat(t *testing.T) {
	var out bytes.Buffer
	p := notifications.NewLogPusher(slog.New(slog.NewTextHandler(&out, nil)))
	err := p.Push(t.Context(), notifications.Device{Token: "secret", UserID: "u", Platform: notifications.Web}, notifications.Worded{
		Title: "secret", Body: "secret", Notification: notifications.Notification{
			ID: "n1", Notice: notifications.Notice{UserID: "u", Key: "secret", Kind: notifications.KindMention},
		},
	}, 3)
	if err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Contains(got, "secret") || !strings.Contains(got, "n1") || !strings.Contains(got, "mention") {
		t.Errorf("the log has %s", got)
	}
}

func TestWhatIsPushedIsWhatIsThereThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t)
		f.member(t, "u")
		f.register(t, "u", "phone")
		f.pusher.fail = func(attempt int, _ notifications.Device) error {
			// What it is about is deleted while the push service is away.
			if attempt == 1 {
				f.words.set(notifications.Words{Title: fault.Text{Ko: "삭제된 글입니다."}, Gone: true})
				return fault.Unavailable
			}
			return nil
		}
		f.tell(t, notice("u", "a"))
		time.Sleep(time.Minute)
		synctest.Wait()
		f.pusher.wantPushed(t)
	})
}

// heldUp is a pusher whose devices of "dead" are answered by wait; the others' pushes are taken.
type heldUp struct {
	*pusher
	wait func(ctx context.Context) error
}

func (h heldUp) Push(ctx context.Context, d notifications.Device, n notifications.Worded, badge int) error {
	if d.UserID == "dead" {
		return h.wait(ctx)
	}
	return h.pusher.Push(ctx, d, n, badge)
}

func (h heldUp) SetBadge(ctx context.Context, d notifications.Device, _ int) error {
	return h.Push(ctx, d, notifications.Worded{}, 0)
}

func TestOneUsersDeadDevicesHoldUpNobody(t *testing.T) {
	for name, wait := range map[string]func(context.Context) error{
		"answering 503": func(context.Context) error { return fault.Unavailable },
		"hanging": func(ctx context.Context) error {
			<-ctx.Done()
			return fault.Unavailable
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &pusher{}
				f := open(t, func(c *notifications.Config) { c.Pusher = heldUp{p, wait} })
				f.member(t, "dead")
				f.member(t, "live")
				for i := range 20 {
					f.register(t, "dead", fmt.Sprint("dead ", i))
				}
				f.register(t, "live", "phone")
				for i := range 5 {
					f.tell(t, notice("dead", fmt.Sprint(i)))
				}
				// Time stands still here: nothing that waits can have ended.
				synctest.Wait()
				f.tell(t, notice("live", "a"))
				synctest.Wait()
				p.wantPushed(t, "phone a")
			})
		})
	}
}
