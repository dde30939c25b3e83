import { ScoringPreset, type ScoringRules } from "@dongbaejul/client";

export const presetWords: Record<ScoringPreset, string> = {
  [ScoringPreset.SCORING_PRESET_UNSPECIFIED]: "",
  [ScoringPreset.SCORING_PRESET_KR_1X25]: "25점 한 세트",
  [ScoringPreset.SCORING_PRESET_1X21]: "21점 한 세트",
  [ScoringPreset.SCORING_PRESET_BWF_3X21]: "21점 3세트",
  [ScoringPreset.SCORING_PRESET_BWF_3X15]: "15점 3세트",
  [ScoringPreset.SCORING_PRESET_CUSTOM]: "직접 정한 규칙",
};

/** "25점 한 세트, 듀스 없음" */
export function rulesInWords(rules: ScoringRules | undefined): string {
  if (!rules || rules.pointsTo === 0) return presetWords[rules?.preset ?? 0] || "클럽 기본 규칙";
  const sets = rules.bestOf === 1 ? "한 세트" : `${rules.bestOf}세트 ${Math.floor(rules.bestOf / 2) + 1}선승`;
  const setting = rules.winBy === 1 || rules.cap === rules.pointsTo ? "듀스 없음" : `듀스 ${rules.cap}점까지`;
  return `${rules.pointsTo}점 ${sets}, ${setting}`;
}
