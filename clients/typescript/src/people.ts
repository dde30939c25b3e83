import type { Language } from "./errors.js";

/** Returns a person's name, or a text if the account is deleted or the person is unknown. */
export function nameOf(person: { readonly displayName: string } | undefined, language: Language = "ko"): string {
  return person?.displayName || (language === "ko" ? "탈퇴한 회원" : "Withdrawn member");
}
