import { PostCategory } from "@dongbaejul/client";
import type { FileReference } from "@dongbaejul/client";
import { useOutbox, usePermission } from "@dongbaejul/client/react";
import { useRouter } from "expo-router";
import { useState } from "react";
import { Image, View } from "react-native";
import { choosePictures, maxPictures } from "../../pictures";
import { Button, IconButton } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Screen } from "../../ui/Screen";
import { Problem } from "../../ui/State";
import { categories } from "../../words";

/** Writes a post. Without a network it is sent later. */
export default function NewPost() {
  const router = useRouter();
  const outbox = useOutbox();
  const writesNotices = usePermission("posts.pin");
  const choices = [PostCategory.FREE, PostCategory.QUESTION, PostCategory.MARKET, ...(writesNotices ? [PostCategory.NOTICE] : [])];
  const [category, setCategory] = useState<PostCategory>(PostCategory.FREE);
  const [title, setTitle] = useState("");
  const [content, setContent] = useState("");
  const [pictures, setPictures] = useState<readonly FileReference[]>([]);
  const addPictures = async () => {
    const chosen = await choosePictures(maxPictures - pictures.length);
    setPictures((now) => [...now, ...chosen]);
  };
  const submit = () => {
    const attachments = pictures.map((file) => ({ file }));
    if (outbox.add({ kind: "create_post", title: title.trim(), content: content.trim(), category, attachments })) {
      router.back();
    }
  };
  return (
    <Screen footer={<Button look="primary" title="올리기" disabled={title.trim() === "" || content.trim() === ""} onPress={submit} />}>
      <Problem fault={outbox.error} />
      <View style={{ flexDirection: "row", flexWrap: "wrap", gap: 8 }}>
        {choices.map((choice) => (
          <Button key={choice} look={choice === category ? "primary" : "plain"} title={categories[choice]} onPress={() => setCategory(choice)} />
        ))}
      </View>
      <Field label="제목" value={title} onChangeText={setTitle} maxLength={200} placeholder="무엇에 대한 글인가요?" />
      <Field label="내용" value={content} onChangeText={setContent} maxLength={10_000} multiline numberOfLines={8} placeholder="내용을 써 주세요" />
      <View style={{ flexDirection: "row", flexWrap: "wrap", gap: 8 }}>
        {pictures.map((picture) => (
          <View key={picture.uri}>
            <Image source={{ uri: picture.uri }} accessibilityLabel={picture.name ?? "사진"} style={{ width: 96, height: 96, borderRadius: 12 }} />
            <IconButton icon="close-circle" label="사진 빼기" onPress={() => setPictures((now) => now.filter((other) => other !== picture))} />
          </View>
        ))}
      </View>
      {pictures.length < maxPictures && <Button icon="image-outline" title="사진 추가" onPress={() => void addPictures()} />}
    </Screen>
  );
}
