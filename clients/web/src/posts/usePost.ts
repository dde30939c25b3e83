import { createConnectQueryKey } from "@connectrpc/connect-query";
import { type GetPostResponse, type ListPostsResponse, PostService } from "@dongbaejul/client";
import { type InfiniteData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { type ClubClient, useClient } from "../club/client";

/** Reads a post with its comments: as many as are shown already. */
export function usePost(postId: string) {
  const client = useClient();
  const queries = useQueryClient();
  const queryKey = createConnectQueryKey({
    schema: PostService.method.getPost,
    transport: client.transport,
    input: { postId },
    cardinality: "finite",
  });
  /** Whether to read all comments, since the reader has written the last one. */
  const toEnd = useRef(false);
  const query = useQuery<GetPostResponse>({
    queryKey,
    queryFn: ({ signal }) => {
      const shown = queries.getQueryData<GetPostResponse>(queryKey)?.comments.length ?? 0;
      return readPost(client, postId, toEnd.current ? Number.POSITIVE_INFINITY : shown, signal);
    },
  });
  return {
    query,
    /** Shows the post from a server's answer. */
    update: (change: (before: GetPostResponse) => GetPostResponse) =>
      queries.setQueryData<GetPostResponse>(queryKey, (now) => now && change(now)),
    reloadToEnd: () => {
      toEnd.current = true;
      void query.refetch();
    },
  };
}

/** Reads a post with at least this many of its comments, or all of them. */
async function readPost(client: ClubClient, postId: string, comments: number, signal: AbortSignal): Promise<GetPostResponse> {
  const answer = await client.posts.getPost({ postId }, { signal });
  while (answer.nextPageToken !== "" && answer.comments.length < comments) {
    const page = await client.posts.listComments({ postId, pageToken: answer.nextPageToken }, { signal });
    answer.comments.push(...page.comments);
    answer.nextPageToken = page.nextPageToken;
  }
  return answer;
}

/** Returns a function that removes a deleted post from the lists that were read. */
export function useForgetPost(): (postId: string) => void {
  const { transport } = useClient();
  const queries = useQueryClient();
  return (postId) => {
    const queryKey = createConnectQueryKey({ schema: PostService.method.listPosts, transport, cardinality: "infinite" });
    queries.setQueriesData(
      { queryKey },
      (lists: InfiniteData<ListPostsResponse> | undefined) =>
        lists && { ...lists, pages: lists.pages.map((page) => ({ ...page, posts: page.posts.filter(({ id }) => id !== postId) })) },
    );
  };
}
