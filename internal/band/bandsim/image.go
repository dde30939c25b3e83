package bandsim

import (
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

const (
	faceSize   = 96
	coverWidth = 640
)

// imageBase is what URLs of images begin with, as the sender of r can load them.
func (s *Simulator) imageBase(r *http.Request) string {
	origin := s.publicURL
	if origin == "" {
		scheme := "http"
		if r.TLS != nil || r.URL.Scheme == "https" {
			scheme = "https"
		}
		origin = scheme + "://" + r.Host
	}
	return origin + s.imagePath()
}

func (s *Simulator) imagePath() string { return s.prefix + "/images/" }

func faceURL(base string, who int) string { return fmt.Sprintf("%sface/%d.png", base, who) }

// serveImage draws an image: face/N.png of a person, photo/N.jpg of a photo, cover/N.jpg of a band.
func (s *Simulator) serveImage(w http.ResponseWriter, r *http.Request, path string) {
	folder, file, _ := strings.Cut(path, "/")
	name, format, _ := strings.Cut(file, ".")
	no, err := strconv.ParseUint(name, 10, 32)
	var drawn image.Image
	if err == nil && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		drawn = s.draw(folder+"."+format, no)
	}
	if drawn == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=86400")
	// As on Band's own servers of images: pages of apps, which come from elsewhere, show them.
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	if format == "png" {
		w.Header().Set("Content-Type", "image/png")
		_ = png.Encode(w, drawn) // fails only when nobody reads on
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	_ = jpeg.Encode(w, drawn, &jpeg.Options{Quality: 75}) // as above
}

// draw returns nil if there is no such image.
func (s *Simulator) draw(what string, no uint64) image.Image {
	switch what {
	case "face.png":
		if no < members+outsiders {
			return drawFace(no)
		}
	case "cover.jpg":
		if no == 1 {
			return drawCourt(no, coverWidth, coverWidth/2)
		}
	case "photo.jpg":
		if p, ok := s.photoOf(no); ok {
			return drawCourt(no, p.width, p.height)
		}
	}
	return nil
}

func (s *Simulator) photoOf(no uint64) (photo, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := slices.BinarySearchFunc(s.photos, no, func(p *photo, no uint64) int { return cmp.Compare(p.no, no) })
	if !ok {
		return photo{}, false
	}
	return *s.photos[i], true
}

// shade returns the no-th of many colours that are told apart easily: hues a golden angle apart.
func shade(no uint64, lightness float64) color.RGBA {
	hue := math.Mod(float64(no)*137.508, 360) * math.Pi / 180
	channel := func(phase float64) uint8 { return uint8(255 * lightness * (0.65 + 0.35*math.Cos(hue-phase))) }
	return color.RGBA{channel(0), channel(2 * math.Pi / 3), channel(4 * math.Pi / 3), 255}
}

// drawFace draws a head and shoulders.
func drawFace(no uint64) image.Image {
	background, skin, shirt := shade(no, 0.9), color.RGBA{242, 205, 176, 255}, shade(no+5, 0.6)
	return paint(faceSize, faceSize, func(x, y float64) color.RGBA {
		switch {
		case math.Hypot(x-0.5, y-0.4) < 0.2:
			return skin
		case math.Hypot((x-0.5)*0.8, y-1.05) < 0.38:
			return shirt
		}
		return background
	})
}

// drawCourt draws a badminton court from above, with a shuttlecock somewhere.
func drawCourt(no uint64, width, height int) image.Image {
	floor, dark, white, yellow := shade(no, 0.8), shade(no, 0.55), color.RGBA{245, 245, 240, 255}, color.RGBA{250, 230, 120, 255}
	shuttleX, shuttleY := 0.15+0.7*float64(no*7%11)/11, 0.15+0.7*float64(no*5%13)/13
	return paint(width, height, func(x, y float64) color.RGBA {
		side, depth := math.Abs(x-0.5), math.Abs(y-0.5)
		switch {
		case math.Hypot(x-shuttleX, y-shuttleY) < 0.03:
			return yellow
		case side > 0.42 || depth > 0.45:
			return dark
		case side > 0.41 || depth > 0.44, math.Abs(side-0.35) < 0.005, math.Abs(depth-0.13) < 0.005, depth < 0.008,
			side < 0.005 && depth > 0.13:
			return white
		}
		return floor
	})
}

// paint makes an image of a function of the place, 0 to 1 from left to right and from top to bottom.
func paint(width, height int, at func(x, y float64) color.RGBA) image.Image {
	drawn := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			drawn.SetRGBA(x, y, at(float64(x)/float64(width), float64(y)/float64(height)))
		}
	}
	return drawn
}
