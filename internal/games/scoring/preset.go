package scoring

// Preset names rules that clubs and federations play by.
type Preset string

// The presets. Custom stands for all other rules.
const (
	// BWF3x21 is Law 7 of the Laws of Badminton as in force until 3 January 2027: best of three games (7.1) to 21 points (7.2); from
	// 20-all a lead of two wins (7.4); at 29-all the 30th point wins (7.5).
	BWF3x21 Preset = "bwf_3x21"

	// BWF3x15 is the "3x15, setting to 21" of the BWF's Alternative Laws of Badminton, which the BWF's Annual General Meeting in
	// Horsens adopted on 25 April 2026 as the rule from 4 January 2027: best of three games to 15 points; from 14-all a lead of two
	// wins; at 20-all the 21st point wins.
	BWF3x15 Preset = "bwf_3x15"

	// KR1x25 is the usual game of Korean clubs and of their tournaments (생활체육): one game to 25 by rally points with no setting
	// ("듀스 없음"), so that the 25th point wins at 24-all. Announced so for example by the 17th Yongin–Kyeongin Ilbo open of 2017
	// ("스코어는 듀스 없이 랠리포인트 25점", Kyeongin Ilbo) and the Kim Man-deok cup of 2019 ("25점 1세트 랠리포인트제(듀스 없음)", Jeju
	// Ilbo). Clubs that play two clear at 24-all use custom rules.
	KR1x25 Preset = "kr_1x25"

	// One21 is a single game of Law 7, which lets the number of games be arranged otherwise (7.1) and leaves the rest as it is: to 21
	// points, two clear, cap 30.
	One21 Preset = "1x21"

	Custom Preset = "custom"
)

// Presets lists the named presets in the order a member should be offered them; Custom is not among them.
func Presets() []Preset { return []Preset{KR1x25, One21, BWF3x21, BWF3x15} }

// Rules returns the rules that the preset names, and false for Custom and for names that are none.
func (p Preset) Rules() (Rules, bool) {
	switch p {
	case BWF3x21:
		return Rules{BestOf: 3, PointsTo: 21, WinBy: 2, Cap: 30}, true
	case BWF3x15:
		return Rules{BestOf: 3, PointsTo: 15, WinBy: 2, Cap: 21}, true
	case KR1x25:
		return Rules{BestOf: 1, PointsTo: 25, WinBy: 1, Cap: 25}, true
	case One21:
		return Rules{BestOf: 1, PointsTo: 21, WinBy: 2, Cap: 30}, true
	default:
		return Rules{}, false
	}
}

// Preset returns the name of these rules, or Custom.
func (r Rules) Preset() Preset {
	for _, p := range Presets() {
		if named, _ := p.Rules(); named == r {
			return p
		}
	}
	return Custom
}
