package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
)

const pngSignature = 8

// lookPNG walks over the chunks.
func (l *layout) lookPNG(data []byte) error {
	pixels := false
	for i, count := pngSignature, 0; ; count++ {
		if len(data)-i < 12 || count > maxChunks {
			return l.damaged("it ends before its end chunk")
		}
		length := int(binary.BigEndian.Uint32(data[i:]))
		kind := string(data[i+4 : i+8])
		if length > len(data)-i-12 {
			return l.damaged("it ends in a chunk")
		}
		body := data[i+8 : i+8+length]
		i += 12 + length
		if (count == 0) != (kind == "IHDR") {
			return l.damaged("its header is not the first chunk")
		}
		switch kind {
		case "IHDR":
			if err := l.headerPNG(body); err != nil {
				return err
			}
		case "IDAT":
			pixels = true
		case "eXIf":
			l.orientation = orientation(body)
		case "iCCP":
			l.profile = usableProfile(inflateProfile(body))
		case "IEND":
			l.end = i
			if !pixels {
				return l.damaged("it has no picture")
			}
			return nil
		}
	}
}

func (l *layout) headerPNG(body []byte) error {
	if len(body) != 13 {
		return l.damaged("a header of %d bytes", len(body))
	}
	width, height := binary.BigEndian.Uint32(body), binary.BigEndian.Uint32(body[4:])
	// Compared before they are multiplied.
	l.width, l.height = int(min(width, 1<<20)), int(min(height, 1<<20))
	if err := l.bound(); err != nil {
		return err
	}
	l.framePixels = l.width * l.height
	// What image/png decodes to, at most: four channels of one or two bytes, and the passes of an interlaced one.
	l.memory = 4 * l.framePixels
	if body[8] == 16 {
		l.memory *= 2
	}
	if colour := body[9]; (colour == 0 || colour == 3) && body[8] <= 8 {
		l.memory /= 4
	}
	if body[12] != 0 {
		l.memory += l.memory / 2
	}
	return l.bound()
}

// inflateProfile returns the profile of an iCCP chunk: a name, a method and what zlib packed; nil if it cannot be read.
func inflateProfile(body []byte) []byte {
	_, compressed, ok := bytes.Cut(body, []byte{0})
	if !ok || len(compressed) < 1 {
		return nil
	}
	reader, err := zlib.NewReader(bytes.NewReader(compressed[1:]))
	if err != nil {
		return nil
	}
	profile, err := io.ReadAll(io.LimitReader(reader, maxProfile+1))
	if err != nil {
		return nil
	}
	return profile
}

// insertProfile adds a profile after the header of a PNG.
func insertProfile(encoded, profile []byte) []byte {
	if profile == nil {
		return encoded
	}
	var body bytes.Buffer
	body.WriteString("iCCPprofile\x00\x00")
	compressor := zlib.NewWriter(&body)
	// Writing to memory does not fail.
	_, _ = compressor.Write(profile)
	_ = compressor.Close()
	const header = pngSignature + 12 + 13
	with := append([]byte(nil), encoded[:header]...)
	with = binary.BigEndian.AppendUint32(with, uint32(body.Len()-4))
	with = append(with, body.Bytes()...)
	with = binary.BigEndian.AppendUint32(with, crc32.ChecksumIEEE(body.Bytes()))
	return append(with, encoded[header:]...)
}
