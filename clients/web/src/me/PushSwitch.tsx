import { useQuery } from "@connectrpc/connect-query";
import { NotificationService } from "@dongbaejul/client";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useClient } from "../club/client";
import { useWords } from "../language/language";
import { pushOf } from "../push/browser";
import type { PushState } from "../push/push";
import { Switch } from "../ui/Field";
import { meWords } from "./words";

/** The switch for pushes to this browser. Where it cannot be switched on, it says why. */
export function PushSwitch() {
  const words = useWords(meWords);
  const push = pushOf(useClient());
  const known = useSyncExternalStore(push.subscribe, push.getSnapshot);
  const config = useQuery(NotificationService.method.getPushConfig);
  // Before the user is asked for a permission that is of no use.
  const state = known === "off" && config.data?.webPushPublicKey === "" ? "unavailable" : known;
  const [wanted, setWanted] = useState<boolean>();
  useEffect(() => void push.sync(), [push]);
  const turn = async (on: boolean) => {
    setWanted(on);
    await (on ? push.enable() : push.disable());
    setWanted(undefined);
  };
  const hints: Partial<Record<PushState, string>> = {
    unsupported: words.pushUnsupported,
    home_screen: words.pushHomeScreen,
    unavailable: words.pushUnavailable,
    denied: words.pushDenied,
    failed: words.pushFailed,
  };
  return (
    <Switch
      label={words.pushes}
      hint={hints[state] ?? words.pushHint}
      on={wanted ?? (state === "on" || state === "failed")}
      disabled={wanted !== undefined || !["off", "on", "failed"].includes(state)}
      onChange={(on) => void turn(on)}
    />
  );
}
