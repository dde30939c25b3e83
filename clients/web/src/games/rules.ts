import type { ScoringRules } from "@dongbaejul/client";
import { wordsOf } from "../language/language";
import { gamePagesWords, presetWords } from "./words.pages";

/** "25점 한 세트, 듀스 없음" */
export function rulesInWords(rules: ScoringRules | undefined): string {
  const words = wordsOf(gamePagesWords);
  if (!rules || rules.pointsTo === 0) return wordsOf(presetWords)[rules?.preset ?? 0] || words.clubRules;
  const setting = rules.winBy === 1 || rules.cap === rules.pointsTo ? words.noDeuce : words.deuceTo(rules.cap);
  return words.rulesOf(rules.pointsTo, rules.bestOf, setting);
}
