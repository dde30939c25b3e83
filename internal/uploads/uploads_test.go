package uploads_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/uploads"
)

// members are the files of each member.
type members map[string][]uploads.File

func (members) URL(fileID string) string { return "/files/" + fileID }

func (m members) Uploaded(_ context.Context, userID string, _ uploads.Purpose, fileIDs []string) (map[string]uploads.File, error) {
	found := make(map[string]uploads.File)
	for _, f := range m[userID] {
		for _, id := range fileIDs {
			if f.ID == id {
				found[id] = f
			}
		}
	}
	return found, nil
}

type away struct{}

func (away) URL(fileID string) string { return "/files/" + fileID }

func (away) Uploaded(context.Context, string, uploads.Purpose, []string) (map[string]uploads.File, error) {
	return nil, fault.Unavailable
}

func TestFind(t *testing.T) {
	one := uploads.File{ID: "1", URL: "/files/1", ContentType: "image/jpeg", Size: 10}
	two := uploads.File{ID: "2", URL: "/files/2", ContentType: "image/png", Size: 20}
	known := members{"kim": {one, two}, "lee": {{ID: "3"}}}
	for _, tt := range []struct {
		name   string
		finder uploads.Finder
		ids    []string
		want   []uploads.File
		err    error
		field  string
	}{
		{"none at all", away{}, nil, nil, nil, ""},
		{"in their order, also twice", known, []string{"2", "1", "2"}, []uploads.File{two, one, two}, nil, ""},
		{"a file that nobody uploaded", known, []string{"1", "4"}, nil, uploads.ErrNotFound, "attachments[1]"},
		{"a file of somebody else", known, []string{"3", "1"}, nil, uploads.ErrNotFound, "attachments[0]"},
		{"a server without uploads", uploads.None{}, []string{"1"}, nil, uploads.ErrNotFound, "attachments[0]"},
		{"not known for now", away{}, []string{"1"}, nil, fault.Unavailable, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := uploads.Find(t.Context(), tt.finder, "kim", uploads.Post, tt.ids)
			if !reflect.DeepEqual(got, tt.want) || !errors.Is(err, tt.err) {
				t.Errorf("got %v, %v, want %v, %v", got, err, tt.want, tt.err)
			}
			var refused *fault.Error
			if tt.field != "" && (!errors.As(err, &refused) || len(refused.Fields) != 1 || refused.Fields[0].Path != tt.field) {
				t.Errorf("got %v, want %s", err, tt.field)
			}
		})
	}
}
