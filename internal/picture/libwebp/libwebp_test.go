package libwebp

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	"image/color"
	"math"
	"sync"
	"testing"

	"golang.org/x/image/webp"
)

// encoder is one for all: it is compiled at the first use.
var encoder Encoder

// gradient has a colour of its own at every place.
func gradient(width, height int) *image.NRGBA {
	drawn := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			drawn.SetNRGBA(x, y, color.NRGBA{uint8(x * 255 / width), uint8(y * 255 / height), 128, 255})
		}
	}
	return drawn
}

// videoRange converts a colour of WebP, whose luma is 16 to 235 and whose chroma 16 to 240: the decoder says 0 to 255 of both.
func videoRange(c color.YCbCr) color.NRGBA {
	luma, blue, red := 255*(float64(c.Y)-16)/219, 255*(float64(c.Cb)-128)/224, 255*(float64(c.Cr)-128)/224
	channel := func(value float64) uint8 { return uint8(min(max(math.Round(value), 0), 255)) }
	return color.NRGBA{channel(luma + 1.402*red), channel(luma - 0.344136*blue - 0.714136*red), channel(luma + 1.772*blue), 255}
}

func TestModuleIsTheOneOfGen2brain(t *testing.T) {
	const want = "bbcf68343d79d80ba4ce7bb29215b2943711bd0787f68ff31785c6e2bb044459"
	if sum := sha256.Sum256(packed); hex.EncodeToString(sum[:]) != want {
		t.Errorf("webp.wasm.gz has the sum %x, want %s", sum, want)
	}
}

func TestClose(t *testing.T) {
	var unused Encoder
	if err := unused.Close(); err != nil {
		t.Error(err)
	}
	if _, err := unused.Encode(t.Context(), gradient(1, 1), 80); !errors.Is(err, errClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestEncode(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {3, 2}, {17, 501}, {640, 480}} {
		drawn := gradient(size.X, size.Y)
		encoded, err := encoder.Encode(t.Context(), drawn, 80)
		if err != nil {
			t.Fatal(size, err)
		}
		decoded, err := webp.Decode(bytes.NewReader(encoded))
		if err != nil {
			t.Fatal(size, err)
		}
		if decoded.Bounds() != drawn.Bounds() {
			t.Fatalf("%v became %v", drawn.Bounds(), decoded.Bounds())
		}
		var off float64
		for y := range size.Y {
			for x := range size.X {
				got, want := videoRange(decoded.(*image.YCbCr).YCbCrAt(x, y)), drawn.NRGBAAt(x, y)
				off += math.Abs(float64(got.R)-float64(want.R)) + math.Abs(float64(got.G)-float64(want.G)) + math.Abs(float64(got.B)-float64(want.B))
			}
		}
		// Few pixels share one colour among four.
		if off /= float64(3 * size.X * size.Y); off > 3 && size.X > 100 {
			t.Errorf("%v is off by %.1f of 255 on average", size, off)
		}
	}
}

func TestPartOfAPictureAndTransparency(t *testing.T) {
	drawn := gradient(64, 64)
	for i := 3; i < len(drawn.Pix)/2; i += 4 {
		drawn.Pix[i] = 0
	}
	encoded, err := encoder.Encode(t.Context(), drawn.SubImage(image.Rect(16, 16, 48, 48)).(*image.NRGBA), 80)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := webp.Decode(bytes.NewReader(encoded))
	if err != nil {
		t.Fatal(err)
	}
	_, _, _, above := decoded.At(5, 2).RGBA()
	_, _, _, below := decoded.At(5, 30).RGBA()
	if decoded.Bounds() != image.Rect(0, 0, 32, 32) || above != 0 || below != 0xffff {
		t.Errorf("%v, alpha %d and %d", decoded.Bounds(), above, below)
	}
}

func TestSizesThatCannotBeEncoded(t *testing.T) {
	for _, drawn := range []*image.NRGBA{image.NewNRGBA(image.Rectangle{}), image.NewNRGBA(image.Rect(0, 0, MaxSide+1, 1))} {
		if _, err := encoder.Encode(t.Context(), drawn, 80); !errors.Is(err, errSize) {
			t.Errorf("%v: %v", drawn.Rect, err)
		}
	}
}

func TestEncodingIsBoundedInMemory(t *testing.T) {
	// 64 Mi pixels have 256 MiB, the bound of all that an encoding takes.
	large := &image.NRGBA{Pix: make([]byte, 4*8192), Stride: 0, Rect: image.Rect(0, 0, 8192, 8192)}
	if _, err := encoder.Encode(t.Context(), large, 80); err == nil {
		t.Error("it was encoded")
	}
	if _, err := encoder.Encode(t.Context(), gradient(8, 8), 80); err != nil {
		t.Errorf("the next: %v", err)
	}
}

func TestEncodingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := encoder.Encode(ctx, gradient(640, 480), 80); err == nil {
		t.Error("it was encoded")
	}
	if _, err := encoder.Encode(t.Context(), gradient(8, 8), 80); err != nil {
		t.Errorf("the next: %v", err)
	}
}

func TestEncodingsAtOnce(t *testing.T) {
	drawn := gradient(96, 64)
	want, err := encoder.Encode(t.Context(), drawn, 80)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got, err := encoder.Encode(t.Context(), drawn, 80); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes, %v", len(got), err)
			}
		})
	}
	all.Wait()
}

func BenchmarkEncode1280(b *testing.B) {
	drawn := gradient(1280, 960)
	if _, err := encoder.Encode(b.Context(), drawn, 80); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := encoder.Encode(b.Context(), drawn, 80); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFirst is what the first encoding of a process takes.
func BenchmarkFirst(b *testing.B) {
	for b.Loop() {
		var encoder Encoder
		if _, err := encoder.Encode(b.Context(), gradient(1, 1), 80); err != nil {
			b.Fatal(err)
		}
		if err := encoder.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
