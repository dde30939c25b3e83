import { CourtStatus, type Game, GameEnd, GameStatus, GameType, SkillLevel } from "@dongbaejul/client";
import { plural, words, wordsOf } from "../language/language";

// What the contract's words are called.
export const gameStatusWords = words<Record<GameStatus, string>>({
  ko: {
    [GameStatus.UNSPECIFIED]: "",
    [GameStatus.SCHEDULED]: "예정",
    [GameStatus.ONGOING]: "진행 중",
    [GameStatus.COMPLETED]: "종료",
    [GameStatus.CANCELLED]: "취소됨",
  },
  en: {
    [GameStatus.UNSPECIFIED]: "",
    [GameStatus.SCHEDULED]: "Scheduled",
    [GameStatus.ONGOING]: "In progress",
    [GameStatus.COMPLETED]: "Finished",
    [GameStatus.CANCELLED]: "Cancelled",
  },
});

export const gameEndWords = words<Record<GameEnd, string>>({
  ko: {
    [GameEnd.UNSPECIFIED]: "",
    [GameEnd.COMPLETED]: "종료",
    [GameEnd.RETIRED]: "기권",
    [GameEnd.WALKOVER]: "부전승",
    [GameEnd.ABANDONED]: "중단",
  },
  en: {
    [GameEnd.UNSPECIFIED]: "",
    [GameEnd.COMPLETED]: "Finished",
    [GameEnd.RETIRED]: "Retired",
    [GameEnd.WALKOVER]: "Walkover",
    [GameEnd.ABANDONED]: "Abandoned",
  },
});

/** How far a game is, or how it ended. */
export function stateWords(game: Game): string {
  return wordsOf(gameEndWords)[game.end] || wordsOf(gameStatusWords)[game.status] || "";
}

export const gameTypeWords = words<Record<GameType, string>>({
  ko: {
    [GameType.UNSPECIFIED]: "",
    [GameType.SINGLES]: "단식",
    [GameType.DOUBLES]: "복식",
    [GameType.MIXED_DOUBLES]: "혼합복식",
  },
  en: {
    [GameType.UNSPECIFIED]: "",
    [GameType.SINGLES]: "Singles",
    [GameType.DOUBLES]: "Doubles",
    [GameType.MIXED_DOUBLES]: "Mixed doubles",
  },
});

// Clubs have five: 초심, D, C, B and A. The contract has four.
export const skillWords = words<Record<SkillLevel, string>>({
  ko: {
    [SkillLevel.UNSPECIFIED]: "미정",
    [SkillLevel.BEGINNER]: "초심",
    [SkillLevel.INTERMEDIATE]: "C·D급",
    [SkillLevel.ADVANCED]: "B급",
    [SkillLevel.EXPERT]: "A급",
    [SkillLevel.ALL]: "누구나",
  },
  en: {
    [SkillLevel.UNSPECIFIED]: "Not set",
    [SkillLevel.BEGINNER]: "Beginner",
    [SkillLevel.INTERMEDIATE]: "Level C–D",
    [SkillLevel.ADVANCED]: "Level B",
    [SkillLevel.EXPERT]: "Level A",
    [SkillLevel.ALL]: "All levels",
  },
});

export const courtStatusWords = words<Record<CourtStatus, string>>({
  ko: {
    [CourtStatus.UNSPECIFIED]: "",
    [CourtStatus.AVAILABLE]: "비어 있음",
    [CourtStatus.PLAYING]: "경기 중",
    [CourtStatus.MAINTENANCE]: "정비 중",
  },
  en: {
    [CourtStatus.UNSPECIFIED]: "",
    [CourtStatus.AVAILABLE]: "Free",
    [CourtStatus.PLAYING]: "In play",
    [CourtStatus.MAINTENANCE]: "Under maintenance",
  },
});

/** The words of what the board shows of games, too. */
export const gamesWords = words({
  ko: {
    skill: "급수",
    member: "회원",
    places: (joined: number, most: number, waiting: number) => `${joined}/${most}명${waiting > 0 ? `, 대기 ${waiting}` : ""}`,
    noResult: "결과 없음",
    joined: "참가",
    waiting: (position: number) => `대기 ${position}번`,
    full: "마감",
    sideScore: (names: string, sets: number | undefined, points: number) =>
      `${names} ${sets === undefined ? "" : `세트 ${sets}, `}${points}점`,
    over: "경기 끝",
    matchPoint: "매치 포인트",
    setPoint: "세트 포인트",
    set: (number: number) => `${number}세트`,
    gameTo: (points: number) => `${points}점 경기`,
  },
  en: {
    skill: "Level",
    member: "Member",
    places: (joined: number, most: number, waiting: number) => `${joined}/${most} players${waiting > 0 ? `, ${waiting} waiting` : ""}`,
    noResult: "No result",
    joined: "Joined",
    waiting: (position: number) => `Waiting, no. ${position}`,
    full: "Full",
    sideScore: (names: string, sets: number | undefined, points: number) =>
      `${names} ${sets === undefined ? "" : `${plural(sets, "set")}, `}${plural(points, "point")}`,
    over: "Game over",
    matchPoint: "Match point",
    setPoint: "Set point",
    set: (number: number) => `Set ${number}`,
    gameTo: (points: number) => `Game to ${points}`,
  },
});
