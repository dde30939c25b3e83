package mongodb

import (
	"context"
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/chat"
)

// What is true of a room, and what follows from it:
//
//   - A room is there once its document is no draft. Its first members are written while it is one.
//   - What was said and what happened is the log: an entry is there once its document is, or, of several that were added in one
//     step, once that of the first is, which holds the others until they are written. An entry is the next one because no
//     other has its number: whoever adds one has seen all before it, and where another was first, looks again.
//   - A message as it is now, and who is in the room since its creation, follow from the log. An entry that changes them is
//     pending until that is done, and whoever reads them does first what is pending.
//   - Who was put into a global room without an entry, and how far a member has read, is the member's own document.
//
// So a crash leaves a draft that nobody sees, or a pending entry that the next reader finishes.
var chatIndexes = []index{
	{collection: "rooms", name: "rooms_by_type", keys: bson.D{{Key: "type", Value: 1}}},

	{collection: "room_members", name: "room_members_of_room", keys: bson.D{
		{Key: "room_id", Value: 1}, {Key: "has_left", Value: 1}, {Key: "joined_at", Value: 1}, {Key: "user_id", Value: 1},
	}},
	{collection: "room_members", name: "room_members_sees_after", keys: bson.D{
		{Key: "room_id", Value: 1}, {Key: "has_left", Value: 1}, {Key: "sees_after", Value: -1},
	}},
	{collection: "room_members", name: "room_members_of_user", keys: bson.D{{Key: "user_id", Value: 1}, {Key: "has_left", Value: 1}}},

	{collection: "room_log", name: "room_log_seq", keys: bson.D{{Key: "room_id", Value: 1}, {Key: "seq", Value: 1}}, unique: true},
	// What comes after seq is what is counted by.
	{collection: "room_log", name: "room_log_messages", keys: bson.D{
		{Key: "room_id", Value: 1}, {Key: "kind", Value: 1}, {Key: "seq", Value: 1}, {Key: "deleted_at", Value: 1}, {Key: "actor", Value: 1},
	}},
	{collection: "room_log", name: "room_log_temp_id", keys: bson.D{
		{Key: "room_id", Value: 1}, {Key: "actor", Value: 1}, {Key: "temp_id", Value: 1},
	}, unique: true, where: isMessage()},
	{collection: "room_log", name: "room_log_untold", keys: bson.D{
		{Key: "untold", Value: 1}, {Key: "room_id", Value: 1}, {Key: "seq", Value: 1},
	}, where: isUntold()},
	{collection: "room_log", name: "room_log_pending", keys: bson.D{
		{Key: "pending", Value: 1}, {Key: "room_id", Value: 1}, {Key: "seq", Value: 1},
	}, where: isPending()},
	{collection: "room_requests", name: "room_requests_expire", keys: bson.D{{Key: "expires_at", Value: 1}}, expires: true},
	{collection: "room_log", name: "room_log_settling", keys: bson.D{{Key: "settles", Value: 1}, {Key: "pending", Value: 1}}, where: isPending()},
}

func isUntold() bson.D { return bson.D{{Key: "untold", Value: true}} }

func isMessage() bson.D { return bson.D{{Key: "kind", Value: string(chat.KindMessage)}} }

func isPending() bson.D { return bson.D{{Key: "pending", Value: true}} }

// chatCollections are what chat keeps.
type chatCollections struct {
	rooms   *collection[roomDoc, *roomDoc]
	members *collection[memberDoc, *memberDoc]
	log     *Collection
	// requests are what was asked for under a request_id.
	requests *Collection
	// heads are where to look for the ends of logs, and writers the lanes of those who add to them.
	heads   *headHints
	writers *lanes[*writing]
}

func (s *Store) openChat() {
	s.chat = chatCollections{
		rooms: newCollection[roomDoc](s, "rooms"), members: newCollection[memberDoc](s, "room_members"),
		log: s.collection("room_log"), requests: s.collection("room_requests"), heads: newHeadHints(), writers: newLanes(&s.working, s.serveRoom),
	}
}

// roomDoc is a room.
type roomDoc struct {
	Head        `bson:",inline"`
	Name        string `bson:"name"`
	Type        string `bson:"type"`
	CreatedBy   string `bson:"created_by"`
	CreatedAt   int64  `bson:"created_at"`
	RequestHash string `bson:"request_hash"`
	// Draft is whether the room is still being made; nobody but its creators sees it then.
	Draft bool `bson:"draft,omitempty"`
	// Founders are its first members; only in a draft.
	Founders []string `bson:"founders,omitempty"`
}

// memberDoc is somebody who is in a room or has left it, under memberKey. It is never deleted, and so keeps the read position.
type memberDoc struct {
	Head      `bson:",inline"`
	RoomID    string `bson:"room_id"`
	UserID    string `bson:"user_id"`
	JoinedAt  int64  `bson:"joined_at"`
	JoinedSeq int64  `bson:"joined_seq"`
	ReadSeq   int64  `bson:"read_seq"`
	HasLeft   bool   `bson:"has_left"`
	// SeesAfter is missing in documents that are older than it: their members see all of the log.
	SeesAfter int64 `bson:"sees_after,omitempty"`
	// Removed is whether somebody else has taken a member who HasLeft off the room.
	Removed bool `bson:"removed,omitempty"`
	// Founder is whether the room may still be a draft, in which nobody is.
	Founder bool `bson:"founder,omitempty"`
	// AsOf is the number of the last entry of the log that has changed this.
	AsOf int64 `bson:"as_of"`
}

// memberKey makes one id of two.
func memberKey(roomID, userID string) string { return strconv.Quote(roomID) + userID }

// memberFields are those of a new member but the id, which an upsert takes from its filter: of somebody who comes into a room
// whose log has come to seq, and has read all of it.
func memberFields(roomID, userID string, at, seq int64) bson.D {
	return bson.D{
		{Key: "room_id", Value: roomID}, {Key: "user_id", Value: userID}, {Key: "joined_at", Value: at},
		{Key: "joined_seq", Value: seq}, {Key: "read_seq", Value: seq}, {Key: "has_left", Value: false}, {Key: "as_of", Value: int64(0)},
	}
}

func (d roomDoc) room(lastSeq int64) chat.Room {
	return chat.Room{
		ID: d.ID, Name: d.Name, Type: chat.RoomType(d.Type), CreatedBy: d.CreatedBy, CreatedAt: fromMicros(d.CreatedAt),
		RequestHash: d.RequestHash, LastSeq: lastSeq,
	}
}

// CreateRoom implements chat.Store.
func (s *Store) CreateRoom(ctx context.Context, r chat.Room, members []string) (_ chat.Room, created bool, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d := roomDoc{
		Head: Head{ID: r.ID}, Name: r.Name, Type: string(r.Type), CreatedBy: r.CreatedBy, CreatedAt: toMicros(r.CreatedAt),
		RequestHash: r.RequestHash, Draft: true, Founders: members,
	}
	d, created, err = s.chat.rooms.insertOr(ctx, &d, func(ctx context.Context) (roomDoc, error) { return s.chat.rooms.get(ctx, r.ID) })
	if err != nil {
		return chat.Room{}, false, err
	}
	if d.Draft {
		// Also that of another, who may never come back to it.
		if err := s.publish(ctx, d); err != nil {
			return chat.Room{}, false, err
		}
	}
	if created {
		return d.room(0), true, nil
	}
	last, err := s.head(ctx, d.ID)
	if err != nil {
		return chat.Room{}, false, err
	}
	return d.room(last), false, nil
}

// requestsKept is how long claims are kept.
const requestsKept = 48 * time.Hour

// ClaimRequest implements chat.Store.
func (s *Store) ClaimRequest(ctx context.Context, id, hash string, at time.Time) (kept string, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	err = repeat(ctx, func() error {
		claim := bson.D{{Key: "request_hash", Value: hash}, {Key: "expires_at", Value: bson.NewDateTimeFromTime(at.Add(requestsKept))}}
		_, err := s.chat.requests.UpdateOne(ctx, byID(id), bson.D{{Key: "$setOnInsert", Value: claim}}, options.UpdateOne().SetUpsert(true))
		if isDuplicate(err) {
			// Another request was first.
			return nil
		}
		return err
	})
	if err != nil {
		return "", err
	}
	return s.request(ctx, id)
}

// Request implements chat.Store.
func (s *Store) Request(ctx context.Context, id string) (_ string, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	return s.request(ctx, id)
}

func (s *Store) request(ctx context.Context, id string) (string, error) {
	d, err := one[struct {
		Hash string `bson:"request_hash"`
	}](ctx, s.chat.requests, byID(id))
	return d.Hash, err
}

// publish makes a room of a draft. Others may do so at the same time.
func (s *Store) publish(ctx context.Context, d roomDoc) error {
	var founders []mongo.WriteModel
	for _, id := range d.Founders {
		fields := append(memberFields(d.ID, id, d.CreatedAt, 0), bson.E{Key: "founder", Value: true})
		founders = append(founders, mongo.NewUpdateOneModel().SetUpsert(true).SetFilter(byID(memberKey(d.ID, id))).
			SetUpdate(bson.D{{Key: "$setOnInsert", Value: fields}}))
	}
	// Who is there already needs nothing.
	if err := bulk(ctx, s.chat.members.Collection, founders); err != nil && !isDuplicate(err) {
		return err
	}
	err := repeat(ctx, func() error {
		_, err := s.chat.rooms.UpdateOne(ctx, byID(d.ID), unset("draft", "founders"))
		return err
	})
	if err != nil {
		return err
	}
	// The room is there. That its members need not look for it any more only saves them time.
	_ = repeat(ctx, func() error {
		_, err := s.chat.members.UpdateMany(ctx, bson.D{{Key: "room_id", Value: d.ID}, {Key: "founder", Value: true}}, unset("founder"))
		return err
	})
	return nil
}

func unset(fields ...string) bson.D {
	var d bson.D
	for _, field := range fields {
		d = append(d, bson.E{Key: field, Value: ""})
	}
	return bson.D{{Key: "$unset", Value: d}}
}

// room returns one room; errNotFound where there is none.
func (s *Store) room(ctx context.Context, roomID string) (roomDoc, error) {
	d, err := s.chat.rooms.get(ctx, roomID)
	if err == nil && d.Draft {
		return roomDoc{}, errNotFound
	}
	return d, err
}

// Room implements chat.Store.
func (s *Store) Room(ctx context.Context, roomID string) (_ chat.Room, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d, err := s.room(ctx, roomID)
	if err != nil {
		return chat.Room{}, err
	}
	last, err := s.head(ctx, roomID)
	if err != nil {
		return chat.Room{}, err
	}
	return d.room(last), nil
}

// Head implements chat.Store.
func (s *Store) Head(ctx context.Context, roomID string) (_ int64, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	return s.head(ctx, roomID)
}
