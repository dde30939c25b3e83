package picture

import (
	"bytes"
	"encoding/binary"
)

// Blocks of GIF 89a.
const (
	gifHeader     = 13
	blockPicture  = 0x2c
	blockExtra    = 0x21
	blockTrailer  = 0x3b
	extraControl  = 0xf9
	extraApp      = 0xff
	pictureHeader = 10
)

// gifFile are the parts of a GIF.
type gifFile struct {
	// header is with the colours of all frames.
	header []byte
	// loop is how often an animation is repeated, as the block that says so.
	loop   []byte
	frames []gifFrame
}

// gifFrame is one frame: what says how it is shown, if anything does, and its picture.
type gifFrame struct{ control, picture []byte }

func colours(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// lookGIF walks over the blocks.
func (l *layout) lookGIF(data []byte) error {
	_, err := l.splitGIF(data)
	return err
}

func (l *layout) splitGIF(data []byte) (gifFile, error) {
	var file gifFile
	cut := func() (gifFile, error) { return gifFile{}, l.damaged("it ends in a block") }
	if len(data) < gifHeader || len(data) < gifHeader+colours(data[10]) {
		return cut()
	}
	l.width, l.height = int(binary.LittleEndian.Uint16(data[6:])), int(binary.LittleEndian.Uint16(data[8:]))
	l.frames = 0
	if err := l.bound(); err != nil {
		return file, err
	}
	// One frame is decoded at a time, in a byte per pixel, onto colours.
	l.memory = 6 * l.width * l.height
	i := gifHeader + colours(data[10])
	file.header = data[:i]
	var control []byte
	for count := 0; i < len(data) && data[i] != blockTrailer; count++ {
		if count > maxChunks {
			return cut()
		}
		start := i
		switch data[i] {
		case blockExtra:
			end, ok := afterBlocks(data, i+2)
			if !ok {
				return cut()
			}
			i = end
			switch block := data[start:end]; {
			case block[1] == extraControl:
				control = block
			case block[1] == extraApp && (bytes.HasPrefix(block[3:], []byte("NETSCAPE2.0")) || bytes.HasPrefix(block[3:], []byte("ANIMEXTS1.0"))) &&
				len(block) == 19 && file.loop == nil:
				file.loop = block
			}
		case blockPicture:
			if len(data)-i < pictureHeader {
				return cut()
			}
			left, top := int(binary.LittleEndian.Uint16(data[i+1:])), int(binary.LittleEndian.Uint16(data[i+3:]))
			width, height := int(binary.LittleEndian.Uint16(data[i+5:])), int(binary.LittleEndian.Uint16(data[i+7:]))
			if left+width > l.width || top+height > l.height {
				return gifFile{}, l.damaged("a frame outside of the picture")
			}
			end, ok := afterBlocks(data, i+pictureHeader+colours(data[i+9])+1)
			if !ok {
				return cut()
			}
			i = end
			l.frames, l.framePixels = l.frames+1, l.framePixels+width*height
			if err := l.bound(); err != nil {
				return gifFile{}, err
			}
			file.frames = append(file.frames, gifFrame{control: control, picture: data[start:end]})
			control = nil
		default:
			return gifFile{}, l.damaged("an unknown block")
		}
	}
	if l.frames == 0 {
		return gifFile{}, l.damaged("it has no picture")
	}
	// Some programs leave the trailer out.
	l.end = min(i+1, len(data))
	return file, nil
}

// afterBlocks returns where the sub-blocks that begin at i end.
func afterBlocks(data []byte, i int) (int, bool) {
	for i < len(data) {
		if data[i] == 0 {
			return i + 1, true
		}
		i += 1 + int(data[i])
	}
	return 0, false
}

// frame returns one frame as a GIF of its own.
func (f gifFile) frame(i int) []byte {
	return f.join(f.frames[i:i+1], nil)
}

// stripped returns the GIF without all that is no part of its pictures.
func (f gifFile) stripped() []byte { return f.join(f.frames, f.loop) }

func (f gifFile) join(frames []gifFrame, loop []byte) []byte {
	file := append(bytes.Clone(f.header), loop...)
	for _, frame := range frames {
		file = append(append(file, frame.control...), frame.picture...)
	}
	return append(file, blockTrailer)
}
