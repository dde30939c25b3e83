package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	dongbaejul "github.com/dongbaejul/dongbaejul/clients/go"
	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

const (
	// exportBuffer is what is held before it is written.
	exportBuffer = 64 << 10
	// readers is how many posts are asked for at once.
	readers = 8
)

// exporter writes lines and counts them.
type exporter struct {
	*dbj
	lines *bufio.Writer
	bars  *bars
	// kinds are those that were written, in the order of their first lines.
	kinds  []string
	counts map[string]int
	// pictures loads those of what is written; nil for none.
	pictures *pictures
}

func newExporter(d *dbj, out io.Writer, b *bars) *exporter {
	return &exporter{dbj: d, lines: bufio.NewWriterSize(out, exportBuffer), bars: b, counts: make(map[string]int)}
}

// run exports the chosen parts, or all where none is chosen, between a first line and a last.
func (x *exporter) run(ctx context.Context, chosen map[string]bool) error {
	me, err := x.client.UserID(ctx)
	if err != nil {
		return err
	}
	if err := x.edge("export", map[string]any{"format": 1, "server": x.config.server, "user_id": me, "started_at": now()}); err != nil {
		return err
	}
	for _, part := range parts {
		if len(chosen) > 0 && !chosen[part.name] {
			continue
		}
		if err := part.export(x, ctx); err != nil {
			return fmt.Errorf("export %s: %w", part.name, err)
		}
	}
	if err := x.edge("end", map[string]any{"counts": x.counts, "finished_at": now()}); err != nil {
		return err
	}
	return x.lines.Flush()
}

func now() string { return time.Now().UTC().Format(time.RFC3339) }

// edge writes the first or the last line.
func (x *exporter) edge(kind string, content any) error {
	b, err := json.Marshal(map[string]any{kind: content})
	if err != nil {
		return err
	}
	_, err = x.lines.Write(append(b, '\n'))
	return err
}

// write writes a line.
func (x *exporter) write(kind string, m proto.Message) error {
	b, err := toJSON(m)
	if err != nil {
		return err
	}
	if err := x.pictures.add(m); err != nil {
		return err
	}
	if x.counts[kind]++; x.counts[kind] == 1 {
		x.kinds = append(x.kinds, kind)
	}
	_, err = fmt.Fprintf(x.lines, "{%q:%s}\n", kind, b)
	return err
}

// summary is how many there are of each kind, in words.
func (x *exporter) summary() string {
	words := make([]string, len(x.kinds))
	for i, kind := range x.kinds {
		words[i] = fmt.Sprintf("%s %d", kind, x.counts[kind])
	}
	return strings.Join(words, ", ")
}

// all reads a list to its end and calls each with what is new on every page. A member who is renamed meanwhile may come twice.
func all[M any](ctx context.Context, x *exporter, name string, ask page[M], id func(M) string, each func([]M) error) error {
	b := x.bars.add(name)
	defer b.end()
	seen := make(map[string]bool)
	counting := func(ctx context.Context, token string, size int32) ([]M, string, *v1.PaginationInfo, error) {
		things, next, info, err := ask(ctx, token, size)
		if info != nil {
			b.expect(int(info.GetTotal()))
		}
		return things, next, info, err
	}
	for things, err := range pages(ctx, 0, counting) {
		if err != nil {
			return err
		}
		var unseen []M
		for _, thing := range things {
			if !seen[id(thing)] {
				seen[id(thing)] = true
				unseen = append(unseen, thing)
				b.step()
			}
		}
		if err := each(unseen); err != nil {
			return err
		}
	}
	return nil
}

// writeAll writes each thing of a list under one kind.
func writeAll[M proto.Message](ctx context.Context, x *exporter, name, kind string, ask page[M], id func(M) string) error {
	return all(ctx, x, name, ask, id, func(things []M) error {
		for _, m := range things {
			if err := x.write(kind, m); err != nil {
				return err
			}
		}
		return nil
	})
}

func (x *exporter) members(ctx context.Context) error {
	return writeAll(ctx, x, "members", "member", x.memberPages(&v1.ListMembersRequest{}), (*v1.Member).GetId)
}

func (x *exporter) games(ctx context.Context) error {
	return writeAll(ctx, x, "games", "game", x.gamePages(&v1.ListGamesRequest{}), (*v1.Game).GetId)
}

func (x *exporter) notifications(ctx context.Context) error {
	req := &v1.ListNotificationsRequest{}
	ask := func(ctx context.Context, token string, limit int32) (list []*v1.Notification, next string, info *v1.PaginationInfo, err error) {
		req.BeforeSeq, req.Limit = nil, &limit
		if token != "" {
			seq, err := strconv.ParseInt(token, 10, 64)
			if err != nil {
				return nil, "", nil, err
			}
			req.BeforeSeq = &seq
		}
		answer, err := ask(ctx, x.dbj, x.client.Notifications.ListNotifications, req)
		list = answer.GetNotifications()
		if answer.GetHasMore() && len(list) > 0 {
			next = strconv.FormatInt(list[len(list)-1].GetSeq(), 10)
		}
		return list, next, answer.GetPagination(), err
	}
	return writeAll(ctx, x, "notifications", "notification", ask, (*v1.Notification).GetId)
}

// albums writes each album and then its photos.
func (x *exporter) albums(ctx context.Context) error {
	var albums []*v1.Album
	err := all(ctx, x, "albums", x.albumPages(), (*v1.Album).GetId, func(page []*v1.Album) error {
		albums = append(albums, page...)
		return nil
	})
	if err != nil {
		return err
	}
	b := x.bars.add("photos")
	defer b.end()
	total := 0
	for _, album := range albums {
		total += int(album.GetPhotoCount())
	}
	b.expect(total)
	for _, album := range albums {
		if err := x.write("album", album); err != nil {
			return err
		}
		// An album that was deleted since has no photos.
		if err := unlessGone(x.photosOf(ctx, album.GetId(), b)); err != nil {
			return err
		}
	}
	return nil
}

func (x *exporter) photosOf(ctx context.Context, albumID string, b *bar) error {
	for photos, err := range pages(ctx, 0, x.photoPages(&v1.ListAlbumPhotosRequest{AlbumId: albumID})) {
		if err != nil {
			return err
		}
		for _, photo := range photos {
			if err := x.write("photo", photo); err != nil {
				return err
			}
			b.step()
		}
	}
	return nil
}

func (x *exporter) courts(ctx context.Context) error {
	answer, err := ask(ctx, x.dbj, x.client.Games.ListCourts, &v1.ListCourtsRequest{})
	for _, court := range answer.GetCourts() {
		// The game on it is among the games.
		court.Game = nil
		if err := x.write("court", court); err != nil {
			return err
		}
	}
	return err
}

func (x *exporter) posts(ctx context.Context) error {
	return all(ctx, x, "posts", x.postPages(&v1.ListPostsRequest{}), (*v1.Post).GetId, func(posts []*v1.Post) error {
		comments, err := x.comments(ctx, posts)
		if err != nil {
			return err
		}
		for i, post := range posts {
			if err := x.write("post", post); err != nil {
				return err
			}
			for _, comment := range comments[i] {
				if err := x.write("comment", comment); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// comments reads those of each post of a page, and in posts what the page has cut. A post that was deleted since has none.
func (x *exporter) comments(ctx context.Context, posts []*v1.Post) ([][]*v1.Comment, error) {
	found := make([][]*v1.Comment, len(posts))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readers)
	for i, post := range posts {
		if post.GetCommentCount() == 0 && !post.GetContentCut() {
			continue
		}
		group.Go(func() error {
			answer, err := wholePost(ctx, x.dbj, post.GetId())
			found[i] = answer.GetComments()
			if post.GetContentCut() && err == nil {
				posts[i] = answer.GetPost()
			}
			return unlessGone(err)
		})
	}
	return found, group.Wait()
}

// unlessGone passes over that something is no longer there.
func unlessGone(err error) error {
	if connect.CodeOf(err) == connect.CodeNotFound && dongbaejul.Explain(err).Reason != "" {
		return nil
	}
	return err
}

// chat writes the rooms, and then the log of each.
func (x *exporter) chat(ctx context.Context) error {
	answer, _, err := x.listRooms(ctx)
	if err != nil {
		return err
	}
	b := x.bars.add("chat")
	defer b.end()
	total := 0
	for _, room := range answer.GetRooms() {
		total += int(room.GetLastSeq())
		if err := x.write("room", room); err != nil {
			return err
		}
	}
	b.expect(total)
	for _, room := range answer.GetRooms() {
		if room.GetLastSeq() == 0 {
			continue
		}
		err := x.readLog(ctx, room, 0, func(e *v1.Event) error {
			if e.GetHello() == nil && e.GetHeartbeat() == nil && e.GetResyncRequired() == nil {
				b.step()
			}
			return x.entry(e)
		})
		// Who has left a room meanwhile may not see the rest of it.
		if err := unlessGone(err); err != nil {
			return err
		}
	}
	return nil
}

// entry writes an entry of a room's log. A message is as it is now, so that what was changed of it is in it.
func (x *exporter) entry(e *v1.Event) error {
	switch p := e.GetPayload().(type) {
	case *v1.Event_Message:
		return x.write("message", p.Message)
	case *v1.Event_MemberJoined:
		return x.write("member_joined", p.MemberJoined)
	case *v1.Event_MemberLeft:
		return x.write("member_left", p.MemberLeft)
	}
	return nil
}
