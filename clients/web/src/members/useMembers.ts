import { useInfiniteQuery } from "@connectrpc/connect-query";
import { UserService, type UserStatus } from "@dongbaejul/client";
import { itemsOf } from "../club/queries";
import { useSettled } from "../hooks/useSettled";

/** The members of a status, the active ones when left out, whose names a search finds: all of them where it is empty. */
export function useMembers(search: string, status?: UserStatus) {
  const text = useSettled(search.trim(), 200);
  const list = useInfiniteQuery(
    UserService.method.listMembers,
    { search: text, limit: 50, pageToken: "", ...(status === undefined ? {} : { status }) },
    { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined },
  );
  return { list, members: list.data && itemsOf(list.data.pages, (page) => page.members) };
}
