package users

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/text"
)

var errNameReserved = fault.InvalidField("display_name", "display_name.reserved",
	"운영진이나 탈퇴한 회원처럼 보이는 이름은 사용할 수 없습니다.",
	"A name that looks like that of an officer, or of a deleted account, cannot be used.")

// nobodysName is the rank of the names that nobody may have.
const nobodysName = 3

// reserved are the words that a name may have only from a rank on. Those that are within may not be part of a longer word
// either; the others occur in ordinary words, such as admin in badminton.
var reserved = []struct {
	words  []string
	rank   int
	within bool
}{
	{[]string{"회장", "모임장", "방장", "會長", "会长", "president"}, rank[identity.Admin], false},
	{[]string{"관리자", "운영진", "운영자", "管理者", "管理员", "運營陣"}, rank[identity.Manager], true},
	{[]string{"매니저", "리더", "공동리더", "시스템", "admin", "admins", "administrator", "leader", "coleader", "manager", "moderator", "root", "staff", "system"}, rank[identity.Manager], false},
	{[]string{withdrawnMember.Ko, withdrawnMember.En}, nobodysName, true},
}

// looksReserved reports whether a name looks like one that the role does not have.
func looksReserved(name string, role identity.Role) bool {
	whole := skeleton(name, false)
	words := append(strings.FieldsFunc(norm.NFKC.String(name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.Is(unicode.M, r) && !unicode.Is(unicode.Cf, r)
	}), name)
	shapes := make(map[string]bool)
	for _, word := range words {
		shapes[skeleton(word, true)] = true
		shapes[skeleton(strings.TrimFunc(word, unicode.IsNumber), true)] = true
	}
	for _, r := range reserved {
		if rank[role] >= r.rank {
			continue
		}
		for _, word := range r.words {
			shape := skeleton(word, false)
			if shapes[shape] || shapes[skeleton(word+"님", false)] || r.within && strings.Contains(whole, shape) {
				return true
			}
		}
	}
	return false
}

// nameKey is what two names have in common that people take for the same. It is not empty.
func nameKey(name string) string {
	if key := skeleton(name, false); key != "" {
		return key
	}
	return name
}

// skeleton is a name as the eye takes it: without case, accents, blanks, punctuation and whatever has no glyph, letters that look
// alike as one, and Hangul as the letters that its syllables are made of. Digits that stand for letters in a word, as in
// 4dm1n, are those letters if spelled.
func skeleton(name string, spelled bool) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(norm.NFKC.String(name))) {
		switch {
		case r == '@' && spelled:
			b.WriteByte('a')
		case r == '\u1160', r == '\u115F', r == '\u2800', unicode.IsSpace(r), unicode.IsPunct(r),
			unicode.In(r, unicode.M, unicode.Cf, unicode.Cc), text.IsPrivate(r), text.IsUnassigned(r):
		case r >= '\u1100' && int(r-'\u1100') < len(leads):
			b.WriteString(leads[r-'\u1100'])
		case r >= '\u1161' && int(r-'\u1161') < len(vowels):
			b.WriteString(vowels[r-'\u1161'])
		case r >= '\u11A8' && int(r-'\u11A8') < len(tails):
			b.WriteString(tails[r-'\u11A8'])
		case likeLatin[r] != 0:
			b.WriteRune(likeLatin[r])
		case spelled && likeLetter[r] != 0:
			b.WriteRune(likeLetter[r])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// The letters of the conjoining jamo, from U+1100, U+1161 and U+11A8 on.
var (
	leads  = strings.Fields("ㄱ ㄱㄱ ㄴ ㄷ ㄷㄷ ㄹ ㅁ ㅂ ㅂㅂ ㅅ ㅅㅅ ㅇ ㅈ ㅈㅈ ㅊ ㅋ ㅌ ㅍ ㅎ")
	vowels = strings.Fields("ㅏ ㅐ ㅑ ㅒ ㅓ ㅔ ㅕ ㅖ ㅗ ㅗㅏ ㅗㅐ ㅗㅣ ㅛ ㅜ ㅜㅓ ㅜㅔ ㅜㅣ ㅠ ㅡ ㅡㅣ ㅣ")
	tails  = strings.Fields("ㄱ ㄱㄱ ㄱㅅ ㄴ ㄴㅈ ㄴㅎ ㄷ ㄹ ㄹㄱ ㄹㅁ ㄹㅂ ㄹㅅ ㄹㅌ ㄹㅍ ㄹㅎ ㅁ ㅂ ㅂㅅ ㅅ ㅅㅅ ㅇ ㅈ ㅊ ㅋ ㅌ ㅍ ㅎ")
)

// likeLatin are the small letters and digits that look like a Latin letter, and likeLetter the digits that stand for one.
var (
	likeLatin  = pairs("аaеeоoрpсcуyхxіiјjѕsԁdмmнhтtкkпnгrոnαaοoιiνvρpηnμmκkτtıiɡgɑaᴀaᴅdᴍmɪiɴnli1i|i0o")
	likeLetter = pairs("4a3e5s7t")
)

func pairs(list string) map[rune]rune {
	runes, out := []rune(list), make(map[rune]rune)
	for i := 0; i+1 < len(runes); i += 2 {
		out[runes[i]] = runes[i+1]
	}
	return out
}
