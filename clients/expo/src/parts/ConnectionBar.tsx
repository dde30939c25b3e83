import { useConnection, useOutbox } from "@dongbaejul/client/react";
import { useEffect, useState } from "react";
import { Pressable } from "react-native";
import { Icon } from "../ui/Button";
import { Text } from "../ui/Text";
import { touch, useTheme } from "../ui/theme";

/** A connection that takes less long than this is not worth a word. */
const patienceMs = 1500;

/** Says so when there is no connection, and how much waits for one. */
export function ConnectionBar() {
  const theme = useTheme();
  const { status, reconnect } = useConnection();
  const { waiting } = useOutbox();
  const isOff = useLasting(status !== "open" && status !== "paused", patienceMs);
  if (!isOff) {
    return null;
  }
  const queued = waiting > 0 ? ` 보낼 것 ${waiting}개는 연결되면 보내요.` : "";
  return (
    <Pressable
      accessibilityRole="button"
      accessibilityHint="지금 다시 연결해요"
      onPress={reconnect}
      style={{ minHeight: touch, backgroundColor: theme.warnSoft, flexDirection: "row", alignItems: "center", gap: 10, paddingHorizontal: 16, paddingVertical: 8 }}
    >
      <Icon name="cloud-offline-outline" color="soft" />
      <Text kind="small" color="warn" style={{ flex: 1 }}>
        {`연결이 끊겨 마지막으로 받은 내용을 보여 드려요. 눌러서 다시 연결해 보세요.${queued}`}
      </Text>
    </Pressable>
  );
}

/** Reports whether a condition has held for a while. */
function useLasting(condition: boolean, ms: number): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!condition) {
      return;
    }
    const timer = setTimeout(() => setLasting(true), ms);
    return () => {
      clearTimeout(timer);
      setLasting(false);
    };
  }, [condition, ms]);
  return condition && lasting;
}
