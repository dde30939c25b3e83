import type { Member, UserStatus } from "@dongbaejul/client";
import { useClient } from "../club/client";
import { type Paged, usePages } from "../club/useRemote";
import { useSettled } from "../hooks/useSettled";

/** The members of a status, the active ones when left out, whose names a search finds: all of them where it is empty. */
export function useMembers(search: string, status?: UserStatus): Paged<Member> {
  const client = useClient();
  const text = useSettled(search.trim(), 200);
  return usePages(`members ${status ?? ""} ${text}`, async (pageToken, signal) => {
    const asked = { search: text, limit: 50, pageToken, ...(status === undefined ? {} : { status }) };
    const answer = await client.users.listMembers(asked, { signal });
    return { items: answer.members, next: answer.nextPageToken };
  });
}
