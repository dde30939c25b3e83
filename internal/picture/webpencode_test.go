package picture

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	libwebp "github.com/gen2brain/webp"
)

// gradient has a colour of its own at every place.
func gradient(width, height int) *image.RGBA {
	drawn := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			drawn.SetRGBA(x, y, color.RGBA{uint8(x * 255 / width), uint8(y * 255 / height), 128, 255})
		}
	}
	return drawn
}

func encodedWebP(t testing.TB, shown *image.RGBA) image.Image {
	t.Helper()
	data, err := shared().encodeWebP(t.Context(), shown, nil)
	if err != nil {
		t.Fatal(shown.Rect, err)
	}
	return decoded(t, Picture{Info: Info{Type: WebP, Width: shown.Rect.Dx(), Height: shown.Rect.Dy()}, Data: data})
}

func TestNoSharedLibraryEncodes(t *testing.T) {
	if err := libwebp.Dynamic(); err == nil {
		t.Error("a library of this machine was loaded: build with -tags nodynamic, as the Makefile does")
	}
}

func TestEncodeWebP(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {3, 2}, {17, 501}, {640, 480}} {
		drawn := gradient(size.X, size.Y)
		// Few pixels share one colour among four.
		if off := apart(t, drawn, encodedWebP(t, drawn)); off > 3 && size.X > 100 {
			t.Errorf("%v is off by %.1f of 255 on average", size, off)
		}
	}
}

func TestWebPOfAPartOfAPicture(t *testing.T) {
	part := gradient(640, 480).SubImage(image.Rect(200, 100, 400, 300)).(*image.RGBA)
	if off := apart(t, part, encodedWebP(t, part)); off > 3 {
		t.Errorf("it is off by %.1f of 255 on average", off)
	}
}

func TestWebPWithTransparency(t *testing.T) {
	drawn := gradient(32, 32)
	clear(drawn.Pix[:len(drawn.Pix)/2])
	got := encodedWebP(t, drawn)
	_, _, _, above := got.At(5, 2).RGBA()
	_, _, _, below := got.At(5, 30).RGBA()
	if above != 0 || below != 0xffff {
		t.Errorf("alpha %d and %d", above, below)
	}
}

func TestSizesOfWebP(t *testing.T) {
	for _, size := range []image.Point{{}, {MaxServed + 1, 1}, {1, MaxServed + 1}} {
		if _, err := shared().encodeWebP(t.Context(), gradient(size.X, size.Y), nil); !errors.Is(err, errWebPSize) {
			t.Errorf("%v: %v", size, err)
		}
	}
}

func TestEncodingWaitsUntilItsContextEnds(t *testing.T) {
	c := NewCodec()
	if !c.encoding.TryAcquire(1) {
		t.Fatal("somebody encodes")
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := c.encodeWebP(ctx, gradient(8, 8), nil)
		ended <- err
	}()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("it waited: %v", err)
	}
	c.encoding.Release(1)
	if _, err := c.encodeWebP(ctx, gradient(8, 8), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("it was encoded: %v", err)
	}
	if _, err := c.encodeWebP(t.Context(), gradient(8, 8), nil); err != nil {
		t.Errorf("the next: %v", err)
	}
}

func TestEncodingsAtOnce(t *testing.T) {
	drawn := gradient(96, 64)
	want, err := shared().encodeWebP(t.Context(), drawn, nil)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			// Another Codec does not wait for this one.
			if got, err := NewCodec().encodeWebP(t.Context(), drawn, nil); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes, %v", len(got), err)
			}
		})
	}
	all.Wait()
}

// BenchmarkEncodeWebP encodes noise on a gradient, which takes longer than most photos.
func BenchmarkEncodeWebP(b *testing.B) {
	for _, size := range []image.Point{{640, 480}, {1280, 960}, {2048, 1536}} {
		drawn := gradient(size.X, size.Y)
		random := rand.New(rand.NewPCG(1, 2))
		for i := range drawn.Pix {
			if i%4 != 3 {
				drawn.Pix[i] = uint8(min(int(drawn.Pix[i])+random.IntN(32), 255))
			}
		}
		if _, err := shared().encodeWebP(b.Context(), gradient(1, 1), nil); err != nil {
			b.Fatal(err)
		}
		b.Run(strconv.Itoa(size.X), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := shared().encodeWebP(b.Context(), drawn, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
