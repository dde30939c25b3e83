import { type Room, type RoomParticipant, RoomType } from "@dongbaejul/client";
import { useUserId } from "@dongbaejul/client/react";
import { nameOf } from "../format/names";
import { wordsOf } from "../language/language";
import { chatWords } from "./words";

/** Returns the other participant of a private room. */
export function useOtherPerson(room: Room): RoomParticipant | undefined {
  const userId = useUserId();
  if (room.type !== RoomType.PRIVATE) return undefined;
  return room.participants.find((person) => person.userId !== userId);
}

/** Returns the name of a participant. */
export function nameIn(room: Room, userId: string): string {
  const words = wordsOf(chatWords);
  const person = room.participants.find((participant) => participant.userId === userId);
  return person === undefined ? words.member : nameOf(person);
}
