import { RoomType } from "@dongbaejul/client";
import type { RoomView } from "@dongbaejul/client";
import { useRooms } from "@dongbaejul/client/react";
import { useRouter } from "expo-router";
import { View } from "react-native";
import { ago } from "../../time";
import { Count } from "../../ui/Button";
import { Badge, Card, Row } from "../../ui/Card";
import { Screen } from "../../ui/Screen";
import { Empty, Loaded, Problem } from "../../ui/State";
import { Text } from "../../ui/Text";

/** The user's rooms, the last active first. */
export default function Rooms() {
  const list = useRooms();
  return (
    <Screen>
      {list.isLoaded && <Problem fault={list.error} />}
      <Loaded of={list} isEmpty={list.rooms.length === 0} empty={<Empty icon="chatbubbles-outline">아직 채팅방이 없어요.</Empty>}>
        <Card>
          {list.rooms.map((room, i) => (
            <RoomRow key={room.id} view={room} first={i === 0} />
          ))}
        </Card>
      </Loaded>
    </Screen>
  );
}

function RoomRow({ view, first }: { view: RoomView; first: boolean }) {
  const router = useRouter();
  const last = view.room.lastMessage;
  return (
    <Row first={first} onPress={() => router.push({ pathname: "/chat/[id]", params: { id: view.id } })}>
      <View style={{ flex: 1, gap: 2 }}>
        <View style={{ flexDirection: "row", flexWrap: "wrap", alignItems: "center", gap: 8 }}>
          <Text bold>{view.title}</Text>
          {view.room.type === RoomType.GLOBAL && <Badge>전체</Badge>}
        </View>
        <Text kind="small" color="soft" numberOfLines={1}>
          {last === undefined ? "아직 나눈 이야기가 없어요." : last.deleted ? "삭제된 메시지예요." : last.content || "사진이나 파일을 보냈어요."}
        </Text>
      </View>
      <View style={{ alignItems: "flex-end", gap: 4 }}>
        {last && (
          <Text kind="small" color="soft">
            {ago(last.createdAt)}
          </Text>
        )}
        <Count of={view.unread} more={view.unreadMore} />
      </View>
    </Row>
  );
}
