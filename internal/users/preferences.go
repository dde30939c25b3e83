package users

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/clubtime"
	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// maxApp is how many bytes of JSON Preferences.App has at most.
const maxApp = 4096

var (
	errAppTooLarge = fault.InvalidField("preferences.app", "app.max_bytes",
		"JSON으로 4096바이트까지 저장할 수 있습니다.", "must be at most 4096 bytes of JSON")
	errAppNoJSON = fault.InvalidField("preferences.app", "app.json",
		"JSON으로 나타낼 수 없는 값이 있습니다.", "must not hold a value that JSON does not have")
)

// kindName returns what Preferences call a kind: its word in the contract, such as "game_changed".
func kindName(kind v1.NotificationKind) string {
	return strings.ToLower(strings.TrimPrefix(kind.String(), "NOTIFICATION_KIND_"))
}

// Wants reports whether the user wants notifications of a kind, by its word in the contract's NotificationKind.
func (p Preferences) Wants(kind string) bool { return !slices.Contains(p.MutedKinds, kind) }

// QuietAt reports whether the user's devices are to be left alone at a time, by the club's clock. Quiet hours may last over midnight.
func (p Preferences) QuietAt(t time.Time) bool {
	t = t.In(clubZone)
	minute := t.Hour()*60 + t.Minute()
	if p.QuietFrom <= p.QuietTo {
		return p.QuietFrom <= minute && minute < p.QuietTo
	}
	return minute >= p.QuietFrom || minute < p.QuietTo
}

var clubZone = clubtime.Zone()

// clockLayout is how the contract writes a time of day.
const clockLayout = "15:04"

// setQuiet sets the quiet hours as a request has them. Its times were validated.
func (p *Preferences) setQuiet(in *v1.QuietHours) error {
	p.QuietFrom, p.QuietTo = 0, 0
	if in.GetFrom() == "" {
		return nil
	}
	for _, at := range []struct {
		minute *int
		clock  string
	}{{&p.QuietFrom, in.GetFrom()}, {&p.QuietTo, in.GetTo()}} {
		t, err := time.Parse(clockLayout, at.clock)
		if err != nil {
			return fmt.Errorf("read a time of day: %w", err)
		}
		*at.minute = t.Hour()*60 + t.Minute()
	}
	return nil
}

func quietToProto(p Preferences) *v1.QuietHours {
	if p.QuietFrom == p.QuietTo {
		return &v1.QuietHours{}
	}
	clock := func(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }
	return &v1.QuietHours{From: clock(p.QuietFrom), To: clock(p.QuietTo)}
}

// merged returns p with what a request sets; what it leaves out stays. p's own slices are not changed.
func (p Preferences) merged(in *v1.Preferences) (Preferences, error) {
	for _, n := range in.GetNotifications() {
		kind := kindName(n.GetKind())
		p.MutedKinds = slices.DeleteFunc(slices.Clone(p.MutedKinds), func(k string) bool { return k == kind })
		if !n.GetEnabled() {
			p.MutedKinds = append(p.MutedKinds, kind)
		}
	}
	slices.Sort(p.MutedKinds)
	if privacy := in.GetPrivacy(); privacy != nil {
		mergeOff(&p.HideOnline, privacy.ShowOnlineStatus)
		mergeOff(&p.HideStats, privacy.ShowStats)
		mergeOff(&p.RefuseDirectMessages, privacy.AllowDirectMessages)
	}
	if in.GetQuietHours() != nil {
		if err := p.setQuiet(in.GetQuietHours()); err != nil {
			return p, err
		}
	}
	if in.GetApp() == nil {
		return p, nil
	}
	var err error
	p.App, err = appToJSON(in.GetApp())
	return p, err
}

// mergeOff sets what is kept as switched off from what the contract has as switched on.
func mergeOff(off, on *bool) {
	if on != nil {
		*off = !*on
	}
}

// appToJSON returns the app's object as JSON without blanks; empty for {}.
func appToJSON(app *structpb.Struct) (string, error) {
	if len(app.GetFields()) == 0 {
		return "", nil
	}
	spaced, err := protojson.Marshal(app)
	if err != nil {
		return "", errAppNoJSON.WithCause(err)
	}
	var text bytes.Buffer
	if err := json.Compact(&text, spaced); err != nil {
		return "", fmt.Errorf("compact an app's object: %w", err)
	}
	if text.Len() > maxApp {
		return "", errAppTooLarge
	}
	return text.String(), nil
}

// appFromJSON returns what appToJSON was given.
func appFromJSON(text string) *structpb.Struct {
	app := new(structpb.Struct)
	if text == "" {
		return app
	}
	if err := protojson.Unmarshal([]byte(text), app); err != nil {
		return new(structpb.Struct)
	}
	return app
}

// preferencesToProto names every switch, so that a client need not know what is on at first.
func preferencesToProto(p Preferences) *v1.Preferences {
	kinds := v1.NotificationKind(0).Descriptor().Values()
	notifications := make([]*v1.NotificationPreference, 0, kinds.Len())
	for i := range kinds.Len() {
		if kind := v1.NotificationKind(kinds.Get(i).Number()); kind != v1.NotificationKind_NOTIFICATION_KIND_UNSPECIFIED {
			notifications = append(notifications, &v1.NotificationPreference{Kind: kind, Enabled: proto.Bool(p.Wants(kindName(kind)))})
		}
	}
	return &v1.Preferences{
		Notifications: notifications,
		Privacy: &v1.PrivacyPreferences{
			ShowOnlineStatus:    proto.Bool(!p.HideOnline),
			ShowStats:           proto.Bool(!p.HideStats),
			AllowDirectMessages: proto.Bool(!p.RefuseDirectMessages),
		},
		App:        appFromJSON(p.App),
		QuietHours: quietToProto(p),
	}
}
