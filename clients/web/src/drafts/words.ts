import { words } from "../language/language";

/** The words of this folder. */
export const draftWords = words({
  ko: {
    changed: "그사이 다른 회원이 내용을 바꿨어요. 입력한 내용은 그대로 두었으니 확인하고 다시 저장해 주세요.",
    take: (name: string) => `바뀐 ${name} 쓰기`,
    restored: "쓰다 만 내용을 불러왔어요.",
    again: "새로 쓰기",
  },
  en: {
    changed: "Another member changed this in the meantime. What you entered is kept: check it and save again.",
    take: (name: string) => `Use the new ${name.toLowerCase()}`,
    restored: "Your draft was restored.",
    again: "Start over",
  },
});
