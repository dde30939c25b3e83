package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/draw"
)

const (
	tagOrientation = 0x0112
	typeShort      = 3
)

// orientation returns what an EXIF block says of how a picture is turned, 1 to 8; 1 where it says nothing that can be read.
func orientation(exif []byte) int {
	if len(exif) < 8 {
		return 1
	}
	var order binary.ByteOrder
	switch string(exif[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	first := order.Uint32(exif[4:])
	if uint64(first)+2 > uint64(len(exif)) {
		return 1
	}
	count, entries := int(order.Uint16(exif[first:])), exif[first+2:]
	for ; count > 0 && len(entries) >= 12; count-- {
		if order.Uint16(entries) == tagOrientation && order.Uint16(entries[2:]) == typeShort {
			if value := int(order.Uint16(entries[8:])); value >= 1 && value <= 8 {
				return value
			}
			return 1
		}
		entries = entries[12:]
	}
	return 1
}

// turned returns the sides of a picture after its orientation was applied.
func turned(width, height, orientation int) (int, int) {
	if orientation >= 5 {
		return height, width
	}
	return width, height
}

// turn applies an orientation: what lies at (x, y) of the result is taken from where the camera stored it.
func turn(stored *image.RGBA, orientation int) *image.RGBA {
	if orientation <= 1 || orientation > 8 {
		return stored
	}
	w, h := stored.Rect.Dx(), stored.Rect.Dy()
	width, height := turned(w, h, orientation)
	shown := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		row := shown.Pix[y*shown.Stride:]
		for x := range width {
			fromX, fromY := x, y
			switch orientation {
			case 2:
				fromX = w - 1 - x
			case 3:
				fromX, fromY = w-1-x, h-1-y
			case 4:
				fromY = h - 1 - y
			case 5:
				fromX, fromY = y, x
			case 6:
				fromX, fromY = y, h-1-x
			case 7:
				fromX, fromY = w-1-y, h-1-x
			case 8:
				fromX, fromY = w-1-y, x
			}
			copy(row[4*x:4*x+4], stored.Pix[fromY*stored.Stride+4*fromX:])
		}
	}
	return shown
}

// profileParts are the parts of an ICC profile in the segments of a JPEG.
type profileParts struct {
	parts map[byte][]byte
	count byte
}

func (p *profileParts) add(segment []byte) {
	if len(segment) < 2 {
		return
	}
	if p.parts == nil {
		p.parts, p.count = make(map[byte][]byte), segment[1]
	}
	p.parts[segment[0]] = segment[2:]
}

// joined returns nil unless all parts are there.
func (p *profileParts) joined() []byte {
	var profile []byte
	for no := range p.count {
		part, ok := p.parts[no+1]
		if !ok || len(profile)+len(part) > maxProfile {
			return nil
		}
		profile = append(profile, part...)
	}
	return profile
}

// usableProfile returns the profile if it is that of a display with colours of its own, such as Display P3 of telephones: without
// it they would look pale. Others are left out: sRGB is what pictures without one have, and profiles of scanners and printers name
// a device.
func usableProfile(profile []byte) []byte {
	const header = 128
	if len(profile) < header || len(profile) > maxProfile || int(binary.BigEndian.Uint32(profile)) != len(profile) ||
		string(profile[12:20]) != "mntrRGB " || string(profile[36:40]) != "acsp" {
		return nil
	}
	if bytes.Contains(profile, []byte("sRGB")) || bytes.Contains(profile, []byte("s\x00R\x00G\x00B")) {
		return nil
	}
	// Who made it, and with what, is no part of its colours.
	cleaned := bytes.Clone(profile)
	clear(cleaned[48:64])
	clear(cleaned[80:100])
	return cleaned
}

// draw16 is how many rows are converted at once.
const draw16 = 16

// shrink returns a picture in at most this width and height, each pixel the average of those that it stands for. It never
// enlarges. Beside the result it takes memory for a few rows: golang.org/x/image/draw takes 32 bytes for each pixel of the new
// width and the old height.
func shrink(picture image.Image, width, height int) *image.RGBA {
	bounds := picture.Bounds()
	w, h := bounds.Dx(), bounds.Dy()
	if width >= w && height >= h {
		whole := image.NewRGBA(image.Rect(0, 0, w, h))
		draw.Draw(whole, whole.Rect, picture, bounds.Min, draw.Src)
		return whole
	}
	small := image.NewRGBA(image.Rect(0, 0, width, height))
	strip := image.NewRGBA(image.Rect(0, 0, w, draw16))
	// Weights are exact: a pixel has w by h parts, of which each of the old ones covers width by height.
	line, sums := make([]uint64, 4*width), make([]uint64, 4*width)
	total := uint64(w) * uint64(h)
	y, left := 0, h
	for top := range h {
		if top%draw16 == 0 {
			draw.Draw(strip, image.Rect(0, 0, w, min(draw16, h-top)), picture, bounds.Min.Add(image.Pt(0, top)), draw.Src)
		}
		shrinkLine(line, strip.Pix[top%draw16*strip.Stride:][:4*w], width)
		for rest := height; rest > 0; {
			part := min(rest, left)
			for i, v := range line {
				sums[i] += v * uint64(part)
			}
			rest, left = rest-part, left-part
			if left > 0 {
				break
			}
			row := small.Pix[y*small.Stride:]
			for i, sum := range sums {
				row[i] = uint8((sum + total/2) / total)
			}
			clear(sums)
			y, left = y+1, h
		}
	}
	return small
}

// shrinkLine sums the colours of a row for each of width pixels, in parts.
func shrinkLine(line []uint64, row []byte, width int) {
	clear(line)
	w := len(row) / 4
	x, left := 0, w
	for from := range w {
		pixel := row[4*from : 4*from+4]
		for rest := width; rest > 0; {
			part := min(rest, left)
			sum := line[4*x : 4*x+4]
			sum[0] += uint64(pixel[0]) * uint64(part)
			sum[1] += uint64(pixel[1]) * uint64(part)
			sum[2] += uint64(pixel[2]) * uint64(part)
			sum[3] += uint64(pixel[3]) * uint64(part)
			if rest, left = rest-part, left-part; left == 0 {
				x, left = x+1, w
			}
		}
	}
}
