package picture

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestTypesByTheBytes(t *testing.T) {
	drawn := corners(16, 8)
	for _, tt := range []struct {
		name string
		data []byte
		want Info
	}{
		{"JPEG", asJPEG(t, drawn), Info{JPEG, 16, 8, 1}},
		{"JPEG on its side", withSegment(asJPEG(t, drawn), markerAPP1, "Exif\x00\x00"+exif(binary.BigEndian, 6)), Info{JPEG, 8, 16, 1}},
		{"PNG", asPNG(t, drawn), Info{PNG, 16, 8, 1}},
		{"PNG on its side", withChunk(asPNG(t, drawn), "eXIf", exif(binary.LittleEndian, 8)), Info{PNG, 8, 16, 1}},
		{"WebP", asWebP(t, drawn), Info{WebP, 16, 8, 1}},
		{"WebP on its side", withRIFF(asWebP(t, drawn), 16, 8, "EXIF", exif(binary.LittleEndian, 5)), Info{WebP, 8, 16, 1}},
		{"GIF", asGIF(t, drawn, 1), Info{GIF, 16, 8, 1}},
		{"animated GIF", asGIF(t, drawn, 7), Info{GIF, 16, 8, 7}},
		{"animated WebP", asAnimatedWebP(t, drawn, drawn, drawn), Info{WebP, 16, 8, 3}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := Look(tt.data); got != tt.want || err != nil {
				t.Errorf("got %+v, %v, want %+v", got, err, tt.want)
			}
		})
	}
}

func headerPNG(width, height uint32, depth, colour, interlace byte) []byte {
	body := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	body = append(body, depth, colour, 0, 0, interlace)
	data := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR")
	data = append(append(data, body...), 0, 0, 0, 0)
	return append(data, "\x00\x00\x00\x00IDAT\x00\x00\x00\x00\x00\x00\x00\x00IEND\x00\x00\x00\x00"...)
}

func headerJPEG(sof byte, width, height uint16, sampling ...byte) []byte {
	body := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16([]byte{8}, height), width)
	body = append(body, byte(len(sampling)))
	for i, s := range sampling {
		body = append(body, byte(i+1), s, 0)
	}
	data := withSegment([]byte{0xff, markerSOI}, sof, string(body))
	return append(data, 0xff, markerSOS, 0, 2, 1, 2, 3, 0xff, markerEOI)
}

func zipped(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if f, err := w.Create("a.txt"); err != nil {
		t.Fatal(err)
	} else if _, err := f.Write([]byte("hidden")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// repeatedGIF shows the same picture many times.
func repeatedGIF(t *testing.T, side, frames int) []byte {
	t.Helper()
	once := asGIF(t, corners(side, side), 1)
	header := once[:gifHeader+colours(once[10])]
	return join(header, bytes.Repeat(once[len(header):len(once)-1], frames), []byte{blockTrailer})
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestRefused(t *testing.T) {
	drawn := corners(64, 48)
	jpg, pic, web, anim := asJPEG(t, drawn), asPNG(t, drawn), asWebP(t, drawn), asGIF(t, drawn, 3)
	isZIP := zipped(t)
	ftyp := func(brand string) []byte { return []byte("\x00\x00\x00\x18ftyp" + brand + "\x00\x00\x00\x00mif1heic") }
	noFrames := append(bytes.Clone(anim[:gifHeader+colours(anim[10])]), blockTrailer)
	for _, tt := range []struct {
		name    string
		data    []byte
		problem Problem
		found   string
	}{
		{"nothing", nil, Unsupported, "text/plain"},
		{"bytes of no type", []byte{1, 2, 3, 4}, Unsupported, ""},
		{"text", []byte("hello"), Unsupported, "text/plain"},
		{"HTML", []byte("<!DOCTYPE html><p>"), Unsupported, "text/html"},
		{"SVG", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), Unsupported, "image/svg+xml"},
		{"SVG after its prolog", []byte("\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- a -->\n<SVG>"), Unsupported, "image/svg+xml"},
		{"SVG with its type", []byte(`<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"><svg/>`), Unsupported, "image/svg+xml"},
		{"SVG in UTF-16", []byte("\xff\xfe<\x00s\x00v\x00g\x00>\x00"), Unsupported, "image/svg+xml"},
		{"HEIC", ftyp("heic"), Unsupported, "image/heic"},
		{"HEIF", ftyp("mif1"), Unsupported, "image/heif"},
		{"AVIF", ftyp("avif"), Unsupported, "image/avif"},
		{"MP4", ftyp("isom"), Unsupported, "video/mp4"},
		{"TIFF", []byte("II*\x00\x08\x00\x00\x00"), Unsupported, "image/tiff"},
		{"BMP", []byte("BM\x00\x00\x00\x00"), Unsupported, "image/bmp"},
		{"PDF", []byte("%PDF-1.7"), Unsupported, "application/pdf"},
		{"ZIP", isZIP, Unsupported, "application/zip"},

		{"10 MiB and a byte", append(bytes.Clone(jpg), make([]byte, MaxBytes+1-len(jpg))...), TooLarge, "image/jpeg"},
		{"PNG of 50,000 × 50,000", headerPNG(50_000, 50_000, 8, 6, 0), TooManyPixels, "image/png"},
		{"PNG of 2³¹ × 2³¹", headerPNG(1<<31, 1<<31, 8, 6, 0), TooManyPixels, "image/png"},
		{"PNG with a long side", headerPNG(MaxSide+1, 1, 8, 6, 0), TooManyPixels, "image/png"},
		{"PNG of too many pixels", headerPNG(8000, 5001, 8, 6, 0), TooManyPixels, "image/png"},
		{"PNG of 16 bits a colour", headerPNG(8000, 5000, 16, 6, 0), TooManyPixels, "image/png"},
		{"PNG without a width", headerPNG(0, 10, 8, 6, 0), Damaged, "image/png"},
		{"JPEG of 65,535 × 65,535", headerJPEG(markerSOF0, 65535, 65535, 0x11), TooManyPixels, "image/jpeg"},
		{"progressive JPEG with all colours", headerJPEG(markerSOF2, 8000, 5000, 0x11, 0x11, 0x11), TooManyPixels, "image/jpeg"},
		{"JPEG of two frames", withSegment(jpg, markerSOF0, "\x08\x00\x01\x00\x01\x01\x01\x11\x00"), Damaged, "image/jpeg"},
		{"JPEG with arithmetic coding", headerJPEG(0xc9, 8, 8, 0x11), Unsupported, "image/jpeg"},
		{"JPEG of many scans", join(jpg[:len(jpg)-2], bytes.Repeat([]byte{0xff, markerSOS, 0, 2, 7}, maxScans), jpg[len(jpg)-2:]), Damaged, "image/jpeg"},
		{"JPEG without a picture", []byte{0xff, 0xd8, 0xff, 0xd9}, Damaged, "image/jpeg"},
		{"truncated JPEG", jpg[:len(jpg)*2/3], Damaged, "image/jpeg"},
		{"JPEG cut in a segment", jpg[:30], Damaged, "image/jpeg"},
		{"truncated PNG", pic[:len(pic)-20], Damaged, "image/png"},
		{"PNG without a picture", join(pic[:33], pic[len(pic)-12:]), Damaged, "image/png"},
		{"truncated WebP", web[:len(web)-10], Damaged, "image/webp"},
		{"WebP of two pictures", withRIFF(web, 64, 48, "VP8 ", string(web[20:])), Damaged, "image/webp"},
		{"WebP of another size than it says", withRIFF(web, 63, 48, "XMP ", ""), Damaged, "image/webp"},
		{"GIF of 10,000 frames", repeatedGIF(t, 2, 10_000), TooManyFrames, "image/gif"},
		{"GIF of too many pixels in all", repeatedGIF(t, 500, 401), TooManyFrames, "image/gif"},
		{"GIF of 50,000 × 50,000", []byte("GIF89aP\xc3P\xc3\x00\x00\x00\x3b"), TooManyPixels, "image/gif"},
		{"truncated GIF", anim[:len(anim)/2], Damaged, "image/gif"},
		{"GIF without a picture", noFrames, Damaged, "image/gif"},

		{"JPEG and ZIP", join(jpg, isZIP), Unsupported, "application/zip"},
		{"PNG and ZIP", join(pic, isZIP), Unsupported, "application/zip"},
		{"GIF and ZIP", join(anim, isZIP), Unsupported, "application/zip"},
		{"WebP and ZIP", join(web, isZIP), Unsupported, "application/zip"},
		{"JPEG with ZIP in a comment", withSegment(jpg, 0xfe, string(isZIP)), Unsupported, "application/zip"},
		{"JPEG and PDF", withSegment(jpg, 0xfe, "%PDF-1.7 obj"), Unsupported, "application/pdf"},
		{"JPEG and HTML after it", join(jpg, []byte("<SCRIPT>alert(1)</script>")), Unsupported, "text/html"},
		{"JPEG and HTML in it", withSegment(jpg, 0xfe, "--><script>alert(1)</script>"), Unsupported, "text/html"},
		{"PNG and PHP", withChunk(pic, "tEXt", "Comment\x00<?php system($_GET[0]);"), Unsupported, "application/x-php"},
		{"GIF and RAR", join(anim, []byte("Rar!\x1a\x07\x01\x00")), Unsupported, "application/vnd.rar"},
		{"JPEG and a program", join(jpg, []byte("\x7fELF\x02\x01")), Unsupported, "application/x-executable"},
		// The film and the second picture of telephones are no second file that somebody hides.
		{"JPEG and a film", join(jpg, ftyp("mp42"), make([]byte, 1000)), "", ""},
		{"JPEG and JPEG", join(jpg, jpg), "", ""},
		{"PNG and zeros", join(pic, make([]byte, 100)), "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Look(tt.data)
			var refused *Error
			switch {
			case tt.problem == "" && err != nil:
				t.Errorf("got %v", err)
			case tt.problem == "":
			case !errors.As(err, &refused) || !errors.Is(err, tt.problem) || refused.Found != tt.found:
				t.Errorf("got %v, want %s of %q", err, tt.problem, tt.found)
			}
			if tt.problem == "" {
				return
			}
			if _, err := shared().Clean(t.Context(), tt.data); !errors.Is(err, tt.problem) {
				t.Errorf("Clean: %v", err)
			}
		})
	}
}

// What the structure does not show, decoding does.
func TestDamagedPixels(t *testing.T) {
	drawn := corners(200, 150)
	spoil := func(data []byte) []byte {
		spoilt := bytes.Clone(data)
		for i := len(spoilt) / 2; i < len(spoilt)*3/4; i++ {
			spoilt[i] ^= 0x55
		}
		return spoilt
	}
	for name, data := range map[string][]byte{"PNG": asPNG(t, drawn), "GIF": asGIF(t, drawn, 1), "animated GIF": asGIF(t, drawn, 4)} {
		if _, err := shared().Clean(t.Context(), spoil(data)); !errors.Is(err, Damaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestErrorsSayWhatWasFound(t *testing.T) {
	for _, tt := range []struct {
		err  *Error
		want string
	}{
		{&Error{Problem: Unsupported, Found: "image/heic"}, "picture: unsupported file type (image/heic)"},
		{&Error{Problem: Damaged, Found: "image/gif", Detail: "an unknown block"}, "picture: damaged picture (image/gif): an unknown block"},
		{&Error{Problem: Unsupported}, "picture: unsupported file type"},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func FuzzLook(f *testing.F) {
	drawn := corners(9, 7)
	for _, data := range [][]byte{
		asJPEG(f, drawn), asPNG(f, drawn), asWebP(f, drawn), asGIF(f, drawn, 2), asAnimatedWebP(f, drawn, drawn),
		withSegment(asJPEG(f, drawn), markerAPP1, "Exif\x00\x00"+exif(binary.BigEndian, 6)),
		withChunk(asPNG(f, drawn), "eXIf", exif(binary.LittleEndian, 3)), []byte("<?xml?><svg>"), []byte("\x00\x00\x00\x18ftypheic"),
	} {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		info, err := Look(data)
		if err != nil {
			var refused *Error
			if !errors.As(err, &refused) || refused.Problem == "" {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		if info.Width < 1 || info.Height < 1 || info.Width > MaxSide || info.Height > MaxSide || info.Frames < 1 || info.Frames > MaxFrames ||
			!strings.HasPrefix(string(info.Type), "image/") {
			t.Fatalf("%+v", info)
		}
	})
}

func ExampleLook() {
	_, err := Look([]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"))
	fmt.Println(err)
	// Output: picture: unsupported file type (image/heic)
}
