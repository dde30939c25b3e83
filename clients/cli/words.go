package main

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// enum is an enum of the contract.
type enum interface {
	~int32
	protoreflect.Enum
}

// word is the short word of a value, such as "waiting_list"; empty for the unspecified one.
func word(e protoreflect.Enum) string {
	value := e.Descriptor().Values().ByNumber(e.Number())
	if e.Number() == 0 || value == nil {
		return ""
	}
	return strings.ToLower(strings.TrimPrefix(string(value.Name()), prefix(e)))
}

// prefix is what the names of an enum's values begin with: ROLE_ of ROLE_UNSPECIFIED.
func prefix(e protoreflect.Enum) string {
	return strings.TrimSuffix(string(e.Descriptor().Values().Get(0).Name()), "UNSPECIFIED")
}

// words are those of all values of an enum.
func words[E enum]() []string {
	var none E
	values := none.Descriptor().Values()
	var all []string
	for i := 1; i < values.Len(); i++ {
		all = append(all, strings.ToLower(strings.TrimPrefix(string(values.Get(i).Name()), prefix(none))))
	}
	return all
}

// parseWord returns the value that is called so; nil for no word.
func parseWord[E enum](flag, s string) (*E, error) {
	if s == "" {
		return nil, nil
	}
	var none E
	value := none.Descriptor().Values().ByName(protoreflect.Name(prefix(none) + strings.ToUpper(s)))
	if value == nil || value.Number() == 0 {
		return nil, &refused{
			code: exitUsage, ko: fmt.Sprintf("--%s %s: %s 중 하나여야 합니다.", flag, s, strings.Join(words[E](), ", ")),
			en: fmt.Sprintf("--%s %s: it is one of %s.", flag, s, strings.Join(words[E](), ", ")),
		}
	}
	e := E(value.Number())
	return &e, nil
}

// koreanWords are what the club calls things, by the full names of the contract.
var koreanWords = map[protoreflect.Enum]string{
	v1.Role_ROLE_MEMBER: "회원", v1.Role_ROLE_MANAGER: "운영진", v1.Role_ROLE_ADMIN: "회장",

	v1.UserStatus_USER_STATUS_ACTIVE: "활동", v1.UserStatus_USER_STATUS_SUSPENDED: "이용 정지", v1.UserStatus_USER_STATUS_WITHDRAWN: "탈퇴",

	v1.SkillLevel_SKILL_LEVEL_BEGINNER: "초심", v1.SkillLevel_SKILL_LEVEL_INTERMEDIATE: "C·D급",
	v1.SkillLevel_SKILL_LEVEL_ADVANCED: "B급", v1.SkillLevel_SKILL_LEVEL_EXPERT: "A급", v1.SkillLevel_SKILL_LEVEL_ALL: "누구나",

	v1.GameStatus_GAME_STATUS_SCHEDULED: "예정", v1.GameStatus_GAME_STATUS_ONGOING: "진행 중",
	v1.GameStatus_GAME_STATUS_COMPLETED: "종료", v1.GameStatus_GAME_STATUS_CANCELLED: "취소",

	v1.GameEnd_GAME_END_RETIRED: "기권", v1.GameEnd_GAME_END_WALKOVER: "부전승", v1.GameEnd_GAME_END_ABANDONED: "중단",

	v1.CourtStatus_COURT_STATUS_AVAILABLE: "비어 있음", v1.CourtStatus_COURT_STATUS_PLAYING: "경기 중",
	v1.CourtStatus_COURT_STATUS_MAINTENANCE: "정비 중",

	v1.GameType_GAME_TYPE_SINGLES: "단식", v1.GameType_GAME_TYPE_DOUBLES: "복식", v1.GameType_GAME_TYPE_MIXED_DOUBLES: "혼합 복식",

	v1.PostCategory_POST_CATEGORY_NOTICE: "공지", v1.PostCategory_POST_CATEGORY_FREE: "자유", v1.PostCategory_POST_CATEGORY_QUESTION: "질문",
	v1.PostCategory_POST_CATEGORY_MARKET: "장터", v1.PostCategory_POST_CATEGORY_GALLERY: "갤러리", v1.PostCategory_POST_CATEGORY_BAND: "밴드",

	v1.SyncStep_SYNC_STEP_MEMBERS: "회원", v1.SyncStep_SYNC_STEP_POSTS: "글", v1.SyncStep_SYNC_STEP_ALBUMS: "앨범",
	v1.SyncStep_SYNC_STEP_PHOTOS: "사진", v1.SyncStep_SYNC_STEP_DONE: "마무리",

	v1.RoomType_ROOM_TYPE_GLOBAL: "전체", v1.RoomType_ROOM_TYPE_PRIVATE: "1:1", v1.RoomType_ROOM_TYPE_GROUP: "모임",
}

// called is what a person calls a value.
func (l lang) called(e protoreflect.Enum) string {
	if ko, ok := koreanWords[e]; ok && l == korean {
		return ko
	}
	return strings.ReplaceAll(word(e), "_", " ")
}

// state is what a person calls the state of a game: how it ended, where it was not played out.
func (l lang) state(g *v1.Game) string {
	switch end := g.GetEnd(); end {
	case v1.GameEnd_GAME_END_UNSPECIFIED, v1.GameEnd_GAME_END_COMPLETED:
		return l.called(g.GetStatus())
	default:
		return l.called(end)
	}
}
