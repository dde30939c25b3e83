import { createExpoClub } from "@dongbaejul/client/expo";
import { serverUrl } from "./config";
import { createPush } from "./push";

/** The club of this app. */
export const app = createExpoClub({ baseUrl: serverUrl, push: createPush() });
