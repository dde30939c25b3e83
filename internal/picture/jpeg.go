package picture

import (
	"bytes"
	"encoding/binary"
)

// Markers of JPEG (ITU-T T.81, table B.1).
const (
	markerSOF0 = 0xc0
	markerSOF2 = 0xc2
	markerDHT  = 0xc4
	markerJPG  = 0xc8
	markerDAC  = 0xcc
	markerRST0 = 0xd0
	markerSOI  = 0xd8
	markerEOI  = 0xd9
	markerSOS  = 0xda
	markerAPP1 = 0xe1
	markerAPP2 = 0xe2
	markerTEM  = 0x01
)

var (
	exifHeader = []byte("Exif\x00\x00")
	iccHeader  = []byte("ICC_PROFILE\x00")
)

// lookJPEG walks over the segments and the scans.
func (l *layout) lookJPEG(data []byte) error {
	scans := 0
	var profile profileParts
	for i, count := 2, 0; ; count++ {
		i = nextMarker(data, i)
		if i >= len(data) || count > maxChunks {
			return l.damaged("it ends before its end marker")
		}
		marker := data[i]
		i++
		if marker == markerEOI {
			l.end = i
			break
		}
		if marker == markerSOI || marker == markerTEM || isRestart(marker) {
			continue
		}
		if len(data)-i < 2 {
			return l.damaged("it ends in a segment")
		}
		length := int(binary.BigEndian.Uint16(data[i:]))
		if length < 2 || length > len(data)-i {
			return l.damaged("it ends in a segment")
		}
		segment := data[i+2 : i+length]
		i += length
		switch {
		case marker == markerSOS:
			if scans++; scans > maxScans {
				return l.damaged("more than %d scans", maxScans)
			}
		case marker == markerAPP1 && bytes.HasPrefix(segment, exifHeader) && l.orientation == 1:
			l.orientation = orientation(segment[len(exifHeader):])
		case marker == markerAPP2 && bytes.HasPrefix(segment, iccHeader):
			profile.add(segment[len(iccHeader):])
		case isFrame(marker):
			if err := l.frameJPEG(marker, segment); err != nil {
				return err
			}
		}
	}
	if scans == 0 || l.width == 0 {
		return l.damaged("it has no picture")
	}
	l.profile = usableProfile(profile.joined())
	return nil
}

// nextMarker returns the index of the marker's second byte at or after i, over the data of a scan; len(data) if there is none.
func nextMarker(data []byte, i int) int {
	for i < len(data) {
		found := bytes.IndexByte(data[i:], 0xff)
		if found < 0 {
			return len(data)
		}
		for i += found; i < len(data) && data[i] == 0xff; i++ {
		}
		if i < len(data) && data[i] != 0 && !isRestart(data[i]) {
			return i
		}
	}
	return len(data)
}

func isRestart(marker byte) bool { return marker >= markerRST0 && marker < markerRST0+8 }

func isFrame(marker byte) bool {
	return marker >= markerSOF0 && marker < markerRST0 && marker != markerDHT && marker != markerJPG && marker != markerDAC
}

// frameJPEG reads the header of the frame.
func (l *layout) frameJPEG(marker byte, segment []byte) error {
	if marker > markerSOF2 {
		return &Error{Problem: Unsupported, Found: string(JPEG), Detail: "lossless, hierarchical or arithmetic coding"}
	}
	if l.width != 0 {
		return l.damaged("two frames")
	}
	if len(segment) < 6 || len(segment) < 6+3*int(segment[5]) {
		return l.damaged("a short frame header")
	}
	l.height, l.width = int(binary.BigEndian.Uint16(segment[1:])), int(binary.BigEndian.Uint16(segment[3:]))
	samples, most, components := 0, 1, int(segment[5])
	for c := range components {
		sampling := segment[6+3*c+1]
		area := int(sampling>>4) * int(sampling&15)
		samples, most = samples+area, max(most, area)
	}
	l.framePixels = l.width * l.height
	// Blocks are whole, and a picture of four colours is converted in place.
	l.memory = (l.width + 32) * (l.height + 32) * samples / most
	if marker == markerSOF2 {
		// A progressive one keeps its coefficients, of four bytes each, until the last scan.
		l.memory *= 5
	}
	if components == 4 {
		l.memory += 4 * l.framePixels
	}
	return l.bound()
}
