package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/image/webp"
	"pgregory.net/rapid"
)

func decoded(t testing.TB, p Picture) image.Image {
	t.Helper()
	decode, ok := map[Type]func(io.Reader) (image.Image, error){JPEG: jpeg.Decode, PNG: png.Decode, WebP: webp.Decode}[p.Type]
	if !ok {
		t.Fatalf("a picture of type %q", p.Type)
	}
	got, err := decode(bytes.NewReader(p.Data))
	if err != nil {
		t.Fatal(err)
	}
	fullRangeIf(p.Type, got)
	if size := got.Bounds().Size(); size != image.Pt(p.Width, p.Height) {
		t.Fatalf("%v, but %d × %d is said", size, p.Width, p.Height)
	}
	return got
}

func fullRangeIf(kind Type, decoded image.Image) {
	if kind == WebP {
		fullRange(decoded)
	}
}

// apart is the difference of two pictures of the same size, on average of 255.
func apart(t testing.TB, a, b image.Image) float64 {
	t.Helper()
	if a.Bounds().Size() != b.Bounds().Size() {
		t.Fatalf("%v and %v", a.Bounds(), b.Bounds())
	}
	var sum float64
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			r, g, bl, al := a.At(a.Bounds().Min.X+x, a.Bounds().Min.Y+y).RGBA()
			r2, g2, b2, al2 := b.At(b.Bounds().Min.X+x, b.Bounds().Min.Y+y).RGBA()
			for _, pair := range [][2]uint32{{r, r2}, {g, g2}, {bl, b2}, {al, al2}} {
				sum += math.Abs(float64(pair[0])-float64(pair[1])) / 257
			}
		}
	}
	return sum / float64(4*a.Bounds().Dx()*a.Bounds().Dy())
}

// stored returns how a camera that is held in one of eight ways stores what is shown: where EXIF 2.32, §4.6.4, has the first row
// and the first column.
func stored(shown *image.NRGBA, orientation int) *image.NRGBA {
	w, h := shown.Rect.Dx(), shown.Rect.Dy()
	width, height := w, h
	if orientation >= 5 {
		width, height = h, w
	}
	raw := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			at := map[int]image.Point{
				1: {x, y}, 2: {w - 1 - x, y}, 3: {w - 1 - x, h - 1 - y}, 4: {x, h - 1 - y},
				5: {y, x}, 6: {w - 1 - y, x}, 7: {w - 1 - y, h - 1 - x}, 8: {y, h - 1 - x},
			}[orientation]
			raw.SetNRGBA(x, y, shown.NRGBAAt(at.X, at.Y))
		}
	}
	return raw
}

func TestTurn(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		shown := corners(rapid.IntRange(1, 60).Draw(r, "width"), rapid.IntRange(1, 60).Draw(r, "height"))
		way := rapid.IntRange(1, 8).Draw(r, "orientation")
		raw := stored(shown, way)
		// Opaque, both are the same.
		turned := turn(&image.RGBA{Pix: raw.Pix, Stride: raw.Stride, Rect: raw.Rect}, way)
		if turned.Rect != shown.Rect || !bytes.Equal(turned.Pix, shown.Pix) {
			r.Fatalf("%v turned by %d", raw.Rect, way)
		}
	})
}

func TestEveryOrientationShowsTheSamePicture(t *testing.T) {
	shown := corners(40, 24)
	for way := 1; way <= 8; way++ {
		raw := stored(shown, way)
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			block := exif(order, uint16(way))
			for name, data := range map[string][]byte{
				"JPEG": withSegment(asJPEG(t, raw), markerAPP1, "Exif\x00\x00"+block),
				"PNG":  withChunk(asPNG(t, raw), "eXIf", block),
				"WebP": withRIFF(asWebP(t, raw), raw.Rect.Dx(), raw.Rect.Dy(), "EXIF", block),
			} {
				if info, err := Look(data); err != nil || info.Width != 40 || info.Height != 24 {
					t.Errorf("%s, orientation %d, %s: %+v, %v", name, way, order, info, err)
				}
				cleaned, err := shared().Clean(t.Context(), data)
				if err != nil {
					t.Errorf("%s, orientation %d, %s: %v", name, way, order, err)
				} else if off := apart(t, decoded(t, cleaned), shown); off > 8 {
					t.Errorf("%s, orientation %d, %s: off by %.1f", name, way, order, off)
				}
			}
		}
	}
}

func TestMetadataIsLeftOut(t *testing.T) {
	drawn := corners(40, 30)
	block := exif(binary.LittleEndian, 1)
	const xmp, comment = "<x:xmpmeta xmlns:x='adobe:ns:meta/'>GeheimXMP</x:xmpmeta>", "GeheimComment"
	jpg := withSegment(withSegment(withSegment(withSegment(asJPEG(t, drawn), markerAPP1, "Exif\x00\x00"+block),
		markerAPP1, "http://ns.adobe.com/xap/1.0/\x00"+xmp), 0xfe, comment), 0xed, "Photoshop 3.0\x008BIMGeheimIPTC")
	pic := withChunk(withChunk(withChunk(asPNG(t, drawn), "eXIf", block), "iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+xmp), "tEXt", "Comment\x00"+comment)
	moving := asGIF(t, drawn, 3)
	header := gifHeader + colours(moving[10])
	moving = join(moving[:header], []byte("\x21\xfe\x0d"+comment+"\x00"), []byte("\x21\xff\x0bXMP DataXMP\x39"+xmp+"\x00"), moving[header:])
	animated := asAnimatedWebP(t, drawn, drawn)
	animated = riff(appendChunk(appendChunk(animated[riffHeader:], "EXIF", []byte(block)), "XMP ", []byte(xmp)))
	longANIM := riff(bytes.Replace(asAnimatedWebP(t, drawn, drawn)[riffHeader:], appendChunk(nil, "ANIM", make([]byte, 6)),
		appendChunk(nil, "ANIM", []byte("\x00\x00\x00\x00\x00\x00Geheim"+block)), 1))
	for _, tt := range []struct {
		name string
		data []byte
		want Info
	}{
		{"JPEG", jpg, Info{JPEG, 40, 30, 1}},
		{"JPEG with data after it", join(jpg, []byte("GeheimTrailer")), Info{JPEG, 40, 30, 1}},
		{"PNG", pic, Info{PNG, 40, 30, 1}},
		{"WebP", withRIFF(asWebP(t, drawn), 40, 30, "EXIF", block), Info{JPEG, 40, 30, 1}},
		{"WebP with XMP", withRIFF(asWebP(t, drawn), 40, 30, "XMP ", xmp), Info{JPEG, 40, 30, 1}},
		{"GIF", join(asGIF(t, drawn, 1), []byte("GeheimTrailer")), Info{PNG, 40, 30, 1}},
		{"animated GIF", join(moving, []byte("GeheimTrailer")), Info{GIF, 40, 30, 3}},
		{"animated WebP", animated, Info{WebP, 40, 30, 2}},
		{"animated WebP with more than its colour and loop", longANIM, Info{WebP, 40, 30, 2}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if !bytes.Contains(tt.data, []byte("Geheim")) {
				t.Fatal("there is nothing to leave out")
			}
			cleaned, err := shared().Clean(t.Context(), tt.data)
			if err != nil {
				t.Fatal(err)
			}
			// A single GIF becomes JPEG where it is opaque.
			if want := tt.want; cleaned.Info != want && !(tt.name == "GIF" && cleaned.Info == Info{JPEG, 40, 30, 1}) {
				t.Errorf("got %+v, want %+v", cleaned.Info, want)
			}
			for _, secret := range []string{"Geheim", "37.5665", "Exif", "xmpmeta"} {
				if bytes.Contains(cleaned.Data, []byte(secret)) {
					t.Errorf("%q is still in it", secret)
				}
			}
			again, err := shared().Clean(t.Context(), cleaned.Data)
			if err != nil || again.Width != cleaned.Width || again.Frames != cleaned.Frames {
				t.Errorf("cleaned again: %+v, %v", again.Info, err)
			}
		})
	}
}

func TestAnimationsStayAsTheyWere(t *testing.T) {
	drawn := corners(24, 18)
	before := asGIF(t, drawn, 5)
	cleaned, err := shared().Clean(t.Context(), before)
	if err != nil {
		t.Fatal(err)
	}
	want, err := gif.DecodeAll(bytes.NewReader(before))
	if err != nil {
		t.Fatal(err)
	}
	got, err := gif.DecodeAll(bytes.NewReader(cleaned.Data))
	if err != nil {
		t.Fatal(err)
	}
	if got.LoopCount != want.LoopCount || len(got.Image) != len(want.Image) || got.Delay[2] != want.Delay[2] {
		t.Errorf("%d frames, loop %d, want %d, %d", len(got.Image), got.LoopCount, len(want.Image), want.LoopCount)
	}
	for i := range got.Image {
		if !bytes.Equal(got.Image[i].Pix, want.Image[i].Pix) {
			t.Errorf("frame %d differs", i)
		}
	}
	blue := image.NewNRGBA(drawn.Rect)
	for i := 0; i < len(blue.Pix); i += 4 {
		copy(blue.Pix[i:], []byte{0, 0, 255, 255})
	}
	still, err := shared().Variant(t.Context(), asAnimatedWebP(t, drawn, blue), 24, false)
	if err != nil || still.Frames != 1 || still.Type != JPEG {
		t.Fatalf("%+v, %v", still.Info, err)
	}
	if off := apart(t, decoded(t, still), drawn); off > 8 {
		t.Errorf("the first frame is off by %.1f", off)
	}
}

func TestVariants(t *testing.T) {
	opaque, glass := corners(300, 200), corners(300, 200)
	for i := 3; i < len(glass.Pix)/2; i += 4 {
		glass.Pix[i] = 0
	}
	for _, tt := range []struct {
		name     string
		data     []byte
		width    int
		takes    bool
		want     Info
		original *image.NRGBA
	}{
		{"JPEG", asJPEG(t, opaque), 100, false, Info{JPEG, 100, 67, 1}, opaque},
		{"JPEG as WebP", asJPEG(t, opaque), 100, true, Info{WebP, 100, 67, 1}, opaque},
		{"never enlarged", asJPEG(t, opaque), 1280, true, Info{WebP, 300, 200, 1}, opaque},
		{"one pixel", asJPEG(t, opaque), 1, false, Info{JPEG, 1, 1, 1}, nil},
		{"transparent PNG", asPNG(t, glass), 150, false, Info{PNG, 150, 100, 1}, glass},
		{"transparent PNG as WebP", asPNG(t, glass), 150, true, Info{WebP, 150, 100, 1}, glass},
		{"WebP for those who do not take it", asWebP(t, opaque), 30, false, Info{JPEG, 30, 20, 1}, opaque},
		{"animated GIF", asGIF(t, opaque, 3), 150, false, Info{JPEG, 150, 100, 1}, opaque},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := shared().Variant(t.Context(), tt.data, tt.width, tt.takes)
			if err != nil || got.Info != tt.want {
				t.Fatalf("got %+v, %v, want %+v", got.Info, err, tt.want)
			}
			small := decoded(t, got)
			if tt.original != nil {
				// GIF has 256 colours.
				if off := apart(t, small, shrink(tt.original, got.Width, got.Height)); off > 12 {
					t.Errorf("off by %.1f", off)
				}
			}
		})
	}
}

// A picture that is one colour is that colour in all sizes, and the average of a picture does not change.
func TestShrinkKeepsTheAverage(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w, h := rapid.IntRange(1, 70).Draw(r, "w"), rapid.IntRange(1, 70).Draw(r, "h")
		width, height := rapid.IntRange(1, w).Draw(r, "width"), rapid.IntRange(1, h).Draw(r, "height")
		noise := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 0))
		from := image.NewRGBA(image.Rect(3, 5, 3+w, 5+h))
		for i := range from.Pix {
			if from.Pix[i] = uint8(noise.Uint32()); i%4 == 3 {
				from.Pix[i] = 255
			}
		}
		small := shrink(from, width, height)
		if small.Rect != image.Rect(0, 0, width, height) {
			r.Fatalf("%v", small.Rect)
		}
		for channel := range 4 {
			if was, is := average(from, channel), average(small, channel); math.Abs(was-is) > 0.51 {
				r.Fatalf("channel %d is %.2f, was %.2f", channel, is, was)
			}
		}
	})
}

func average(picture *image.RGBA, channel int) float64 {
	var sum float64
	for i := channel; i < len(picture.Pix); i += 4 {
		sum += float64(picture.Pix[i])
	}
	return sum / float64(len(picture.Pix)/4)
}

func TestColoursOfADisplayStay(t *testing.T) {
	profile := displayProfile("Display P3")
	drawn := corners(32, 24)
	for name, data := range map[string][]byte{
		"JPEG": withSegment(asJPEG(t, drawn), markerAPP2, "ICC_PROFILE\x00\x01\x01"+string(profile)),
		"PNG":  insertProfile(asPNG(t, drawn), profile),
		"WebP": withProfile(asWebP(t, drawn), 32, 24, profile),
	} {
		for _, takes := range []bool{true, false} {
			made, err := shared().Variant(t.Context(), data, 32, takes)
			if err != nil {
				t.Fatal(name, err)
			}
			decoded(t, made)
			l, err := look(made.Data)
			if err != nil || l.profile == nil || bytes.Contains(l.profile, []byte("HTC ")) {
				t.Errorf("%s as %s: %v, a profile of %d bytes", name, made.Type, err, len(l.profile))
			}
		}
	}
	cleaned, err := shared().Clean(t.Context(), insertProfile(asPNG(t, drawn), profile))
	if l, lookErr := look(cleaned.Data); err != nil || lookErr != nil || l.profile == nil {
		t.Errorf("PNG: %v, %v", err, lookErr)
	}
	for name, other := range map[string][]byte{
		"sRGB": displayProfile("sRGB IEC61966-2.1"), "a scanner's": bytes.Replace(profile, []byte("mntr"), []byte("scnr"), 1),
		"a printer's": bytes.Replace(profile, []byte("RGB "), []byte("CMYK"), 1), "a cut one": profile[:140], "none": nil,
	} {
		if usableProfile(other) != nil {
			t.Errorf("%s was kept", name)
		}
	}
}

// displayProfile is the frame of an ICC profile, with who made it.
func displayProfile(name string) []byte {
	profile := make([]byte, 128, 200)
	copy(profile[12:], "mntrRGB XYZ ")
	copy(profile[36:], "acspAPPL")
	copy(profile[48:], "HTC One ")
	profile = append(profile, name+strings.Repeat("\x00", 20)...)
	binary.BigEndian.PutUint32(profile, uint32(len(profile)))
	return profile
}

func TestLargePicturesAreServedSmaller(t *testing.T) {
	large := image.NewGray(image.Rect(0, 0, 5000, 30))
	cleaned, err := shared().Clean(t.Context(), asPNG(t, large))
	if err != nil || cleaned.Info != (Info{PNG, MaxServed, 25, 1}) {
		t.Errorf("%+v, %v", cleaned.Info, err)
	}
}

// A photo as PNG would be many times as large as the file that it came from.
func TestPhotosAsPNG(t *testing.T) {
	codec := NewCodec()
	codec.maxEncoded = 300
	glass := corners(400, 300)
	glass.Pix[3] = 0
	for _, tt := range []struct {
		drawn image.Image
		want  Type
	}{{corners(1, 1), PNG}, {corners(400, 300), JPEG}, {glass, WebP}} {
		cleaned, err := codec.Clean(t.Context(), asPNG(t, tt.drawn))
		if err != nil || cleaned.Type != tt.want {
			t.Errorf("%v became %s, %v, want %s", tt.drawn.Bounds(), cleaned.Type, err, tt.want)
		}
		decoded(t, cleaned)
	}
}

// What is made of a picture can be read as one again, however little of it can be packed.
func TestNoiseIsServedSmaller(t *testing.T) {
	codec := NewCodec()
	codec.maxEncoded = 20_000
	noise := image.NewNRGBA(image.Rect(0, 0, 400, 300))
	random := rand.NewChaCha8([32]byte{})
	_, _ = random.Read(noise.Pix)
	glass := &image.NRGBA{Pix: bytes.Clone(noise.Pix), Stride: noise.Stride, Rect: noise.Rect}
	for i := 3; i < len(noise.Pix); i += 4 {
		noise.Pix[i] = 255
	}
	for name, data := range map[string][]byte{"JPEG": asJPEG(t, noise), "PNG": asPNG(t, noise), "PNG with transparency": asPNG(t, glass)} {
		cleaned, err := codec.Clean(t.Context(), data)
		if err != nil || len(cleaned.Data) > codec.maxEncoded || cleaned.Width >= 400 || cleaned.Width*3/4 != cleaned.Height {
			t.Errorf("%s became %+v of %d bytes, %v", name, cleaned.Info, len(cleaned.Data), err)
			continue
		}
		if size := decoded(t, cleaned).Bounds().Size(); size != image.Pt(cleaned.Width, cleaned.Height) {
			t.Errorf("%s is of %v, and said to be %+v", name, size, cleaned.Info)
		}
	}
}

func TestBlurhash(t *testing.T) {
	white := image.NewUniform(color.White)
	for _, tt := range []struct {
		name    string
		picture image.Image
		want    string
	}{
		// 4 × 3 and 3 × 4 parts, of which a single colour has the first alone.
		{"wide", crop{white, image.Rect(0, 0, 64, 48)}, "L"},
		{"tall", crop{white, image.Rect(0, 0, 48, 64)}, "T"},
	} {
		got, err := hash(tt.picture)
		if err != nil || len(got) != 28 || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %q, %v", tt.name, got, err)
		}
	}
	a, errA := hash(corners(64, 48))
	b, errB := hash(stored(corners(64, 48), 3))
	if errA != nil || errB != nil || a == b {
		t.Errorf("%q and %q, %v, %v", a, b, errA, errB)
	}
}

type crop struct {
	image.Image
	bounds image.Rectangle
}

func (c crop) Bounds() image.Rectangle { return c.bounds }

func TestDecodingsWaitForMemory(t *testing.T) {
	codec := NewCodec()
	data := asJPEG(t, corners(64, 48))
	if err := codec.memory.Acquire(t.Context(), maxMemory); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := codec.Clean(ctx, data); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	var done atomic.Bool
	var waiting sync.WaitGroup
	waiting.Go(func() {
		if _, err := codec.Clean(t.Context(), data); err != nil {
			t.Error(err)
		}
		done.Store(true)
	})
	for range 100 {
		runtime.Gosched()
	}
	if done.Load() {
		t.Error("it did not wait")
	}
	codec.memory.Release(maxMemory)
	waiting.Wait()
}

func TestDecodingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l, err := look(asJPEG(t, corners(64, 48)))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := l.decode(ctx, asJPEG(t, corners(64, 48))); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// Few bytes can make frames that take long to decode, which is the picture's fault and no reason to try again.
func TestAnimationsThatTakeLongAreRefused(t *testing.T) {
	codec := NewCodec()
	codec.maxAnimation = 1
	if _, err := codec.Clean(t.Context(), asGIF(t, corners(64, 48), 3)); !errors.Is(err, TooManyFrames) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := codec.Clean(ctx, asGIF(t, corners(64, 48), 3)); !errors.Is(err, context.Canceled) {
		t.Errorf("of a caller who has gone: %v", err)
	}
}

// What decoding takes is at most what was reserved for it.
func TestMemoryIsAtMostWhatIsReserved(t *testing.T) {
	drawn := image.NewYCbCr(image.Rect(0, 0, 1200, 800), image.YCbCrSubsampleRatio420)
	for name, data := range map[string][]byte{
		"JPEG": asJPEG(t, drawn), "PNG": asPNG(t, corners(600, 400)), "GIF": repeatedGIF(t, 200, 100),
		"WebP": asWebP(t, corners(600, 400)), "codes of lossless WebP": asManyCodes(204),
	} {
		l, err := look(data)
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		if _, err := l.decode(t.Context(), data); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		// Beside the pixels there are tables of a decoder.
		if took := int(after.TotalAlloc - before.TotalAlloc); took > l.memory+1<<20 {
			t.Errorf("%s: decoding took %d bytes, reserved were %d", name, took, l.memory)
		}
	}
}

// Frames that are small are not worth the memory of the whole picture each.
func TestSmallFramesOfALargeAnimation(t *testing.T) {
	const side, frames = 2000, 50
	gif := repeatedGIF(t, 8, frames)
	binary.LittleEndian.PutUint16(gif[6:], side)
	binary.LittleEndian.PutUint16(gif[8:], side)
	dot := corners(8, 8)
	web := asAnimatedWebP(t, slices.Repeat([]*image.NRGBA{dot}, frames)...)
	copy(web[riffHeader+8+4:], sizeWebP(side, side))
	for name, data := range map[string][]byte{"GIF": gif, "WebP": web} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		cleaned, err := shared().Clean(t.Context(), data)
		if err != nil || cleaned.Frames != frames || cleaned.Width != side {
			t.Fatalf("%s: %+v, %v", name, cleaned.Info, err)
		}
		runtime.ReadMemStats(&after)
		// Decoders of single frames take some 100 kB.
		if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 40 {
			t.Errorf("%s: it took %d MiB", name, took)
		}
	}
}

func FuzzClean(f *testing.F) {
	drawn := corners(9, 7)
	for _, data := range [][]byte{
		asJPEG(f, drawn), asPNG(f, drawn), asWebP(f, drawn), asGIF(f, drawn, 2), asAnimatedWebP(f, drawn, drawn),
		withSegment(asJPEG(f, drawn), markerAPP1, "Exif\x00\x00"+exif(binary.BigEndian, 6)),
		withChunk(asPNG(f, drawn), "eXIf", exif(binary.LittleEndian, 3)),
	} {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if info, err := Look(data); err == nil && info.Width*info.Height*info.Frames > 1_000_000 {
			return
		}
		cleaned, err := shared().Clean(t.Context(), data)
		if err != nil {
			var refused *Error
			if !errors.As(err, &refused) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		again, err := Look(cleaned.Data)
		if err != nil || again != cleaned.Info {
			t.Fatalf("cleaned to %+v, which is %+v, %v", cleaned.Info, again, err)
		}
	})
}

func BenchmarkVariant(b *testing.B) {
	data := asJPEG(b, shrink(corners(4000, 3000), 4000, 3000))
	for _, takes := range []bool{false, true} {
		for _, width := range []int{320, 1280} {
			b.Run(fmt.Sprintf("12MP to %d, WebP %v", width, takes), func(b *testing.B) {
				if _, err := shared().Variant(b.Context(), data, 1, takes); err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := shared().Variant(b.Context(), data, width, takes); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkClean(b *testing.B) {
	data := asJPEG(b, shrink(corners(4000, 3000), 4000, 3000))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := shared().Clean(b.Context(), data); err != nil {
			b.Fatal(err)
		}
	}
}
