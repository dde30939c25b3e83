package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"

	libwebp "github.com/gen2brain/webp"
)

const (
	webpQuality = 80
	// webpMethod trades speed (0) for size (6). 4, the default of libwebp, takes twice the time of 2 and saves few percent.
	webpMethod = 2
)

var (
	errWebPSize   = errors.New("picture: no picture of this size is encoded as WebP")
	errWebPFailed = errors.New("picture: libwebp failed")
)

// encodeWebP waits for its turn until ctx is done. The encoding itself cannot be interrupted: MaxServed bounds it to some seconds.
func (c *Codec) encodeWebP(ctx context.Context, shown *image.RGBA, profile []byte) ([]byte, error) {
	if err := c.encoding.Acquire(ctx, 1); err != nil {
		return nil, fmt.Errorf("wait for the encoder of WebP: %w", err)
	}
	defer c.encoding.Release(1)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	encoded, err := lossyWebP(unmultiplied(shown), webpQuality)
	if err != nil {
		return nil, err
	}
	return withProfile(encoded, shown.Rect.Dx(), shown.Rect.Dy(), profile), nil
}

// lossyWebP encodes by libwebp, compiled to WebAssembly, whose memory nothing but the size of the picture bounds: some 25 bytes per
// pixel, with garbage. The first call compiles it, which takes about 0.3 s. All pixels must be in picture.Pix, and no others.
//
// Built without the tag nodynamic, the package would load a libwebp that the machine has, and no binary would be static.
func lossyWebP(picture *image.NRGBA, quality int) ([]byte, error) {
	width, height := picture.Rect.Dx(), picture.Rect.Dy()
	if min(width, height) < 1 || max(width, height) > MaxServed {
		return nil, errWebPSize
	}
	var encoded bytes.Buffer
	if err := libwebp.Encode(&encoded, picture, libwebp.Options{Quality: quality, Method: webpMethod}); err != nil {
		return nil, fmt.Errorf("encode WebP: %w", err)
	}
	// The package does not notice every failure of libwebp, after which it writes any bytes.
	if l, err := look(encoded.Bytes()); err != nil || l.kind != WebP || l.width != width || l.height != height {
		return nil, errWebPFailed
	}
	return encoded.Bytes(), nil
}

// unmultiplied returns the colours without their transparency; the same memory where there is none.
func unmultiplied(shown *image.RGBA) *image.NRGBA {
	if shown.Opaque() && len(shown.Pix) == 4*shown.Rect.Dx()*shown.Rect.Dy() {
		return &image.NRGBA{Pix: shown.Pix, Stride: shown.Stride, Rect: shown.Rect}
	}
	plain := image.NewNRGBA(shown.Rect)
	draw.Draw(plain, plain.Rect, shown, shown.Rect.Min, draw.Src)
	return plain
}
