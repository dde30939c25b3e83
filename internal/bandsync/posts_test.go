package bandsync_test

import (
	"strings"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
	"github.com/dongbaejul/dongbaejul/internal/bandsync"
)

// TestTextsOfPosts has posts of all kinds become a title and a content, which are read one after the other: nothing is there twice, and
// nothing is lost but what cannot be read.
func TestTextsOfPosts(t *testing.T) {
	c := newClub(t, bandsim.Options{Seed: 1, Size: bandsim.Size{Posts: 1, Comments: 1, Albums: 1, Photos: 1}})
	key := c.postsOfBand()[0]
	long := strings.Repeat("가나다라 ", 20) // a hundred
	for _, test := range []struct{ name, typed, title, content string }{
		{"one line", "오늘 저녁 번개", "오늘 저녁 번개", ""},
		{"two lines", "정기모임 안내\n토요일 2시", "정기모임 안내", "토요일 2시"},
		{"blank lines", "\n \n 정기모임 안내 \n\n\n토요일 2시\n\n장소는 같아요\n", "정기모임 안내", "토요일 2시\n\n장소는 같아요"},
		{"a layout", "대진표\n\tA조\n  B조", "대진표", "\tA조\n  B조"},
		{"lines of Windows", "정기모임 안내\r\n토요일 2시\r\n", "정기모임 안내", "토요일 2시"},
		{"no text", "", "밴드 글", ""},
		{"the longest title", long[:len(long)-1] + ".\n둘째 줄", long[:len(long)-1] + ".", "둘째 줄"},
		{"a longer line", long + "마바사\n둘째 줄", strings.TrimSpace(long) + "…", long + "마바사\n둘째 줄"},
		{"10,000 characters", strings.Repeat("가", 10_000), strings.Repeat("가", 99) + "…", strings.Repeat("가", 10_000)},
		{"what a person typed", `<b>A & B</b> "1:2" &amp; &#44032; <3`, `<b>A & B</b> "1:2" &amp; &#44032; <3`, ""},
		{"control characters", "가\x00나\x1b[31m\r다\u0085\x7f라\u2028마", "가나[31m", "다라\n마"},
		{"another direction", "가\u202e나\n다\u202e라", "가나", "다\u202e라"},
		{"private use", "가\ue000나\n\ufdd0다", "가나", "다"},
		{"nothing to see", "\u200b\u3164\n\u2800", "밴드 글", ""},
		{"letters taken apart", "\u1100\u1161\n\u1102\u1161", "가", "나"},
		{"an emoji of many parts", strings.Repeat("가", 98) + "👨‍👩‍👧‍👦나", strings.Repeat("가", 98) + "…", strings.Repeat("가", 98) + "👨‍👩‍👧‍👦나"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c.sim.EditPost(key, test.typed)
			c.sync(true)
			p, err := c.store.Post(t.Context(), bandsync.PostID(key))
			if err != nil || p.Title != test.title || p.Content != test.content {
				t.Errorf("%q\n%q, %v", p.Title, p.Content, err)
			}
		})
	}
}
