import { RoomType } from "@dongbaejul/client";

export const roomTypeWords: Record<RoomType, string> = {
  [RoomType.UNSPECIFIED]: "",
  [RoomType.GLOBAL]: "전체",
  [RoomType.PRIVATE]: "1:1",
  [RoomType.GROUP]: "그룹",
};
