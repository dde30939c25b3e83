package hangul_test

import (
	"strings"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/hangul"
)

// Half a syllable is looked for in the names of a large club, and a long post is indexed.
func BenchmarkContains(b *testing.B) {
	names := []string{"김민수", "박서준 (A조)", "Jenny Kim", "이몫", "남궁민수"}
	for b.Loop() {
		for _, name := range names {
			hangul.Contains(name, "ㅁ수")
		}
	}
}

func BenchmarkGrams(b *testing.B) {
	text := strings.Repeat("동탄 배드민턴 모임, 토요일 오후 2시! ", 400)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		hangul.Grams(text)
	}
}

func BenchmarkFold(b *testing.B) {
	for name, text := range map[string]string{
		"Korean": "동탄 배드민턴 모임, 토요일 오후 2시! CLUB", "emoji": "동탄 🏸 모임 ㅋㅋㅋ 👨‍👩‍👧", "decomposed": "\u1100\u1175\u11b7\u1106\u1175\u11ab\u1109\u116e",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				hangul.Fold(text)
			}
		})
	}
}
