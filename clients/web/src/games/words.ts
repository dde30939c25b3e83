import { CourtStatus, type Game, GameEnd, GameStatus, GameType, SkillLevel } from "@dongbaejul/client";

// What the contract's words are called.
export const gameStatusWords: Record<GameStatus, string> = {
  [GameStatus.UNSPECIFIED]: "",
  [GameStatus.SCHEDULED]: "예정",
  [GameStatus.ONGOING]: "진행 중",
  [GameStatus.COMPLETED]: "종료",
  [GameStatus.CANCELLED]: "취소됨",
};

export const gameEndWords: Record<GameEnd, string> = {
  [GameEnd.UNSPECIFIED]: "",
  [GameEnd.COMPLETED]: "종료",
  [GameEnd.RETIRED]: "기권",
  [GameEnd.WALKOVER]: "부전승",
  [GameEnd.ABANDONED]: "중단",
};

/** How far a game is, or how it ended. */
export function stateWords(game: Game): string {
  return gameEndWords[game.end] || gameStatusWords[game.status] || "";
}

export const gameTypeWords: Record<GameType, string> = {
  [GameType.UNSPECIFIED]: "",
  [GameType.SINGLES]: "단식",
  [GameType.DOUBLES]: "복식",
  [GameType.MIXED_DOUBLES]: "혼합복식",
};

/** What clubs call a skill level. */
export const skillWord = "급수";

// Clubs have five: 초심, D, C, B and A. The contract has four.
export const skillWords: Record<SkillLevel, string> = {
  [SkillLevel.UNSPECIFIED]: "미정",
  [SkillLevel.BEGINNER]: "초심",
  [SkillLevel.INTERMEDIATE]: "C·D급",
  [SkillLevel.ADVANCED]: "B급",
  [SkillLevel.EXPERT]: "A급",
  [SkillLevel.ALL]: "누구나",
};

export const courtStatusWords: Record<CourtStatus, string> = {
  [CourtStatus.UNSPECIFIED]: "",
  [CourtStatus.AVAILABLE]: "비어 있음",
  [CourtStatus.PLAYING]: "경기 중",
  [CourtStatus.MAINTENANCE]: "정비 중",
};
