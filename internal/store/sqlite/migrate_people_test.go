package sqlite

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/users"
)

func TestStoredErasedUsersLoseTheirNames(t *testing.T) {
	s := openVersion(t, 14, `
		INSERT INTO users VALUES ('erased', '', '탈퇴한 회원', 'ㅌㅌㅎ ㅎㅇ', '', 'member', 'withdrawn', '', '{}', '', '', 5, 6, 0, '');
		INSERT INTO users VALUES ('left', 'key', '김민수', 'ㄱㅁㅅ', '', 'member', 'withdrawn', '', '{}', '', '', 5, 6, 0, 'key');`)
	for id, want := range map[string]string{"erased": "", "left": "김민수"} {
		u, err := s.User(t.Context(), id)
		must(t, err)
		if u.DisplayName != want || u.Status != users.Withdrawn {
			t.Errorf("%s is %+v, want the name %q", id, u, want)
		}
	}
}

func TestStoredAvatarsBecomeFiles(t *testing.T) {
	const signature = "QAhJl-vkiBHbAdLA2PvR0w"
	cases := map[string]struct{ avatar, want, file string }{
		"own":     {"http://127.0.0.1:3000/photos/own/" + signature, "", "own"},
		"former":  {"https://club.example.com/app/photos/former/" + signature, "", "former"},
		"posted":  {"https://club.example.com/photos/posted/" + signature, "https://club.example.com/photos/posted/" + signature, ""},
		"others":  {"https://club.example.com/photos/others/" + signature, "https://club.example.com/photos/others/" + signature, ""},
		"proxied": {"https://example.com/photos/w/short", "https://example.com/photos/w/short", ""},
		"gone":    {"https://club.example.com/photos/gone/" + signature, "https://club.example.com/photos/gone/" + signature, ""},
		"band":    {"https://phinf.pstatic.net/a.jpg", "https://phinf.pstatic.net/a.jpg", ""},
		"none":    {"", "", ""},
	}
	var script strings.Builder
	for id, c := range cases {
		fmt.Fprintf(&script, `INSERT INTO users (id, band_user_id, display_name, initials, avatar, role, status, skill_level, preferences, band_name, band_image,
			created_at, last_seen_at, name_key) VALUES ('%s', '%s', '', '', '%s', 'member', 'active', '', '{}', '', '', 5, 6, '%[1]s');`, id, id, c.avatar)
	}
	for _, u := range [][3]string{
		{"own", "own", "avatar"}, {"former", "former", "avatar"}, {"posted", "posted", "post"}, {"others", "own", "avatar"}, {"w", "proxied", "avatar"},
	} {
		fmt.Fprintf(&script, `INSERT INTO uploads VALUES ('%s', '%s', '%s', '', 'image/png', 5, 'ready', '', '', 8, 8, '', 1, 5, '');`, u[0], u[1], u[2])
	}
	s := openVersion(t, 27, script.String())
	for id, c := range cases {
		u, err := s.User(t.Context(), id)
		must(t, err)
		if u.Avatar != c.want || u.AvatarFile != c.file {
			t.Errorf("the avatar of %s is %q, the upload %q", id, u.Avatar, u.AvatarFile)
		}
	}
}

func TestStoredDevicesGetIDs(t *testing.T) {
	s := openVersion(t, 14, `
		INSERT INTO devices VALUES ('a', 'u', 's', 'ios', 5);
		INSERT INTO devices VALUES ('b', 'u', 's', 'web', 6);`)
	devices, err := s.Devices(t.Context(), []string{"u"})
	must(t, err)
	if len(devices) != 2 || devices[0].ID == "" || devices[1].ID == "" || devices[0].ID == devices[1].ID {
		t.Fatalf("the devices are %+v", devices)
	}
	must(t, s.DeleteDevice(t.Context(), "u", devices[0].ID))
	left, err := s.Devices(t.Context(), []string{"u"})
	must(t, err)
	if len(left) != 1 || left[0] != devices[1] {
		t.Errorf("left are %+v", left)
	}
}
