import {
  CourtStatus,
  GameStatus,
  GameType,
  PostCategory,
  Role,
  RoomType,
  type ScoringRules,
  ScoringPreset,
  SkillLevel,
} from "@dongbaejul/client";

/** What the contract's words are called. */
export const gameStatusWords: Record<GameStatus, string> = {
  [GameStatus.UNSPECIFIED]: "",
  [GameStatus.SCHEDULED]: "예정",
  [GameStatus.ONGOING]: "진행 중",
  [GameStatus.COMPLETED]: "종료",
  [GameStatus.CANCELLED]: "취소됨",
};

export const gameTypeWords: Record<GameType, string> = {
  [GameType.UNSPECIFIED]: "",
  [GameType.SINGLES]: "단식",
  [GameType.DOUBLES]: "복식",
  [GameType.MIXED_DOUBLES]: "혼합복식",
};

export const skillWords: Record<SkillLevel, string> = {
  [SkillLevel.UNSPECIFIED]: "미정",
  [SkillLevel.BEGINNER]: "초급",
  [SkillLevel.INTERMEDIATE]: "중급",
  [SkillLevel.ADVANCED]: "상급",
  [SkillLevel.EXPERT]: "최상급",
  [SkillLevel.ALL]: "누구나",
};

export const courtStatusWords: Record<CourtStatus, string> = {
  [CourtStatus.UNSPECIFIED]: "",
  [CourtStatus.AVAILABLE]: "비어 있음",
  [CourtStatus.PLAYING]: "경기 중",
  [CourtStatus.MAINTENANCE]: "정비 중",
};

export const categoryWords: Record<PostCategory, string> = {
  [PostCategory.UNSPECIFIED]: "",
  [PostCategory.NOTICE]: "공지",
  [PostCategory.FREE]: "자유",
  [PostCategory.QUESTION]: "질문",
  [PostCategory.MARKET]: "장터",
  [PostCategory.GALLERY]: "갤러리",
  [PostCategory.BAND]: "밴드",
};

export const roleWords: Record<Role, string> = {
  [Role.UNSPECIFIED]: "",
  [Role.MEMBER]: "회원",
  [Role.MANAGER]: "운영진",
  [Role.ADMIN]: "회장",
};

export const roomTypeWords: Record<RoomType, string> = {
  [RoomType.UNSPECIFIED]: "",
  [RoomType.GLOBAL]: "전체",
  [RoomType.PRIVATE]: "1:1",
  [RoomType.GROUP]: "그룹",
};

export const presetWords: Record<ScoringPreset, string> = {
  [ScoringPreset.SCORING_PRESET_UNSPECIFIED]: "클럽 기본 규칙",
  [ScoringPreset.SCORING_PRESET_KR_1X25]: "25점 한 세트",
  [ScoringPreset.SCORING_PRESET_1X21]: "21점 한 세트",
  [ScoringPreset.SCORING_PRESET_BWF_3X21]: "21점 3세트",
  [ScoringPreset.SCORING_PRESET_BWF_3X15]: "15점 3세트",
  [ScoringPreset.SCORING_PRESET_CUSTOM]: "직접 정한 규칙",
};

/** "25점 한 세트, 듀스 없음" */
export function rulesInWords(rules: ScoringRules | undefined): string {
  if (!rules || rules.pointsTo === 0) return presetWords[rules?.preset ?? ScoringPreset.SCORING_PRESET_UNSPECIFIED];
  const sets = rules.bestOf === 1 ? "한 세트" : `${rules.bestOf}세트 ${Math.floor(rules.bestOf / 2) + 1}선승`;
  const setting = rules.winBy === 1 || rules.cap === rules.pointsTo ? "듀스 없음" : `듀스 ${rules.cap}점까지`;
  return `${rules.pointsTo}점 ${sets}, ${setting}`;
}

/** What a browser calls itself, in a few words: "Chrome · Windows". */
export function deviceInWords(userAgent: string): string {
  const browsers = [
    [/SamsungBrowser/, "삼성 인터넷"],
    [/Whale/, "웨일"],
    [/Edg/, "Edge"],
    [/Firefox|FxiOS/, "Firefox"],
    [/Chrome|CriOS/, "Chrome"],
    [/Safari/, "Safari"],
  ] as const;
  const systems = [
    [/iPhone/, "iPhone"],
    [/iPad/, "iPad"],
    [/Android/, "Android"],
    [/Windows/, "Windows"],
    [/Mac OS X/, "Mac"],
    [/Tizen|SmartTV/, "TV"],
    [/Web0S|webOS/, "TV"],
    [/Linux/, "Linux"],
  ] as const;
  const named = (table: readonly (readonly [RegExp, string])[]) => table.find(([pattern]) => pattern.test(userAgent))?.[1];
  return [named(browsers), named(systems)].filter(Boolean).join(" · ") || userAgent || "알 수 없는 기기";
}
