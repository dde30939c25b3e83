package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	dongbaejul "github.com/dongbaejul/dongbaejul/clients/go"
	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

func (d *dbj) tail() *cobra.Command {
	var lines int
	var after int64
	var follow bool
	c := &cobra.Command{
		Use:   "tail ROOM",
		Short: "Show the last messages of a room, and follow new ones",
		Long:  tailHelp,
		Example: `  dbj chat tail 동배즐
  dbj chat tail 동배즐 --after 1234 -o jsonl`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: d.offeredRooms(),
		RunE: func(c *cobra.Command, args []string) error {
			ctx := c.Context()
			if c.Flags().Changed("lines") && c.Flags().Changed("after") {
				return &refused{code: exitUsage, ko: "--lines와 --after 중 하나만 쓸 수 있습니다.", en: "--lines and --after exclude each other"}
			}
			room, err := d.room(ctx, args[0])
			if err != nil {
				return err
			}
			switch {
			case c.Flags().Changed("after"):
			case lines < 0:
				after = 0
			default:
				if after, err = d.history(ctx, room, lines); err != nil {
					return err
				}
			}
			if follow {
				return d.follow(ctx, d.client.WatchRoom(room.GetId(), after), d.entry)
			}
			if after == dongbaejul.FromNow {
				return nil
			}
			return d.readLog(ctx, room, after, d.entry)
		},
	}
	c.Flags().IntVarP(&lines, "lines", "n", 20, "how many messages to show first; -1 for all")
	c.Flags().Int64Var(&after, "after", 0, "start with everything after this seq, instead of --lines")
	c.Flags().BoolVarP(&follow, "follow", "f", true, "follow new messages; --follow=false stops after those there are")
	return c
}

// history prints the last messages of a room, the oldest of them first, and returns the seq from which to go on.
func (d *dbj) history(ctx context.Context, room *v1.Room, lines int) (int64, error) {
	if lines == 0 {
		return dongbaejul.FromNow, nil
	}
	var newest []*v1.Message
	var before *string
	for more := true; more && len(newest) < lines; {
		limit := int32(min(pageSize, lines-len(newest)))
		answer, err := ask(ctx, d, d.client.Chat.ListMessages, &v1.ListMessagesRequest{RoomId: room.GetId(), Before: before, Limit: &limit})
		if err != nil {
			return 0, err
		}
		newest = append(newest, answer.GetMessages()...)
		more = answer.GetHasMore() && len(answer.GetMessages()) > 0
		if more {
			before = &newest[len(newest)-1].Id
		}
	}
	for _, m := range slices.Backward(newest) {
		if err := d.entry(&v1.Event{Payload: &v1.Event_Message{Message: m}}); err != nil {
			return 0, err
		}
	}
	if len(newest) == 0 {
		return 0, nil
	}
	return newest[0].GetSeq(), nil
}

// follow returns each what a subscription does, without end.
func (d *dbj) follow(ctx context.Context, s *dongbaejul.Subscription, each func(*v1.Event) error) error {
	for e, err := range s.Events(ctx) {
		if err != nil {
			return err
		}
		d.connected(e)
		if err := each(e); err != nil {
			return err
		}
	}
	return nil
}

var (
	// errEnough ends a stream that has come as far as it should.
	errEnough = errors.New("that was all")
	errAway   = errors.New("the server was away for too long")
)

// readLog yields the entries of a room's log after a seq, up to where it had come when it was listed. It is one stream,
// however long the log is.
func (d *dbj) readLog(ctx context.Context, room *v1.Room, after int64, each func(*v1.Event) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	patience := time.AfterFunc(d.config.wait, func() {
		cancel(connect.NewError(connect.CodeUnavailable, errAway))
	})
	defer patience.Stop()
	log := d.client.WatchRoom(room.GetId(), after)
	err := d.follow(ctx, log, func(e *v1.Event) error {
		patience.Reset(d.config.wait)
		if err := each(e); err != nil {
			return err
		}
		if at, begun := log.Cursors().Rooms[room.GetId()]; begun && at >= room.GetLastSeq() {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// entry prints an event that is an entry of a room's log, and no other.
func (d *dbj) entry(e *v1.Event) error {
	said := d.said(e)
	switch {
	case said == nil:
		return nil
	case d.format != asTable:
		return d.eventLine(e)
	}
	var text strings.Builder
	indent := ""
	for i, line := range said {
		fmt.Fprintln(&text, indent+line)
		if i == 0 {
			indent = "    "
		}
	}
	_, err := d.out.Write([]byte(text.String()))
	return err
}

// said is an entry of a room's log in lines for people; nil for what is none.
func (d *dbj) said(e *v1.Event) []string {
	text := d.lang.text
	note := func(m *v1.Message, ko, en string) []string {
		lines := cleanLines(m.GetContent())
		lines[0] = strings.TrimRight(
			fmt.Sprintf("%s  %s %s  %s", when(m.GetCreatedAt()), clean(d.lang.name(m.GetSender())), text(ko, en), lines[0]), " ")
		return lines
	}
	move := func(user *v1.UserSummary, at, ko, en string) []string {
		return []string{strings.TrimSpace(fmt.Sprintf("%s  %s %s", at, clean(d.lang.name(user)), text(ko, en)))}
	}
	switch p := e.GetPayload().(type) {
	case *v1.Event_Message:
		m := p.Message
		if m.GetDeleted() {
			return note(m, "(삭제된 메시지)", "(deleted)")
		}
		lines := cleanLines(m.GetContent())
		lines[0] = fmt.Sprintf("%s  %s  %s", when(m.GetCreatedAt()), clean(d.lang.name(m.GetSender())), lines[0])
		for _, file := range m.GetAttachments() {
			lines = append(lines, "+ "+clean(file.GetName()+" "+file.GetUrl()))
		}
		return lines
	case *v1.Event_MessageEdited:
		return note(p.MessageEdited.GetMessage(), "(수정됨)", "(edited)")
	case *v1.Event_MessageDeleted:
		return note(p.MessageDeleted.GetMessage(), "(삭제됨)", "(deleted)")
	case *v1.Event_MemberJoined:
		return move(p.MemberJoined.GetUser(), when(p.MemberJoined.GetJoinedAt()), "님이 들어왔습니다", "came in")
	case *v1.Event_MemberLeft:
		return move(p.MemberLeft.GetUser(), when(p.MemberLeft.GetLeftAt()), "님이 나갔습니다", "left")
	}
	return nil
}

const tailHelp = `Shows the last messages of a room, then new ones until it is interrupted. It reconnects by itself: nothing is missing and
nothing comes twice.

With -o jsonl each line is an event of the contract with its seq. A script that keeps the last seq continues from there with
--after.`
