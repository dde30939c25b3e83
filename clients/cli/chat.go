package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"github.com/spf13/cobra"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// completionWait is how long a shell waits for what it offers.
const completionWait = 2 * time.Second

func (d *dbj) chat() *cobra.Command {
	return group("chat", "Read and write in chat rooms", d.rooms(), d.tail(), d.send())
}

func (d *dbj) rooms() *cobra.Command {
	return &cobra.Command{
		Use: "rooms", Short: "List your rooms, the last active first", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			answer, me, err := d.listRooms(c.Context())
			if err != nil {
				return err
			}
			text := d.lang.text
			return list(&d.printer, answer, answer.GetRooms(),
				row{text("이름", "name"), text("종류", "type"), text("인원", "people"), text("안 읽음", "unread"), text("마지막", "last"), "", "id"},
				func(r *v1.Room) row {
					last := r.GetLastMessage()
					return row{
						d.lang.roomName(r, me), d.lang.called(r.GetType()), len(r.GetParticipants()), unread(r), when(last.GetCreatedAt()),
						shorten(last.GetContent(), 40), r.GetId(),
					}
				})
		},
	}
}

// unread is how many messages of a room the user has not read, as far as the server counts: a number, for columns of numbers,
// if it counted them all.
func unread(r *v1.Room) any {
	if r.GetUnreadMore() {
		return fmt.Sprintf("%d+", r.GetUnreadCount())
	}
	return r.GetUnreadCount()
}

// listRooms returns all rooms, and who is asking.
func (d *dbj) listRooms(ctx context.Context) (*v1.ListRoomsResponse, string, error) {
	all := &v1.ListRoomsResponse{}
	for req := (&v1.ListRoomsRequest{}); ; {
		page, err := ask(ctx, d, d.client.Chat.ListRooms, req)
		if err != nil {
			return nil, "", err
		}
		// A room that became active meanwhile is in two pages.
		for _, r := range page.GetRooms() {
			if !slices.ContainsFunc(all.Rooms, func(other *v1.Room) bool { return other.GetId() == r.GetId() }) {
				all.Rooms = append(all.Rooms, r)
			}
		}
		if !page.GetHasMore() || len(page.GetRooms()) == 0 {
			break
		}
		req.After = &page.Rooms[len(page.Rooms)-1].Id
	}
	me, err := d.client.UserID(ctx)
	return all, me, err
}

// roomName is what a room is called by one of those in it.
func (l lang) roomName(r *v1.Room, me string) string {
	if r.GetName() != "" || r.GetType() != v1.RoomType_ROOM_TYPE_PRIVATE {
		return r.GetName()
	}
	for _, p := range r.GetParticipants() {
		if p.GetUserId() != me {
			return l.name(p)
		}
	}
	return ""
}

// shorten returns at most so many code points of a text, cut between characters as they are seen.
func shorten(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	var b strings.Builder
	for rest, state, left := s, -1, most-1; rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if left -= utf8.RuneCountInString(cluster); left < 0 {
			break
		}
		b.WriteString(cluster)
	}
	if b.Len() == 0 {
		// A letter with more marks than anybody writes.
		b.WriteString(string([]rune(s)[:most-1]))
	}
	return b.String() + "…"
}

// room finds the room that is meant, as resolve does.
func (d *dbj) room(ctx context.Context, meant string) (*v1.Room, error) {
	answer, me, err := d.listRooms(ctx)
	if err != nil {
		return nil, err
	}
	id, err := d.resolve(meant, func() ([]named, error) { return d.namedRooms(answer, me), nil })
	if err != nil {
		return nil, err
	}
	for _, r := range answer.GetRooms() {
		if r.GetId() == id {
			return r, nil
		}
	}
	return nil, notFound(fmt.Sprintf("%q 채팅방이 없습니다.", meant), fmt.Sprintf("there is no room %q", meant), "dbj chat rooms")
}

func (d *dbj) namedRooms(answer *v1.ListRoomsResponse, me string) []named {
	things := make([]named, len(answer.GetRooms()))
	for i, r := range answer.GetRooms() {
		things[i] = named{id: r.GetId(), name: d.lang.roomName(r, me)}
	}
	return things
}

// offeredRooms makes a shell offer rooms.
func (d *dbj) offeredRooms() cobra.CompletionFunc {
	return d.offered(func(ctx context.Context, _ []string) ([]named, error) {
		answer, me, err := d.listRooms(ctx)
		return d.namedRooms(answer, me), err
	})
}
