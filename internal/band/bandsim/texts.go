package bandsim

import (
	"math/rand/v2"
	"strings"
)

// In these texts @ stands for the mention of some member, and a word that begins with # is a hashtag.

var postTexts = []string{
	"이번 주 토요일 오후 2시, 동탄 반다비체육관 3·4번 코트에서 정기모임 있습니다.\n셔틀콕은 @ 님이 준비해 주세요.\n#동배즐 #정기모임",
	"[공지] 11월 회비 안내\n이번 달 회비는 20,000원입니다. 10일까지 총무 @ 님께 보내 주세요.\n* 입금자명은 \"이름+월\"로 부탁드립니다.",
	"오늘 A조 & B조 교류전 결과입니다.\n@ / @ 조가 <21:19>, <18:21>, <22:20>으로 이겼습니다. 모두 수고하셨어요!",
	"라켓 추천 부탁드려요. 헤드 무게가 가벼운 쪽(4U)을 찾고 있는데, 10만 원 이하면 > 어떤 모델이 좋을까요?",
	"배드민턴화 250mm 팝니다. 세 번 신었고 상태 좋습니다. 댓글이나 채팅 주세요. #중고거래",
	"오늘 모임 사진 올립니다. 다들 표정이 살아 있네요 ㅋㅋㅋ #사진",
	"새 멤버 @ 님이 가입했습니다. 다 같이 환영해 주세요.",
	"내일 저녁 번개 하실 분? 7시 반 목동체육관이고 현재 세 명입니다. 한 명만 더 오시면 바로 갑니다!",
	"지난주 백핸드 레슨 내용 정리해 봤습니다.\n1. 그립은 엄지를 세워서\n2. 팔꿈치 먼저, 손목은 나중에\n3. 스텝 후 타구 -> 중심 복귀\n틀린 부분은 @ 코치님이 고쳐 주실 거예요.",
	"체육관 공사로 다음 주 수요일은 쉽니다. 헛걸음하지 마세요 <중요>",
	"화성시장기 대회 나가실 분 모집합니다. 혼복 D조, 남복 C조 자리 있습니다. 문의는 @ 님께.\n#대회 #화성시장기",
	"분실물: 검은색 손목 보호대 하나를 보관하고 있습니다. 주인분은 연락 주세요.",
	"운영진 회의 결과를 공유합니다. 게스트비는 5,000원 그대로이고, 셔틀콕은 KBB-79로 바꿉니다. Q&A는 댓글로 받을게요.",
	"Shuttlecock order: 12 tubes arrived today. 보관함 비밀번호는 @ 님이 알려 드립니다.",
	"무릎이 안 좋아서 한 달 쉽니다. 다들 준비운동 꼭 하세요 :)",
}

var commentTexts = []string{
	"참석합니다!", "저도 갑니다 ㅎㅎ", "수고하셨습니다 👍", "@ 님 같이 가요~", "이번 주는 못 가요 ㅠㅠ", "입금했습니다. 확인 부탁드려요", "A조 & B조 모두 멋졌어요",
	"몇 시까지 하나요?", "@ 님 고맙습니다", "사진 잘 나왔네요 #인생샷", "<3", "환영합니다!!", "셔틀콕 두 통 챙겨 갈게요", "주차는 어디에 하나요?",
	"저요저요", "ㅋㅋㅋㅋㅋ", "다음에는 꼭 이길게요", "1코트 예약했습니다\n2코트는 마감이래요", "문의드립니다 \"초보\"도 되나요?", "늦을 것 같아요 10분만요",
}

// inventText picks one of texts and fills it in.
func inventText(random *rand.Rand, texts []string) []span {
	return parseTyped(texts[random.IntN(len(texts))], func() int { return random.IntN(members) })
}

// parseTyped takes a text of this file apart.
func parseTyped(text string, someone func() int) []span {
	var spans []span
	for text != "" {
		i := strings.IndexAny(text, "@#")
		if i < 0 {
			return append(spans, span{kind: plain, text: text})
		}
		if i > 0 {
			spans = append(spans, span{kind: plain, text: text[:i]})
		}
		length := 1
		if text[i] == '@' {
			spans = append(spans, span{kind: mention, who: someone()})
		} else {
			if length = strings.IndexAny(text[i:], " \n"); length < 0 {
				length = len(text) - i
			}
			spans = append(spans, span{kind: hashtag, text: text[i : i+length]})
		}
		text = text[i+length:]
	}
	return spans
}
