package main

import (
	"io"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// maxInput is how much is read of the standard input: more than any message may have.
const maxInput = 64 << 10

func (d *dbj) send() *cobra.Command {
	var key, replyTo string
	var attached []string
	c := &cobra.Command{
		Use:   "send ROOM [TEXT... | -]",
		Short: "Send a message to a room",
		Long:  sendHelp,
		Example: `  dbj chat send 동배즐 오늘 저녁 7시, 2번 코트!
  dbj chat send 동배즐 --attach "$(dbj upload court.jpg --purpose chat -o json | jq -r .file_id)"
  date | dbj chat send 운영진 - --key "backup-$(date +%F)"`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: d.offeredRooms(),
		RunE: func(c *cobra.Command, args []string) error {
			text := strings.Join(args[1:], " ")
			if len(args) == 1 && len(attached) == 0 {
				return &refused{code: exitUsage, ko: "보낼 내용이나 --attach가 있어야 합니다.", en: "There is neither a text nor --attach."}
			}
			if text == "-" {
				b, err := io.ReadAll(io.LimitReader(d.stdin, maxInput))
				if err != nil {
					return err
				}
				text = strings.TrimRight(string(b), "\r\n")
				if err := checkText([]string{text}); err != nil {
					return err
				}
			}
			room, err := d.room(c.Context(), args[0])
			if err != nil {
				return err
			}
			req := &v1.SendMessageRequest{RoomId: room.GetId(), TempId: key, Content: text, Attachments: attached}
			if replyTo != "" {
				req.ReplyTo = &replyTo
			}
			answer, err := ask(c.Context(), d, d.client.Chat.SendMessage, req)
			if err != nil {
				return err
			}
			if d.format != asTable {
				return d.document(answer.GetMessage())
			}
			return d.line("보냈습니다 (#%d).", "Sent (#%d).", answer.GetMessage().GetSeq())
		},
	}
	c.Flags().StringVar(&key, "key", uuid.NewString(), "the message's key: a second message with it is not sent")
	c.Flags().Lookup("key").DefValue = "random"
	c.Flags().StringSliceVar(&attached, "attach", nil, "ids of pictures of dbj upload --purpose chat")
	c.Flags().StringVar(&replyTo, "reply-to", "", "id of the message that this one answers")
	return c
}

const sendHelp = `Sends a message to a room, which is named by its id or its name. With - the text is read from the standard input.

It is retried under one key until the server answers, so that it arrives once. A script that may run twice for the same message
sets the key itself with --key.`
