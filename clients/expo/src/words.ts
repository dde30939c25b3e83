import { CourtStatus, GameEnd, GameStatus, GameType, PostCategory, Role, SkillLevel } from "@dongbaejul/client";
import type { Game, OutboxActionKind } from "@dongbaejul/client";

// What the contract's words are called.
export const gameTypes: Record<GameType, string> = {
  [GameType.UNSPECIFIED]: "",
  [GameType.SINGLES]: "단식",
  [GameType.DOUBLES]: "복식",
  [GameType.MIXED_DOUBLES]: "혼합복식",
};

/** Clubs have five: 초심, D, C, B and A. The contract has four. */
export const skills: Record<SkillLevel, string> = {
  [SkillLevel.UNSPECIFIED]: "급수 미정",
  [SkillLevel.BEGINNER]: "초심",
  [SkillLevel.INTERMEDIATE]: "C·D급",
  [SkillLevel.ADVANCED]: "B급",
  [SkillLevel.EXPERT]: "A급",
  [SkillLevel.ALL]: "누구나",
};

export const courtStatuses: Record<CourtStatus, string> = {
  [CourtStatus.UNSPECIFIED]: "",
  [CourtStatus.AVAILABLE]: "비어 있어요",
  [CourtStatus.PLAYING]: "경기 중",
  [CourtStatus.MAINTENANCE]: "정비 중",
};

export const roles: Record<Role, string> = {
  [Role.UNSPECIFIED]: "",
  [Role.MEMBER]: "회원",
  [Role.MANAGER]: "운영진",
  [Role.ADMIN]: "회장",
};

export const categories: Record<PostCategory, string> = {
  [PostCategory.UNSPECIFIED]: "전체",
  [PostCategory.NOTICE]: "공지",
  [PostCategory.FREE]: "자유",
  [PostCategory.QUESTION]: "질문",
  [PostCategory.MARKET]: "장터",
  [PostCategory.GALLERY]: "갤러리",
  [PostCategory.BAND]: "밴드",
};

export const actions: Partial<Record<OutboxActionKind, string>> = {
  join_game: "참가 신청",
  leave_game: "참가 취소",
  start_game: "경기 시작",
  update_score: "점수 기록",
  complete_game: "경기 끝내기",
  create_post: "글쓰기",
  create_comment: "댓글",
  like_post: "좋아요",
};

/** How far a game is, or how it ended. */
export function stateOf(game: Game): string {
  const ends: Partial<Record<GameEnd, string>> = { [GameEnd.RETIRED]: "기권", [GameEnd.WALKOVER]: "부전승", [GameEnd.ABANDONED]: "중단" };
  const states: Record<GameStatus, string> = {
    [GameStatus.UNSPECIFIED]: "",
    [GameStatus.SCHEDULED]: "예정",
    [GameStatus.ONGOING]: "진행 중",
    [GameStatus.COMPLETED]: "종료",
    [GameStatus.CANCELLED]: "취소됨",
  };
  return ends[game.end] ?? states[game.status] ?? "";
}
