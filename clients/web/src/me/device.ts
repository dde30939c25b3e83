import { wordsOf } from "../language/language";
import { meWords } from "./words";

/** Returns a short name of a browser: "Chrome · Windows". */
export function deviceInWords(userAgent: string): string {
  const words = wordsOf(meWords);
  const browsers = [
    [/SamsungBrowser/, words.samsung],
    [/Whale/, words.whale],
    [/Edg/, "Edge"],
    [/Firefox|FxiOS/, "Firefox"],
    [/Chrome|CriOS/, "Chrome"],
    [/Safari/, "Safari"],
  ] as const;
  const systems = [
    [/iPhone/, "iPhone"],
    [/iPad/, "iPad"],
    [/Android/, "Android"],
    [/Windows/, "Windows"],
    [/Mac OS X/, "Mac"],
    [/Tizen|SmartTV/, "TV"],
    [/Web0S|webOS/, "TV"],
    [/Linux/, "Linux"],
  ] as const;
  const named = (table: readonly (readonly [RegExp, string])[]) => table.find(([pattern]) => pattern.test(userAgent))?.[1];
  return [named(browsers), named(systems)].filter(Boolean).join(" · ") || userAgent || words.unknownDevice;
}
