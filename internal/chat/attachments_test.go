package chat_test

import (
	"context"
	"errors"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/uploads"
)

// uploaded are files by who has uploaded them.
type uploaded map[string]uploads.File

func (uploaded) URL(fileID string) string { return "/files/" + fileID }

func (u uploaded) Uploaded(_ context.Context, userID string, _ uploads.Purpose, fileIDs []string) (map[string]uploads.File, error) {
	found := make(map[string]uploads.File)
	for _, id := range fileIDs {
		if f := u[userID]; f.ID == id {
			found[id] = f
		}
	}
	return found, nil
}

func sendFile(t *testing.T, m *apptest.Member, room, tempID, fileID string) (*v1.Message, error) {
	t.Helper()
	res, err := m.Chat.SendMessage(t.Context(), &v1.SendMessageRequest{
		RoomId: room, TempId: tempID, Attachments: []string{fileID},
	})
	return res.GetMessage(), err
}

func wantNoAttachment(t *testing.T, err error, field string) {
	t.Helper()
	var refused *connect.Error
	if !errors.As(err, &refused) || refused.Code() != connect.CodeInvalidArgument {
		t.Fatalf("got %v", err)
	}
	var reason, path string
	for _, d := range refused.Details() {
		value, err := d.Value()
		if err != nil {
			t.Fatal(err)
		}
		switch detail := value.(type) {
		case *errdetails.ErrorInfo:
			reason = detail.GetReason()
		case *errdetails.BadRequest:
			path = detail.GetFieldViolations()[0].GetField()
		}
	}
	if reason != "ATTACHMENT_NOT_FOUND" || path != field {
		t.Errorf("got %s at %s", reason, path)
	}
}

func TestAFileThatNobodyUploadedIsNotSent(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectJSON)
	room := club[0].Group(t, club[1]).GetId()
	_, err := sendFile(t, club[0], room, "1", "nothing")
	wantNoAttachment(t, err, "attachments[0]")
	if got, _ := history(t, club[0], &v1.ListMessagesRequest{RoomId: room}); len(got) != 0 {
		t.Errorf("stored %q", got)
	}
}

func TestAMessageShowsWhatItsSenderUploaded(t *testing.T) {
	files := uploaded{}
	s := apptest.Start(t, func(c *app.Config) { c.Uploads = files })
	club := s.Club(t, 2, apptest.ConnectBinary)
	files[club[0].ID] = uploads.File{ID: "file", Name: "단체사진.jpg", URL: "/files/file", ContentType: "image/jpeg", Size: 1234}
	room := club[0].Group(t, club[1]).GetId()
	_, err := sendFile(t, club[1], room, "1", "file")
	wantNoAttachment(t, err, "attachments[0]")
	m, err := sendFile(t, club[0], room, "1", "file")
	if err != nil {
		t.Fatal(err)
	}
	want := &v1.Attachment{FileId: "file", Url: "/files/file", Name: "단체사진.jpg", ContentType: "image/jpeg", Size: 1234}
	if got := m.GetAttachments(); len(got) != 1 || !proto.Equal(got[0], want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
