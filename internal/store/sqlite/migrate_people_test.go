package sqlite

import (
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
