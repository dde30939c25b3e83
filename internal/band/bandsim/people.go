package bandsim

import (
	"math/rand/v2"
	"net/http"
	"time"
)

// Member is a person of the club's band. UserKey is the one the first app sees, Role is leader, coleader or member.
type Member struct {
	UserKey string `json:"user_key"`
	Name    string `json:"name"`
	Role    string `json:"role"`
}

// person is somebody with a Naver account.
type person struct {
	no       int
	name     string // of the account
	nickname string // in the club's band
	role     string // in the club's band
	about    string
	joined   time.Time
	bands    uint8 // bit i stands for the i-th band
}

// band is a band people are in.
type band struct {
	no   int
	name string
}

const (
	clubBand   = 0
	hikingBand = 1 // has people and nothing else

	members   = 200 // of the club
	outsiders = 3   // people who are not in the club
)

// epoch is just after everything invented, so that it is the same at every start.
var epoch = time.Date(2026, time.November, 1, 9, 0, 0, 0, time.FixedZone("KST", 9*60*60))

var (
	surnames = []string{
		"김", "김", "김", "김", "이", "이", "이", "박", "박", "박", "최", "최", "정", "정", "강", "조", "윤", "장", "임", "한", "오", "서",
		"신", "권", "황", "안", "송", "류", "홍", "전", "고", "문", "양", "손", "배", "백", "허", "남", "심", "노", "하", "곽", "성", "차",
	}
	givenNames = []string{
		"민수", "지훈", "서연", "민준", "지우", "하준", "서윤", "도윤", "지민", "현우", "예린", "준호", "수빈", "은지", "태현", "유진", "성민", "지영",
		"동현", "미경", "영호", "혜진", "상훈", "정은", "재원", "소연", "승현", "가은", "종석", "보라", "경수", "나래", "병철", "선영", "기태", "윤아",
		"대호", "주희", "창민", "다은", "원석", "아름", "진우", "세라", "형준", "은영", "광수", "효주", "용식", "미란", "찬호", "연주", "규리", "한결",
		"슬기", "우진", "채원", "건우", "나연", "시우",
	}
	// nicknames stand in place of names here and there, as people choose them.
	nicknames = []string{
		"민수 (A조)", "Jenny Kim", "동탄 호랑이", "David", "셔틀콕 요정", "B조 김과장", "Lee Jiwon", "스매시장인", "민턴🏸", "총무 & 아들",
		"신입 지훈", "Coach Park", "새벽반 <막내>", "라켓 3자루",
	}
	abouts = []string{"", "", "", "A조", "B조", "C조", "초심", "D조 탈출이 목표", "토요일 오전반", "동탄2"}
)

func inventBands() []band {
	return []band{{clubBand, "동배즐 (동탄 배드민턴을 즐기는 사람들)"}, {hikingBand, "동탄 주말 등산"}}
}

// inventPeople returns the members in the order in which they joined, and then the outsiders.
func inventPeople(random *rand.Rand) []person {
	const kimMinsu = 7
	people := make([]person, members+outsiders)
	taken := map[string]bool{"김민수": true}
	for i := range people {
		p := person{no: i, name: "김민수", role: "member", about: abouts[random.IntN(len(abouts))], bands: 1 << clubBand}
		for i != kimMinsu && taken[p.name] {
			p.name = surnames[random.IntN(len(surnames))] + givenNames[random.IntN(len(givenNames))]
		}
		taken[p.name] = true
		p.nickname = p.name
		if i%13 == 12 && i/13 < len(nicknames) {
			p.nickname = nicknames[i/13]
		}
		if i%4 == 3 {
			p.bands |= 1 << hikingBand
		}
		if i >= members {
			p.bands = 1 << hikingBand
		}
		p.joined = epoch.AddDate(0, 0, -1200+5*i).Add(time.Duration(random.IntN(600)) * time.Minute)
		people[i] = p
	}
	people[0].role = "leader"
	for i := 1; i <= 3; i++ {
		people[i].role = "coleader"
	}
	return people
}

func (p person) in(band int) bool { return p.bands&(1<<band) != 0 }

// Members returns the members of the club, the leader first.
func (s *Simulator) Members() []Member {
	return s.peopleWhere(func(p person) bool { return p.in(clubBand) })
}

// Outsiders returns people who can sign in but are not in the club's band.
func (s *Simulator) Outsiders() []Member {
	return s.peopleWhere(func(p person) bool { return !p.in(clubBand) })
}

func (s *Simulator) peopleWhere(wanted func(person) bool) []Member {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []Member{}
	for _, p := range s.people {
		if wanted(p) {
			found = append(found, Member{UserKey: s.keys.key(kindUser, 0, uint64(p.no)), Name: p.nickname, Role: p.role})
		}
	}
	return found
}

// Leave takes a member out of the club's band; what they wrote stays. It reports false if userKey is no member's.
func (s *Simulator) Leave(userKey string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.personOf(userKey)
	if !ok || !p.in(clubBand) {
		return false
	}
	s.people[p.no].bands &^= 1 << clubBand
	return true
}

// personOf returns who has userKey in any app.
func (s *Simulator) personOf(userKey string) (person, bool) {
	_, no, ok := s.keys.open(kindUser, userKey)
	if !ok || no >= uint64(len(s.people)) {
		return person{}, false
	}
	return s.people[no], true
}

func (s *Simulator) bandKey(no int) string { return s.keys.key(kindBand, 0, uint64(no)) }

func (s *Simulator) listMembers(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"members": s.Members()})
}
