package app_test

import (
	"context"
	"testing"

	"connectrpc.com/connect"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/uploads"
)

// uploadsByUser are files by the user who has uploaded them.
type uploadsByUser map[string]uploads.File

func (uploadsByUser) URL(fileID string) string { return "/files/" + fileID }

func (u uploadsByUser) Uploaded(_ context.Context, userID string, _ uploads.Purpose, fileIDs []string) (map[string]uploads.File, error) {
	found := make(map[string]uploads.File)
	for _, id := range fileIDs {
		if f := u[userID]; f.ID == id {
			found[id] = f
		}
	}
	return found, nil
}

// Wherever a file can be attached, only an upload of the caller is accepted: by a server without uploads none at all.
func TestAttachmentsAreUploadsOfTheCaller(t *testing.T) {
	files := make(uploadsByUser)
	for name, finder := range map[string]uploads.Finder{"no uploads": nil, "uploads": files} {
		t.Run(name, func(t *testing.T) {
			s := apptest.Start(t, func(c *app.Config) { c.Uploads = finder })
			club := s.Club(t, 2, apptest.ConnectBinary)
			owner, other := club[0], club[1]
			files[owner.ID] = uploads.File{ID: "file", URL: "/files/file", ContentType: "image/jpeg", Size: 1234}
			for what, attach := range attaching(t, owner, other) {
				for who, m := range map[string]*apptest.Member{"the owner": owner, "somebody else": other} {
					got, err := attach(m, []string{"file"})
					if finder == nil || m == other {
						if apptest.InfoOf(err).GetReason() != "ATTACHMENT_NOT_FOUND" || connect.CodeOf(err) != connect.CodeInvalidArgument {
							t.Errorf("%s by %s: %v", what, who, err)
						}
						continue
					}
					if err != nil {
						t.Errorf("%s by %s: %v", what, who, err)
						continue
					}
					if len(got) != 1 || got[0].GetUrl() != "/files/file" || got[0].GetContentType() != "image/jpeg" || got[0].GetSize() != 1234 {
						t.Errorf("%s: the attachments are %v", what, got)
					}
				}
			}
		})
	}
}

// attaching are the RPCs that take attachments.
func attaching(t *testing.T, club ...*apptest.Member) map[string]func(*apptest.Member, []string) ([]*v1.Attachment, error) {
	t.Helper()
	room := club[0].Group(t, club[1:]...).GetId()
	post := func(m *apptest.Member, files []string) (*v1.Post, error) {
		res, err := m.Posts.CreatePost(t.Context(), &v1.CreatePostRequest{
			Title: "글", Content: "내용", Category: v1.PostCategory_POST_CATEGORY_FREE, Attachments: files,
		})
		return res.GetPost(), err
	}
	return map[string]func(*apptest.Member, []string) ([]*v1.Attachment, error){
		"a post": func(m *apptest.Member, files []string) ([]*v1.Attachment, error) {
			p, err := post(m, files)
			return p.GetAttachments(), err
		},
		"an edited post": func(m *apptest.Member, files []string) ([]*v1.Attachment, error) {
			p, err := post(m, nil)
			fatal(t, err)
			res, err := m.Posts.UpdatePost(t.Context(), &v1.UpdatePostRequest{PostId: p.GetId(), Attachments: files})
			return res.GetPost().GetAttachments(), err
		},
		"a message": func(m *apptest.Member, files []string) ([]*v1.Attachment, error) {
			res, err := m.Chat.SendMessage(t.Context(), &v1.SendMessageRequest{RoomId: room, TempId: "with a file", Attachments: files})
			return res.GetMessage().GetAttachments(), err
		},
	}
}
