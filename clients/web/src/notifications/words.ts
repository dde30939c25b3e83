import { words } from "../language/language";

/** The words of this folder. */
export const notificationWords = words({
  ko: {
    title: "알림",
    broadcast: "모두에게 알리기",
    none: "아직 알림이 없어요.",
    older: "이전 알림",
    isNew: "새 알림",
    broadcastTitle: "제목",
    broadcastText: "내용",
    send: "보내기",
  },
  en: {
    title: "Notifications",
    broadcast: "Notify everyone",
    none: "No notifications yet.",
    older: "Earlier notifications",
    isNew: "New",
    broadcastTitle: "Title",
    broadcastText: "Text",
    send: "Send",
  },
});
