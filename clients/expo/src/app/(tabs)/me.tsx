import type { Client } from "@dongbaejul/client";
import { useClient, useMe, useOutbox, useReadable } from "@dongbaejul/client/react";
import { useCallback, useState } from "react";
import { View } from "react-native";
import { app } from "../../club";
import { useLoad } from "../../parts/useLoad";
import { Button } from "../../ui/Button";
import { Badge, Card, Section } from "../../ui/Card";
import { Screen } from "../../ui/Screen";
import { Loading, Problem } from "../../ui/State";
import { Text } from "../../ui/Text";
import { roles, skills } from "../../words";

/** The user's own page. */
export default function Me() {
  const client = useClient<Client>();
  const me = useMe();
  const { value, error, reload, isLoading } = useLoad(useCallback((signal: AbortSignal) => client.users.getProfile({}, { signal }), [client]));
  if (!me) {
    return <Screen>{error ? <Problem fault={error} onRetry={reload} /> : <Loading />}</Screen>;
  }
  const stats = value?.stats;
  return (
    <Screen footer={<SignOut />} onRefresh={reload} isRefreshing={isLoading && value !== undefined}>
      <View style={{ gap: 8 }}>
        <Text bold kind="title" accessibilityRole="header">
          {me.displayName}
        </Text>
        <View style={{ flexDirection: "row", gap: 8 }}>
          <Badge tone="accent">{roles[me.role]}</Badge>
          <Badge>{skills[me.skillLevel]}</Badge>
        </View>
      </View>
      <Section title="내 기록">
        <Problem fault={error} onRetry={reload} />
        {stats && (
          <View style={{ flexDirection: "row", flexWrap: "wrap", gap: 10 }}>
            <Figure name="경기" value={`${stats.gamesPlayed}`} />
            <Figure name="승" value={`${stats.wins}`} />
            <Figure name="패" value={`${stats.losses}`} />
            <Figure name="승률" value={stats.gamesPlayed > 0 ? `${Math.round(stats.winRate * 100)}%` : "-"} />
            <Figure name="MVP" value={`${stats.mvpCount}`} />
            <Figure name="레이팅" value={`${stats.rating}`} />
          </View>
        )}
      </Section>
      <Pushes />
    </Screen>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <Card style={{ flexGrow: 1, flexBasis: "28%", paddingVertical: 12, alignItems: "center" }}>
      <Text bold kind="title">
        {value}
      </Text>
      <Text kind="small" color="soft">
        {name}
      </Text>
    </Card>
  );
}

function Pushes() {
  return app.push ? <PushSettings push={app.push} /> : null;
}

function PushSettings({ push }: { push: NonNullable<typeof app.push> }) {
  const { status } = useReadable(push.state);
  const [isRefused, setRefused] = useState(false);
  const enable = async () => setRefused(!(await push.enable().catch(() => false)));
  return (
    <Section title="푸시 알림">
      {status === "registered" ? (
        <Text color="soft">이 전화기로 알림을 보내 드려요.</Text>
      ) : (
        <Button icon="notifications-outline" title="알림 받기" onPress={() => void enable()} />
      )}
      {status === "failed" && <Text color="danger">알림을 켜지 못했어요. 앱을 다시 열면 또 시도해요.</Text>}
      {isRefused && <Text color="soft">전화기의 설정에서 동배즐의 알림을 허용해 주세요.</Text>}
    </Section>
  );
}

/** Signs out. What waits to be sent stays for the next time, which is worth a question. */
function SignOut() {
  const { waiting } = useOutbox();
  const [asking, setAsking] = useState(false);
  if (!asking) {
    return <Button icon="log-out-outline" title="로그아웃" onPress={() => setAsking(true)} />;
  }
  return (
    <>
      <Text>{waiting > 0 ? `아직 보내지 못한 것이 ${waiting}개 있어요. 다시 로그인하면 보내요. 로그아웃할까요?` : "로그아웃할까요?"}</Text>
      <View style={{ flexDirection: "row", gap: 10 }}>
        <Button style={{ flex: 1 }} title="아니요" onPress={() => setAsking(false)} />
        <Button style={{ flex: 1 }} look="danger" title="로그아웃" onPress={() => void app.signOut()} />
      </View>
    </>
  );
}
