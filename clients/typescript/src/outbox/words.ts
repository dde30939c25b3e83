import type { Language } from "../errors.js";

type Words = { readonly [language in Language]: string };

export const fullWords: Words = {
  ko: "보내지 못한 것이 너무 많아요. 연결을 확인해 주세요.",
  en: "Too much is waiting to be sent. Please check your connection.",
};
export const unstoredWords: Words = {
  ko: "기기에 저장하지 못했어요. 저장 공간을 비우고 다시 보내 주세요.",
  en: "This could not be stored on the device. Free some space and send it again.",
};
export const unsureWords: Words = {
  ko: "보내졌는지 확인할 수 없어요. 목록에 없으면 다시 시도해 주세요.",
  en: "Whether this was sent is not known. If it is not in the list, try again.",
};
export const expiredWords: Words = {
  ko: "시간이 너무 지나서 보내지 않았어요. 지금도 필요하면 다시 시도해 주세요.",
  en: "This was not sent: too much time has passed. Try again if it is still wanted.",
};
export const lostWords: Words = {
  ko: "사진이 기기에 남아 있지 않아요. 다시 골라 주세요.",
  en: "The picture is no longer on the device. Choose it again.",
};
