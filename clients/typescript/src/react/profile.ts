import { useMemo } from "react";
import type { ProfileState } from "../index.js";
import { loadableOf } from "./loading.js";
import type { Loadable } from "./loading.js";
import { useClub } from "./provider.js";
import { useReadable } from "./readable.js";

export type ProfileHook = Loadable & Pick<ProfileState, "user" | "permissions">;

/** Returns the user's own profile, what their role allows, and the state of loading both. */
export function useProfile(): ProfileHook {
  const profile = useReadable(useClub().profile);
  return useMemo(() => ({ ...loadableOf(profile), user: profile.user, permissions: profile.permissions }), [profile]);
}
