// Package picture looks at, bounds, decodes and encodes the pictures that people send. What a picture is follows from its bytes
// alone, and what it would cost from its header, before anything is decoded. All that leaves the package was encoded here or, of
// animations, has only the chunks that make the pictures: no place, camera, comment or hidden second file is in it.
package picture

import "fmt"

// Type is the MIME type of a picture.
type Type string

const (
	JPEG Type = "image/jpeg"
	PNG  Type = "image/png"
	WebP Type = "image/webp"
	GIF  Type = "image/gif"
)

// Problem is why a picture is refused. It is itself an error, so that errors.Is(err, picture.Damaged) asks for it.
type Problem string

const (
	// Unsupported: the file is not of the types above, or is another file too.
	Unsupported Problem = "unsupported file type"
	// TooLarge: the file has too many bytes.
	TooLarge Problem = "file too large"
	// TooManyPixels: a side, all pixels or the memory for decoding are over a bound.
	TooManyPixels Problem = "too many pixels"
	// TooManyFrames: the animation is too long.
	TooManyFrames Problem = "too many frames"
	// Damaged: the file is cut off or breaks its format.
	Damaged Problem = "damaged picture"
)

func (p Problem) Error() string { return string(p) }

// Error is a refused picture.
type Error struct {
	Problem Problem
	// Found is the MIME type that the bytes are of, such as "image/heic"; empty where it is unknown.
	Found string
	// Detail is for logs.
	Detail string
}

func (e *Error) Error() string {
	text := "picture: " + string(e.Problem)
	if e.Found != "" {
		text += " (" + e.Found + ")"
	}
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// Unwrap returns the problem.
func (e *Error) Unwrap() error { return e.Problem }

const (
	// MaxBytes is the most that the file of a picture may have.
	MaxBytes = 10 << 20
	// MaxSide bounds both sides, and MaxPixels the pixels of one frame.
	MaxSide   = 12_000
	MaxPixels = 40_000_000
	// MaxFrames bounds the frames of an animation, and MaxFramePixels the pixels of them all.
	MaxFrames      = 1000
	MaxFramePixels = 100_000_000
	// maxScans bounds the passes of a progressive JPEG: each costs time for all pixels, however few bytes it has.
	maxScans = 64
	// maxChunks bounds the chunks, segments and blocks of a file.
	maxChunks = 200_000
	// maxProfile bounds an ICC profile, in bytes.
	maxProfile = 64 << 10
)

// Info is what the header of a picture says.
type Info struct {
	Type Type
	// Width and Height are as the picture is shown, after its orientation was applied.
	Width, Height int
	// Frames is 1 unless the picture is an animation.
	Frames int
}

// layout is what was found of a file.
type layout struct {
	kind Type
	// width and height are as stored.
	width, height int
	frames        int
	// framePixels are those of all frames.
	framePixels int
	// orientation is that of EXIF, 1 to 8.
	orientation int
	// memory is about what decoding takes, in bytes.
	memory int
	// codes is what the prefix codes of lossless WebP take of it.
	codes int
	// profile is the ICC profile; nil for sRGB and for what is not known.
	profile []byte
	// end is where the picture ends.
	end int
}

func (l *layout) info() Info {
	width, height := turned(l.width, l.height, l.orientation)
	return Info{Type: l.kind, Width: width, Height: height, Frames: l.frames}
}

// Look returns what the picture in data is, or an *Error. It reads the structure of the whole file, and decodes nothing: pixels
// that are damaged are found by Codec.
func Look(data []byte) (Info, error) {
	l, err := look(data)
	if err != nil {
		return Info{}, err
	}
	return l.info(), nil
}

func look(data []byte) (*layout, error) {
	found := Sniff(data)
	if len(data) > MaxBytes {
		return nil, &Error{Problem: TooLarge, Found: found, Detail: fmt.Sprintf("%d bytes", len(data))}
	}
	l := &layout{kind: Type(found), frames: 1, orientation: 1}
	var err error
	switch l.kind {
	case JPEG:
		err = l.lookJPEG(data)
	case PNG:
		err = l.lookPNG(data)
	case WebP:
		err = l.lookWebP(data)
	case GIF:
		err = l.lookGIF(data)
	default:
		return nil, &Error{Problem: Unsupported, Found: found}
	}
	if err == nil {
		err = l.bound()
	}
	if err != nil {
		return nil, err
	}
	if other := secondType(data, l.end); other != "" {
		return nil, &Error{Problem: Unsupported, Found: other, Detail: "in a file that is " + found + " too"}
	}
	return l, nil
}

func (l *layout) damaged(format string, args ...any) error {
	return &Error{Problem: Damaged, Found: string(l.kind), Detail: fmt.Sprintf(format, args...)}
}

// bound checks the sizes. Those who read a file call it as soon as they know one.
func (l *layout) bound() error {
	refuse := func(problem Problem) error {
		return &Error{Problem: problem, Found: string(l.kind), Detail: fmt.Sprintf("%d × %d pixels, %d frames", l.width, l.height, l.frames)}
	}
	switch {
	case l.width < 1 || l.height < 1:
		return l.damaged("%d × %d pixels", l.width, l.height)
	case l.width > MaxSide || l.height > MaxSide || l.width*l.height > MaxPixels || l.memory > maxMemory:
		return refuse(TooManyPixels)
	case l.frames > MaxFrames || l.framePixels > MaxFramePixels && l.frames > 1:
		return refuse(TooManyFrames)
	}
	return nil
}
