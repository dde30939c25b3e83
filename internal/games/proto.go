package games

import (
	"cmp"
	"context"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
	"github.com/dongbaejul/dongbaejul/internal/graphemes"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

var (
	statusToProto = map[Status]v1.GameStatus{
		Scheduled: v1.GameStatus_GAME_STATUS_SCHEDULED, Ongoing: v1.GameStatus_GAME_STATUS_ONGOING,
		Completed: v1.GameStatus_GAME_STATUS_COMPLETED, Cancelled: v1.GameStatus_GAME_STATUS_CANCELLED,
	}
	typeToProto = map[Type]v1.GameType{
		Singles: v1.GameType_GAME_TYPE_SINGLES, Doubles: v1.GameType_GAME_TYPE_DOUBLES,
		MixedDoubles: v1.GameType_GAME_TYPE_MIXED_DOUBLES,
	}
	skillToProto = map[users.SkillLevel]v1.SkillLevel{
		users.Beginner: v1.SkillLevel_SKILL_LEVEL_BEGINNER, users.Intermediate: v1.SkillLevel_SKILL_LEVEL_INTERMEDIATE,
		users.Advanced: v1.SkillLevel_SKILL_LEVEL_ADVANCED, users.Expert: v1.SkillLevel_SKILL_LEVEL_EXPERT,
		AnySkill: v1.SkillLevel_SKILL_LEVEL_ALL,
	}
	presetToProto = map[scoring.Preset]v1.ScoringPreset{
		scoring.BWF3x21: v1.ScoringPreset_SCORING_PRESET_BWF_3X21, scoring.BWF3x15: v1.ScoringPreset_SCORING_PRESET_BWF_3X15,
		scoring.KR1x25: v1.ScoringPreset_SCORING_PRESET_KR_1X25, scoring.One21: v1.ScoringPreset_SCORING_PRESET_1X21,
		scoring.Custom: v1.ScoringPreset_SCORING_PRESET_CUSTOM,
	}
	teamToProto = map[scoring.Team]v1.Team{
		scoring.NoTeam: v1.Team_TEAM_UNSPECIFIED, scoring.Team1: v1.Team_TEAM_TEAM1, scoring.Team2: v1.Team_TEAM_TEAM2,
	}
	endToProto = map[End]v1.GameEnd{
		PlayedOut: v1.GameEnd_GAME_END_COMPLETED, Retired: v1.GameEnd_GAME_END_RETIRED,
		Walkover: v1.GameEnd_GAME_END_WALKOVER, Abandoned: v1.GameEnd_GAME_END_ABANDONED,
	}
	standingToProto = map[standing]v1.ParticipantStatus{
		joined:  v1.ParticipantStatus_PARTICIPANT_STATUS_JOINED,
		waiting: v1.ParticipantStatus_PARTICIPANT_STATUS_WAITING_LIST,
	}
)

// wordOf returns the word that table has for value; the zero word for a value that it has not.
func wordOf[K, V comparable](table map[K]V, value V) (word K) {
	for k, v := range table {
		if v == value {
			return k
		}
	}
	return word
}

func statusFrom(s v1.GameStatus) Status { return wordOf(statusToProto, s) }
func typeFrom(t v1.GameType) Type       { return wordOf(typeToProto, t) }

// skillFrom returns what a game asks for: everybody is welcome where it does not say.
func skillFrom(l v1.SkillLevel) users.SkillLevel {
	if l == v1.SkillLevel_SKILL_LEVEL_UNSPECIFIED {
		return AnySkill
	}
	return wordOf(skillToProto, l)
}

// rulesFrom returns the rules that a request names; zero where it names none.
func rulesFrom(in *v1.ScoringRules) (scoring.Rules, error) {
	if in == nil {
		return scoring.Rules{}, nil
	}
	if rules, ok := wordOf(presetToProto, in.GetPreset()).Rules(); ok {
		return rules, nil
	}
	rules := scoring.Rules{
		BestOf: int(in.GetBestOf()), PointsTo: int(in.GetPointsTo()), WinBy: int(in.GetWinBy()), Cap: int(in.GetCap()),
	}
	if err := rules.Validate(); err != nil {
		return scoring.Rules{}, scoreFaultIn("scoring.", err)
	}
	return rules, nil
}

// resultFrom returns what a request states of a game that is over.
func resultFrom(req *v1.CompleteGameRequest) result {
	r := result{end: cmp.Or(wordOf(endToProto, req.GetEnd()), PlayedOut), winner: wordOf(teamToProto, req.GetWinner()), mvp: req.GetMvp()}
	if final := req.GetFinalScore(); final != nil {
		r.final = &scoring.Score{Team1: int(final.GetTeam1Score()), Team2: int(final.GetTeam2Score())}
	}
	if noted := req.GetGameStats(); noted != nil {
		r.noted = &GameStats{
			Minutes: int(noted.GetDuration()), LongestRally: int(noted.GetLongestRally()),
			Shuttlecocks: int(noted.GetShuttlecocks()), Note: noted.GetNote(),
		}
	}
	return r
}

func (s *Service) toProto(ctx context.Context, g Game) (*v1.Game, error) {
	out, err := s.toProtos(ctx, []Game{g})
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

func (s *Service) toProtos(ctx context.Context, games []Game) ([]*v1.Game, error) {
	var ids []string
	for i := range games {
		ids = append(ids, named(&games[i])...)
	}
	people, err := s.Users.Users(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]*v1.Game, len(games))
	for i := range games {
		out[i] = s.gameToProto(&games[i], people)
	}
	return out, nil
}

func (s *Service) gameToProto(g *Game, people map[string]users.User) *v1.Game {
	out := &v1.Game{
		Id: g.ID, Title: g.Title, Description: g.Description, Location: g.Location, GameDate: timestamppb.New(g.Date), Duration: int32(g.Minutes),
		MaxParticipants: int32(g.MaxParticipants), SkillLevel: skillToProto[g.SkillLevel], GameType: typeToProto[g.Type],
		Status: statusToProto[g.Status], Creator: s.Users.SummaryOf(people, g.Creator),
		Participants: s.placesToProto(g.Participants, people), WaitingList: s.placesToProto(g.Waiting, people),
		Team1: g.Team1, Team2: g.Team2, CourtId: g.CourtID, CourtName: g.CourtName,
		Scoring: s.rulesToProto(g), Sets: setsToProto(g), Corrections: s.correctionsToProto(g, people), CorrectionsDropped: int32(g.CorrectionsDropped), Version: int32(g.Version),
		CreatedAt: timeToProto(g.CreatedAt), UpdatedAt: timeToProto(g.UpdatedAt), StartedAt: timeToProto(g.StartedAt),
		CompletedAt: timeToProto(g.CompletedAt), CancelledAt: timeToProto(g.CancelledAt),
	}
	if g.Status == Completed {
		out.FinalScore = &v1.FinalScore{Team1Score: int32(g.FinalScore.Team1), Team2Score: int32(g.FinalScore.Team2)}
		out.End, out.Winner, out.Mvp = endToProto[g.End], teamToProto[g.Winner], g.MVP
	}
	if g.GameStats != (GameStats{}) {
		out.GameStats = &v1.GameStats{
			Duration: int32(g.GameStats.Minutes), LongestRally: int32(g.GameStats.LongestRally),
			Shuttlecocks: int32(g.GameStats.Shuttlecocks), Note: g.GameStats.Note,
		}
	}
	return out
}

// descriptionLength is how many characters of a description the detail of an error has.
const descriptionLength = 500

// fit cuts a game to what the detail of an error may have: the description, then lists and notes as long as it is too large.
func fit(g *v1.Game) {
	g.Description, _ = graphemes.Cut(g.Description, descriptionLength)
	for _, leaveOut := range []func(){
		func() { g.Corrections = nil },
		func() { g.WaitingList = nil },
		func() { g.Participants = nil },
		func() { g.GameStats = nil },
	} {
		if proto.Size(g) <= fault.DetailBytes {
			return
		}
		leaveOut()
	}
}

func (s *Service) rulesToProto(g *Game) *v1.ScoringRules {
	rules := g.Rules
	if rules == (scoring.Rules{}) {
		rules = s.Scoring
	}
	return &v1.ScoringRules{
		Preset: presetToProto[rules.Preset()], BestOf: int32(rules.BestOf), PointsTo: int32(rules.PointsTo),
		WinBy: int32(rules.WinBy), Cap: int32(rules.Cap),
	}
}

func (s *Service) placesToProto(places []Place, people map[string]users.User) []*v1.Participant {
	out := make([]*v1.Participant, len(places))
	for i, p := range places {
		who := s.Users.SummaryOf(people, p.UserID)
		out[i] = &v1.Participant{
			UserId: p.UserID, DisplayName: who.GetDisplayName(), Avatar: who.GetAvatar(),
			SkillLevel: skillToProto[people[p.UserID].SkillLevel], JoinedAt: timeToProto(p.JoinedAt), Role: who.GetRole(),
			Guest: who.GetGuest(), Withdrawn: who.GetWithdrawn(),
		}
	}
	return out
}

func setsToProto(g *Game) []*v1.SetScore {
	out := make([]*v1.SetScore, len(g.Sets))
	for i, set := range g.Sets {
		out[i] = &v1.SetScore{
			SetNumber: int32(i + 1), Team1Score: int32(set.Team1), Team2Score: int32(set.Team2),
			Winner: teamToProto[g.Rules.SetWinner(set)],
		}
	}
	return out
}

func (s *Service) correctionsToProto(g *Game, people map[string]users.User) []*v1.ScoreCorrection {
	out := make([]*v1.ScoreCorrection, len(g.Corrections))
	for i, c := range g.Corrections {
		out[i] = &v1.ScoreCorrection{
			SetNumber: int32(c.Set), FromTeam1Score: int32(c.From.Team1), FromTeam2Score: int32(c.From.Team2),
			ToTeam1Score: int32(c.To.Team1), ToTeam2Score: int32(c.To.Team2),
			CorrectedBy: s.Users.SummaryOf(people, c.By), CorrectedAt: timeToProto(c.At),
		}
	}
	return out
}

// timeToProto leaves out a time that never was.
func timeToProto(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
