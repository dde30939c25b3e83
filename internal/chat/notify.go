package chat

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

const (
	// settle is how long messages are gathered before anybody is notified: who has the room open has read them by then, and a
	// burst costs one look at the room.
	settle = time.Second
	// maxUntold bounds the messages gathered; nobody is notified of those beyond.
	maxUntold = 1024
	// maxTold bounds what is remembered of who was notified. It saves looking it up in the store, which knows it as well.
	maxTold = 8192
	// tellTimeout is for one room.
	tellTimeout = 10 * time.Second
)

// notifier tells members of messages they miss: who is offline of the first one they have not read, and nothing more until
// they have; and who is mentioned of each mention. It works off the path of whoever sends, from a bounded queue, and what
// is in it is lost when the process dies.
type notifier struct {
	Config
	// told is how far a member had read when they were last notified. It is for the goroutine alone.
	told *simplelru.LRU[place, int64]
	// wake has a value when something was added, leaving is closed when the service ends, and done when all is told.
	wake    chan struct{}
	leaving chan struct{}
	done    chan struct{}

	mu sync.Mutex
	// untold are the messages gathered, by room, and count is how many. untold is nil once the service ends.
	untold map[string][]Entry
	count  int
	// dropped is how many were too many since they were last taken.
	dropped int
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
		Config: c, told: told, untold: make(map[string][]Entry),
		wake: make(chan struct{}, 1), leaving: make(chan struct{}), done: make(chan struct{}),
	}
	go n.run()
	return n
}

// add has the members told of a message. It does not wait.
func (n *notifier) add(e Entry) {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.untold == nil {
		return
	}
	if n.count >= maxUntold {
		n.dropped++
		return
	}
	n.untold[e.RoomID] = append(n.untold[e.RoomID], e)
	n.count++
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// close tells of what was added, and ends.
func (n *notifier) close() {
	if n == nil {
		return
	}
	close(n.leaving)
	<-n.done
}

func (n *notifier) run() {
	defer close(n.done)
	for {
		select {
		case <-n.wake:
			n.pause()
			n.tellAll(n.take(make(map[string][]Entry)))
		case <-n.leaving:
			n.tellAll(n.take(nil))
			return
		}
	}
}

func (n *notifier) pause() {
	timer := time.NewTimer(settle)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-n.leaving:
	}
}

// take gives what was gathered and goes on in next.
func (n *notifier) take(next map[string][]Entry) map[string][]Entry {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.dropped > 0 {
		n.Logger.Warn("nobody is notified of some messages: there were too many", slog.Int("messages", n.dropped))
	}
	taken := n.untold
	n.untold, n.count, n.dropped = next, 0, 0
	return taken
}

func (n *notifier) tellAll(rooms map[string][]Entry) {
	for roomID, messages := range rooms {
		ctx, cancel := context.WithTimeout(context.Background(), tellTimeout)
		if err := n.tell(ctx, roomID, messages); err != nil {
			n.Logger.WarnContext(ctx, "members of a room were not notified", slog.String("room_id", roomID), slog.Int("messages", len(messages)),
				slog.Any("error", err))
		}
		cancel()
	}
}

// tell notifies the members of a room.
func (n *notifier) tell(ctx context.Context, roomID string, messages []Entry) error {
	a, err := n.audience(ctx, roomID)
	if err != nil {
		return err
	}
	slices.SortFunc(messages, func(a, b Entry) int { return cmp.Compare(a.Seq, b.Seq) })
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

// due gives the messages that mention a member who wants to be told of that, and, where the member is offline, the first of
// the others; all of them from somebody else, and not read. messages are in their order.
func (a audience) due(m Member, messages []Entry, mentions []map[string]bool) (mentioned []Entry, missed *Entry) {
	wants := a.people[m.UserID].Preferences.Wants(string(notifications.KindMention))
	for i, e := range messages {
		switch {
		case e.Actor == m.UserID || e.Seq <= m.ReadSeq:
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
