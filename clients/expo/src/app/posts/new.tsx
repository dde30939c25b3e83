import { PostCategory } from "@dongbaejul/client";
import { useOutbox, usePermission } from "@dongbaejul/client/react";
import { useRouter } from "expo-router";
import { useState } from "react";
import { View } from "react-native";
import { Button } from "../../ui/Button";
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
  const submit = () => {
    if (outbox.add({ kind: "create_post", title: title.trim(), content: content.trim(), category })) {
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
    </Screen>
  );
}
