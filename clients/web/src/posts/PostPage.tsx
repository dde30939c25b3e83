import { type GetPostResponse, nameOf, type Post, PostCategory } from "@dongbaejul/client";
import { usePermission, useUserId } from "@dongbaejul/client/react";
import { useEffect, useRef, useState } from "react";
import { useClient } from "../club/client";
import { useAction } from "../club/useAction";
import { type Asked, useRemote } from "../club/useRemote";
import { pathTo } from "../router/paths";
import { go } from "../router/router";
import { Ago } from "../shell/Ago";
import { Page } from "../shell/Page";
import { Avatar } from "../ui/Avatar";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Confirm } from "../ui/Dialog";
import { Menu } from "../ui/Menu";
import { FaultNote, Loading, Problem } from "../ui/State";
import { Text } from "../ui/Text";
import { Comments } from "./Comments";
import { categoryWords } from "./words";
import "./PostPage.css";

/** One post with what people say about it. */
export function PostPage({ post: postId }: { post: string }) {
  const client = useClient();
  /** How many comments are shown, and all of them once the reader has written one, which is the last. */
  const shown = useRef(0);
  const asked = useRemote(`post ${postId}`, (signal) => readPost(client, postId, shown.current, signal));
  const more = useAction(async () => {
    if (!asked.value) return;
    const { comments, nextPageToken } = await client.posts.listComments({ postId, pageToken: asked.value.nextPageToken });
    shown.current = asked.value.comments.length + comments.length;
    asked.set({ ...asked.value, comments: [...asked.value.comments, ...comments], nextPageToken });
  });
  useMarkRead(asked);
  const post = asked.value?.post;
  if (!asked.value || !post) {
    return (
      <Page title="글" parent={pathTo("posts")} width="narrow">
        {asked.fault ? <Problem fault={asked.fault} onRetry={asked.reload} /> : <Loading />}
      </Page>
    );
  }
  return (
    <Page title={post.title} parent={pathTo("posts")} width="narrow" actions={<Edit post={post} />}>
      <article className="card stack">
        <header className="post-header">
          <Avatar name={nameOf(post.author)} src={post.author?.avatar ?? ""} />
          <div>
            <p>
              <strong>{nameOf(post.author)}</strong>
            </p>
            <p className="small soft">
              <Ago time={post.createdAt} />
              {post.updatedAt && " (수정됨)"} · 조회 <span className="number">{post.viewCount}</span>
            </p>
          </div>
          <Badge tone={post.category === PostCategory.NOTICE ? "accent" : "plain"}>{categoryWords[post.category]}</Badge>
        </header>
        <Text>{post.content}</Text>
        {post.attachments.map((file) =>
          file.contentType.startsWith("image/") ? (
            <img key={file.fileId} className="post-image" src={file.url} alt={file.name || "사진"} loading="lazy" />
          ) : (
            <a key={file.fileId} className="link" href={file.url}>
              {file.name}
            </a>
          ),
        )}
        <Like asked={asked} answer={asked.value} post={post} />
      </article>
      <Comments
        postId={postId}
        count={post.commentCount}
        comments={asked.value.comments}
        onWritten={() => {
          shown.current = Number.POSITIVE_INFINITY;
          asked.reload();
        }}
        onChange={asked.reload}
      >
        {asked.value.nextPageToken !== "" && (
          <div className="more">
            <Button look="quiet" busy={more.busy} onClick={() => void more.run()}>
              댓글 더 보기
            </Button>
            <FaultNote fault={more.fault} />
          </div>
        )}
      </Comments>
    </Page>
  );
}

/** Tells the server that the reader has opened the post which is shown. */
function useMarkRead({ value, set }: Asked<GetPostResponse>) {
  const client = useClient();
  const latest = useRef(value);
  latest.current = value;
  const unread = value?.post && !value.userInteraction?.read ? value.post.id : undefined;
  useEffect(() => {
    if (!unread) return;
    const mark = async () => {
      const { userInteraction, viewCount } = await client.posts.markPostRead({ postId: unread });
      const now = latest.current;
      if (now?.post?.id === unread && userInteraction) set({ ...now, post: { ...now.post, viewCount }, userInteraction });
    };
    // The next opening tries again.
    mark().catch(() => undefined);
  }, [client, unread, set]);
}

/** Reads a post with at least so many of its comments, or all. */
async function readPost(client: ReturnType<typeof useClient>, postId: string, comments: number, signal: AbortSignal) {
  const answer = await client.posts.getPost({ postId }, { signal });
  while (answer.nextPageToken !== "" && answer.comments.length < comments) {
    const page = await client.posts.listComments({ postId, pageToken: answer.nextPageToken }, { signal });
    answer.comments.push(...page.comments);
    answer.nextPageToken = page.nextPageToken;
  }
  return answer;
}

function Like({ asked, answer, post }: { asked: Asked<GetPostResponse>; answer: GetPostResponse; post: Post }) {
  const client = useClient();
  const liked = answer.userInteraction?.liked ?? false;
  const like = useAction(async () => {
    const now = await client.posts.toggleLike({ postId: post.id, liked: !liked });
    const { userInteraction } = answer;
    asked.set({
      ...answer,
      post: { ...post, likeCount: now.likeCount },
      ...(userInteraction ? { userInteraction: { ...userInteraction, liked: now.liked } } : {}),
    });
  });
  return (
    <div className="row">
      <Button className={liked ? "liked" : ""} icon="heart" aria-pressed={liked} busy={like.busy} onClick={() => void like.run()}>
        좋아요 <span className="number">{post.likeCount}</span>
      </Button>
      <FaultNote fault={like.fault} />
    </div>
  );
}

function Edit({ post }: { post: Post }) {
  const client = useClient();
  const mine = useUserId() === post.author?.userId;
  const moderate = usePermission("posts.moderate");
  const [asking, setAsking] = useState(false);
  const remove = useAction(async () => {
    await client.posts.deletePost({ postId: post.id });
    go(pathTo("posts"), { replace: true });
  });
  if ((!mine && !moderate) || post.category === PostCategory.BAND) return null;
  return (
    <>
      <Menu
        label="글 메뉴"
        items={[
          { icon: "edit", text: "수정", onChoose: () => go(pathTo("editPost", { post: post.id })) },
          { icon: "close", text: "삭제", danger: true, onChoose: () => setAsking(true) },
        ]}
      />
      {asking && (
        <Confirm
          title="이 글을 삭제할까요?"
          action="삭제"
          busy={remove.busy}
          onClose={() => setAsking(false)}
          onConfirm={() => void remove.run()}
        >
          <p>{remove.fault?.message ?? "댓글도 함께 지워지고 되돌릴 수 없습니다."}</p>
        </Confirm>
      )}
    </>
  );
}
