import { Role, UserStatus } from "@dongbaejul/client";

export const roleWords: Record<Role, string> = {
  [Role.UNSPECIFIED]: "",
  [Role.MEMBER]: "회원",
  [Role.MANAGER]: "운영진",
  [Role.ADMIN]: "회장",
};

export const statusWords: Record<UserStatus, string> = {
  [UserStatus.UNSPECIFIED]: "",
  [UserStatus.ACTIVE]: "활동",
  [UserStatus.SUSPENDED]: "이용 정지",
  [UserStatus.WITHDRAWN]: "탈퇴",
};
