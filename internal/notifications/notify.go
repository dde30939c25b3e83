package notifications

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dongbaejul/dongbaejul/internal/hangul"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

const (
	maxKey   = 200
	maxTitle = 100
	maxBody  = 1000
	// maxAppend is how many notifications one call of the store adds.
	maxAppend = 1000
	// notifyTimeout bounds a call of Notify, which goes on when its caller's context ends.
	notifyTimeout = 10 * time.Second
)

// Notify tells people. Who is not active, has muted the kind, or was told of the key before is left out. The others find it in
// their logs when Notify returns; streams and devices are told of it, without waiting for them. What happened has
// happened, so a ctx that ends does not stop it. With an error some may have been told, and the same call again tells the
// rest.
func (s *Service) Notify(ctx context.Context, notices ...Notice) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), notifyTimeout)
	defer cancel()
	for _, n := range notices {
		if err := n.check(); err != nil {
			return err
		}
	}
	wanted, err := s.wanted(ctx, notices)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(wanted, maxAppend) {
		added, err := s.Store.AppendNotifications(ctx, part)
		s.announce(ctx, added)
		s.pushes.add(ctx, added)
		if err != nil {
			return fmt.Errorf("keep notifications: %w", err)
		}
	}
	return nil
}

// NotifyAll is Notify for every active user but those in except. The UserID of n is not looked at.
func (s *Service) NotifyAll(ctx context.Context, n Notice, except ...string) error {
	active, err := s.Users.ActiveIDs(context.WithoutCancel(ctx))
	if err != nil {
		return fmt.Errorf("list whom to tell: %w", err)
	}
	notices := make([]Notice, 0, len(active))
	for _, id := range active {
		if !slices.Contains(except, id) {
			n.UserID = id
			notices = append(notices, n)
		}
	}
	return s.Notify(ctx, notices...)
}

// wanted gives what is to be kept of notices.
func (s *Service) wanted(ctx context.Context, notices []Notice) ([]Notification, error) {
	userIDs := make([]string, len(notices))
	for i, n := range notices {
		userIDs[i] = n.UserID
	}
	people, err := s.Users.Users(ctx, userIDs)
	if err != nil {
		return nil, fmt.Errorf("look up whom to tell: %w", err)
	}
	at := now()
	var wanted []Notification
	for _, n := range notices {
		if u, ok := people[n.UserID]; !ok || u.Status != users.Active || !u.Preferences.Wants(string(n.Kind)) {
			continue
		}
		n.Title, n.Body = cut(oneLine(n.Title), maxTitle), cut(clean(n.Body), maxBody)
		wanted = append(wanted, Notification{ID: idOf(n.UserID, n.Key), Notice: n, CreatedAt: at})
	}
	return wanted, nil
}

// announce tells streams of new entries.
func (s *Service) announce(ctx context.Context, added []Notification) {
	for _, n := range added {
		s.Bus.Publish(ctx, hint(n))
	}
}

func hint(n Notification) realtime.Hint {
	return realtime.Hint{Topic: realtime.User(n.UserID), Seq: n.Seq, Event: toEvent(n)}
}

// check fails on a notice that no caller should make.
func (n Notice) check() error {
	switch _, known := kindToProto[n.Kind]; {
	case n.UserID == "":
		return fmt.Errorf("notify: a notice %q to nobody", n.Key)
	case n.Key == "" || len(n.Key) > maxKey:
		return fmt.Errorf("notify: a notice of kind %q with a key of %d bytes", n.Kind, len(n.Key))
	case !known:
		return fmt.Errorf("notify: a notice %q of the unknown kind %q", n.Key, n.Kind)
	}
	return nil
}

func clean(text string) string {
	return strings.TrimSpace(hangul.NFC(strings.ToValidUTF8(text, "\uFFFD")))
}

func oneLine(text string) string { return strings.Join(strings.Fields(clean(text)), " ") }

// cut gives at most that many characters of text, the last an ellipsis where there were more.
func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}
