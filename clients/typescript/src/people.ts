import type { Language } from "./errors.js";

/** What a person is called: by their name, or in words where the account is deleted or the person is not known. */
export function nameOf(person: { readonly displayName: string } | undefined, language: Language = "ko"): string {
  return person?.displayName || (language === "ko" ? "탈퇴한 회원" : "Withdrawn member");
}
