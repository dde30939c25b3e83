import { nameOf, PostCategory } from "@dongbaejul/client";
import type { Client, Post } from "@dongbaejul/client";
import { useClient, useClubEvent, useOutbox } from "@dongbaejul/client/react";
import { useRouter } from "expo-router";
import { useCallback, useEffect } from "react";
import { View } from "react-native";
import { Pending } from "../../parts/Pending";
import { useLoad } from "../../parts/useLoad";
import { ago } from "../../time";
import { Button, Icon } from "../../ui/Button";
import { Badge, Card, Row } from "../../ui/Card";
import { Screen } from "../../ui/Screen";
import { Empty, Loaded } from "../../ui/State";
import { Text } from "../../ui/Text";
import { categories } from "../../words";

/** The notice board: what is pinned first, then the newest. */
export default function Posts() {
  const router = useRouter();
  const client = useClient<Client>();
  const list = useLoad(useCallback((signal: AbortSignal) => client.posts.listPosts({ limit: 50 }, { signal }), [client]));
  const posts = list.value?.posts ?? [];
  const outbox = useOutbox();
  const written = outbox.items.filter(({ action }) => action.kind === "create_post");
  const sent = written.filter(({ state }) => state === "sent").length;
  const { reload } = list;
  useEffect(() => {
    if (sent > 0) {
      reload();
    }
  }, [sent, reload]);
  useClubEvent("postCreated", reload);
  return (
    <Screen
      onRefresh={list.reload}
      isRefreshing={list.isLoading && list.isLoaded}
      footer={<Button icon="create-outline" title="글쓰기" onPress={() => router.push("/posts/new")} />}
    >
      <Pending items={written} />
      <Loaded of={list} isEmpty={posts.length === 0} empty={<Empty icon="reader-outline">아직 글이 없어요. 첫 글을 써 보세요!</Empty>}>
        <Card>
          {posts.map((post, i) => (
            <PostRow key={post.id} post={post} first={i === 0} />
          ))}
        </Card>
      </Loaded>
    </Screen>
  );
}

function PostRow({ post, first }: { post: Post; first: boolean }) {
  const router = useRouter();
  return (
    <Row first={first} onPress={() => router.push({ pathname: "/posts/[id]", params: { id: post.id } })}>
      <View style={{ flex: 1, gap: 4 }}>
        <View style={{ flexDirection: "row", alignItems: "center", gap: 8 }}>
          {post.isPinned && <Icon name="pin" size={18} color="accent" />}
          <Badge tone={post.category === PostCategory.NOTICE ? "accent" : "plain"}>{categories[post.category]}</Badge>
        </View>
        <Text bold>{post.title}</Text>
        <Text kind="small" color="soft">
          {`${nameOf(post.author)} · ${ago(post.createdAt)} · 댓글 ${post.commentCount} · 좋아요 ${post.likeCount}`}
        </Text>
      </View>
    </Row>
  );
}
