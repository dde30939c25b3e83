package users

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/graphemes"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/text"
)

const (
	maxName  = 40
	maxImage = 2048
	// nameless is what somebody is called whose Band name has nothing to show.
	nameless = "회원"
)

// nameFromBand returns Band's name as a valid display name; Band's own rules differ.
func nameFromBand(name string) string {
	beginning, _ := graphemes.Cut(text.Line(name), maxName)
	return cmp.Or(text.Line(beginning), nameless)
}

// maxSameName is how many users may have names that look the same.
const maxSameName = 1000

// distinct calls store with 1, 2, … until it does not fail with fault.Exists: until a name with that mark is nobody else's.
func distinct(store func(n int) error) error {
	for n := 1; ; n++ {
		if err := store(n); n == maxSameName || !errors.Is(err, fault.Exists) {
			return err
		}
	}
}

// call names u: by the name itself for n = 1, and with a mark after it, such as "김민수 (2)", for more.
func (u *User) call(name string, n int) {
	u.DisplayName = marked(name, n)
	u.NameKey = nameKey(u.DisplayName)
}

// called reports whether u has the name, with or without a mark.
func (u *User) called(name string) bool {
	if u.DisplayName == name {
		return true
	}
	mark := nameMark.FindStringSubmatch(u.DisplayName)
	if mark == nil {
		return false
	}
	n, err := strconv.Atoi(mark[1])
	return err == nil && u.DisplayName == marked(name, n)
}

var nameMark = regexp.MustCompile(` \((\d{1,4})\)$`)

func marked(name string, n int) string {
	if n <= 1 {
		return name
	}
	mark := fmt.Sprintf(" (%d)", n)
	beginning, _ := graphemes.Cut(name, maxName-len(mark))
	return text.Trim(beginning) + mark
}

// nameFor is what somebody of a role is called who has not chosen a name: what Band says, unless that is reserved.
func nameFor(bandName string, role identity.Role) string {
	if bandName == "" || looksReserved(bandName, role) {
		return nameless
	}
	return bandName
}

// imageFromBand returns a picture's URL as it may be kept: Band's own pictures are also served by https where it names http,
// and those of this machine, a simulator's, need not be. It is empty for anything else.
func imageFromBand(image string) string {
	u, err := url.Parse(image)
	if err != nil || !isHost(u) || u.User != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	if host := u.Hostname(); host != "localhost" && host != "127.0.0.1" && host != "::1" {
		u.Scheme = "https"
	}
	if image = u.String(); len(image) > maxImage {
		return ""
	}
	return image
}

var (
	hostname = regexp.MustCompile(`^([0-9A-Za-z]([0-9A-Za-z-]{0,61}[0-9A-Za-z])?\.)*[0-9A-Za-z]([0-9A-Za-z-]{0,61}[0-9A-Za-z])?\.?$`)
	digits   = regexp.MustCompile(`(^|\.)[0-9]+\.?$`)
	port     = regexp.MustCompile(`^(|0|[1-9][0-9]{0,4})$`)
)

// isHost reports whether u has a host and a port that the contract's rule web_url accepts.
func isHost(u *url.URL) bool {
	host := u.Hostname()
	address, err := netip.ParseAddr(host)
	isName := len(host) <= 253 && hostname.MatchString(host) && !digits.MatchString(host)
	if n, _ := strconv.Atoi(u.Port()); !port.MatchString(u.Port()) || n > math.MaxUint16 {
		return false
	}
	return err == nil && address.Is6() == strings.HasPrefix(u.Host, "[") || err != nil && isName && u.Host[0] != '['
}
