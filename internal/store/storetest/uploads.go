package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/photos"
	"github.com/dongbaejul/dongbaejul/internal/store"
	"github.com/dongbaejul/dongbaejul/internal/uploads"
)

func upload(id, userID string) photos.Upload {
	return photos.Upload{
		ID: id, UserID: userID, Purpose: uploads.Post, Name: "단체사진.jpg", ContentType: "image/jpeg", Size: 10 << 20, State: photos.UploadPending,
		CreatedAt: noon, RequestHash: "hash of " + id,
	}
}

// createUpload stores an upload whose id is free, and returns it as the store does.
func createUpload(t testing.TB, s store.Store, u photos.Upload) photos.Upload {
	t.Helper()
	got, created, err := s.CreateUpload(t.Context(), u)
	must(t, err)
	u.CreatedAt = kept(u.CreatedAt)
	equal(t, "created", created, true)
	equal(t, "the upload", got, u)
	return got
}

// uploadOf returns one upload.
func uploadOf(t testing.TB, s store.Store, id string) photos.Upload {
	t.Helper()
	found, err := s.Uploads(t.Context(), []string{id})
	must(t, err)
	if len(found) != 1 {
		t.Fatalf("upload %s: found %v", id, found)
	}
	return found[0]
}

// uploadIDs returns the ids of uploads, in their order.
func uploadIDs(t testing.TB, found []photos.Upload, err error) string {
	t.Helper()
	must(t, err)
	var ids []string
	for _, u := range found {
		ids = append(ids, u.ID)
	}
	return strings.Join(ids, " ")
}

func useUpload(u *photos.Upload) error {
	u.Used = true
	return nil
}

var uploadCases = []testCase{
	{"CreateUpload stores one under an id", func(t *testing.T, s store.Store) {
		first := createUpload(t, s, upload("a", "u"))
		again := upload("a", "v")
		again.Name = "another"
		got, created, err := s.CreateUpload(t.Context(), again)
		must(t, err)
		equal(t, "created again", created, false)
		equal(t, "the first", got, first)
		plain := upload("b", "u")
		plain.Name = ""
		createUpload(t, s, plain)
		var firsts [8]bool
		together(t, len(firsts), func(i int) (err error) {
			_, firsts[i], err = s.CreateUpload(t.Context(), upload("c", fmt.Sprint("user ", i)))
			return err
		})
		count := 0
		for _, created := range firsts {
			if created {
				count++
			}
		}
		equal(t, "how many created it", count, 1)
	}},
	{"Uploads returns those there are", func(t *testing.T, s store.Store) {
		createUpload(t, s, upload("a", "u"))
		createUpload(t, s, upload("b", "v"))
		found, err := s.Uploads(t.Context(), []string{"b", "unknown", "a"})
		slices.SortFunc(found, func(a, b photos.Upload) int { return strings.Compare(a.ID, b.ID) })
		equal(t, "the uploads", uploadIDs(t, found, err), "a b")
		found, err = s.Uploads(t.Context(), nil)
		equal(t, "of none", uploadIDs(t, found, err), "")
	}},
	{"UpdateUpload changes what may change", func(t *testing.T, s store.Store) {
		want := createUpload(t, s, upload("a", "u"))
		want.State, want.ContentType, want.Size, want.Width, want.Height, want.Blurhash, want.Used = photos.UploadReady, "image/png", 77, 640, 480, "LKO2", true
		got, err := s.UpdateUpload(t.Context(), "a", func(u *photos.Upload) error {
			*u = want
			u.ID, u.UserID, u.Purpose, u.Name, u.CreatedAt, u.RequestHash = "x", "x", "x", "x", noon.Add(time.Hour), "x"
			return nil
		})
		must(t, err)
		equal(t, "the result", got, want)
		want.Problem, want.Found, want.State = "PICTURE_UNSUPPORTED", "image/heic", photos.UploadRefused
		_, err = s.UpdateUpload(t.Context(), "a", func(u *photos.Upload) error {
			u.Problem, u.Found, u.State = want.Problem, want.Found, want.State
			return nil
		})
		must(t, err)
		equal(t, "what is read", uploadOf(t, s, "a"), want)
		stop := errors.New("stop")
		_, err = s.UpdateUpload(t.Context(), "a", func(u *photos.Upload) error {
			u.Used = false
			return stop
		})
		if !errors.Is(err, stop) {
			t.Errorf("the error of f came back as %v", err)
		}
		equal(t, "after an error", uploadOf(t, s, "a"), want)
		_, err = s.UpdateUpload(t.Context(), "unknown", useUpload)
		wantKind(t, err, fault.NotFound)
	}},
	{"UpdateUpload loses no change", func(t *testing.T, s store.Store) {
		createUpload(t, s, upload("a", "u"))
		together(t, 16, func(int) error {
			_, err := s.UpdateUpload(t.Context(), "a", func(u *photos.Upload) error {
				u.Size++
				return nil
			})
			return err
		})
		equal(t, "the size", uploadOf(t, s, "a").Size, 10<<20+16)
	}},
	{"UnusedUploads are the oldest ones that nothing uses", func(t *testing.T, s store.Store) {
		for i, id := range []string{"d", "c", "b", "a"} {
			u := upload(id, "u")
			u.CreatedAt = noon.Add(time.Duration(i) * time.Hour)
			createUpload(t, s, u)
		}
		_, err := s.UpdateUpload(t.Context(), "c", useUpload)
		must(t, err)
		unused := func(hours, limit int) string {
			found, err := s.UnusedUploads(t.Context(), noon.Add(time.Duration(hours)*time.Hour), limit)
			return uploadIDs(t, found, err)
		}
		equal(t, "before any", unused(0, 10), "")
		equal(t, "before the last", unused(3, 10), "d b")
		equal(t, "all", unused(4, 10), "d b a")
		equal(t, "one", unused(4, 1), "d")
		must(t, s.DeleteUpload(t.Context(), "d"))
		must(t, s.DeleteUpload(t.Context(), "d"))
		equal(t, "after one is deleted", unused(4, 10), "b a")
	}},
	{"UploadsToErase are a user's avatars and what nothing uses", func(t *testing.T, s store.Store) {
		for _, id := range []string{"a", "b", "c"} {
			createUpload(t, s, upload(id, "u"))
		}
		createUpload(t, s, upload("other", "v"))
		avatar := upload("avatar", "u")
		avatar.Purpose = uploads.Avatar
		createUpload(t, s, avatar)
		for _, id := range []string{"b", "avatar"} {
			_, err := s.UpdateUpload(t.Context(), id, useUpload)
			must(t, err)
		}
		found, err := s.UploadsToErase(t.Context(), "u", 10)
		equal(t, "of the user", uploadIDs(t, found, err), "a avatar c")
		found, err = s.UploadsToErase(t.Context(), "u", 2)
		equal(t, "two", uploadIDs(t, found, err), "a avatar")
		found, err = s.UploadsToErase(t.Context(), "nobody", 10)
		equal(t, "of nobody", uploadIDs(t, found, err), "")
	}},
}
