package photos_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/blob"
	"github.com/dongbaejul/dongbaejul/internal/blob/blobtest"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/photos"
	"github.com/dongbaejul/dongbaejul/internal/picture"
	"github.com/dongbaejul/dongbaejul/internal/ratelimit"
	"github.com/dongbaejul/dongbaejul/internal/store"
	"github.com/dongbaejul/dongbaejul/internal/uploads"
)

// uploading is two processes of the service on one store and one bucket.
type uploading struct {
	*photos.Uploads
	other *photos.Uploads
	// process returns one more process, on another store.
	process func(photos.UploadStore) *photos.Uploads
	store   store.Store
	files   *blob.Bucket
	// keys are those of the files that there are.
	keys func() string
	// s3 is whether files are sent to the bucket itself.
	s3  bool
	now time.Time
}

func member(t testing.TB, id string) context.Context {
	return identity.With(t.Context(), identity.Caller{UserID: id, Role: identity.Member})
}

// each runs a test on a folder and on an object store.
func each(t *testing.T, run func(t *testing.T, f *uploading)) {
	t.Run("folder", func(t *testing.T) {
		folder := t.TempDir()
		files, err := blob.OpenFolder(folder)
		must(t, err)
		run(t, openUploads(t, files, false, func() string {
			var all []string
			must(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
				if err == nil && !entry.IsDir() {
					name, _ := filepath.Rel(folder, path)
					all = append(all, filepath.ToSlash(name))
				}
				return err
			}))
			return strings.Join(all, " ")
		}))
	})
	t.Run("S3", func(t *testing.T) {
		bucket := blobtest.Start(t)
		files, err := blob.Open(t.Context(), bucket.URL)
		must(t, err)
		run(t, openUploads(t, files, true, func() string { return strings.Join(bucket.Keys(), " ") }))
	})
}

func openUploads(t *testing.T, files *blob.Bucket, s3 bool, keys func() string) *uploading {
	t.Helper()
	t.Cleanup(func() { must(t, files.Close()) })
	codec := picture.NewCodec()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	f := &uploading{store: apptest.OpenStore(t), files: files, keys: keys, s3: s3, now: time.Now()}
	limits := ratelimit.NewMemory(100)
	f.process = func(kept photos.UploadStore) *photos.Uploads {
		s, err := photos.NewUploads(photos.UploadsConfig{
			Store: kept, Files: files, Codec: codec, PublicURL: server.URL, Link: func(id string) string { return server.URL + "/photos/" + id + "/signature-0123456789ab" },
			Secrets: [][]byte{[]byte("secret")}, Limiter: limits, Log: slog.New(slog.DiscardHandler), Clock: func() time.Time { return f.now },
			Refuse: func(w http.ResponseWriter, _ *http.Request, err error) {
				var refused *fault.Error
				if errors.As(err, &refused) {
					w.Header().Set("Reason", refused.Reason)
				}
				w.WriteHeader(http.StatusBadRequest)
			},
		})
		must(t, err)
		return s
	}
	f.Uploads, f.other = f.process(f.store), f.process(f.store)
	mux.HandleFunc(photos.UploadPath, f.Receive)
	return f
}

func wantRefusal(t testing.TB, what string, err error, reason string) {
	t.Helper()
	var refused *fault.Error
	if !errors.As(err, &refused) || refused.Reason != reason {
		t.Errorf("%s: %v, want %s", what, err, reason)
	}
}

func (f *uploading) create(t testing.TB, userID string, purpose v1.UploadPurpose, kind string, size int) *v1.CreateUploadResponse {
	t.Helper()
	res, err := f.CreateUpload(member(t, userID), &v1.CreateUploadRequest{Purpose: purpose, ContentType: kind, Size: int64(size)})
	must(t, err)
	return res
}

// put sends a file, and returns the status and the reason of a refusal.
func put(t testing.TB, to *v1.CreateUploadResponse, data []byte, headers map[string]string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), to.GetMethod(), to.GetUploadUrl(), bytes.NewReader(data))
	must(t, err)
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(r)
	must(t, err)
	must(t, res.Body.Close())
	return res.StatusCode, res.Header.Get("Reason")
}

// send creates an upload for a chat of kim, and sends the file.
func (f *uploading) send(t testing.TB, kind string, data []byte) *v1.CreateUploadResponse {
	t.Helper()
	to := f.create(t, "kim", v1.UploadPurpose_UPLOAD_PURPOSE_CHAT, kind, len(data))
	if status, reason := put(t, to, data, to.GetHeaders()); status/100 != 2 {
		t.Fatalf("sending was answered by %d, %s", status, reason)
	}
	return to
}

func (f *uploading) complete(t testing.TB, userID, fileID string) (*v1.Attachment, error) {
	t.Helper()
	res, err := f.CompleteUpload(member(t, userID), &v1.CompleteUploadRequest{FileId: fileID})
	return res.GetFile(), err
}

// drawn is a picture with a red corner at the top left.
func drawn(width, height int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	draw.Draw(m, m.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(m, image.Rect(0, 0, width/2, height/2), image.NewUniform(color.NRGBA{R: 255, A: 255}), image.Point{}, draw.Src)
	return m
}

func asJPEG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, m, &jpeg.Options{Quality: 90}))
	return b.Bytes()
}

func asPNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, png.Encode(&b, m))
	return b.Bytes()
}

func asGIF(t testing.TB, frames int) []byte {
	t.Helper()
	animation := &gif.GIF{}
	for range frames {
		animation.Image = append(animation.Image, image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Black, color.White}))
		animation.Delay = append(animation.Delay, 1)
	}
	var b bytes.Buffer
	must(t, gif.EncodeAll(&b, animation))
	return b.Bytes()
}

// place is where the pictures of photographed were taken, as EXIF has it.
const place = "37.5665N 126.9780E"

// photographed adds to a JPEG that it lies on its side, and where it was taken.
func photographed(data []byte) []byte {
	tiff := []byte("MM\x00*\x00\x00\x00\x08\x00\x02")
	tiff = append(tiff, "\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00"...)
	tiff = append(tiff, "\x01\x0e\x00\x02\x00\x00\x00\x13\x00\x00\x00\x26"...)
	tiff = append(append(tiff, 0, 0, 0, 0), place+"\x00"...)
	body := "Exif\x00\x00" + string(tiff)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return append(append(append([]byte{}, data[:2]...), append(segment, body...)...), data[2:]...)
}

// bomb is a PNG of some bytes that says it has 50,000 × 50,000 pixels.
func bomb(t testing.TB) []byte {
	data := asPNG(t, drawn(8, 8))
	binary.BigEndian.PutUint32(data[16:], 50_000)
	binary.BigEndian.PutUint32(data[20:], 50_000)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return data
}

// withZIP is a picture that is a ZIP file too.
func withZIP(t testing.TB, data []byte) []byte {
	t.Helper()
	b := bytes.NewBuffer(append([]byte{}, data...))
	w := zip.NewWriter(b)
	w.SetOffset(int64(len(data)))
	file, err := w.Create("hidden.html")
	must(t, err)
	_, err = io.WriteString(file, "<script>alert(1)</script>")
	must(t, err)
	must(t, w.Close())
	return b.Bytes()
}

func TestUploadBecomesAPicture(t *testing.T) {
	each(t, func(t *testing.T, f *uploading) {
		sent := photographed(asJPEG(t, drawn(64, 32)))
		to := f.send(t, "image/jpeg", sent)
		first, err := f.complete(t, "kim", to.GetFileId())
		must(t, err)
		if first.GetWidth() != 32 || first.GetHeight() != 64 || first.GetContentType() != "image/jpeg" || first.GetBlurhash() == "" || first.GetUrl() != to.GetUrl() {
			t.Errorf("the file is %v", first)
		}
		served, err := f.files.Get(t.Context(), "served/"+to.GetFileId(), 1<<20)
		must(t, err)
		if int64(len(served)) != first.GetSize() || bytes.Contains(served, []byte("Exif")) || bytes.Contains(served, []byte(place)) {
			t.Errorf("%d bytes are served, of %d, with metadata or not", len(served), first.GetSize())
		}
		m, err := jpeg.Decode(bytes.NewReader(served))
		must(t, err)
		// What was at the top left is at the top right, after a quarter of a turn.
		if r, g, _, _ := m.At(28, 4).RGBA(); r < 0xf000 || g > 0x2000 {
			t.Errorf("the picture was not turned: %v", m.At(28, 4))
		}
		again, err := f.complete(t, "kim", to.GetFileId())
		if err != nil || again.String() != first.String() {
			t.Errorf("completed again: %v, %v", again, err)
		}
		if got := f.keys(); got != "served/"+to.GetFileId() {
			t.Errorf("kept: %s", got)
		}
	})
}

func TestUploadsAreRefused(t *testing.T) {
	each(t, func(t *testing.T, f *uploading) {
		whole := asJPEG(t, drawn(200, 200))
		for i, c := range []struct {
			what, kind string
			data       []byte
			reason     string
		}{
			{"another type under a right name", "image/jpeg", asPNG(t, drawn(8, 8)), "UPLOAD_TYPE_MISMATCH"},
			{"50,000 × 50,000 pixels", "image/png", bomb(t), "PICTURE_TOO_MANY_PIXELS"},
			{"a truncated JPEG", "image/jpeg", whole[:len(whole)/2], "PICTURE_DAMAGED"},
			{"10,000 frames", "image/gif", asGIF(t, 10_000), "PICTURE_TOO_MANY_FRAMES"},
			{"SVG", "image/png", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), "PICTURE_UNSUPPORTED"},
			{"HEIC", "image/jpeg", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic\x00\x00\x00\x08mdat"), "PICTURE_UNSUPPORTED"},
			{"a JPEG that is a ZIP too", "image/jpeg", withZIP(t, whole), "PICTURE_UNSUPPORTED"},
			{"a web page", "image/gif", []byte("<!DOCTYPE html><html><script>alert(1)</script></html>"), "PICTURE_UNSUPPORTED"},
			{"nothing that is known", "image/webp", []byte("some words"), "PICTURE_UNSUPPORTED"},
		} {
			user := "kim " + strconv.Itoa(i)
			to := f.create(t, user, v1.UploadPurpose_UPLOAD_PURPOSE_POST, c.kind, len(c.data))
			if status, reason := put(t, to, c.data, to.GetHeaders()); status/100 != 2 {
				t.Fatalf("%s: sending was answered by %d, %s", c.what, status, reason)
			}
			_, err := f.complete(t, user, to.GetFileId())
			wantRefusal(t, c.what, err, c.reason)
			_, err = f.complete(t, user, to.GetFileId())
			wantRefusal(t, c.what+", again", err, c.reason)
			_, err = uploads.Find(t.Context(), f, user, uploads.Post, []string{to.GetFileId()})
			wantRefusal(t, c.what+", attached", err, c.reason)
			if got := f.keys(); got != "" {
				t.Errorf("%s: kept %s", c.what, got)
			}
		}
		to := f.create(t, "lee", v1.UploadPurpose_UPLOAD_PURPOSE_POST, "image/jpeg", len(whole))
		_, err := f.complete(t, "lee", to.GetFileId())
		wantRefusal(t, "before it is sent", err, "UPLOAD_NOT_RECEIVED")
		_, err = f.complete(t, "lee", "unknown")
		wantRefusal(t, "an unknown file", err, "UPLOAD_NOT_FOUND")
	})
}

// A picture with more than its bytes may be is refused also if the bucket has taken it.
func TestUploadOfTooManyBytes(t *testing.T) {
	each(t, func(t *testing.T, f *uploading) {
		data := make([]byte, picture.MaxBytes+1)
		copy(data, asPNG(t, drawn(8, 8)))
		to := f.create(t, "kim", v1.UploadPurpose_UPLOAD_PURPOSE_POST, "image/png", picture.MaxBytes)
		if status, reason := put(t, to, data, to.GetHeaders()); status/100 == 2 || !f.s3 && reason != "UPLOAD_SIZE_MISMATCH" {
			t.Errorf("more bytes than announced: %d, %s", status, reason)
		}
		if got := f.keys(); got != "" {
			t.Errorf("kept: %s", got)
		}
		must(t, f.files.Put(t.Context(), "sent/"+to.GetFileId(), "image/png", data))
		_, err := f.complete(t, "kim", to.GetFileId())
		wantRefusal(t, "too many bytes in the bucket", err, "PICTURE_TOO_LARGE")
		if got := f.keys(); got != "" {
			t.Errorf("kept after it was refused: %s", got)
		}
	})
}

// An URL takes one file, of the type and size announced, for a quarter of an hour.
func TestUploadURL(t *testing.T) {
	each(t, func(t *testing.T, f *uploading) {
		data := asPNG(t, drawn(8, 8))
		to := f.create(t, "kim", v1.UploadPurpose_UPLOAD_PURPOSE_POST, "image/png", len(data))
		refused := func(what string, data []byte, headers map[string]string, reason string) {
			t.Helper()
			if status, got := put(t, to, data, headers); status/100 == 2 || !f.s3 && got != reason {
				t.Errorf("%s: %d, %s", what, status, got)
			}
		}
		refused("another type", data, map[string]string{"Content-Type": "text/html", "If-None-Match": "*"}, "UPLOAD_TYPE_MISMATCH")
		refused("compressed", data, map[string]string{"Content-Type": "image/png", "Content-Encoding": "gzip"}, "UPLOAD_TYPE_MISMATCH")
		refused("fewer bytes", data[1:], to.GetHeaders(), "UPLOAD_SIZE_MISMATCH")
		if got := f.keys(); got != "" && !f.s3 {
			t.Errorf("kept: %s", got)
		}
		if status, reason := put(t, to, data, to.GetHeaders()); status/100 != 2 {
			t.Fatalf("as announced: %d, %s", status, reason)
		}
		refused("again", data, to.GetHeaders(), "UPLOAD_REPEATED")
		if _, err := f.complete(t, "kim", to.GetFileId()); err != nil {
			t.Fatal(err)
		}
		if !f.s3 {
			refused("after it was completed", data, to.GetHeaders(), "UPLOAD_REPEATED")
			forged := &v1.CreateUploadResponse{Method: "PUT", UploadUrl: to.GetUploadUrl()[:len(to.GetUploadUrl())-1] + "_"}
			if status, reason := put(t, forged, data, to.GetHeaders()); status/100 == 2 || reason != "UPLOAD_URL_INVALID" {
				t.Errorf("a forged URL: %d, %s", status, reason)
			}
			late := f.create(t, "kim", v1.UploadPurpose_UPLOAD_PURPOSE_POST, "image/png", len(data))
			f.now = f.now.Add(15 * time.Minute)
			if status, reason := put(t, late, data, late.GetHeaders()); status/100 == 2 || reason != "UPLOAD_EXPIRED" {
				t.Errorf("after a quarter of an hour: %d, %s", status, reason)
			}
		}
		if got := f.keys(); got != "served/"+to.GetFileId() {
			t.Errorf("kept: %s", got)
		}
	})
}

// before is a store that returns uploads as they were found before.
type before struct {
	photos.UploadStore
	found []photos.Upload
}

func (b *before) Uploads(ctx context.Context, ids []string) ([]photos.Upload, error) {
	if found := b.found; found != nil {
		b.found = nil
		return found, nil
	}
	return b.UploadStore.Uploads(ctx, ids)
}

// What is served stays as it is when another file is sent to the URL of an upload that is complete, and is completed by a call that has
// looked the upload up before.
func TestFileThatIsReplaced(t *testing.T) {
	each(t, func(t *testing.T, f *uploading) {
		// Without compression, pictures of one size have as many bytes.
		encoder := png.Encoder{CompressionLevel: png.NoCompression}
		var data, other bytes.Buffer
		must(t, encoder.Encode(&data, drawn(30, 20)))
		m := image.NewNRGBA(image.Rect(0, 0, 30, 20))
		draw.Draw(m, m.Rect, image.Black, image.Point{}, draw.Src)
		must(t, encoder.Encode(&other, m))
		to := f.send(t, "image/png", data.Bytes())
		id := to.GetFileId()
		found, err := f.store.Uploads(t.Context(), []string{id})
		must(t, err)
		late := f.process(&before{UploadStore: f.store, found: found})
		first, err := f.complete(t, "kim", id)
		must(t, err)
		served, err := f.files.Get(t.Context(), "served/"+id, 1<<20)
		must(t, err)
		if status, reason := put(t, to, other.Bytes(), to.GetHeaders()); status/100 == 2 != f.s3 {
			t.Fatalf("sent again: %d, %s", status, reason)
		}
		if !f.s3 {
			// The request may have looked the upload up before, too.
			must(t, f.files.PutNew(t.Context(), "sent/"+id, "image/png", &other, int64(other.Len())))
		}
		for what, s := range map[string]*photos.Uploads{"again": f.Uploads, "late": late} {
			res, err := s.CompleteUpload(member(t, "kim"), &v1.CompleteUploadRequest{FileId: id})
			if err != nil || res.GetFile().String() != first.String() {
				t.Errorf("completed %s: %v, %v", what, res, err)
			}
			if now, err := f.files.Get(t.Context(), "served/"+id, 1<<20); err != nil || !bytes.Equal(now, served) {
				t.Errorf("completed %s, another picture is served: %v", what, err)
			}
		}
		if got := f.keys(); got != "served/"+id {
			t.Errorf("kept: %s", got)
		}
	})
}

// dying is a store of a process that is killed before it changes an upload.
type dying struct{ photos.UploadStore }

var errKilled = errors.New("killed")

func (dying) UpdateUpload(context.Context, string, func(*photos.Upload) error) (photos.Upload, error) {
	return photos.Upload{}, errKilled
}

// An upload whose process is killed while it completes it is completed by another call, or leaves nothing.
func TestCompletingIsCutOff(t *testing.T) {
	each(t, func(t *testing.T, f *uploading) {
		data := asPNG(t, drawn(30, 20))
		again, never := f.send(t, "image/png", data).GetFileId(), f.send(t, "image/png", data).GetFileId()
		for _, id := range []string{again, never} {
			_, err := f.process(dying{f.store}).CompleteUpload(member(t, "kim"), &v1.CompleteUploadRequest{FileId: id})
			if !errors.Is(err, errKilled) {
				t.Fatalf("the error is %v", err)
			}
			if !strings.Contains(f.keys(), "served/"+id) {
				t.Fatalf("kept: %s", f.keys())
			}
			if _, _, err := f.Source(t.Context(), id); !errors.Is(err, fault.NotFound) {
				t.Errorf("served before it is complete: %v", err)
			}
		}
		files, err := uploads.Find(t.Context(), f, "kim", uploads.Chat, []string{again})
		must(t, err)
		served, err := f.files.Get(t.Context(), "served/"+again, 1<<20)
		if err != nil || int64(len(served)) != files[0].Size || files[0].Width != 30 {
			t.Errorf("completed: %+v, of which %d bytes are served, %v", files[0], len(served), err)
		}
		f.now = f.now.Add(25 * time.Hour)
		must(t, f.DeleteUnused(t.Context()))
		if got := f.keys(); got != "served/"+again {
			t.Errorf("kept after a day: %s", got)
		}
	})
}

// A client that hangs up leaves nothing, and may send the file again.
func TestUploadThatIsCutOff(t *testing.T) {
	each(t, func(t *testing.T, f *uploading) {
		data := asPNG(t, drawn(300, 300))
		to := f.create(t, "kim", v1.UploadPurpose_UPLOAD_PURPOSE_POST, "image/png", len(data))
		at, err := url.Parse(to.GetUploadUrl())
		must(t, err)
		conn, err := net.Dial("tcp", at.Host)
		must(t, err)
		head := "PUT " + at.RequestURI() + " HTTP/1.1\r\nHost: " + at.Host + "\r\nContent-Length: " + strconv.Itoa(len(data)) + "\r\n"
		for name, value := range to.GetHeaders() {
			if name != "Content-Length" {
				head += name + ": " + value + "\r\n"
			}
		}
		_, err = io.WriteString(conn, head+"\r\n"+string(data[:len(data)/2]))
		must(t, err)
		must(t, conn.(*net.TCPConn).CloseWrite())
		// The server notices, and answers what it thinks of it.
		_, _ = io.Copy(io.Discard, conn)
		must(t, conn.Close())
		if got := f.keys(); got != "" {
			t.Errorf("kept: %s", got)
		}
		_, err = f.complete(t, "kim", to.GetFileId())
		wantRefusal(t, "half a file", err, "UPLOAD_NOT_RECEIVED")
		if status, reason := put(t, to, data, to.GetHeaders()); status/100 != 2 {
			t.Errorf("sent again: %d, %s", status, reason)
		}
		if _, err = f.complete(t, "kim", to.GetFileId()); err != nil {
			t.Error(err)
		}
	})
}

func TestUploadsAnHour(t *testing.T) {
	each(t, func(t *testing.T, f *uploading) {
		ask := func(user string, requestID *string, size int64) (*v1.CreateUploadResponse, error) {
			return f.CreateUpload(member(t, user), &v1.CreateUploadRequest{
				Purpose: v1.UploadPurpose_UPLOAD_PURPOSE_POST, ContentType: "image/png", Size: size, RequestId: requestID,
			})
		}
		key := "key"
		first, err := ask("kim", &key, 100)
		must(t, err)
		for range 9 {
			_, err := ask("kim", nil, 100)
			must(t, err)
		}
		again, err := ask("kim", &key, 100)
		if err != nil || again.GetFileId() != first.GetFileId() || !again.GetExpiresAt().AsTime().Equal(first.GetExpiresAt().AsTime()) {
			t.Errorf("repeated: %v, %v", again, err)
		}
		_, err = ask("kim", &key, 101)
		wantRefusal(t, "the key for something else", err, "REQUEST_ID_REUSED")
		_, err = ask("kim", nil, 100)
		wantRefusal(t, "the eleventh", err, "TOO_MANY_UPLOADS")
		var refused *fault.Error
		if !errors.As(err, &refused) || refused.RetryAfter < 59*time.Minute || refused.RetryAfter > time.Hour {
			t.Errorf("the delay of %v", err)
		}
		if _, err = ask("lee", nil, 100); err != nil {
			t.Errorf("another user: %v", err)
		}
	})
}

// Only who uploaded a file attaches it, for what it was uploaded for.
func TestFilesOfOthers(t *testing.T) {
	each(t, func(t *testing.T, f *uploading) {
		to := f.send(t, "image/png", asPNG(t, drawn(8, 8)))
		_, err := f.complete(t, "lee", to.GetFileId())
		wantRefusal(t, "completed by somebody else", err, "UPLOAD_NOT_FOUND")
		for user, purpose := range map[string]uploads.Purpose{"lee": uploads.Chat, "kim": uploads.Post} {
			_, err = uploads.Find(t.Context(), f, user, purpose, []string{to.GetFileId()})
			wantRefusal(t, "attached by "+user+" to a "+string(purpose), err, "ATTACHMENT_NOT_FOUND")
		}
		files, err := uploads.Find(t.Context(), f, "kim", uploads.Chat, []string{to.GetFileId()})
		must(t, err)
		if files[0].Width != 8 || files[0].ContentType != "image/png" || uploads.ToProto(f, files[0]).GetUrl() != to.GetUrl() {
			t.Errorf("attached: %+v", files[0])
		}
	})
}

// Two processes complete and attach the same upload at once.
func TestCompletingAtOnce(t *testing.T) {
	each(t, func(t *testing.T, f *uploading) {
		to := f.send(t, "image/png", asPNG(t, drawn(300, 200)))
		const calls = 8
		var answers [calls]string
		var wait sync.WaitGroup
		for i := range calls {
			wait.Go(func() {
				s := f.Uploads
				if i%2 == 1 {
					s = f.other
				}
				if i < calls/2 {
					res, err := s.CompleteUpload(member(t, "kim"), &v1.CompleteUploadRequest{FileId: to.GetFileId()})
					if err != nil {
						t.Error(err)
					}
					answers[i] = res.GetFile().String()
					return
				}
				files, err := uploads.Find(t.Context(), s, "kim", uploads.Chat, []string{to.GetFileId()})
				if err != nil {
					t.Error(err)
					return
				}
				answers[i] = uploads.ToProto(s, files[0]).String()
			})
		}
		wait.Wait()
		for _, answer := range answers {
			if answer != answers[0] || answer == "" {
				t.Errorf("answered %q and %q", answers[0], answer)
			}
		}
		if got := f.keys(); got != "served/"+to.GetFileId() {
			t.Errorf("kept: %s", got)
		}
	})
}

func TestUnusedUploadsAreDeleted(t *testing.T) {
	each(t, func(t *testing.T, f *uploading) {
		data := asPNG(t, drawn(8, 8))
		used, completed, sent := f.send(t, "image/png", data), f.send(t, "image/png", data), f.send(t, "image/png", data)
		f.create(t, "kim", v1.UploadPurpose_UPLOAD_PURPOSE_POST, "image/png", 10)
		_, err := uploads.Find(t.Context(), f, "kim", uploads.Chat, []string{used.GetFileId()})
		must(t, err)
		_, err = f.complete(t, "kim", completed.GetFileId())
		must(t, err)
		// A file that was sent again after its upload was completed.
		must(t, f.files.Put(t.Context(), "sent/"+completed.GetFileId(), "image/png", data))
		must(t, f.DeleteUnused(t.Context()))
		if got := strings.Count(f.keys(), "/"); got != 4 {
			t.Errorf("kept at once: %s", f.keys())
		}
		f.now = f.now.Add(25 * time.Hour)
		must(t, f.DeleteUnused(t.Context()))
		if got := f.keys(); got != "served/"+used.GetFileId() {
			t.Errorf("kept after a day: %s", got)
		}
		unused, err := f.store.UnusedUploads(t.Context(), f.now, 10)
		if err != nil || len(unused) > 0 {
			t.Errorf("stored after a day: %v, %v", unused, err)
		}
		_, err = uploads.Find(t.Context(), f, "kim", uploads.Chat, []string{sent.GetFileId()})
		wantRefusal(t, "what was deleted", err, "ATTACHMENT_NOT_FOUND")
		if _, _, err := f.Source(t.Context(), completed.GetFileId()); !errors.Is(err, fault.NotFound) {
			t.Errorf("served: %v", err)
		}
	})
}

func TestAvatars(t *testing.T) {
	each(t, func(t *testing.T, f *uploading) {
		data := asPNG(t, drawn(8, 8))
		avatar := func(user string) *v1.CreateUploadResponse {
			to := f.create(t, user, v1.UploadPurpose_UPLOAD_PURPOSE_AVATAR, "image/png", len(data))
			if status, reason := put(t, to, data, to.GetHeaders()); status/100 != 2 {
				t.Fatalf("sending was answered by %d, %s", status, reason)
			}
			return to
		}
		use := func(user, url string) (string, error) { return f.UseAvatar(t.Context(), user, url) }
		first, second, others := avatar("kim"), avatar("kim"), avatar("lee")
		if id, err := use("kim", first.GetUrl()); id != first.GetFileId() || err != nil {
			t.Fatalf("an own avatar: %q, %v", id, err)
		}
		former := "https://former.example.com/club/photos/" + first.GetFileId() + "/0123456789-_0123456789"
		if id, err := use("kim", former); id != first.GetFileId() || err != nil {
			t.Errorf("by a former address and key: %q, %v", id, err)
		}
		for _, url := range []string{
			"https://example.com/photos/a/b", "https://example.com/photos/" + others.GetFileId() + "/0123456789-_0123456789", former + "?w=320", "x" + former,
			"https://example.com/photos/%zz/0123456789-_0123456789",
		} {
			if id, err := use("kim", url); id != "" || err != nil {
				t.Errorf("a picture of another server, %s: %q, %v", url, id, err)
			}
		}
		for what, url := range map[string]string{
			"somebody else's": others.GetUrl(), "an unknown one": strings.Replace(first.GetUrl(), first.GetFileId(), "x", 1), "a forged one": first.GetUrl() + "x",
			"a picture of a chat": f.send(t, "image/png", data).GetUrl(),
		} {
			_, err := use("kim", url)
			wantRefusal(t, what, err, "AVATAR_NOT_FOUND")
		}
		if id, err := use("kim", second.GetUrl()); id != second.GetFileId() || err != nil {
			t.Fatalf("the second avatar: %q, %v", id, err)
		}
		must(t, f.FreeAvatar(t.Context(), "kim", first.GetFileId()))
		must(t, f.FreeAvatar(t.Context(), "lee", second.GetFileId()))
		must(t, f.FreeAvatar(t.Context(), "kim", "unknown"))
		f.now = f.now.Add(25 * time.Hour)
		must(t, f.DeleteUnused(t.Context()))
		if got := f.keys(); got != "served/"+second.GetFileId() {
			t.Errorf("kept after a day: %s", got)
		}
		must(t, f.EraseUploads(t.Context(), "lee"))
		must(t, f.EraseUploads(t.Context(), "kim"))
		if got := f.keys(); got != "" {
			t.Errorf("kept after the account was deleted: %s", got)
		}
	})
}
