package dongbaejul

import (
	"context"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// Rooms returns all of the user's rooms, page by page, the last active first.
func (c *Client) Rooms(ctx context.Context) ([]*v1.Room, error) {
	var all []*v1.Room
	listed := make(map[string]bool)
	for req := (&v1.ListRoomsRequest{}); ; {
		page, err := c.Chat.ListRooms(ctx, req)
		if err != nil {
			return nil, err
		}
		for _, room := range page.GetRooms() {
			// One that became active meanwhile is in two pages.
			if !listed[room.GetId()] {
				listed[room.GetId()] = true
				all = append(all, room)
			}
		}
		if !page.GetHasMore() || len(page.GetRooms()) == 0 {
			return all, nil
		}
		req.After = &page.Rooms[len(page.Rooms)-1].Id
	}
}
