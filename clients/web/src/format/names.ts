import { nameOf as nameIn } from "@dongbaejul/client";
import { currentLanguage } from "../language/language";

/** Returns a member's name; for those that have left the club, "탈퇴한 회원" in the user's language. */
export function nameOf(person: Parameters<typeof nameIn>[0]): string {
  return nameIn(person, currentLanguage());
}
