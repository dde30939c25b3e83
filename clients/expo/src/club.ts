import { createExpoClub } from "@dongbaejul/client/expo";
import { setBadge } from "./badge";
import { serverUrl } from "./config";
import { createPush } from "./push";

/** The club of this app. */
export const app = createExpoClub({ baseUrl: serverUrl, push: createPush(), setBadge });
