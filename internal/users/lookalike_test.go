package users

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/dongbaejul/dongbaejul/internal/identity"
)

func TestReservedNames(t *testing.T) {
	for _, c := range []struct {
		names string
		// from is the first role that may have them; empty for nobody.
		from identity.Role
	}{
		{"회장|회 장|회장님|★회장★|동배즐 회장|會長|회\u200b장|회\u3164장|President|" + norm.NFD.String("회장") + "|ㅎㅗㅣㅈㅏㅇ|모임장|김지민 (모임장)|방장", identity.Admin},
		{"관리자|관 리 자|관리자1|[관리자] 김민수|동배즐관리자|운영진|운영진님|운영자|관\u2060리자|ㄱㅘㄴㄹㅣㅈㅏ|리더|밴드 리더|공동리더|공동 리더|시스템|관\ufdd0리자|관\ue000리자|관\U0003fff0리자|관\ufffe리\U0010fffd자", identity.Manager},
		{"admin|Admin|ADMIN|ａｄｍｉｎ|аdmin|аdmіn|ádmin|𝐚𝐝𝐦𝐢𝐧|4dm1n|@dmin|a d m i n|admin2|ad\u200dmin|Administrator|manager|root|R00T|system|Leader|co-leader", identity.Manager},
		{"탈퇴한 회원|탈퇴한회원|탈퇴한\u3164회원|탈 퇴 한 회 원|탈퇴한 회원 (2)", ""},
		{"김민수|Badminton Kim|대회장에서|관리|회원|부회장|민수 (A조)|B조 김과장|총무 & 아들|Coach Park|민턴🏸|1004", identity.Member},
	} {
		for _, name := range strings.Split(c.names, "|") {
			for _, role := range []identity.Role{identity.Member, identity.Manager, identity.Admin} {
				if got, want := looksReserved(name, role), c.from == "" || rank[role] < rank[c.from]; got != want {
					t.Errorf("%q of a %s is reserved: %v, want %v", name, role, got, want)
				}
			}
		}
	}
}

func TestNamesThatLookAlikeHaveOneKey(t *testing.T) {
	for _, c := range []struct {
		names string
		same  bool
	}{
		{"김민수|김 민수|김민수 |김\u200b민수|김\ufdd0민수|김민수\uf8ff|김\u0378민수|김민수.|" + norm.NFD.String("김민수"), true},
		{"Jenny Kim|jenny kim|JennyKim|Jеnny Kim|Ｊｅｎｎｙ Kim", true},
		{"김민수|김민서|이민수|김민수 (2)|김민수 (3)|김민수 A|김민수🏸", false},
	} {
		keys := map[string]bool{}
		names := strings.Split(c.names, "|")
		for _, name := range names {
			keys[nameKey(name)] = true
		}
		if c.same && len(keys) != 1 || !c.same && len(keys) != len(names) {
			t.Errorf("%q have %d keys: %v", names, len(keys), keys)
		}
	}
}
