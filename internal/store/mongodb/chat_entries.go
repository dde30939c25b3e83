package mongodb

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dongbaejul/dongbaejul/internal/chat"
)

// entryDoc is an entry of a room's log, under its ID.
type entryDoc struct {
	ID     string `bson:"_id"`
	RoomID string `bson:"room_id"`
	Seq    int64  `bson:"seq"`
	Kind   string `bson:"kind"`
	Actor  string `bson:"actor"`
	At     int64  `bson:"at"`

	// Of a message.
	TempID      string          `bson:"temp_id"`
	Content     string          `bson:"content,omitempty"`
	Attachments []attachmentDoc `bson:"attachments,omitempty"`
	ReplyTo     string          `bson:"reply_to,omitempty"`
	EditedAt    int64           `bson:"edited_at,omitempty"`
	DeletedAt   int64           `bson:"deleted_at"`
	// AmendedSeq is the number of the last entry that has changed the message.
	AmendedSeq int64 `bson:"amended_seq,omitempty"`

	// Untold is whether the members have yet to be notified of the message.
	Untold bool `bson:"untold,omitempty"`

	Target string `bson:"target,omitempty"`
	User   string `bson:"user_id,omitempty"`

	// Pending is whether the documents that follow from this entry may not show it yet. The fields below are there as long:
	// what the message Target becomes, the entries that were added in one step with this one and come after it, and whose
	// membership it changes.
	Pending bool       `bson:"pending,omitempty"`
	Change  *changeDoc `bson:"change,omitempty"`
	Rest    []entryDoc `bson:"rest,omitempty"`
	Settles []string   `bson:"settles,omitempty"`
}

// changeDoc is what can change of a message.
type changeDoc struct {
	Content     string          `bson:"content"`
	Attachments []attachmentDoc `bson:"attachments"`
	EditedAt    int64           `bson:"edited_at"`
	DeletedAt   int64           `bson:"deleted_at"`
}

type attachmentDoc struct {
	FileID      string `bson:"file_id"`
	URL         string `bson:"url"`
	Name        string `bson:"name,omitempty"`
	ContentType string `bson:"content_type"`
	Size        int64  `bson:"size"`
	Width       int    `bson:"width,omitempty"`
	Height      int    `bson:"height,omitempty"`
	Blurhash    string `bson:"blurhash,omitempty"`
}

// entryDocOf is an entry that is no message.
func entryDocOf(e chat.Entry, kind chat.Kind, seq int64) entryDoc {
	return entryDoc{
		ID: e.ID, RoomID: e.RoomID, Seq: seq, Kind: string(kind), Actor: e.Actor, At: toMicros(e.At), Target: e.Target, User: e.User,
	}
}

// messageDocOf is a message without its number.
func messageDocOf(e chat.Entry) entryDoc {
	return entryDoc{
		ID: e.ID, RoomID: e.RoomID, Kind: string(chat.KindMessage), Actor: e.Actor, At: toMicros(e.At), TempID: e.TempID,
		Content: e.Content, Attachments: attachmentDocs(e), ReplyTo: e.ReplyTo,
		EditedAt: toMicros(e.EditedAt), DeletedAt: toMicros(e.DeletedAt), Untold: true,
	}
}

// changeDocOf is what a message has become.
func changeDocOf(m chat.Entry) *changeDoc {
	return &changeDoc{
		Content: m.Content, Attachments: attachmentDocs(m), EditedAt: toMicros(m.EditedAt), DeletedAt: toMicros(m.DeletedAt),
	}
}

func attachmentDocs(e chat.Entry) []attachmentDoc {
	return convert(e.Attachments, func(a chat.Attachment) attachmentDoc { return attachmentDoc(a) })
}

// amended is the message d as the entry seq makes it.
func (d entryDoc) amended(c changeDoc, seq int64) entryDoc {
	d.Content, d.Attachments, d.EditedAt, d.DeletedAt, d.AmendedSeq = c.Content, c.Attachments, c.EditedAt, c.DeletedAt, seq
	return d
}

// notBefore makes the entry, and those added in one step with it, be of the time at at the earliest: the clocks of processes
// differ, and a log is in the order of its times all the same. It returns the time of the last one.
func (d *entryDoc) notBefore(at int64) int64 {
	d.At = max(d.At, at)
	at = d.At
	for i := range d.Rest {
		at = d.Rest[i].notBefore(at)
	}
	return at
}

func (d entryDoc) isMessage() bool { return d.Kind == string(chat.KindMessage) }

// amends reports whether the entry changes a message.
func (d entryDoc) amends() bool {
	return d.Kind == string(chat.KindEdited) || d.Kind == string(chat.KindDeleted)
}

func (d entryDoc) entry() chat.Entry {
	return chat.Entry{
		RoomID: d.RoomID, Seq: d.Seq, ID: d.ID, Kind: chat.Kind(d.Kind), Actor: d.Actor, At: fromMicros(d.At), TempID: d.TempID,
		Content: d.Content, ReplyTo: d.ReplyTo, EditedAt: fromMicros(d.EditedAt), DeletedAt: fromMicros(d.DeletedAt),
		Target: d.Target, User: d.User, Attachments: convert(d.Attachments, func(a attachmentDoc) chat.Attachment { return chat.Attachment(a) }),
	}
}

// messageID is the filter of one message of a room.
func messageID(roomID, messageID string) bson.D {
	return append(byID(messageID), append(isMessage(), bson.E{Key: "room_id", Value: roomID})...)
}
