import { numberInWords, plural, words } from "../language/language";

/** The words of this folder. */
export const uiWords = words({
  ko: {
    cancel: "취소",
    fold: "접기",
    more: "더 보기",
    loading: "불러오는 중",
    retry: "다시 시도",
    count: (of: number, more: boolean) => `${of}개${more ? " 이상" : ""}`,
    request: (id: string) => `요청 번호 ${id}`,
    tooLong: (max: number, over: number) => `${numberInWords(max)}자까지 쓸 수 있어요. ${numberInWords(over)}자를 줄여 주세요.`,
  },
  en: {
    cancel: "Cancel",
    fold: "Show less",
    more: "Show more",
    loading: "Loading",
    retry: "Try again",
    count: (of: number, more: boolean) => `${of}${more ? " or more" : ""}`,
    request: (id: string) => `Request number ${id}`,
    tooLong: (max: number, over: number) => `At most ${plural(max, "character")}. Remove ${numberInWords(over)}.`,
  },
});
