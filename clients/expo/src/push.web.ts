import type { PushService } from "@dongbaejul/client/expo";

/** Pages are not pushed to: the web app of the server is for those. */
export function createPush(): PushService | undefined {
  return undefined;
}
