package picture

import (
	"bytes"
	"encoding/binary"
	"net/http"
	"slices"
	"strings"
)

const (
	// sniffed is how much of the beginning of a file tells its type.
	sniffed = 1445
	// zipTail is as far from its end as the directory of a ZIP file may be pointed to.
	zipTail = 65557
)

// heifTypes are the MIME types by the brand of an ISO media file.
var heifTypes = map[string]string{
	"heic": "image/heic", "heix": "image/heic", "heim": "image/heic", "heis": "image/heic", "hevc": "image/heic", "hevx": "image/heic",
	"mif1": "image/heif", "msf1": "image/heif", "avif": "image/avif", "avis": "image/avif", "qt  ": "video/quicktime",
	"crx ": "image/x-canon-cr3", "jxl ": "image/jxl", "jp2 ": "image/jp2",
}

// signatures are first bytes that net/http does not know.
var signatures = []struct{ first, found string }{
	{"\xff\xd8\xff", string(JPEG)},
	{"II*\x00", "image/tiff"}, {"MM\x00*", "image/tiff"},
	{"\xff\x0a", "image/jxl"}, {"\x00\x00\x00\x0cJXL \r\n\x87\n", "image/jxl"},
	{"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"}, {"8BPS", "image/vnd.adobe.photoshop"}, {"qoif", "image/qoi"},
	{"\x7fELF", "application/x-executable"}, {"MZ", "application/x-executable"},
}

// Sniff returns the MIME type that bytes are of, as far as their beginning tells; empty if it does not.
func Sniff(data []byte) string {
	for _, s := range signatures {
		if bytes.HasPrefix(data, []byte(s.first)) {
			return s.found
		}
	}
	if len(data) >= 12 && string(data[4:8]) == "ftyp" {
		if found, ok := heifTypes[string(data[8:12])]; ok {
			return found
		}
		return "video/mp4"
	}
	if isSVG(data) {
		return "image/svg+xml"
	}
	found, _, _ := strings.Cut(http.DetectContentType(data), ";")
	if found == "application/octet-stream" {
		return ""
	}
	return found
}

// isSVG reports whether data is XML whose first element is svg.
func isSVG(data []byte) bool {
	text := bytes.TrimPrefix(data[:min(len(data), sniffed)], []byte("\xef\xbb\xbf"))
	if utf16 := bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")); utf16 {
		text = bytes.ReplaceAll(text[2:], []byte{0}, nil)
	}
	text = bytes.TrimLeft(text, " \t\r\n")
	for {
		var end string
		switch {
		case bytes.HasPrefix(text, []byte("<?")):
			end = "?>"
		case bytes.HasPrefix(text, []byte("<!--")):
			end = "-->"
		case bytes.HasPrefix(text, []byte("<!")):
			return bytes.Contains(bytes.ToLower(text), []byte("<!doctype svg"))
		default:
			return bytes.HasPrefix(bytes.ToLower(text), []byte("<svg"))
		}
		_, rest, ok := bytes.Cut(text, []byte(end))
		if !ok {
			return false
		}
		text = bytes.TrimLeft(rest, " \t\r\n")
	}
}

// secondType returns the type of the other file that data, a picture up to end, is too; empty for none. What telephones add to a
// picture, such as a film of the moment or a second picture, is none: it is left out of what is encoded.
func secondType(data []byte, end int) string {
	rest := data[end:]
	first := bytes.ToLower(data[:min(len(data), sniffed)])
	for _, p := range []struct{ begin, found string }{
		{"%pdf-", "application/pdf"}, {"<script", "text/html"}, {"<!doctype html", "text/html"}, {"<html", "text/html"},
		{"<?php", "application/x-php"}, {"<svg", "image/svg+xml"},
	} {
		if bytes.Contains(first, []byte(p.begin)) || bytes.Contains(bytes.ToLower(rest), []byte(p.begin)) {
			return p.found
		}
	}
	if isZIP(data) {
		return "application/zip"
	}
	for _, p := range []struct{ begin, found string }{
		{"Rar!\x1a\x07", "application/vnd.rar"}, {"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"}, {"\x7fELF", "application/x-executable"},
	} {
		if bytes.Contains(rest, []byte(p.begin)) {
			return p.found
		}
	}
	return ""
}

// isZIP reports whether data ends as a ZIP file does, with what points to its directory. Where the file begins does not matter to
// programs that open one.
func isZIP(data []byte) bool {
	const length = 22
	tail := data[max(len(data)-zipTail, 0):]
	for {
		at := bytes.LastIndex(tail, []byte("PK\x05\x06"))
		if at < 0 {
			return false
		}
		if record := tail[at:]; len(record) >= length {
			size := int(binary.LittleEndian.Uint32(record[12:]))
			before := len(data) - len(record) - size
			empty := size == 0
			if empty || before >= 0 && bytes.HasPrefix(data[before:], []byte("PK\x01\x02")) {
				return !empty || slices.Equal(record[8:12], []byte{0, 0, 0, 0})
			}
		}
		tail = tail[:at]
	}
}
