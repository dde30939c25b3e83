package chat

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

const (
	// settle is how long messages are gathered before anybody is notified: who has the room open has read them by then, and a
	// burst costs one look at the room.
	settle = time.Second
	// retellEvery is how late notifications may be of messages whose process has died, or that could not be sent before.
	retellEvery = 30 * time.Second
	// untoldPage is how many messages are read at a time.
	untoldPage = 500
	// maxTold bounds what is remembered of who was notified. It saves looking it up in the store, which knows it as well.
	maxTold = 8192
	// tellTimeout is for one room, and for all of them when the service ends.
	tellTimeout = 10 * time.Second
)

// notifier tells members of messages they miss: who is offline of the first one they have not read, and nothing more until
// they have; and who is mentioned of each mention. It works off the path of the sender. The store remembers which
// messages nobody was notified of yet, so that nothing is lost when the process dies, and each notification has its key, so
// that nobody is told twice. Several processes may run one.
type notifier struct {
	Config
	// told is how far a member had read when they were last notified. It is for the goroutine alone.
	told *simplelru.LRU[place, int64]
	// sent has a value when there may be something to tell of. leaving is closed when the service ends, and done when all is
	// told.
	sent    chan struct{}
	leaving chan struct{}
	done    chan struct{}
}

// place is a member's in a room.
type place struct{ room, user string }

// newNotifier makes a notifier; nil, which does nothing, where there is nothing to notify with.
func newNotifier(c Config) *notifier {
	if c.Notifications == nil {
		return nil
	}
	told, err := simplelru.NewLRU[place, int64](maxTold, nil)
	if err != nil {
		panic("chat: a cache of a positive size: " + err.Error())
	}
	n := &notifier{
		Config: c, told: told, sent: make(chan struct{}, 1), leaving: make(chan struct{}), done: make(chan struct{}),
	}
	go n.run()
	return n
}

// wake has members notified of what was sent. It does not wait.
func (n *notifier) wake() {
	if n == nil {
		return
	}
	select {
	case n.sent <- struct{}{}:
	default:
	}
}

// close tells of what was sent, and ends.
func (n *notifier) close() {
	if n == nil {
		return
	}
	close(n.leaving)
	<-n.done
}

func (n *notifier) run() {
	defer close(n.done)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	// The first look is for what a process before has left.
	next := time.NewTimer(0)
	defer next.Stop()
	failures := 0
	for {
		select {
		case <-n.sent:
		case <-next.C:
			if !n.owes(ctx) {
				next.Reset(retellEvery)
				continue
			}
		case <-n.leaving:
			select {
			case <-n.sent:
				n.tellLast(ctx)
			default:
			}
			return
		}
		if !n.gather() {
			n.tellLast(ctx)
			return
		}
		failures = n.tellAll(ctx, failures)
		next.Reset(retellAfter(failures))
	}
}

// retellAfter is how long to wait after so many failures in a row.
func retellAfter(failures int) time.Duration {
	if failures == 0 {
		return retellEvery
	}
	return min(settle<<min(failures, 10), retellEvery)
}

// owes reports whether there may be messages to tell of.
func (n *notifier) owes(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, tellTimeout)
	defer cancel()
	untold, err := n.Store.UntoldMessages(ctx, "", 1)
	return err != nil || len(untold) > 0
}

// gather waits for more messages, and reports false when the service ends meanwhile.
func (n *notifier) gather() bool {
	timer := time.NewTimer(settle)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-n.leaving:
		return false
	}
	// What was sent until now is read below.
	select {
	case <-n.sent:
	default:
	}
	return true
}

// tellLast tells of what was sent last when the service ends. What it does not get to, the next process does.
func (n *notifier) tellLast(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, tellTimeout)
	defer cancel()
	n.tellAll(ctx, 0)
}

// tellAll notifies the members of all rooms that are owed it, and returns how many times in a row that has failed. What
// fails stays, and holds up no other room.
func (n *notifier) tellAll(ctx context.Context, failures int) int {
	failed := false
	for after := ""; ; {
		page, err := n.Store.UntoldMessages(ctx, after, untoldPage)
		if err != nil {
			n.Logger.WarnContext(ctx, "cannot read messages to notify of", slog.Any("error", err))
			return failures + 1
		}
		for rest := page; len(rest) > 0; {
			messages := ofOneRoom(rest)
			rest = rest[len(messages):]
			err := n.tellRoom(ctx, messages)
			failed = failed || err != nil
			// A full page may end within a room. What is told of is not read again.
			if err != nil || len(rest) > 0 {
				after = messages[0].RoomID
			}
		}
		switch {
		case len(page) < untoldPage && failed:
			return failures + 1
		case len(page) < untoldPage:
			return 0
		}
	}
}

// ofOneRoom returns the messages at the beginning that are of one room.
func ofOneRoom(messages []Entry) []Entry {
	for i, m := range messages {
		if m.RoomID != messages[0].RoomID {
			return messages[:i]
		}
	}
	return messages
}

// tellRoom notifies the members of a room of its messages, in order, and notes that it has.
func (n *notifier) tellRoom(ctx context.Context, messages []Entry) error {
	ctx, cancel := context.WithTimeout(ctx, tellTimeout)
	defer cancel()
	roomID, last := messages[0].RoomID, messages[len(messages)-1].Seq
	// Streams too: the call that stored a message may not have come as far as to announce it.
	n.Bus.Publish(ctx, realtime.Hint{Topic: realtime.Room(roomID), Seq: last})
	err := n.tell(ctx, roomID, messages)
	if err == nil {
		err = n.Store.SetMessagesTold(ctx, roomID, last)
	}
	if err != nil {
		n.Logger.WarnContext(ctx, "members of a room are notified later", slog.String("room_id", roomID),
			slog.Int("messages", len(messages)), slog.Any("error", err))
	}
	return err
}

// tell notifies the members of a room of messages, which are in order.
func (n *notifier) tell(ctx context.Context, roomID string, messages []Entry) error {
	a, err := n.audience(ctx, roomID)
	switch {
	case errors.Is(err, fault.NotFound):
		return nil
	case err != nil:
		return err
	}
	mentions := make([]map[string]bool, len(messages))
	for i, m := range messages {
		mentions[i] = a.names.mentioned(m.Content)
	}
	var notices []notifications.Notice
	told := make(map[place]int64)
	for _, member := range a.members {
		mentioned, missed := a.due(member, messages, mentions)
		for _, m := range mentioned {
			notices = append(notices, a.mention(member, m))
		}
		who := place{roomID, member.UserID}
		if at, ok := n.told.Get(who); missed != nil && (!ok || at != member.ReadSeq) {
			notices = append(notices, a.missed(member, *missed))
			told[who] = member.ReadSeq
		}
	}
	if err := n.Notifications.Notify(ctx, notices...); err != nil {
		return err
	}
	for who, read := range told {
		n.told.Add(who, read)
	}
	return nil
}

// audience is who may be told of messages in a room.
type audience struct {
	members []Member
	people  map[string]users.User
	names   nameBook
	online  map[string]bool
}

func (n *notifier) audience(ctx context.Context, roomID string) (audience, error) {
	a := audience{online: make(map[string]bool)}
	var err error
	if a.members, err = n.Store.Members(ctx, roomID); err != nil {
		return a, err
	}
	online, err := n.Presence.Online(ctx)
	if err != nil {
		return a, fmt.Errorf("who is online: %w", err)
	}
	for _, id := range online {
		a.online[id] = true
	}
	userIDs := make([]string, len(a.members))
	for i, m := range a.members {
		userIDs[i] = m.UserID
	}
	if a.people, err = n.Users.Users(ctx, userIDs); err != nil {
		return a, err
	}
	called := make(map[string]string, len(a.people))
	for id, u := range a.people {
		called[id] = u.DisplayName
	}
	a.names = newNameBook(called)
	return a, nil
}

// due returns the messages that mention a member who wants to be told of that, and, where the member is offline, the first of
// the others; all of them from somebody else, not read and not deleted. messages are in their order.
func (a audience) due(m Member, messages []Entry, mentions []map[string]bool) (mentioned []Entry, missed *Entry) {
	wants := a.people[m.UserID].Preferences.Wants(string(notifications.KindMention))
	for i, e := range messages {
		switch {
		case e.Actor == m.UserID || e.Seq <= m.ReadSeq || !e.DeletedAt.IsZero():
		case wants && mentions[i][m.UserID]:
			mentioned = append(mentioned, e)
		case !a.online[m.UserID] && missed == nil:
			missed = &messages[i]
		}
	}
	return mentioned, missed
}

func (a audience) mention(m Member, e Entry) notifications.Notice {
	return notifications.Notice{
		UserID: m.UserID, Key: "chat/mention/" + e.ID, Kind: notifications.KindMention, ActorID: e.Actor, RoomID: e.RoomID, MessageID: e.ID,
	}
}

// missed has a key that changes when the member reads on, so that they are told once until then.
func (a audience) missed(m Member, e Entry) notifications.Notice {
	return notifications.Notice{
		UserID: m.UserID, Key: fmt.Sprintf("chat/unread/%s/%d", e.RoomID, m.ReadSeq), Kind: notifications.KindChatMessage,
		ActorID: e.Actor, RoomID: e.RoomID, MessageID: e.ID,
	}
}
