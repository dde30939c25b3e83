// A program for React Native: it is bundled by Metro, compiled by Hermes, and run with the globals that React Native has.
import { createClient, createClub, createOutbox, memoryStorage } from "@dongbaejul/client";
import type { KeyValueStorage, Lifecycle, MessageView } from "@dongbaejul/client";
import * as hooks from "@dongbaejul/client/react";
import { ChatService } from "@dongbaejul/client/gen/dongbaejul/v1/chat_pb";

declare global {
  var followRoom: ((baseUrl: string, session: string, roomId: string, text: string) => Promise<string[]>) | undefined;
  var namesOfHooks: readonly string[] | undefined;
}

globalThis.namesOfHooks = Object.keys(hooks);

const lifecycle: Lifecycle = {
  onForeground: () => () => {},
  onBackground: () => () => {},
  onOnline: () => () => {},
};

/** Follows a room as who the session is of, says something, and returns what was said when the other has answered. */
globalThis.followRoom = async (baseUrl, session, roomId, text) => {
  const tokens: KeyValueStorage = memoryStorage();
  await tokens.setItem("dongbaejul.session", session);
  const client = createClient({ baseUrl, tokens, lifecycle, language: "ko" });
  const outbox = createOutbox(client, { storage: memoryStorage() });
  const club = createClub(client, { outbox, subscribe: { timing: { pollGapMs: 10 } } });
  const list = club.messages(roomId);
  club.openRoom(roomId);
  const answered = new Promise<readonly MessageView[]>((resolve) => {
    list.subscribe(() => {
      const { messages } = list.getSnapshot();
      if (messages.some((m) => m.mine && m.state === "sent") && messages.some((m) => !m.mine)) {
        resolve(messages);
      }
    });
  });
  club.start();
  club.sendMessage(roomId, text);
  const messages = await answered;
  const { rooms } = await client.service(ChatService).listRooms({});
  await club.stop();
  await outbox.close();
  return [...messages.map((m) => m.message.content), `${rooms.length > 0}`];
};
