package redisbus

import (
	"encoding/binary"
	"errors"
	"strings"

	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// A hint is, between processes: a byte for this form, the id of the process that it comes from, its number, its version
// and its key; then, where it has an event, a byte and the event as it is encoded for streams. Numbers are varints, and texts
// have their length before them.
const (
	form      = 1
	withEvent = 1
)

var (
	errForm  = errors.New("a hint of another form")
	errShort = errors.New("a hint that is cut short")
)

func encode(from string, h realtime.Hint) []byte {
	size := 2 + 4*binary.MaxVarintLen64 + len(from) + len(h.Key)
	if h.Event != nil {
		size += len(h.Event.Bytes())
	}
	b := make([]byte, 1, size)
	b[0] = form
	b = appendText(b, from)
	b = binary.AppendVarint(b, h.Seq)
	b = binary.AppendVarint(b, h.Version)
	b = appendText(b, h.Key)
	if h.Event != nil {
		b = append(b, withEvent)
		b = append(b, h.Event.Bytes()...)
	}
	return b
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func decode(t realtime.Topic, payload string) (from string, h realtime.Hint, err error) {
	if payload == "" || payload[0] != form {
		return "", h, errForm
	}
	h.Topic = t
	r := strings.NewReader(payload[1:])
	if from, err = readText(r); err != nil {
		return "", h, err
	}
	if h.Seq, err = binary.ReadVarint(r); err != nil {
		return "", h, errShort
	}
	if h.Version, err = binary.ReadVarint(r); err != nil {
		return "", h, errShort
	}
	if h.Key, err = readText(r); err != nil {
		return "", h, err
	}
	if r.Len() == 0 {
		return from, h, nil
	}
	if kind, _ := r.ReadByte(); kind != withEvent {
		return "", h, errForm
	}
	h.Event, err = realtime.ParseEvent([]byte(payload[len(payload)-r.Len():]))
	return from, h, err
}

func readText(r *strings.Reader) (string, error) {
	n, err := binary.ReadUvarint(r)
	if err != nil || n > uint64(r.Len()) {
		return "", errShort
	}
	text := make([]byte, n)
	if _, err := r.Read(text); err != nil && n > 0 {
		return "", errShort
	}
	return string(text), nil
}
