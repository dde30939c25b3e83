package scoring_test

import (
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

// published holds results as they were reported, the winner as team 1.
var published = []struct {
	match string
	rules scoring.Rules
	sets  []scoring.Score
	final scoring.Score
}{
	// To 21, two clear, cap 30. Olympic Games, World Championships and All England, as in the BWF's and the organisers' results.
	{"2008 Olympics, men's singles final, Lin Dan – Lee Chong Wei", preset(scoring.BWF3x21),
		[]scoring.Score{{21, 12}, {21, 8}}, scoring.Score{Team1: 2}},
	{"2008 Olympics, mixed doubles final, Lee Yong-dae/Lee Hyo-jung – Widianto/Natsir", preset(scoring.BWF3x21),
		[]scoring.Score{{21, 11}, {21, 17}}, scoring.Score{Team1: 2}},
	{"2011 World Championships, men's singles final, Lin Dan – Lee Chong Wei", preset(scoring.BWF3x21),
		[]scoring.Score{{20, 22}, {21, 14}, {23, 21}}, scoring.Score{Team1: 2, Team2: 1}},
	{"2012 Olympics, men's singles final, Lin Dan – Lee Chong Wei", preset(scoring.BWF3x21),
		[]scoring.Score{{15, 21}, {21, 10}, {21, 19}}, scoring.Score{Team1: 2, Team2: 1}},
	{"2016 Olympics, men's doubles final, Fu/Zhang – Goh/Tan", preset(scoring.BWF3x21),
		[]scoring.Score{{16, 21}, {21, 11}, {23, 21}}, scoring.Score{Team1: 2, Team2: 1}},
	{"2016 Olympics, women's singles final, Marín – Sindhu", preset(scoring.BWF3x21),
		[]scoring.Score{{19, 21}, {21, 12}, {21, 15}}, scoring.Score{Team1: 2, Team2: 1}},
	{"2017 World Championships, women's singles final, Okuhara – Sindhu", preset(scoring.BWF3x21),
		[]scoring.Score{{21, 19}, {20, 22}, {22, 20}}, scoring.Score{Team1: 2, Team2: 1}},
	{"2018 All England, women's singles final, Tai – Yamaguchi", preset(scoring.BWF3x21),
		[]scoring.Score{{22, 20}, {21, 13}}, scoring.Score{Team1: 2}},
	{"2018 All England, mixed doubles final, Watanabe/Higashino – Zheng/Huang", preset(scoring.BWF3x21),
		[]scoring.Score{{15, 21}, {22, 20}, {21, 16}}, scoring.Score{Team1: 2, Team2: 1}},
	{"2018 All England, mixed doubles second round, Faizal/Widjaja – Ahmad/Natsir, to the cap", preset(scoring.BWF3x21),
		[]scoring.Score{{21, 18}, {15, 21}, {30, 29}}, scoring.Score{Team1: 2, Team2: 1}},
	{"2024 Olympics, women's singles final, An Se-young – He Bingjiao", preset(scoring.BWF3x21),
		[]scoring.Score{{21, 13}, {21, 16}}, scoring.Score{Team1: 2}},

	// To 15, two clear, cap 21. The 2025 World Junior Championships in Guwahati tried the rule for the BWF (reports of IANS and PTI);
	// the Korean 열정배드민턴리그 plays to 15 too (report of 더페어 on the final of 2023).
	{"2025 World Junior Championships, girls' singles final, Phichitpreechasak – Sharma", preset(scoring.BWF3x15),
		[]scoring.Score{{15, 7}, {15, 12}}, scoring.Score{Team1: 2}},
	{"2025 World Junior Championships, girls' singles semi-final, Phichitpreechasak – Ketklieng", preset(scoring.BWF3x15),
		[]scoring.Score{{10, 15}, {15, 11}, {15, 5}}, scoring.Score{Team1: 2, Team2: 1}},
	{"2023 열정배드민턴리그, final, first doubles, Seo/Choi – Kim/Jin", preset(scoring.BWF3x15),
		[]scoring.Score{{15, 13}, {15, 12}}, scoring.Score{Team1: 2}},

	// One game to 25 without setting, in Korean club tournaments.
	{"2023 수원배, men's doubles 준자강 final, 김동욱/박무현 – 구무영/오진호 (뉴데일리)", preset(scoring.KR1x25),
		[]scoring.Score{{25, 23}}, scoring.Score{Team1: 25, Team2: 23}},
	{"2024 수원배, men's doubles 준자강 final, 박상운/이상현 – 최진호/노정현 (뉴데일리)", preset(scoring.KR1x25),
		[]scoring.Score{{25, 10}}, scoring.Score{Team1: 25, Team2: 10}},
	{"2018 노원구협회장기, men's doubles 45 D final, 조일곤/손승한 – 박수근/최종현 (더페어)", preset(scoring.KR1x25),
		[]scoring.Score{{25, 22}}, scoring.Score{Team1: 25, Team2: 22}},

	// One game to 21.
	{"2018 송파구협회장기, men's doubles 20–30 D final, 송민철/한재규 – 정석태/박태현 (더페어)", preset(scoring.One21),
		[]scoring.Score{{21, 12}}, scoring.Score{Team1: 21, Team2: 12}},

	// Custom: best of three to 11 without setting, as the seniors of the 2023 전국생활체육대축전 played (더페어).
	{"2023 전국생활체육대축전, women's doubles of the seniors' final, Seoul – Daegu",
		scoring.Rules{BestOf: 3, PointsTo: 11, WinBy: 1, Cap: 11},
		[]scoring.Score{{11, 5}, {10, 11}, {11, 7}}, scoring.Score{Team1: 2, Team2: 1}},
}

func preset(p scoring.Preset) scoring.Rules {
	rules, ok := p.Rules()
	if !ok {
		panic("no preset " + p)
	}
	return rules
}

func mirror(s scoring.Score) scoring.Score { return scoring.Score{Team1: s.Team2, Team2: s.Team1} }

func TestPublishedMatches(t *testing.T) {
	for _, tt := range published {
		t.Run(tt.match, func(t *testing.T) {
			if err := tt.rules.Validate(); err != nil {
				t.Fatal(err)
			}
			match, mirrored := scoring.Match{Rules: tt.rules}, scoring.Match{Rules: tt.rules}
			for i, set := range tt.sets {
				if match.Decided() {
					t.Fatalf("decided before set %d", i+1)
				}
				match = mustSet(t, match, i+1, set)
				mirrored = mustSet(t, mirrored, i+1, mirror(set))
			}
			checkFinal(t, match, tt.final, scoring.Team1)
			checkFinal(t, mirrored, mirror(tt.final), scoring.Team2)
		})
	}
}

func checkFinal(t *testing.T, match scoring.Match, final scoring.Score, winner scoring.Team) {
	t.Helper()
	got, won, err := match.FinalScore()
	if got != final || won != winner || err != nil {
		t.Errorf("%v: FinalScore = %v, %v, %v; want %v, %v", match.Sets, got, won, err, final, winner)
	}
	if err := match.CheckFinal(&final, winner); err != nil {
		t.Errorf("%v: CheckFinal(%v, %v) = %v", match.Sets, final, winner, err)
	}
}

func mustSet(t *testing.T, match scoring.Match, number int, score scoring.Score) scoring.Match {
	t.Helper()
	next, _, err := match.SetScore(number, score.Team1, score.Team2)
	if err != nil {
		t.Fatalf("set %d to %v on %v: %v", number, score, match.Sets, err)
	}
	return next
}
