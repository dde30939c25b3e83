import { PostCategory } from "@dongbaejul/client";

export const categoryWords: Record<PostCategory, string> = {
  [PostCategory.UNSPECIFIED]: "",
  [PostCategory.NOTICE]: "공지",
  [PostCategory.FREE]: "자유",
  [PostCategory.QUESTION]: "질문",
  [PostCategory.MARKET]: "장터",
  [PostCategory.GALLERY]: "갤러리",
  [PostCategory.BAND]: "밴드",
};
