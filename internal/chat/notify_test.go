package chat_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/audit"
	"github.com/dongbaejul/dongbaejul/internal/chat"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/store"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// fixture is chat with notifications, on a store of its own, of members that are called what their ids are.
type fixture struct {
	*chat.Service
	config chat.Config
	told   *notifications.Service
	store  store.Store
	online *online
	room   string
	sent   int
}

// online are the ids of who is online.
type online struct {
	mu  sync.Mutex
	ids []string
	err error
}

func (o *online) Online(context.Context) ([]string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ids, o.err
}

func (*online) Enter(string) func() { return func() {} }

func (o *online) set(err error, ids ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ids, o.err = ids, err
}

// nobody is told of changes, or asked who is online.
type nobody struct{}

func (nobody) UserChanged(context.Context, string) {}

func (nobody) Online(context.Context, []string) (map[string]bool, error) { return nil, nil }

// openFixture makes a room of members; muted is the kinds that some of them do not want.
func openFixture(t *testing.T, typ v1.RoomType, muted map[string][]string, members ...string) *fixture {
	t.Helper()
	// The clock of a bubble stands while somebody waits for another process.
	store := apptest.OpenStoreIn(t, apptest.Setting{})
	quiet := slog.New(slog.DiscardHandler)
	people := users.New(users.Config{
		Store: store, Sessions: store, Eraser: store, Changes: nobody{}, Online: nobody{}, Audit: audit.New(quiet), Log: quiet, Clock: time.Now,
	})
	for _, id := range members {
		u := users.User{ID: id, BandUserID: id, DisplayName: id, Role: identity.Member, Status: users.Active, CreatedAt: time.Now()}
		u.Preferences.MutedKinds = muted[id]
		if _, _, err := store.CreateUser(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	hub := realtime.NewHub()
	notifier := notifications.New(notifications.Config{Store: store, Users: people, Bus: hub, Log: quiet, Writers: []notifications.Writer{
		chat.Writer{Store: store, Users: people},
	}})
	t.Cleanup(notifier.Close)
	f := &fixture{store: store, told: notifier, online: &online{}}
	f.config = chat.Config{Store: store, Users: people, Bus: hub, Notifications: notifier, Presence: f.online, Logger: quiet}
	f.Service = chat.New(f.config)
	t.Cleanup(func() { f.Close() })
	res, err := f.CreateRoom(as(t, members[0]), &v1.CreateRoomRequest{Name: "화요 모임", Type: typ, Participants: members[1:]})
	if err != nil {
		t.Fatal(err)
	}
	f.room = res.GetRoom().GetId()
	return f
}

func as(t *testing.T, userID string) context.Context {
	return identity.With(t.Context(), identity.Caller{UserID: userID, Role: identity.Member})
}

// say sends a message to the room.
func (f *fixture) say(t *testing.T, from, content string) *v1.Message {
	t.Helper()
	f.sent++
	res, err := f.SendMessage(as(t, from), &v1.SendMessageRequest{RoomId: f.room, TempId: fmt.Sprint(f.sent), Content: content})
	if err != nil {
		t.Fatal(err)
	}
	return res.GetMessage()
}

func (f *fixture) read(t *testing.T, who string, upTo int64) {
	t.Helper()
	if _, err := f.MarkRead(as(t, who), &v1.MarkReadRequest{RoomId: f.room, UpTo: proto.Int64(upTo)}); err != nil {
		t.Fatal(err)
	}
}

// settled waits until everybody who is to be told has been.
func settled() {
	time.Sleep(2 * time.Second)
	synctest.Wait()
}

// want fails unless a member was told of these, as "kind|title|body".
func (f *fixture) want(t *testing.T, who string, want ...string) {
	t.Helper()
	res, err := f.told.ListNotifications(as(t, who), &v1.ListNotificationsRequest{Limit: proto.Int32(100)})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(res.GetNotifications())
	var got []string
	for _, n := range res.GetNotifications() {
		kind := strings.ToLower(strings.TrimPrefix(n.GetKind().String(), "NOTIFICATION_KIND_"))
		got = append(got, strings.Join([]string{kind, n.GetTitle(), n.GetBody()}, "|"))
		if n.GetMessage().GetRoomId() != f.room || n.GetMessage().GetMessageId() == "" {
			t.Errorf("%s was told of no message: %+v", who, n)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s was told %q, want %q", who, got, want)
	}
}

const group, private = v1.RoomType_ROOM_TYPE_GROUP, v1.RoomType_ROOM_TYPE_PRIVATE

func TestWhoIsOfflineIsToldOnceUntilTheyRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := openFixture(t, group, nil, "민수", "영희", "철수")
		f.online.set(nil, "철수")
		for i := range 3 {
			f.say(t, "민수", fmt.Sprint("하나\n", i))
			f.say(t, "철수", "둘")
		}
		settled()
		first := "chat_message|화요 모임|민수: 하나 0"
		f.want(t, "영희", first)
		f.want(t, "철수")
		// 민수 is offline as well.
		f.want(t, "민수", "chat_message|화요 모임|철수: 둘")

		last := f.say(t, "철수", "셋")
		settled()
		f.want(t, "영희", first)
		f.read(t, "영희", last.GetSeq())
		settled()
		f.want(t, "영희", first)
		f.say(t, "철수", "넷")
		f.say(t, "철수", "다섯")
		settled()
		f.want(t, "영희", first, "chat_message|화요 모임|철수: 넷")
		f.want(t, "철수")
	})
}

func TestWhoReadsAtOnceIsNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := openFixture(t, group, nil, "민수", "영희", "철수")
		m := f.say(t, "민수", "@영희 @철수 안녕")
		f.read(t, "영희", m.GetSeq())
		settled()
		f.want(t, "영희")
		f.want(t, "철수", "mention|화요 모임|민수님이 회원님을 언급했습니다: @영희 @철수 안녕")
	})
}

func TestARestartTellsNobodyAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := openFixture(t, group, nil, "민수", "영희")
		f.say(t, "민수", "하나")
		settled()
		f.Close()
		f.Service = chat.New(f.config)
		f.say(t, "민수", "둘")
		settled()
		f.want(t, "영희", "chat_message|화요 모임|민수: 하나")
	})
}

func TestCloseTellsOfWhatWasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := openFixture(t, group, nil, "민수", "영희")
		f.say(t, "민수", "하나")
		began := time.Now()
		f.Close()
		if took := time.Since(began); took > 0 {
			t.Errorf("it took %s", took)
		}
		f.want(t, "영희", "chat_message|화요 모임|민수: 하나")
		// One that can be closed when the test ends.
		f.Service = chat.New(f.config)
	})
}

func TestWhatCannotBeToldIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := openFixture(t, group, nil, "민수", "영희")
		f.Close()
		var log strings.Builder
		f.config.Logger = slog.New(slog.NewJSONHandler(&log, nil))
		f.Service = chat.New(f.config)
		f.online.set(errors.New("away"))
		f.say(t, "민수", "하나")
		settled()
		if line := log.String(); !strings.Contains(line, f.room) || strings.Contains(line, "하나") {
			t.Errorf("logged: %s", line)
		}
		log.Reset()
		if err := f.store.Close(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if line := log.String(); !strings.Contains(line, "cannot read messages to notify of") {
			t.Errorf("logged: %s", line)
		}
	})
}

func TestWhoIsMentionedIsToldOfEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		muted := map[string][]string{"수민": {"mention"}, "지훈": {"mention", "chat_message"}}
		f := openFixture(t, group, muted, "민수", "영희", "철수", "수민", "지훈")
		f.online.set(nil, "철수", "민수")
		f.say(t, "민수", "@철수님, @영희 @수민 @지훈 @민수")
		f.say(t, "민수", "다시 @철수")
		settled()
		const said = "|화요 모임|민수님이 회원님을 언급했습니다: "
		f.want(t, "철수", "mention"+said+"@철수님, @영희 @수민 @지훈 @민수", "mention"+said+"다시 @철수")
		f.want(t, "영희", "mention"+said+"@철수님, @영희 @수민 @지훈 @민수", "chat_message|화요 모임|민수: 다시 @철수")
		f.want(t, "수민", "chat_message|화요 모임|민수: @철수님, @영희 @수민 @지훈 @민수")
		f.want(t, "지훈")
		f.want(t, "민수")
	})
}

func TestAPrivateRoomIsCalledWhoSends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := openFixture(t, private, nil, "민수", "영희")
		f.say(t, "민수", strings.Repeat("가", 101))
		settled()
		f.want(t, "영희", "chat_message|민수|"+strings.Repeat("가", 99)+"…")
	})
}

func TestAMessageOfPicturesIsSaidToBeOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := openFixture(t, private, nil, "민수", "영희")
		f.say(t, "민수", " \n")
		settled()
		f.want(t, "영희", "chat_message|민수|사진을 보냈습니다.")
	})
}

func TestNobodyIsToldWhileItIsNotKnownWhoIsOnline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := openFixture(t, group, nil, "민수", "영희", "철수")
		f.online.set(errors.New("away"))
		f.say(t, "민수", "하나")
		f.say(t, "민수", "@철수 둘")
		settled()
		f.want(t, "영희")
		f.online.set(nil)
		// Without another message.
		time.Sleep(30 * time.Second)
		synctest.Wait()
		f.want(t, "영희", "chat_message|화요 모임|민수: 하나")
		f.want(t, "철수", "mention|화요 모임|민수님이 회원님을 언급했습니다: @철수 둘", "chat_message|화요 모임|민수: 하나")
	})
}

// Another process has died after it stored a message: this one tells of it, to members and to streams, and so does the call
// that is repeated here.
func TestWhatADeadProcessStoredIsToldOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := openFixture(t, group, nil, "민수", "영희")
		store := func(tempID string) *v1.Message {
			e := chat.Entry{
				RoomID: f.room, ID: tempID, Kind: chat.KindMessage, Actor: "민수", At: time.Now(), TempID: tempID, Content: "@영희 " + tempID,
			}
			kept, added, err := f.store.Append(t.Context(), e)
			if err != nil || !added {
				t.Fatal(added, err)
			}
			return &v1.Message{Id: kept.ID, Seq: kept.Seq}
		}
		const said = "mention|화요 모임|민수님이 회원님을 언급했습니다: "
		store("하나")
		time.Sleep(time.Minute)
		synctest.Wait()
		f.want(t, "영희", said+"@영희 하나")

		stored := store("둘")
		reader := realtime.NewReader()
		f.config.Bus.Follow(reader, realtime.Room(f.room))
		reader.Number(realtime.Room(f.room), f.Log(f.room, 0), stored.GetSeq()-1, stored.GetSeq()-1)
		again, err := f.SendMessage(as(t, "민수"), &v1.SendMessageRequest{RoomId: f.room, TempId: "둘", Content: "@영희 둘"})
		if err != nil || again.GetMessage().GetId() != stored.GetId() {
			t.Fatal(again, err)
		}
		var batch realtime.Batch
		if err := reader.Take(t.Context(), &batch); err != nil || len(batch.Events) != 1 || batch.Events[0].Message().GetMessage().GetSeq() != stored.GetSeq() {
			t.Errorf("streams were told %v, %v", batch.Events, err)
		}
		reader.Close(f.config.Bus)
		settled()
		f.want(t, "영희", said+"@영희 하나", said+"@영희 둘")
	})
}

func TestNobodyIsToldOfADeletedMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := openFixture(t, group, nil, "민수", "영희")
		m := f.say(t, "민수", "@영희 하나")
		if _, err := f.DeleteMessage(as(t, "민수"), &v1.DeleteMessageRequest{RoomId: f.room, MessageId: m.GetId()}); err != nil {
			t.Fatal(err)
		}
		settled()
		f.want(t, "영희")
	})
}

// However many messages come at once, sending waits for nobody, and each member is told once.
func TestAFloodTellsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := openFixture(t, group, nil, "민수", "영희")
		began := time.Now()
		for i := range 1100 {
			f.say(t, "민수", fmt.Sprint(i))
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("it took %s", took)
		}
		settled()
		f.want(t, "영희", "chat_message|화요 모임|민수: 0")
	})
}
