package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	dongbaejul "github.com/dongbaejul/dongbaejul/clients/go"
	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// maxPicture is how large a picture may be, in bytes.
const maxPicture = 10 << 20

// pictureTypes are what can be uploaded.
var pictureTypes = []string{"image/jpeg", "image/png", "image/webp", "image/gif"}

func (d *dbj) upload() *cobra.Command {
	purpose := "post"
	c := &cobra.Command{
		Use: "upload FILE...", Short: "Upload pictures, for posts, messages or your profile", Long: uploadHelp,
		Example: `  dbj upload 단체사진.jpg -o jsonl | jq -r .file_id`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			of, err := parseWord[v1.UploadPurpose]("purpose", purpose)
			if err != nil {
				return err
			}
			if of == nil {
				return &refused{code: exitUsage, ko: "--purpose가 비어 있습니다.", en: "--purpose is empty."}
			}
			sent, err := d.uploadAll(c.Context(), *of, args)
			if err := errors.Join(d.printUploads(sent), err); err != nil {
				return err
			}
			return nil
		},
	}
	c.Flags().StringVar(&purpose, "purpose", purpose, "what they are for: "+strings.Join(words[v1.UploadPurpose](), ", "))
	complete(c, "purpose", words[v1.UploadPurpose]()...)
	return c
}

func (d *dbj) printUploads(sent []*v1.Attachment) error {
	if len(sent) == 0 {
		return nil
	}
	if d.format == asJSON && len(sent) == 1 {
		return d.document(sent[0])
	}
	p := d.printer
	if p.format == asJSON {
		// Several documents, one after the other.
		p.format = asLines
	}
	text := d.lang.text
	return list(&p, nil, sent, row{text("이름", "name"), text("형식", "type"), text("크기", "size"), "id", "url"},
		func(a *v1.Attachment) row {
			return row{a.GetName(), a.GetContentType(), pixels(a), a.GetFileId(), a.GetUrl()}
		})
}

// pixels is the size of a picture for people; empty if it is not known.
func pixels(p interface {
	GetWidth() int32
	GetHeight() int32
}) string {
	if p.GetWidth() == 0 {
		return ""
	}
	return fmt.Sprintf("%d×%d", p.GetWidth(), p.GetHeight())
}

// uploadAll uploads files, after it has looked at all of them, and returns those that were uploaded also if one fails.
func (d *dbj) uploadAll(ctx context.Context, purpose v1.UploadPurpose, paths []string) ([]*v1.Attachment, error) {
	files := make([]dongbaejul.File, len(paths))
	for i, path := range paths {
		var err error
		if files[i], err = pictureAt(path); err != nil {
			return nil, err
		}
		files[i].Purpose = purpose
	}
	if !d.config.waitSaid {
		d.config.wait = longWait
	}
	bars := newBars(d.stderr)
	d.status.logTo(bars.log())
	defer func() {
		d.status.logTo(nil)
		bars.stop()
	}()
	var sent []*v1.Attachment
	for _, f := range files {
		b := bars.addBytes(f.Name)
		b.expect(int(f.Size))
		f.Progress = b.set
		file, err := d.uploadOne(ctx, f)
		b.end()
		if errors.Is(err, dongbaejul.ErrFileChanged) {
			return sent, badPicture(f.Name, "올리는 동안 파일이 바뀌었습니다", "the file changed while it was sent")
		}
		if err != nil {
			return sent, err
		}
		sent = append(sent, file)
	}
	return sent, nil
}

// uploadOne uploads a file, and waits for the server's limit as long as for a server that does not answer.
func (d *dbj) uploadOne(ctx context.Context, f dongbaejul.File) (*v1.Attachment, error) {
	ctx, cancel := context.WithTimeout(ctx, d.config.wait)
	defer cancel()
	deadline, _ := ctx.Deadline()
	for {
		file, err := d.client.Upload(ctx, f)
		wait := dongbaejul.Explain(err).RetryAfter
		if wait == 0 || time.Until(deadline) < wait {
			return file, err
		}
		d.status.away(err, wait)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// pictureAt looks at a file that is to be uploaded.
func pictureAt(path string) (dongbaejul.File, error) {
	f := dongbaejul.File{Name: filepath.Base(path), Open: func() (io.ReadCloser, error) { return os.Open(path) }}
	content, err := os.Open(path)
	if err != nil {
		return f, err
	}
	defer func() { _ = content.Close() }()
	info, err := content.Stat()
	if err != nil {
		return f, err
	}
	head := make([]byte, 512)
	n, err := io.ReadFull(content, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return f, err
	}
	f.ContentType, f.Size = http.DetectContentType(head[:n]), info.Size()
	switch {
	case !info.Mode().IsRegular():
		return f, badPicture(path, "파일이 아닙니다", "it is no regular file")
	case !slices.Contains(pictureTypes, f.ContentType):
		return f, badPicture(path, "JPEG, PNG, WebP, GIF 사진이 아닙니다", "it is no JPEG, PNG, WebP or GIF picture")
	case f.Size > maxPicture:
		return f, badPicture(path, "10MiB보다 큽니다", "it has more than 10 MiB")
	}
	return f, nil
}

func badPicture(path, ko, en string) error {
	return &refused{code: exitFailed, ko: fmt.Sprintf("%s: %s.", path, ko), en: fmt.Sprintf("%s: %s.", path, en)}
}

const uploadHelp = `Uploads pictures and prints their ids, by which posts and messages attach them, and their addresses. The server takes out where they
were taken. JPEG, PNG, WebP and GIF, up to 10 MiB each, ten an hour. A picture that nothing uses is deleted after a day.`
