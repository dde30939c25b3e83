package notifications

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"connectrpc.com/connect"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/graphemes"
	"github.com/dongbaejul/dongbaejul/internal/hangul"
	"github.com/dongbaejul/dongbaejul/internal/text"
)

// Writer finds the words of some kinds of notifications, for the feature they come from.
type Writer interface {
	// Kinds are those it writes.
	Kinds() []Kind
	// Words returns the words of each of ns, in their order: the names and texts as they are now, and only what the
	// notification's user may see. All ns are of its kinds, at most 1000. It reads the store a fixed number of times, however
	// many ns are.
	Words(ctx context.Context, ns []Notification) ([]Words, error)
}

// Words are what a notification says at the moment it is read. The title is shortened to one line of 100 characters, the body
// to 1000, between characters as they are seen. Marks of direction are left out.
type Words struct {
	Title fault.Text
	Body  fault.Text
	// Gone is whether what it was about is deleted: Words then say so, and nothing is pushed.
	Gone bool
}

// Worded is a notification in the words of one language.
type Worded struct {
	Notification
	Title string
	Body  string
	Gone  bool
}

// PushData returns what a push tells the app besides its words, as the contract has it.
func (n Worded) PushData(badge int) map[string]string {
	data := map[string]string{"id": n.ID, "seq": strconv.FormatInt(n.Seq, 10), "kind": string(n.Kind), "badge": strconv.Itoa(badge)}
	for name, id := range map[string]string{
		"game_id": n.GameID, "post_id": n.PostID, "comment_id": n.CommentID, "room_id": n.RoomID, "message_id": n.MessageID,
	} {
		if id != "" {
			data[name] = id
		}
	}
	return data
}

const (
	maxTitle = 100
	maxBody  = 1000
)

// unknown are the words of a kind that nobody writes here: a newer server has stored it.
var unknown = Words{Title: fault.Text{Ko: "새 알림이 있습니다.", En: "You have a new notification."}}

// byKind returns each kind's writer.
func byKind(writers []Writer) map[Kind]Writer {
	all := make(map[Kind]Writer)
	for _, w := range writers {
		for _, k := range w.Kinds() {
			all[k] = w
		}
	}
	return all
}

// worded returns each of ns with its words, in their order.
func (s *Service) worded(ctx context.Context, ns []Notification, english bool) ([]Worded, error) {
	places := make(map[Writer][]int)
	out := make([]Worded, len(ns))
	for i, n := range ns {
		if w := s.writers[n.Kind]; w != nil {
			places[w] = append(places[w], i)
		} else {
			out[i] = n.worded(unknown, english)
		}
	}
	for w, at := range places {
		its := make([]Notification, len(at))
		for i, place := range at {
			its[i] = ns[place]
		}
		words, err := w.Words(ctx, its)
		if err != nil {
			return nil, fmt.Errorf("find the words of %d notifications: %w", len(its), err)
		}
		for i, place := range at {
			out[place] = its[i].worded(words[i], english)
		}
	}
	return out, nil
}

func (n Notification) worded(w Words, english bool) Worded {
	return Worded{
		Notification: n, Title: graphemes.Shorten(oneLine(w.Title.In(english)), maxTitle), Body: graphemes.Shorten(clean(w.Body.In(english)), maxBody), Gone: w.Gone,
	}
}

// readsEnglish reports whether the caller asked for English.
func readsEnglish(ctx context.Context) bool {
	call, ok := connect.CallInfoForHandlerContext(ctx)
	return ok && fault.English(call.RequestHeader())
}

// clean returns s in normal form C and valid UTF-8, without bidi controls and blanks at its ends.
func clean(s string) string {
	return strings.TrimSpace(hangul.NFC(text.StripBidi(strings.ToValidUTF8(s, "\uFFFD"))))
}

func oneLine(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }
