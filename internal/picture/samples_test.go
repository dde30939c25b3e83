package picture

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	mathbits "math/bits"
	"slices"
	"sync"
	"testing"
)

// corners draws four colours, one a quarter, so that each way to turn the picture shows.
func corners(width, height int) *image.NRGBA {
	drawn := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := [2][2]color.NRGBA{
				{{220, 40, 40, 255}, {40, 200, 60, 255}}, {{50, 60, 210, 255}, {235, 225, 70, 255}},
			}[2*y/height][2*x/width]
			drawn.SetNRGBA(x, y, c)
		}
	}
	return drawn
}

func asJPEG(t testing.TB, drawn image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, drawn, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, drawn image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, drawn); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// shared is the Codec of tests that need none of their own.
var shared = sync.OnceValue(NewCodec)

func asWebP(t testing.TB, drawn *image.NRGBA) []byte {
	t.Helper()
	encoded, err := lossyWebP(drawn, 90)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// asGIF is an animation that moves one picture over frames.
func asGIF(t testing.TB, drawn image.Image, frames int) []byte {
	t.Helper()
	animation := &gif.GIF{}
	bounds := drawn.Bounds()
	for i := range frames {
		frame := image.NewPaletted(bounds, palette.Plan9)
		draw.Draw(frame, bounds, drawn, bounds.Min.Add(image.Pt(i, 0)), draw.Src)
		animation.Image, animation.Delay = append(animation.Image, frame), append(animation.Delay, 5)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, animation); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// asAnimatedWebP joins frames of the same size.
func asAnimatedWebP(t testing.TB, frames ...*image.NRGBA) []byte {
	t.Helper()
	width, height := frames[0].Rect.Dx(), frames[0].Rect.Dy()
	header := make([]byte, 10)
	header[0] = flagAnimation | flagAlpha
	copy(header[4:], sizeWebP(width, height))
	chunks := appendChunk(nil, "VP8X", header)
	chunks = appendChunk(chunks, "ANIM", make([]byte, 6))
	for _, frame := range frames {
		body := make([]byte, frameHeader)
		copy(body[6:], sizeWebP(width, height))
		body[12] = 40
		for rest := asWebP(t, frame)[riffHeader:]; len(rest) > 0; {
			c, after, ok := nextChunk(rest)
			if !ok {
				t.Fatal("a broken picture of the encoder")
			}
			if c.name != "VP8X" {
				body = appendChunk(body, c.name, c.body)
			}
			rest = after
		}
		chunks = appendChunk(chunks, "ANMF", body)
	}
	return riff(chunks)
}

// bits writes from the least significant bit of each byte on, as lossless WebP has them.
type bits struct {
	data []byte
	n    int
}

func (b *bits) put(value, width int) {
	for i := range width {
		if b.n%8 == 0 {
			b.data = append(b.data, 0)
		}
		b.data[b.n/8] |= byte(value>>i&1) << (b.n % 8)
		b.n++
	}
}

// code writes a prefix code of count symbols, all of length bits, of an alphabet.
func (b *bits) code(alphabet, count, length int) {
	b.put(0, 1)
	order := []int{17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11}
	lengths := max(slices.Index(order, length)+1, 4)
	b.put(lengths-4, 4)
	for _, l := range order[:lengths] {
		if l == length {
			b.put(1, 3)
		} else {
			b.put(0, 3)
		}
	}
	if count == alphabet {
		b.put(0, 1)
		return
	}
	b.put(1, 1)
	b.put(4, 3)
	b.put(count-2, 10)
}

// asManyCodes is a lossless WebP with as many prefix codes as its decoder takes, each as large as it can be.
func asManyCodes(side int) []byte {
	const groups = 2600
	b := &bits{}
	b.put(0x2f, 8)
	b.put(side-1, 14)
	b.put(side-1, 14)
	b.put(0, 1+3+1) // opaque, version 0, no transform
	b.put(1, 1)
	b.put(10, 4) // a cache of 1024 colours
	b.put(1, 1)
	b.put(0, 3+1) // groups of codes for blocks of 4 × 4 pixels, whose numbers have no cache of colours
	b.code(280, 256, 8)
	b.code(256, 256, 8)
	for range 3 {
		b.put(0b101, 3) // one symbol, of 8 bits
		b.put(0, 8)
	}
	reversed := func(i int) int { return int(mathbits.Reverse8(uint8(i))) }
	for i := range (side + 3) / 4 * ((side + 3) / 4) {
		no := min(i, groups-1)
		b.put(reversed(no), 8)
		b.put(reversed(no>>8), 8)
	}
	for range groups {
		b.code(280+1024, 1024, 10)
		b.code(256, 256, 8)
		b.code(256, 256, 8)
		b.code(256, 256, 8)
		b.code(40, 32, 5)
	}
	b.put(0, 1)
	b.data = append(b.data, make([]byte, side*side*34/8+8)...)
	return riff(appendChunk(nil, "VP8L", b.data))
}

// withSegment adds a segment after the first marker of a JPEG.
func withSegment(data []byte, marker byte, body string) []byte {
	with := append([]byte(nil), data[:2]...)
	with = binary.BigEndian.AppendUint16(append(with, 0xff, marker), uint16(len(body)+2))
	return append(append(with, body...), data[2:]...)
}

// withChunk adds a chunk after the header of a PNG.
func withChunk(data []byte, kind, body string) []byte {
	const header = pngSignature + 12 + 13
	with := append([]byte(nil), data[:header]...)
	with = binary.BigEndian.AppendUint32(with, uint32(len(body)))
	with = append(with, kind+body...)
	with = binary.BigEndian.AppendUint32(with, crc32.ChecksumIEEE([]byte(kind+body)))
	return append(with, data[header:]...)
}

// withRIFF adds a chunk at the end of WebP with one chunk, which gets a header for that.
func withRIFF(data []byte, width, height int, name, body string) []byte {
	header := make([]byte, 10)
	copy(header[4:], sizeWebP(width, height))
	switch name {
	case "EXIF":
		header[0] = 1 << 3
	case "XMP ":
		header[0] = 1 << 2
	}
	chunks := append(appendChunk(nil, "VP8X", header), data[riffHeader:]...)
	return riff(appendChunk(chunks, name, []byte(body)))
}

// exif is a block with an orientation, a camera, and a place.
func exif(order binary.AppendByteOrder, orientation uint16) string {
	b := []byte("II*\x00")
	if order.String() == binary.BigEndian.String() {
		b = []byte("MM\x00*")
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 3)
	entry := func(tag, kind uint16, count, value uint32) {
		b = order.AppendUint16(order.AppendUint16(b, tag), kind)
		b = order.AppendUint32(order.AppendUint32(b, count), value)
	}
	const end = 8 + 2 + 3*12 + 4
	entry(0x010f, 2, uint32(len(camera)), end)
	b = order.AppendUint16(order.AppendUint16(b, tagOrientation), typeShort)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(order.AppendUint16(b, orientation), 0)
	entry(0x8825, 4, 1, end+uint32(len(camera)))
	b = order.AppendUint32(b, 0)
	return string(b) + camera + place
}

const (
	camera = "GeheimCam 9000\x00"
	place  = "\x00\x0137.5665N126.978E"
)
