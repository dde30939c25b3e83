// Package libwebp encodes lossy WebP by libwebp, compiled to WebAssembly: memory outside of the sandbox is out of its reach, and
// the program stays one static binary. The module is lib/webp.wasm.gz of github.com/gen2brain/webp v0.5.5; that package itself
// links a loader of shared libraries, with which no binary is static.
package libwebp

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"image"
	"io"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

//go:embed webp.wasm.gz
var packed []byte

const (
	// MaxSide is the most that the format has, in pixels.
	MaxSide = 1<<14 - 1
	// memoryPages bounds the memory of one encoding, in units of 64 KiB.
	memoryPages = 4096
	// method trades speed (0) for size (6). 4, the default of libwebp, takes twice the time of 2 and saves few percent.
	method = 2
)

var (
	errSize   = errors.New("libwebp: no picture of this size can be encoded")
	errEncode = errors.New("libwebp: the picture was not encoded")
	errClosed = errors.New("libwebp: used after Close")
)

// Encoder encodes pictures. It may be used concurrently; each encoding has memory of its own, some 16 bytes per pixel.
type Encoder struct {
	mu       sync.Mutex
	closed   bool
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
}

// Close must not be called before all encodings have returned.
func (e *Encoder) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	if e.runtime == nil {
		return nil
	}
	return e.runtime.Close(context.Background())
}

// open compiles the module at the first encoding, which takes about 0.2 s: a server that encodes nothing need not.
func (e *Encoder) open() (wazero.Runtime, wazero.CompiledModule, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, nil, errClosed
	}
	if e.runtime != nil {
		return e.runtime, e.compiled, nil
	}
	unpacker, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, nil, fmt.Errorf("unpack libwebp: %w", err)
	}
	module, err := io.ReadAll(unpacker)
	if err != nil {
		return nil, nil, fmt.Errorf("unpack libwebp: %w", err)
	}
	// Not the context of the caller: what is compiled is for all.
	ctx := context.Background()
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithMemoryLimitPages(memoryPages).WithCloseOnContextDone(true))
	compiled, err := runtime.CompileModule(ctx, module)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("compile libwebp: %w", err), runtime.Close(ctx))
	}
	e.runtime, e.compiled = runtime, compiled
	return runtime, compiled, nil
}

// Encode returns picture as WebP, in a quality from 1 to 99. It stops when ctx is done.
func (e *Encoder) Encode(ctx context.Context, picture *image.NRGBA, quality int) ([]byte, error) {
	width, height := picture.Rect.Dx(), picture.Rect.Dy()
	if width < 1 || height < 1 || width > MaxSide || height > MaxSide {
		return nil, errSize
	}
	runtime, compiled, err := e.open()
	if err != nil {
		return nil, err
	}
	// A module without a name can be instantiated many times at once.
	instance, err := runtime.InstantiateModule(ctx, compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize"))
	if err != nil {
		return nil, fmt.Errorf("start libwebp: %w", err)
	}
	defer func() { _ = instance.Close(context.WithoutCancel(ctx)) }() // only frees memory
	pixels, err := allocate(ctx, instance, width*height*4)
	if err != nil {
		return nil, err
	}
	size, err := allocate(ctx, instance, 8)
	if err != nil {
		return nil, err
	}
	for y := range height {
		row := picture.Pix[y*picture.Stride:][:width*4]
		if !instance.Memory().Write(pixels+uint32(y*width*4), row) {
			return nil, errEncode
		}
	}
	const rgb, lossless, exact = 0, 0, 0
	result, err := instance.ExportedFunction("encode").Call(ctx, uint64(pixels), uint64(width), uint64(height), uint64(size),
		rgb, uint64(quality), method, lossless, exact)
	if err != nil {
		return nil, fmt.Errorf("encode WebP: %w", err)
	}
	length, ok := instance.Memory().ReadUint32Le(size)
	if !ok || result[0] == 0 {
		return nil, errEncode
	}
	encoded, ok := instance.Memory().Read(uint32(result[0]), length)
	if !ok {
		return nil, errEncode
	}
	// What was read is memory of the instance.
	return bytes.Clone(encoded), nil
}

func allocate(ctx context.Context, instance api.Module, size int) (uint32, error) {
	result, err := instance.ExportedFunction("malloc").Call(ctx, uint64(size))
	if err != nil {
		return 0, fmt.Errorf("allocate memory for libwebp: %w", err)
	}
	if result[0] == 0 {
		return 0, errEncode
	}
	return uint32(result[0]), nil
}
