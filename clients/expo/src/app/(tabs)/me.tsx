import { UploadPurpose } from "@dongbaejul/client";
import type { Client, Fault } from "@dongbaejul/client";
import { useClient, useMe, useOutbox, useReadable } from "@dongbaejul/client/react";
import { useCallback, useState } from "react";
import { Image, View } from "react-native";
import { app } from "../../club";
import { useLoad } from "../../parts/useLoad";
import { choosePictures } from "../../pictures";
import { Button } from "../../ui/Button";
import { Badge, Card, Section } from "../../ui/Card";
import { Field } from "../../ui/Field";
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
      {value?.user && <Avatar url={value.user.avatar} onChanged={reload} />}
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
      {value?.user && <QuietHours hours={value.user.preferences?.quietHours} onSaved={reload} />}
    </Screen>
  );
}

/** The user's picture, and what changes it. */
function Avatar({ url, onChanged }: { url: string; onChanged: () => void }) {
  const client = useClient<Client>();
  const [percent, setPercent] = useState<number>();
  const [fault, setFault] = useState<Fault>();
  const change = async () => {
    const [file] = await choosePictures(1);
    if (!file) {
      return;
    }
    try {
      setFault(undefined);
      setPercent(0);
      const onProgress = (sent: number, total: number) => setPercent(Math.round((100 * sent) / total));
      const uploaded = await client.uploads.put(file, { purpose: UploadPurpose.AVATAR, onProgress });
      await client.users.updateProfile({ avatar: uploaded.url });
      onChanged();
    } catch (error) {
      setFault(client.fault(error));
    } finally {
      setPercent(undefined);
    }
  };
  return (
    <View style={{ gap: 10 }}>
      <View style={{ flexDirection: "row", alignItems: "center", gap: 14 }}>
        {url !== "" && <Image source={{ uri: url }} accessibilityLabel="내 사진" style={{ width: 72, height: 72, borderRadius: 36 }} />}
        <Button
          icon="image-outline"
          title={percent === undefined ? "사진 바꾸기" : `올리는 중 ${percent}%`}
          disabled={percent !== undefined}
          onPress={() => void change()}
        />
      </View>
      <Problem fault={fault} />
    </View>
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

/** The time of day without pushes. */
function QuietHours({ hours, onSaved }: { hours: { from: string; to: string } | undefined; onSaved: () => void }) {
  const client = useClient<Client>();
  const [from, setFrom] = useState(hours?.from || "23:00");
  const [to, setTo] = useState(hours?.to || "07:00");
  const [fault, setFault] = useState<Fault>();
  const isOn = hours !== undefined && hours.from !== "";
  const save = async (quietHours: { from: string; to: string }) => {
    try {
      await client.users.updateProfile({ preferences: { quietHours } });
      setFault(undefined);
      onSaved();
    } catch (error) {
      setFault(client.fault(error));
    }
  };
  return (
    <Section title="방해 금지 시간">
      <Text color="soft">{isOn ? `${hours.from}부터 ${hours.to}까지 푸시를 보내지 않아요.` : "정한 시간에는 푸시를 보내지 않아요."}</Text>
      <View style={{ flexDirection: "row", gap: 10 }}>
        <View style={{ flex: 1 }}>
          <Field label="시작" value={from} onChangeText={setFrom} placeholder="23:00" inputMode="numeric" maxLength={5} />
        </View>
        <View style={{ flex: 1 }}>
          <Field label="끝" value={to} onChangeText={setTo} placeholder="07:00" inputMode="numeric" maxLength={5} />
        </View>
      </View>
      <Problem fault={fault} />
      <View style={{ flexDirection: "row", gap: 10 }}>
        <Button style={{ flex: 1 }} title={isOn ? "바꾸기" : "켜기"} onPress={() => void save({ from: clockOf(from), to: clockOf(to) })} />
        {isOn && <Button style={{ flex: 1 }} title="끄기" onPress={() => void save({ from: "", to: "" })} />}
      </View>
    </Section>
  );
}

/** Returns a time as the server has it: a telephone's keys for numbers have no colon. */
function clockOf(text: string): string {
  const [, hours = "", minutes = ""] = /^([0-9]{1,2}):?([0-9]{2})$/.exec(text.trim()) ?? [];
  return hours === "" ? text : `${hours.padStart(2, "0")}:${minutes}`;
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
