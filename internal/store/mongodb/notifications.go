package mongodb

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/notifications"
)

var notificationIndexes = []index{
	{collection: "notifications", name: "notifications_log", keys: bson.D{{Key: "user_id", Value: 1}, {Key: "seq", Value: 1}}, unique: true},
	{collection: "notifications", name: "notifications_unread", keys: bson.D{{Key: "user_id", Value: 1}, {Key: "seq", Value: -1}},
		where: bson.D{{Key: "read_at", Value: int64(0)}}},
	{collection: "devices", name: "devices_of_user", keys: bson.D{
		{Key: "user_id", Value: 1}, {Key: "registered_at", Value: -1}, {Key: "_id", Value: -1},
	}},
	{collection: "announcements", name: "announcements_by_age", keys: bson.D{{Key: "created_at", Value: 1}}},
	{collection: "announcements", name: "announcements_unsent", keys: bson.D{{Key: "sent_at", Value: 1}, {Key: "created_at", Value: 1}},
		where: bson.D{{Key: "sent_at", Value: int64(0)}}},
	{collection: "reminders", name: "reminders_claimable", keys: bson.D{{Key: "claimable_at", Value: 1}, {Key: "_id", Value: 1}}},
}

// notificationCollections are what notifications keeps.
type notificationCollections struct {
	notifications *Collection
	// notificationLogs write the logs of users, a lane each.
	notificationLogs *lanes[*telling]
	// notificationEnds are how far the logs of users have come at least.
	notificationEnds *headHints
	devices          *Collection
	announcements    *collection[announcementDoc, *announcementDoc]
	reminders        *Collection
}

func (s *Store) openNotifications() {
	s.notificationCollections = notificationCollections{
		notifications: s.collection("notifications"), notificationLogs: newLanes(&s.working, s.serveLog),
		notificationEnds: newHeadHints(), devices: s.collection("devices"),
		announcements: newCollection[announcementDoc](s, "announcements"), reminders: s.collection("reminders"),
	}
}

// notificationDoc is one entry of a user's log, under its own ID.
type notificationDoc struct {
	ID     string `bson:"_id"`
	UserID string `bson:"user_id"`
	Seq    int64  `bson:"seq"`
	// Mark names the writer's try, who by it knows what it has written without an answer.
	Mark      bson.ObjectID `bson:"mark"`
	ReadAt    int64         `bson:"read_at"`
	CreatedAt int64         `bson:"created_at"`
	Key       string        `bson:"key"`
	Kind      string        `bson:"kind"`
	ActorID   string        `bson:"actor_id,omitempty"`
	GameID    string        `bson:"game_id,omitempty"`
	PostID    string        `bson:"post_id,omitempty"`
	CommentID string        `bson:"comment_id,omitempty"`
	RoomID    string        `bson:"room_id,omitempty"`
	MessageID string        `bson:"message_id,omitempty"`
}

func (d notificationDoc) notification() notifications.Notification {
	return notifications.Notification{
		ID: d.ID, Seq: d.Seq, CreatedAt: fromMicros(d.CreatedAt), ReadAt: fromMicros(d.ReadAt), Notice: notifications.Notice{
			UserID: d.UserID, Key: d.Key, Kind: notifications.Kind(d.Kind), ActorID: d.ActorID, GameID: d.GameID,
			PostID: d.PostID, CommentID: d.CommentID, RoomID: d.RoomID, MessageID: d.MessageID,
		},
	}
}

func notificationDocOf(n notifications.Notification) notificationDoc {
	return notificationDoc{
		ID: n.ID, UserID: n.UserID, Seq: n.Seq, CreatedAt: toMicros(n.CreatedAt), ReadAt: toMicros(n.ReadAt), Key: n.Key, Kind: string(n.Kind),
		ActorID: n.ActorID, GameID: n.GameID, PostID: n.PostID, CommentID: n.CommentID, RoomID: n.RoomID, MessageID: n.MessageID,
	}
}

// ofUser is the filter of a user's documents, and more.
func ofUser(userID string, more ...bson.E) bson.D {
	return append(bson.D{{Key: "user_id", Value: userID}}, more...)
}

var (
	logForward  = bson.D{{Key: "user_id", Value: 1}, {Key: "seq", Value: 1}}
	logBackward = bson.D{{Key: "user_id", Value: -1}, {Key: "seq", Value: -1}}
	notRead     = bson.E{Key: "read_at", Value: int64(0)}
)

// NotificationsAfter implements notifications.Store. What is deleted while it reads goes from the beginning, which may leave a hole
// between what it has still seen and the rest: what lies before that has gone.
func (s *Store) NotificationsAfter(ctx context.Context, userID string, seq int64, limit int) (_ []notifications.Notification, err error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, end := s.begin(ctx, &err)
	defer end()
	found, err := list[notificationDoc](ctx, s.notifications, ofUser(userID, bson.E{Key: "seq", Value: bson.D{{Key: "$gt", Value: seq}}}),
		options.Find().SetSort(logForward).SetLimit(int64(limit)))
	for i := len(found) - 1; i > 0; i-- {
		if found[i].Seq != found[i-1].Seq+1 {
			found = found[i:]
			break
		}
	}
	return convert(found, notificationDoc.notification), err
}

// NotificationLog implements notifications.Store.
func (s *Store) NotificationLog(ctx context.Context, userID string) (first, last int64, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	return s.endsOfLog(ctx, userID)
}

// endsOfLog returns the numbers of the first and the last entry. The last is read first: it stays while others are deleted.
func (s *Store) endsOfLog(ctx context.Context, userID string) (first, last int64, err error) {
	found, err := aggregate[logEndDoc](ctx, s.notifications, logEnds(userID))
	for _, d := range found {
		first, last = cmp.Or(d.First.Seq, first), max(d.First.Seq, d.Last.Seq, last)
	}
	if err != nil || first == 0 {
		return 0, 0, err
	}
	return first, last, nil
}

// logEndDoc is the last or the first entry of a log.
type logEndDoc struct {
	Last  notificationDoc `bson:"last"`
	First notificationDoc `bson:"first"`
}

// logEnds reads the last and then the first entry of a user's log.
func logEnds(userID string) mongo.Pipeline {
	end := func(kind string, order bson.D) mongo.Pipeline {
		return as(kind, match(ofUser(userID)), bson.D{{Key: "$sort", Value: order}}, bson.D{{Key: "$limit", Value: 1}},
			bson.D{{Key: "$project", Value: bson.D{{Key: "seq", Value: 1}}}})
	}
	return with(end("last", logBackward), "notifications", end("first", logForward))
}

func (s *Store) endOfLog(ctx context.Context, userID string, order bson.D) (int64, error) {
	d, err := one[notificationDoc](ctx, s.notifications, ofUser(userID),
		options.FindOne().SetSort(order).SetProjection(bson.D{{Key: "seq", Value: 1}}))
	if errors.Is(err, errNotFound) {
		return 0, nil
	}
	return d.Seq, err
}

func (s *Store) countUnread(ctx context.Context, userID string) (int, error) {
	return count(ctx, s.notifications, ofUser(userID, notRead))
}

// ListNotifications implements notifications.Store. A log without gaps need not be counted, and no page of it skipped to.
func (s *Store) ListNotifications(ctx context.Context, userID string, f notifications.Filter) (_ []notifications.Notification, c notifications.Counts, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	if c.Unread, err = s.countUnread(ctx, userID); err != nil {
		return nil, notifications.Counts{}, err
	}
	before := bson.E{Key: "seq", Value: bson.D{{Key: "$lt", Value: cmp.Or(f.Before, math.MaxInt64)}}}
	filter, opts := ofUser(userID, notRead, before), options.Find().SetSort(logBackward).SetLimit(int64(f.Limit)).SetSkip(int64(f.Offset))
	if c.Total = c.Unread; !f.Unread {
		first, last, err := s.endsOfLog(ctx, userID)
		if err != nil || last == 0 {
			return nil, c, err
		}
		c.Total = int(last - first + 1)
		from := last - int64(f.Offset)
		if f.Before > 0 {
			from = min(from, f.Before-1)
		}
		filter = ofUser(userID, bson.E{Key: "seq", Value: bson.D{{Key: "$lte", Value: from}}})
		opts.SetSkip(0)
	}
	page, err := list[notificationDoc](ctx, s.notifications, filter, opts)
	if err != nil {
		return nil, notifications.Counts{}, err
	}
	return convert(page, notificationDoc.notification), c, nil
}

// ReadNotifications implements notifications.Store. What is marked stays so, whatever comes after it, so that it can be repeated; how many
// were marked may then be told as less.
func (s *Store) ReadNotifications(ctx context.Context, userID string, ids []string, upTo int64, at time.Time) (read, unread int, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	var marked []bson.D
	if ids = slices.Compact(slices.Sorted(slices.Values(ids))); len(ids) > 0 {
		named := append(anyID(ids), ofUser(userID)...)
		found, err := count(ctx, s.notifications, named)
		if err != nil {
			return 0, 0, err
		}
		if found < len(ids) {
			return 0, 0, errNotFound
		}
		marked = append(marked, append(named, notRead))
	}
	if upTo > 0 {
		marked = append(marked, ofUser(userID, notRead, bson.E{Key: "seq", Value: bson.D{{Key: "$lte", Value: upTo}}}))
	}
	for _, filter := range marked {
		err := repeat(ctx, func() error {
			done, err := s.notifications.UpdateMany(ctx, filter, set(bson.D{{Key: "read_at", Value: toMicros(at)}}))
			if err == nil {
				read += int(done.ModifiedCount)
			}
			return err
		})
		if err != nil {
			return 0, 0, err
		}
	}
	unread, err = s.countUnread(ctx, userID)
	return read, unread, err
}

// ReadRoomNotifications implements notifications.Store. Like ReadNotifications it can be repeated; the count of the first time may be
// lost then.
func (s *Store) ReadRoomNotifications(ctx context.Context, userID, roomID string, at time.Time) (read int, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	filter := ofUser(userID, notRead, bson.E{Key: "room_id", Value: roomID}, bson.E{Key: "created_at", Value: bson.D{{Key: "$lt", Value: toMicros(at)}}})
	err = repeat(ctx, func() error {
		done, err := s.notifications.UpdateMany(ctx, filter, set(bson.D{{Key: "read_at", Value: toMicros(at)}}))
		if err == nil {
			read = int(done.ModifiedCount)
		}
		return err
	})
	return read, err
}

// unreadDoc is how many notifications a user has not read.
type unreadDoc struct {
	UserID string `bson:"_id"`
	Count  int    `bson:"count"`
}

// UnreadNotifications implements notifications.Store.
func (s *Store) UnreadNotifications(ctx context.Context, userIDs []string) (_ map[string]int, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	counts := make(map[string]int, len(userIDs))
	if len(userIDs) == 0 {
		return counts, nil
	}
	found, err := aggregate[unreadDoc](ctx, s.notifications, mongo.Pipeline{
		match(bson.D{{Key: "user_id", Value: bson.D{{Key: "$in", Value: userIDs}}}, notRead}),
		{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$user_id"}, {Key: "count", Value: bson.D{{Key: "$sum", Value: 1}}}}}},
	})
	for _, d := range found {
		counts[d.UserID] = d.Count
	}
	return counts, err
}

// EraseNotifications implements notifications.Store.
func (s *Store) EraseNotifications(ctx context.Context, userID string) (err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	if _, err := deleteAll(ctx, s.notifications, ofUser(userID)); err != nil {
		return err
	}
	_, err = deleteAll(ctx, s.devices, ofUser(userID))
	return err
}
