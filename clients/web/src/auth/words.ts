import { words } from "../language/language";

/** The words of this folder. */
export const authWords = words({
  ko: {
    signInTitle: "로그인 · 동배즐",
    signingInTitle: "로그인 중 · 동배즐",
    club: "동배즐",
    about: "동탄 배드민턴을 즐기는 사람들",
    what: "경기와 코트, 채팅과 공지를 한곳에서",
    band: "네이버 밴드로 로그인",
    membersOnly: "동배즐 밴드에 가입한 회원만 쓸 수 있어요.",
    signIn: "로그인",
    again: "다시 로그인",
    signingIn: "로그인하고 있어요",
  },
  en: {
    signInTitle: "Sign in · Dongbaejul",
    signingInTitle: "Signing in · Dongbaejul",
    club: "Dongbaejul",
    about: "People of Dongtan who enjoy badminton",
    what: "Games and courts, chat and notices in one place",
    band: "Sign in with Naver Band",
    membersOnly: "Only members of the Dongbaejul band can sign in.",
    signIn: "Sign in",
    again: "Sign in again",
    signingIn: "Signing in",
  },
});
