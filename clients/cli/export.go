package main

import (
	"cmp"
	"context"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dongbaejul/dongbaejul/clients/internal/wholefile"
)

// longWait is how long a command that works long waits for the server by itself: longer than the quarter of an hour in which its limit of
// calls comes back.
const longWait = 20 * time.Minute

// parts are what is exported, in this order.
var parts = []struct {
	name   string
	ko, en string
	export func(*exporter, context.Context) error
}{
	{"members", "회원", "members", (*exporter).members},
	{"posts", "글", "posts", (*exporter).posts},
	{"courts", "코트", "courts", (*exporter).courts},
	{"games", "게임", "games", (*exporter).games},
	{"chat", "채팅", "chat", (*exporter).chat},
	{"notifications", "알림", "notifications", (*exporter).notifications},
	{"albums", "앨범", "albums", (*exporter).albums},
}

func partNames() []string {
	names := make([]string, len(parts))
	for i, part := range parts {
		names[i] = part.name
	}
	return names
}

func (d *dbj) export() *cobra.Command {
	var only []string
	var folder string
	c := &cobra.Command{
		Use:   "export [FILE]",
		Short: "Write everything you may see of the club as JSON lines",
		Long:  exportHelp,
		Example: `  dbj export club.jsonl
  dbj export club.jsonl --pictures club-pictures
  dbj export --only chat | jq -r 'select(.message) | .message.content'`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			chosen, err := chooseParts(only)
			if err != nil {
				return err
			}
			if !d.config.waitSaid {
				d.config.wait = longWait
			}
			if len(args) == 1 && args[0] == "" {
				return &refused{code: exitUsage, ko: "FILE이 비어 있습니다.", en: "FILE is empty."}
			}
			pictures, err := newPictures(d, folder)
			if err != nil {
				return err
			}
			if len(args) == 0 || args[0] == "-" || d.isOut(args[0]) {
				return cmp.Or(d.exportTo(c.Context(), d.out, chosen, pictures), pictures.failed())
			}
			file, err := wholefile.Over(args[0])
			if err != nil {
				return err
			}
			defer file.Abort()
			if err := d.exportTo(c.Context(), file, chosen, pictures); err != nil {
				return err
			}
			return cmp.Or(file.Commit(), pictures.failed())
		},
	}
	c.Flags().StringSliceVar(&only, "only", nil, "only some of "+strings.Join(partNames(), ", "))
	c.Flags().StringVar(&folder, "pictures", "", "also load the pictures into this folder")
	complete(c, "only", partNames()...)
	_ = c.MarkFlagDirname("pictures")
	return c
}

// isOut reports whether a path is that of the standard output, such as /dev/stdout.
func (d *dbj) isOut(path string) bool {
	out, ok := d.stdout.(*os.File)
	if !ok {
		return false
	}
	named, err := os.Stat(path)
	if err != nil {
		return false
	}
	info, err := out.Stat()
	return err == nil && os.SameFile(named, info)
}

// chooseParts returns which parts to export; all where none is named.
func chooseParts(only []string) (map[string]bool, error) {
	chosen := make(map[string]bool)
	for _, name := range only {
		if !slices.Contains(partNames(), name) {
			all := strings.Join(partNames(), ", ")
			return nil, &refused{code: exitUsage, ko: "--only " + name + ": " + all + " 중에서 고르세요.", en: "--only " + name + ": it is some of " + all + "."}
		}
		chosen[name] = true
	}
	return chosen, nil
}

func (d *dbj) exportTo(ctx context.Context, out io.Writer, chosen map[string]bool, pictures *pictures) error {
	bars := newBars(d.stderr)
	d.status.logTo(bars.log())
	x := newExporter(d, out, bars)
	err := pictures.collect(ctx, bars, func(ctx context.Context) error {
		x.pictures = pictures
		return x.run(ctx, chosen)
	})
	d.status.logTo(nil)
	bars.stop()
	if err != nil {
		return err
	}
	d.status.say("내보냈습니다: %s", "Exported: %s", x.summary())
	return nil
}

const exportHelp = `Writes everything the member may see of the club as JSON lines, to a file or to the standard output: members, posts with their
comments, courts, games, rooms with their messages and who joined and left, the member's notifications, and albums with their photos.

Each line is an object with one key, its kind: {"member": …}, {"post": …}, {"comment": …}, {"court": …},
{"game": …}, {"room": …}, {"message": …}, {"member_joined": …}, {"member_left": …}, {"notification": …}, {"album": …}, {"photo": …}.
Their values are messages of the contract as protobuf JSON, with the names of the contract. The first line, {"export": …}, says whose it is, and the last, {"end": …},
how many there are of each: a file without it is incomplete.

A file is replaced once the export is complete, and keeps its mode. Links are followed; a pipe or a device is written to directly.
An interrupted export starts over. Its memory does not grow with the number of messages.

With --pictures the pictures of posts, messages and albums are loaded into a folder as well, each under the id that is in its address.
Those that are there are not loaded again. One that gets no answer is tried again for a minute, or as long as --wait says. Whatever is
missing, the file is written; at the end dbj names the pictures that are missing, those that the server no longer has among them, and
exits with 7. The same command again loads only these.

Where the server limits requests, the export waits.`
