import { words } from "../language/language";

/** The words of this folder. */
export const uploadWords = words({
  ko: {
    add: "사진 추가",
    pictures: "사진",
    picture: "사진",
    sending: (name: string) => `${name || "사진"} 올리는 중`,
    remove: (name: string) => `${name || "사진"} 빼기`,
    retry: "다시 올리기",
    drop: "사진을 끌어다 놓거나 붙여 넣을 수도 있어요.",
    count: (count: number) => `사진 ${count}장`,
    tooMany: (most: number, left: number) => `사진은 ${most}장까지 넣을 수 있어서 ${left}장은 빠졌어요.`,
  },
  en: {
    add: "Add pictures",
    pictures: "Pictures",
    picture: "Picture",
    sending: (name: string) => `Uploading ${name || "a picture"}`,
    remove: (name: string) => `Remove ${name || "the picture"}`,
    retry: "Upload again",
    drop: "You can also drop or paste pictures.",
    count: (count: number) => `${count} picture${count === 1 ? "" : "s"}`,
    tooMany: (most: number, left: number) => `There can be at most ${most} pictures: ${left} ${left === 1 ? "was" : "were"} left out.`,
  },
});
