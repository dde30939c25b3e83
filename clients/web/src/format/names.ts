import { nameOf as nameIn } from "@dongbaejul/client";
import { currentLanguage } from "../language/language";

/** Returns what somebody is called: who has left the club is "탈퇴한 회원" in the user's language. */
export function nameOf(person: Parameters<typeof nameIn>[0]): string {
  return nameIn(person, currentLanguage());
}
