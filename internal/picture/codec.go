package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"time"

	"github.com/bbrks/go-blurhash"
	"golang.org/x/image/webp"
	"golang.org/x/sync/semaphore"
)

const (
	// maxMemory bounds what decoding one picture takes, and all that are decoded at once, in bytes.
	maxMemory = 256 << 20
	// MaxSources bounds the sources that are in memory at once, each of MaxBytes at most.
	MaxSources = 8
	// MaxServed bounds both sides of what is encoded: larger pictures are made smaller.
	MaxServed = 4096

	// maxAnimation is how long all frames of an animation may take to decode: those of 10 MiB take minutes if they are made for that.
	maxAnimation = 15 * time.Second

	jpegQuality = 85
	// hashSide is how large the picture is whose hash is made.
	hashSide = 32
)

// Picture is an encoded picture, without metadata.
type Picture struct {
	Info
	Data []byte
	// Blurhash is a placeholder of some 30 characters (https://blurha.sh).
	Blurhash string
}

// Codec decodes and encodes pictures: as many at once as maxMemory allows. It may be used concurrently.
type Codec struct {
	memory *semaphore.Weighted
	// sources bounds the files that are in memory to be decoded.
	sources *semaphore.Weighted
	// encoding bounds the WebP encoded at once, which has memory of its own.
	encoding *semaphore.Weighted
	// maxEncoded is the largest picture that is made, in bytes.
	maxEncoded   int
	maxAnimation time.Duration
}

// NewCodec returns a Codec.
func NewCodec() *Codec {
	return &Codec{
		memory: semaphore.NewWeighted(maxMemory), sources: semaphore.NewWeighted(MaxSources), encoding: semaphore.NewWeighted(1),
		maxEncoded: MaxBytes, maxAnimation: maxAnimation,
	}
}

// Reserve waits for a place in memory for one source and what is made of it: one of MaxSources. Callers reserve before they read a
// source, and call release when they no longer use either. Who has a place must not wait for another one.
func (c *Codec) Reserve(ctx context.Context) (release func(), err error) {
	if err := c.sources.Acquire(ctx, 1); err != nil {
		return nil, fmt.Errorf("wait for a place for a picture: %w", err)
	}
	return func() { c.sources.Release(1) }, nil
}

// Clean decodes a picture and encodes it again, upright, of at most MaxServed pixels a side and MaxBytes, and of the type JPEG, or PNG
// where it was PNG or has transparency, unless that would have more. An animation keeps its type: each of its frames is decoded to see
// that it can be, and what is no part of its frames is left out. What is refused is refused with an *Error.
func (c *Codec) Clean(ctx context.Context, data []byte) (Picture, error) {
	l, release, err := c.admit(ctx, data)
	if err != nil {
		return Picture{}, err
	}
	defer release()
	if l.frames > 1 {
		limited, cancel := context.WithTimeout(ctx, c.maxAnimation)
		defer cancel()
		cleaned, err := c.cleanAnimation(limited, l, data)
		if err != nil && limited.Err() != nil && ctx.Err() == nil {
			err = &Error{Problem: TooManyFrames, Found: string(l.kind), Detail: "they take too long to decode"}
		}
		return cleaned, err
	}
	decoded, err := l.decode(ctx, data)
	if err != nil {
		return Picture{}, err
	}
	shown := l.upright(decoded, MaxServed, MaxServed)
	kind := JPEG
	if l.kind == PNG || !shown.Opaque() {
		kind = PNG
	}
	return c.encode(ctx, l, shown, kind)
}

// Variant returns a picture, or the first frame of an animation, of at most this width, which is never more than it has. It is
// WebP if the reader takes it, and else JPEG, or PNG where it has transparency.
func (c *Codec) Variant(ctx context.Context, data []byte, width int, takesWebP bool) (Picture, error) {
	l, release, err := c.admit(ctx, data)
	if err != nil {
		return Picture{}, err
	}
	defer release()
	decoded, err := l.decode(ctx, data)
	if err != nil {
		return Picture{}, err
	}
	shown := l.upright(decoded, min(width, MaxServed), MaxServed)
	kind := JPEG
	switch {
	case takesWebP:
		kind = WebP
	case !shown.Opaque():
		kind = PNG
	}
	return c.encode(ctx, l, shown, kind)
}

// admit looks at a picture, and waits until there is memory for decoding it. Release gives that back.
func (c *Codec) admit(ctx context.Context, data []byte) (l *layout, release func(), err error) {
	l, err = look(data)
	if err != nil {
		return nil, nil, err
	}
	// What is made of it, and turned, has at most MaxServed a side.
	served := int64(min(l.width, MaxServed)) * int64(min(l.height, MaxServed))
	memory := min(int64(l.memory)+8*served, maxMemory)
	if err := c.memory.Acquire(ctx, memory); err != nil {
		return nil, nil, fmt.Errorf("wait for memory to decode a picture: %w", err)
	}
	return l, func() { c.memory.Release(memory) }, nil
}

// decode decodes the picture, or the first frame of an animation, as it is stored.
func (l *layout) decode(ctx context.Context, data []byte) (image.Image, error) {
	switch {
	case l.kind == GIF:
		file, err := l.parseGIF(data)
		if err != nil {
			return nil, err
		}
		frame, at, err := l.decodeGIF(ctx, file, 0)
		if err != nil {
			return nil, err
		}
		return l.place(frame, at), nil
	case l.kind == WebP && l.frames > 1:
		frame, at, err := l.decodeFrame(ctx, framesWebP(data[:l.end])[0])
		if err != nil {
			return nil, err
		}
		return l.place(frame, at), nil
	case l.kind == WebP:
		return l.decodeWebP(ctx, stillWebP(data[riffHeader:l.end], sizeWebP(l.width, l.height)))
	case l.kind == PNG:
		return l.read(ctx, data[:l.end], png.Decode)
	default:
		return l.read(ctx, data[:l.end], jpeg.Decode)
	}
}

// read decodes until ctx is done.
func (l *layout) read(ctx context.Context, data []byte, decode func(io.Reader) (image.Image, error)) (image.Image, error) {
	decoded, err := decode(&reader{ctx: ctx, rest: data})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, l.damaged("%v", err)
	}
	return decoded, nil
}

// reader reads from memory until ctx is done.
type reader struct {
	ctx  context.Context
	rest []byte
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	if len(r.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// fullRange stretches luma of 16 to 235 and chroma of 16 to 240, as lossy WebP has them, to what image.YCbCr means: the decoder of
// golang.org/x/image returns them as they are.
func fullRange(decoded image.Image) {
	var planes *image.YCbCr
	switch decoded := decoded.(type) {
	case *image.YCbCr:
		planes = decoded
	case *image.NYCbCrA:
		planes = &decoded.YCbCr
	default:
		return
	}
	var luma, chroma [256]byte
	for v := range 256 {
		luma[v] = uint8(min(max((2*255*(v-16)+219)/(2*219), 0), 255))
		chroma[v] = uint8(min(max(128+(2*255*(v-128))/(2*224), 0), 255))
	}
	translate := func(plane []byte, table *[256]byte) {
		for i, v := range plane {
			plane[i] = table[v]
		}
	}
	translate(planes.Y, &luma)
	translate(planes.Cb, &chroma)
	translate(planes.Cr, &chroma)
}

// parseGIF returns the parts of a GIF that was looked at.
func (l *layout) parseGIF(data []byte) (gifFile, error) {
	again := layout{kind: GIF}
	return again.splitGIF(data[:l.end])
}

// decodeGIF decodes one frame, by itself, and returns its place in the picture.
func (l *layout) decodeGIF(ctx context.Context, file gifFile, no int) (image.Image, image.Point, error) {
	frame, err := l.read(ctx, file.frame(no), gif.Decode)
	if err != nil {
		return nil, image.Point{}, err
	}
	return frame, frame.Bounds().Min, nil
}

// decodeFrame is decodeGIF for a frame of WebP.
func (l *layout) decodeFrame(ctx context.Context, frame chunk) (image.Image, image.Point, error) {
	decoded, err := l.decodeWebP(ctx, stillWebP(frame.body[frameHeader:], frame.body[6:12]))
	return decoded, image.Pt(2*uint24(frame.body), 2*uint24(frame.body[3:])), err
}

func (l *layout) decodeWebP(ctx context.Context, still []byte) (image.Image, error) {
	decoded, err := l.read(ctx, still, webp.Decode)
	if err == nil {
		fullRange(decoded)
	}
	return decoded, err
}

// place returns a frame at its place on a transparent picture of the whole size.
func (l *layout) place(frame image.Image, at image.Point) image.Image {
	whole := image.Rect(0, 0, l.width, l.height)
	if frame.Bounds() == whole {
		return frame
	}
	placed := image.NewRGBA(whole)
	draw.Draw(placed, frame.Bounds().Sub(frame.Bounds().Min).Add(at), frame, frame.Bounds().Min, draw.Src)
	return placed
}

// upright makes a decoded picture as small as it must be and turns it.
func (l *layout) upright(decoded image.Image, mostWidth, mostHeight int) *image.RGBA {
	width, height := turned(l.width, l.height, l.orientation)
	width, height = fit(width, height, mostWidth, mostHeight)
	width, height = turned(width, height, l.orientation)
	return turn(shrink(decoded, width, height), l.orientation)
}

// fit returns the largest size of the same shape within the bounds, which is not above its own.
func fit(width, height, mostWidth, mostHeight int) (int, int) {
	if width > mostWidth {
		width, height = mostWidth, max((2*height*mostWidth+width)/(2*width), 1)
	}
	if height > mostHeight {
		width, height = max((2*width*mostHeight+height)/(2*height), 1), mostHeight
	}
	return width, height
}

// cleanAnimation decodes the frames one by one. Only the first one, whose hash is made, is put at its place: a small frame of a large
// picture takes no memory for the whole.
func (c *Codec) cleanAnimation(ctx context.Context, l *layout, data []byte) (Picture, error) {
	cleaned := Picture{Info: l.info()}
	see := func(frame image.Image, at image.Point, err error) error {
		if err == nil && cleaned.Blurhash == "" {
			cleaned.Blurhash, err = hash(l.place(frame, at))
		}
		return err
	}
	switch l.kind {
	case GIF:
		file, err := l.parseGIF(data)
		if err != nil {
			return Picture{}, err
		}
		for no := range file.frames {
			if err := see(l.decodeGIF(ctx, file, no)); err != nil {
				return Picture{}, err
			}
		}
		cleaned.Data = file.stripped()
	case WebP:
		for _, frame := range framesWebP(data[:l.end]) {
			if err := see(l.decodeFrame(ctx, frame)); err != nil {
				return Picture{}, err
			}
		}
		cleaned.Data = stripWebP(data[:l.end], l.profile)
	}
	return cleaned, nil
}

// encode encodes a picture that is upright.
func (c *Codec) encode(ctx context.Context, l *layout, shown *image.RGBA, kind Type) (Picture, error) {
	made := Picture{Info: Info{Type: kind, Width: shown.Rect.Dx(), Height: shown.Rect.Dy(), Frames: 1}}
	var err error
	if made.Blurhash, err = hash(shown); err != nil {
		return Picture{}, err
	}
	switch kind {
	case JPEG:
		made.Data, err = encodeJPEG(shown, l.profile)
	case PNG:
		made.Data, err = encodePNG(shown, l.profile)
		if err == nil && len(made.Data) > c.maxEncoded {
			// A photo, of which a PNG is many times as large.
			if made.Type = WebP; shown.Opaque() {
				made.Type = JPEG
			}
			return c.encode(ctx, l, shown, made.Type)
		}
	case WebP:
		made.Data, err = c.encodeWebP(ctx, shown, l.profile)
	default:
		err = errors.New("picture: no encoder of " + string(kind))
	}
	if err != nil {
		return Picture{}, fmt.Errorf("encode a picture: %w", err)
	}
	if len(made.Data) > c.maxEncoded && made.Width*made.Height > 1 {
		// Noise: what it was made of can have been of a lower quality.
		return c.encode(ctx, l, shrink(shown, max(made.Width*3/4, 1), max(made.Height*3/4, 1)), kind)
	}
	return made, nil
}

func encodeJPEG(shown image.Image, profile []byte) ([]byte, error) {
	var encoded bytes.Buffer
	if err := jpeg.Encode(&encoded, shown, &jpeg.Options{Quality: jpegQuality}); err != nil {
		return nil, err
	}
	if profile == nil {
		return encoded.Bytes(), nil
	}
	// maxProfile fits into two segments.
	const most = 1<<16 - 1 - 2 - 14
	parts := (len(profile) + most - 1) / most
	with := append([]byte(nil), encoded.Bytes()[:2]...)
	for no := range parts {
		part := profile[no*most : min((no+1)*most, len(profile))]
		with = binary.BigEndian.AppendUint16(append(with, 0xff, markerAPP2), uint16(2+len(iccHeader)+2+len(part)))
		with = append(append(append(with, iccHeader...), byte(no+1), byte(parts)), part...)
	}
	return append(with, encoded.Bytes()[2:]...), nil
}

func encodePNG(shown *image.RGBA, profile []byte) ([]byte, error) {
	var encoded bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.DefaultCompression}
	if err := encoder.Encode(&encoded, shown); err != nil {
		return nil, err
	}
	return insertProfile(encoded.Bytes(), profile), nil
}

// hash returns the Blurhash, of a picture on white.
func hash(shown image.Image) (string, error) {
	bounds := shown.Bounds()
	width, height := fit(bounds.Dx(), bounds.Dy(), hashSide, hashSide)
	small := shrink(shown, width, height)
	white := image.NewRGBA(small.Rect)
	draw.Draw(white, white.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(white, white.Rect, small, image.Point{}, draw.Over)
	across, down := 4, 3
	if height > width {
		across, down = 3, 4
	}
	text, err := blurhash.Encode(across, down, white)
	if err != nil {
		return "", fmt.Errorf("hash a picture: %w", err)
	}
	return text, nil
}
