import { nameOf } from "@dongbaejul/client";
import type { Client, Comment, OutboxItem } from "@dongbaejul/client";
import { useClient, useOutbox } from "@dongbaejul/client/react";
import { useLocalSearchParams } from "expo-router";
import { useCallback, useEffect, useState } from "react";
import { View } from "react-native";
import { Pending } from "../../parts/Pending";
import { Pictures } from "../../parts/Pictures";
import { useLoad } from "../../parts/useLoad";
import { ago } from "../../time";
import { Button } from "../../ui/Button";
import { Badge, Card, Section } from "../../ui/Card";
import { Field } from "../../ui/Field";
import { Screen } from "../../ui/Screen";
import { Loading, Problem } from "../../ui/State";
import { Text } from "../../ui/Text";
import { categories } from "../../words";

/** One post, with its comments. */
export default function PostScreen() {
  const { id } = useLocalSearchParams<{ id: string }>();
  const client = useClient<Client>();
  const outbox = useOutbox();
  const { value, error, reload } = useLoad(
    useCallback(
      async (signal: AbortSignal) => {
        const [post, comments] = await Promise.all([
          client.posts.getPost({ postId: id }, { signal }),
          client.posts.listComments({ postId: id, limit: 100 }, { signal }),
          client.posts.markPostRead({ postId: id }, { signal }),
        ]);
        return { post: post.post, liked: post.userInteraction?.liked ?? false, comments: comments.comments };
      },
      [client, id],
    ),
  );
  const [content, setContent] = useState("");
  const mine = outbox.items.filter((item) => isAbout(item, id));
  const sent = mine.filter(({ state }) => state === "sent").length;
  // What was sent is in the post as the server has it.
  useEffect(() => {
    if (sent > 0) {
      reload();
    }
  }, [sent, reload]);
  if (!value?.post) {
    return <Screen>{error ? <Problem fault={error} onRetry={reload} /> : <Loading />}</Screen>;
  }
  const { post, liked, comments } = value;
  const comment = () => {
    if (outbox.add({ kind: "create_comment", postId: id, content: content.trim() })) {
      setContent("");
    }
  };
  return (
    <Screen
      footer={
        <>
          <Field label="댓글" placeholder="댓글을 써 주세요" value={content} onChangeText={setContent} multiline maxLength={2_000} />
          <View style={{ flexDirection: "row", gap: 10 }}>
            <Button
              icon={liked ? "heart" : "heart-outline"}
              title={`좋아요 ${post.likeCount}`}
              onPress={() => outbox.add({ kind: "like_post", postId: id, liked: !liked })}
            />
            <Button style={{ flex: 1 }} look="primary" title="댓글 남기기" disabled={content.trim() === ""} onPress={comment} />
          </View>
        </>
      }
    >
      <View style={{ gap: 8 }}>
        <Badge>{categories[post.category]}</Badge>
        <Text bold kind="title" accessibilityRole="header">
          {post.title}
        </Text>
        <Text kind="small" color="soft">{`${nameOf(post.author)} · ${ago(post.createdAt)} · 조회 ${post.viewCount}`}</Text>
      </View>
      <Text selectable>{post.content}</Text>
      <Pictures of={post.attachments} width={720} />
      <Pending items={mine} />
      <Section title={`댓글 ${post.commentCount}`}>
        {comments.map((c) => (
          <CommentCard key={c.id} comment={c} />
        ))}
      </Section>
    </Screen>
  );
}

function isAbout({ action }: OutboxItem, postId: string): boolean {
  return (action.kind === "create_comment" || action.kind === "like_post") && action.postId === postId;
}

function CommentCard({ comment }: { comment: Comment }) {
  return (
    <Card style={{ padding: 14, gap: 4, marginLeft: comment.parentId ? 24 : 0 }}>
      {comment.deleted ? (
        <Text color="soft">삭제된 댓글이에요.</Text>
      ) : (
        <>
          <Text kind="small" color="soft">{`${nameOf(comment.author)} · ${ago(comment.createdAt)}`}</Text>
          <Text selectable>{comment.content}</Text>
        </>
      )}
    </Card>
  );
}
