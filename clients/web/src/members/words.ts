import { Role } from "@dongbaejul/client";

export const roleWords: Record<Role, string> = {
  [Role.UNSPECIFIED]: "",
  [Role.MEMBER]: "회원",
  [Role.MANAGER]: "운영진",
  [Role.ADMIN]: "회장",
};
