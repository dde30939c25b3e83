import { words } from "../language/language";

/** The words of this folder. */
export const formatWords = words({
  ko: {
    today: "오늘",
    tomorrow: "내일",
    yesterday: "어제",
    now: "방금",
    hours: (hours: number) => `${hours}시간`,
    minutes: (minutes: number) => `${minutes}분`,
  },
  en: {
    today: "Today",
    tomorrow: "Tomorrow",
    yesterday: "Yesterday",
    now: "Just now",
    hours: (hours: number) => `${hours} h`,
    minutes: (minutes: number) => `${minutes} min`,
  },
});
