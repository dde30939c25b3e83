import { Code } from "@connectrpc/connect";
import { localError } from "../errors.js";
import type { Language } from "../errors.js";

/** Files that the server would refuse. It has the same reasons for them. */
const refusals = {
  PICTURE_UNSUPPORTED: ["JPEG, PNG, WebP, GIF 사진만 올릴 수 있어요.", "Only JPEG, PNG, WebP and GIF pictures can be uploaded."],
  PICTURE_TOO_LARGE: ["사진은 10MiB까지 올릴 수 있어요.", "A picture can have 10 MiB at most."],
  PICTURE_DAMAGED: ["사진 파일이 비어 있어요. 다른 사진을 골라 주세요.", "The picture is empty. Choose another one."],
  FILE_UNREADABLE: ["사진 파일을 읽을 수 없어요. 다시 골라 주세요.", "The picture cannot be read. Choose it again."],
} as const;

/** Returns the error of a file that is not sent. */
export function refusal(reason: keyof typeof refusals, language: Language, cause?: unknown): Error {
  const [ko, en] = refusals[reason];
  return localError(reason === "FILE_UNREADABLE" ? Code.FailedPrecondition : Code.InvalidArgument, reason, language === "ko" ? ko : en, cause);
}
