import { useRouter } from "expo-router";
import { useCallback } from "react";

/** What a notification is about. */
interface Target {
  readonly gameId?: string;
  readonly postId?: string;
  readonly roomId?: string;
}

/** Returns what opens the screen of what a notification is about. */
export function useOpenTarget(): (target: Target) => void {
  const router = useRouter();
  return useCallback(
    ({ gameId, postId, roomId }) => {
      if (gameId) {
        router.push({ pathname: "/games/[id]", params: { id: gameId } });
      } else if (postId) {
        router.push({ pathname: "/posts/[id]", params: { id: postId } });
      } else if (roomId) {
        router.push({ pathname: "/chat/[id]", params: { id: roomId } });
      } else {
        router.push("/notifications");
      }
    },
    [router],
  );
}
