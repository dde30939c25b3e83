import { createExpoClub } from "@dongbaejul/client/expo";
import { ClubProvider, useMessages, useRooms, useSession } from "@dongbaejul/client/react";
import { useState } from "react";
import { Button, FlatList, Text, TextInput } from "react-native";

const app = createExpoClub({ baseUrl: "https://club.example" });

export default function App() {
  return <ClubProvider client={app.client} club={app.club} children={<Rooms />} />;
}

function Rooms() {
  const { status } = useSession();
  const { rooms } = useRooms();
  const [roomId, setRoomId] = useState<string>();
  if (status !== "signed_in") return <Button title="네이버 밴드로 로그인" onPress={app.signIn} />;
  if (roomId) return <Room id={roomId} />;
  return <FlatList data={rooms} renderItem={({ item }) => <Button title={`${item.title} (${item.unread})`} onPress={() => setRoomId(item.id)} />} />;
}

function Room({ id }: { id: string }) {
  const { messages, loadOlder, send } = useMessages(id, { order: "newest" });
  const [text, setText] = useState("");
  return (
    <>
      <FlatList inverted data={messages} onEndReached={loadOlder} renderItem={({ item: { message } }) => <Text>{`${message.sender?.displayName}: ${message.content}`}</Text>} />
      <TextInput value={text} onChangeText={setText} onSubmitEditing={() => send(text) && setText("")} />
    </>
  );
}
