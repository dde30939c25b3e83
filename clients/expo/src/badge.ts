import { setBadgeCountAsync } from "expo-notifications";
import { loadFirebase } from "./push";

/** Sets the number at the app's icon. */
export const setBadge = (count: number) => setBadgeCountAsync(count);

loadFirebase()?.firebaseBadge(setBadge);
