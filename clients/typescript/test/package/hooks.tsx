// The program of the README's section about React. It is only compiled.
import { createClient, createClub, createOutbox } from "@dongbaejul/client";
import { ClubProvider, useMessages, useOutboxActions, usePermission, useRooms, useSession } from "@dongbaejul/client/react";
import type { MessagesHook, Permission } from "@dongbaejul/client/react";
import { StrictMode, useState } from "react";

const client = createClient({ baseUrl: "https://club.example", tokens: localStorage });
const club = createClub(client, { outbox: createOutbox(client, { storage: localStorage }) });

export function Root() {
  return (
    <StrictMode>
      <ClubProvider client={client} club={club}>
        <App />
      </ClubProvider>
    </StrictMode>
  );
}

function App() {
  const session = useSession();
  const [roomId, setRoomId] = useState<string>();
  if (session.status !== "signed_in") return null;
  return roomId === undefined ? <Rooms onOpen={setRoomId} /> : <Room id={roomId} />;
}

function Rooms({ onOpen }: { onOpen: (id: string) => void }) {
  const { rooms, isLoaded, error } = useRooms();
  if (!isLoaded) return <p>{error?.message ?? "불러오고 있어요."}</p>;
  return rooms.map(({ id, title, unread }) => (
    <button key={id} onClick={() => onOpen(id)}>
      {title} {unread || ""}
    </button>
  ));
}

function Room({ id }: { id: string }) {
  const { messages, hasOlder, isLoadingOlder, loadOlder, error, send }: MessagesHook = useMessages(id, { order: "newest" });
  const { retry } = useOutboxActions();
  const permission: Permission = "chat.moderate";
  const moderates = usePermission(permission);
  // @ts-expect-error: there is no such permission
  usePermission("chat.moderates");
  return (
    <>
      {messages.map(({ key, message, state, item, unreadBy }) => (
        <p key={key}>
          {message.sender?.displayName}: {message.content} {unreadBy || ""} {moderates && "삭제"}
          {state === "failed" && item && <button onClick={() => retry(item.id)}>다시 보내기</button>}
        </p>
      ))}
      {hasOlder && (
        <button disabled={isLoadingOlder} onClick={loadOlder}>
          이전 메시지
        </button>
      )}
      {error?.message}
      <button onClick={() => send("안녕하세요")}>인사하기</button>
    </>
  );
}
