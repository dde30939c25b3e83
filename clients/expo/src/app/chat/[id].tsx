import { nameOf } from "@dongbaejul/client";
import type { FileReference, MessageView } from "@dongbaejul/client";
import { useMessages, useOutboxActions, useRoom, useTyping } from "@dongbaejul/client/react";
import { Stack, useIsFocused, useLocalSearchParams } from "expo-router";
import { useHeaderHeight } from "expo-router/react-navigation";
import { memo, useCallback, useEffect, useState } from "react";
import { FlatList, KeyboardAvoidingView, Pressable, TextInput, View } from "react-native";
import { useSafeAreaInsets } from "react-native-safe-area-context";
import { ConnectionBar } from "../../parts/ConnectionBar";
import { Pictures, UploadProgress } from "../../parts/Pictures";
import { choosePictures } from "../../pictures";
import { clock, dateOf, day } from "../../time";
import { Icon, IconButton } from "../../ui/Button";
import { Loading, Problem } from "../../ui/State";
import { Text } from "../../ui/Text";
import { size, touch, useTheme } from "../../ui/theme";

export default function Room() {
  const { id } = useLocalSearchParams<{ id: string }>();
  const theme = useTheme();
  const headerHeight = useHeaderHeight();
  const { room } = useRoom(id);
  const { messages, isLoaded, error, loadOlder, isLoadingOlder, markRead, send } = useMessages(id, { order: "newest" });
  const newest = messages.find(({ state }) => state === "sent")?.message.seq;
  const isFocused = useIsFocused();
  useEffect(() => {
    if (isFocused && newest !== undefined) {
      markRead(newest);
    }
  }, [isFocused, newest, markRead]);
  const item = useCallback(
    ({ item, index }: { item: MessageView; index: number }) => <Message view={item} previous={messages[index + 1]} />,
    [messages],
  );
  return (
    <KeyboardAvoidingView behavior="padding" keyboardVerticalOffset={headerHeight} style={{ flex: 1, backgroundColor: theme.ground }}>
      <Stack.Screen options={{ title: room?.title ?? "채팅" }} />
      <ConnectionBar />
      {error && (
        <View style={{ padding: 12 }}>
          <Problem fault={error} />
        </View>
      )}
      {!isLoaded && !error && <Loading />}
      <FlatList
        inverted
        style={{ flex: 1 }}
        data={messages}
        keyExtractor={keyOf}
        renderItem={item}
        onEndReached={() => void loadOlder()}
        onEndReachedThreshold={0.5}
        ListFooterComponent={isLoadingOlder ? <Loading /> : <View />}
        contentContainerStyle={{ padding: 12, gap: 4 }}
        keyboardDismissMode="interactive"
        keyboardShouldPersistTaps="handled"
        maintainVisibleContentPosition={{ minIndexForVisible: 1, autoscrollToTopThreshold: 80 }}
      />
      <Typing roomId={id} names={room?.room.participants ?? []} />
      <Composer roomId={id} onSend={(content, files) => send(content, { attachments: files.map((file) => ({ file })) })} />
    </KeyboardAvoidingView>
  );
}

function keyOf({ key }: MessageView): string {
  return key;
}

const Message = memo(function Message({ view, previous }: { view: MessageView; previous: MessageView | undefined }) {
  const theme = useTheme();
  const { message, mine, state } = view;
  const at = dateOf(message.createdAt);
  const isNewDay = !previous || day(dateOf(previous.message.createdAt)) !== day(at);
  const isFirst = isNewDay || previous?.message.sender?.userId !== message.sender?.userId;
  return (
    <View style={{ gap: 2, marginTop: isFirst ? 8 : 0 }}>
      {isNewDay && (
        <Text kind="small" color="soft" style={{ textAlign: "center", marginVertical: 8 }}>
          {day(at)}
        </Text>
      )}
      {!mine && isFirst && (
        <Text kind="small" color="soft" style={{ marginLeft: 6 }}>
          {nameOf(message.sender)}
        </Text>
      )}
      <View style={{ flexDirection: mine ? "row-reverse" : "row", alignItems: "flex-end", gap: 6 }}>
        <View
          style={{
            maxWidth: "76%",
            borderRadius: 18,
            paddingHorizontal: 14,
            paddingVertical: 9,
            backgroundColor: mine ? theme.accent : theme.surface,
            borderWidth: mine ? 0 : 1,
            borderColor: theme.line,
            opacity: state === "sent" ? 1 : 0.7,
          }}
        >
          <Text color={mine ? "onAccent" : "ink"} style={message.deleted ? { fontStyle: "italic" } : {}}>
            {message.deleted ? "삭제된 메시지예요." : message.content || `사진 ${message.attachments.length}장`}
          </Text>
          {!message.deleted && <Pictures of={message.attachments} width={260} />}
        </View>
        <View style={{ alignItems: mine ? "flex-end" : "flex-start" }}>
          {state === "sent" && view.unreadBy > 0 && !message.deleted && (
            <Text kind="small" bold color="warn" accessibilityLabel={`안 읽은 사람 ${view.unreadBy}명`}>
              {view.unreadBy}
            </Text>
          )}
          <Text kind="small" color="soft">
            {state === "sent" ? clock(at) : state === "failed" ? "" : "보내는 중"}
          </Text>
        </View>
      </View>
      <View style={{ alignItems: "flex-end" }}>
        <UploadProgress of={view.item} />
      </View>
      {state === "failed" && view.item && <Failed view={view} />}
    </View>
  );
});

/** A message that the server has refused. */
function Failed({ view: { item } }: { view: MessageView }) {
  const { retry, drop } = useOutboxActions();
  if (item?.state !== "failed") {
    return null;
  }
  return (
    <View style={{ alignItems: "flex-end" }}>
      <Text kind="small" color="danger">
        {item.fault.message}
      </Text>
      <View style={{ flexDirection: "row" }}>
        <Link title="다시 보내기" onPress={() => retry(item.id)} />
        <Link title="지우기" onPress={() => drop(item.id)} />
      </View>
    </View>
  );
}

function Link({ title, onPress }: { title: string; onPress: () => void }) {
  return (
    <Pressable accessibilityRole="button" onPress={onPress} style={{ minHeight: touch, paddingHorizontal: 12, justifyContent: "center" }}>
      <Text bold color="accent">
        {title}
      </Text>
    </Pressable>
  );
}

interface Named {
  readonly userId: string;
  readonly displayName: string;
}

function Typing({ roomId, names }: { roomId: string; names: readonly Named[] }) {
  const { typing } = useTyping(roomId);
  if (typing.length === 0) {
    return null;
  }
  const [first] = typing;
  const name = names.find(({ userId }) => userId === first);
  return (
    <Text kind="small" color="soft" style={{ paddingHorizontal: 18, paddingBottom: 4 }}>
      {typing.length === 1 ? `${name ? nameOf(name) : "누군가"} 님이 쓰고 있어요…` : `${typing.length}명이 쓰고 있어요…`}
    </Text>
  );
}

function Composer({ roomId, onSend }: { roomId: string; onSend: (content: string, files: readonly FileReference[]) => unknown }) {
  const theme = useTheme();
  const insets = useSafeAreaInsets();
  const { setTyping } = useTyping(roomId);
  const [text, setText] = useState("");
  const content = text.trim();
  const submit = (files: readonly FileReference[] = []) => {
    // What the outbox does not take stays written.
    if ((content !== "" || files.length > 0) && onSend(content, files) !== undefined) {
      setText("");
      setTyping(false);
    }
  };
  const addPictures = async () => submit(await choosePictures());
  return (
    <View
      style={{
        flexDirection: "row",
        alignItems: "flex-end",
        gap: 8,
        padding: 10,
        paddingBottom: 10 + insets.bottom,
        backgroundColor: theme.surface,
        borderTopWidth: 1,
        borderColor: theme.line,
      }}
    >
      <IconButton icon="image-outline" label="사진 보내기" onPress={() => void addPictures()} />
      <TextInput
        value={text}
        onChangeText={(next) => {
          setText(next);
          setTyping(next.trim() !== "");
        }}
        multiline
        rows={1}
        maxLength={10_000}
        placeholder="메시지를 써 주세요"
        placeholderTextColor={theme.soft}
        accessibilityLabel="메시지"
        style={{
          flex: 1,
          minHeight: touch,
          maxHeight: 140,
          borderRadius: 22,
          paddingHorizontal: 16,
          paddingVertical: 13,
          fontSize: size.body,
          color: theme.ink,
          backgroundColor: theme.sunken,
        }}
      />
      <Pressable
        accessibilityRole="button"
        accessibilityLabel="보내기"
        disabled={content === ""}
        onPress={() => submit()}
        style={{
          width: touch,
          height: touch,
          borderRadius: touch / 2,
          alignItems: "center",
          justifyContent: "center",
          backgroundColor: content === "" ? theme.sunken : theme.accent,
        }}
      >
        <Icon name="arrow-up" color={content === "" ? "soft" : "onAccent"} />
      </Pressable>
    </View>
  );
}
