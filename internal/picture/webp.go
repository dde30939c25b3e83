package picture

import (
	"bytes"
	"encoding/binary"
)

const (
	riffHeader = 12
	// frameHeader is that of an ANMF chunk, before the chunks of the frame.
	frameHeader = 16
	// codesMemory is what one group of prefix codes of lossless WebP takes when all of its codes are as large as they can be, maxCodes
	// how many groups golang.org/x/image takes, and codesSize the fewest bytes of a file that such a group has.
	codesMemory = 56 << 10
	maxCodes    = 2600
	codesSize   = 10
	// loopSize is that of an ANIM chunk: a background and how often an animation is repeated.
	loopSize = 6
)

// Flags of VP8X.
const (
	flagAnimation = 1 << 1
	flagAlpha     = 1 << 4
	flagProfile   = 1 << 5
)

// chunk is one of a RIFF file.
type chunk struct {
	name string
	body []byte
}

// nextChunk cuts the first chunk off.
func nextChunk(data []byte) (c chunk, rest []byte, ok bool) {
	if len(data) < 8 {
		return chunk{}, nil, false
	}
	size := int(binary.LittleEndian.Uint32(data[4:]))
	if size > len(data)-8 {
		return chunk{}, nil, false
	}
	c = chunk{name: string(data[:4]), body: data[8 : 8+size]}
	// Chunks are padded to an even length; the last one may lack it.
	return c, data[min(8+size+size&1, len(data)):], true
}

// chunks calls f for each of the chunks in data, until one fails.
func (l *layout) chunks(data []byte, f func(c chunk) error) error {
	for count := 0; len(data) > 0; count++ {
		c, rest, ok := nextChunk(data)
		if !ok || count > maxChunks {
			return l.damaged("it ends in a chunk")
		}
		if err := f(c); err != nil {
			return err
		}
		data = rest
	}
	return nil
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// lookWebP walks over the chunks, and those of frames.
func (l *layout) lookWebP(data []byte) error {
	size := int(binary.LittleEndian.Uint32(data[4:]))
	if size < 4 || size > len(data)-8 {
		return l.damaged("it ends before its end")
	}
	l.end = 8 + size
	pixels, animated := false, false
	err := l.chunks(data[riffHeader:l.end], func(c chunk) error {
		switch c.name {
		case "VP8X":
			if len(c.body) < 10 || l.width != 0 {
				return l.damaged("a bad VP8X chunk")
			}
			animated = c.body[0]&flagAnimation != 0
			l.width, l.height = uint24(c.body[4:])+1, uint24(c.body[7:])+1
			return l.boundWebP()
		case "VP8 ", "VP8L":
			width, height, ok := bitstreamSize(c)
			if !ok || pixels || animated || l.width != 0 && (width != l.width || height != l.height) {
				return l.damaged("a bad %s chunk", c.name)
			}
			pixels, l.width, l.height = true, width, height
			l.framePixels = width * height
			if c.name == "VP8L" {
				l.addCodes(c, width, height)
			}
			return l.boundWebP()
		case "ALPH":
			l.addCodes(c, l.width, l.height)
		case "ANMF":
			if !animated {
				return l.damaged("a frame in a picture that is no animation")
			}
			width, height, err := l.frameWebP(c)
			if err != nil {
				return err
			}
			if pixels {
				l.frames++
			}
			pixels, l.framePixels = true, l.framePixels+width*height
			return l.bound()
		case "EXIF":
			l.orientation = orientation(bytes.TrimPrefix(c.body, exifHeader))
		case "ICCP":
			l.profile = usableProfile(c.body)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !pixels {
		return l.damaged("it has no picture")
	}
	l.memory = max(l.memory, min(l.memory+l.codes, maxMemory))
	if animated {
		// Browsers do not turn animations.
		l.orientation = 1
	}
	return nil
}

// boundWebP is bound, with the memory that decoding takes: colours of four bytes, and transparency.
func (l *layout) boundWebP() error {
	if l.width <= MaxSide && l.height <= MaxSide {
		l.memory = 5 * l.width * l.height
	}
	return l.bound()
}

// addCodes notes what the prefix codes of a lossless chunk take at most: there is one group of them for 4 × 4 pixels at most.
func (l *layout) addCodes(c chunk, width, height int) {
	groups := min(maxCodes, (width+3)/4*((height+3)/4), len(c.body)/codesSize)
	l.codes = max(l.codes, groups*codesMemory)
}

// frameWebP returns the size of a frame in an ANMF chunk.
func (l *layout) frameWebP(c chunk) (width, height int, err error) {
	if len(c.body) < frameHeader {
		return 0, 0, l.damaged("a short frame")
	}
	x, y := 2*uint24(c.body), 2*uint24(c.body[3:])
	width, height = uint24(c.body[6:])+1, uint24(c.body[9:])+1
	if x+width > l.width || y+height > l.height {
		return 0, 0, l.damaged("a frame outside of the picture")
	}
	found := false
	err = l.chunks(c.body[frameHeader:], func(c chunk) error {
		if c.name == "VP8L" || c.name == "ALPH" {
			l.addCodes(c, width, height)
		}
		if c.name != "VP8 " && c.name != "VP8L" {
			return nil
		}
		w, h, ok := bitstreamSize(c)
		if !ok || found || w != width || h != height {
			return l.damaged("a frame of another size than it says")
		}
		found = true
		return nil
	})
	if err == nil && !found {
		err = l.damaged("a frame without a picture")
	}
	return width, height, err
}

// bitstreamSize reads the header of a VP8 or VP8L chunk.
func bitstreamSize(c chunk) (width, height int, ok bool) {
	b := c.body
	if c.name == "VP8 " {
		if len(b) < 10 || b[0]&1 != 0 || b[3] != 0x9d || b[4] != 0x01 || b[5] != 0x2a {
			return 0, 0, false
		}
		return int(binary.LittleEndian.Uint16(b[6:])) & 0x3fff, int(binary.LittleEndian.Uint16(b[8:])) & 0x3fff, true
	}
	if len(b) < 5 || b[0] != 0x2f {
		return 0, 0, false
	}
	bits := binary.LittleEndian.Uint32(b[1:])
	return int(bits&0x3fff) + 1, int(bits>>14&0x3fff) + 1, true
}

// stillWebP returns what makes a picture of chunks, with a size, as a file of its own: the decoder refuses files that announce what
// they do not have, which others take.
func stillWebP(chunks []byte, size []byte) []byte {
	var alpha, pixels []byte
	for rest := chunks; len(rest) > 0; {
		c, after, ok := nextChunk(rest)
		if !ok {
			break
		}
		switch c.name {
		case "ALPH":
			header := make([]byte, 10)
			header[0] = flagAlpha
			copy(header[4:], size)
			alpha = appendChunk(appendChunk(nil, "VP8X", header), c.name, c.body)
		case "VP8 ":
			pixels = appendChunk(alpha, c.name, c.body)
		case "VP8L":
			pixels = appendChunk(nil, c.name, c.body)
		}
		rest = after
	}
	return riff(pixels)
}

// sizeWebP is a size in the form of VP8X.
func sizeWebP(width, height int) []byte {
	width, height = width-1, height-1
	return []byte{byte(width), byte(width >> 8), byte(width >> 16), byte(height), byte(height >> 8), byte(height >> 16)}
}

func riff(chunks []byte) []byte {
	file := append([]byte("RIFF\x00\x00\x00\x00WEBP"), chunks...)
	binary.LittleEndian.PutUint32(file[4:], uint32(len(file)-8))
	return file
}

func appendChunk(file []byte, name string, body []byte) []byte {
	file = append(file, name...)
	file = binary.LittleEndian.AppendUint32(file, uint32(len(body)))
	file = append(file, body...)
	if len(body)%2 != 0 {
		file = append(file, 0)
	}
	return file
}

// framesWebP returns the ANMF chunks of an animation that was looked at.
func framesWebP(data []byte) []chunk {
	var frames []chunk
	for rest := data[riffHeader:]; len(rest) > 0; {
		c, after, ok := nextChunk(rest)
		if !ok {
			break
		}
		if c.name == "ANMF" {
			frames = append(frames, c)
		}
		rest = after
	}
	return frames
}

// stripWebP returns an animation that was looked at without all that is no part of its pictures, also within its frames.
func stripWebP(data []byte, profile []byte) []byte {
	var kept []byte
	looped := false
	for rest := data[riffHeader:]; len(rest) > 0; {
		c, after, ok := nextChunk(rest)
		if !ok {
			break
		}
		switch c.name {
		case "VP8X":
			header := bytes.Clone(c.body[:10])
			header[0] &= flagAnimation | flagAlpha
			if profile != nil {
				header[0] |= flagProfile
			}
			kept = appendChunk(kept, c.name, header)
			if profile != nil {
				kept = appendChunk(kept, "ICCP", profile)
			}
		case "ANIM":
			if !looped && len(c.body) >= loopSize {
				kept, looped = appendChunk(kept, c.name, c.body[:loopSize]), true
			}
		case "ANMF":
			kept = appendChunk(kept, c.name, stripFrame(c.body))
		}
		rest = after
	}
	return riff(kept)
}

func stripFrame(body []byte) []byte {
	kept := bytes.Clone(body[:frameHeader])
	for rest := body[frameHeader:]; len(rest) > 0; {
		c, after, ok := nextChunk(rest)
		if !ok {
			break
		}
		switch c.name {
		case "ALPH", "VP8 ", "VP8L":
			kept = appendChunk(kept, c.name, c.body)
		}
		rest = after
	}
	return kept
}

// withProfile adds a profile to WebP that libwebp encoded.
func withProfile(encoded []byte, width, height int, profile []byte) []byte {
	if profile == nil {
		return encoded
	}
	header := make([]byte, 10)
	header[0] = flagProfile
	copy(header[4:], sizeWebP(width, height))
	var pixels []byte
	for rest := encoded[riffHeader:]; len(rest) > 0; {
		c, after, ok := nextChunk(rest)
		if !ok {
			break
		}
		if c.name == "VP8X" {
			header[0] |= c.body[0] & flagAlpha
		} else {
			pixels = appendChunk(pixels, c.name, c.body)
		}
		rest = after
	}
	return riff(append(appendChunk(appendChunk(nil, "VP8X", header), "ICCP", profile), pixels...))
}
