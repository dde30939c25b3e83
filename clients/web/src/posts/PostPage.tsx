import { type Attachment, type GetPostResponse, type Post, PostCategory } from "@dongbaejul/client";
import { usePermission, useUserId } from "@dongbaejul/client/react";
import { useEffect, useEffectEvent, useState } from "react";
import { useClient } from "../club/client";
import { Unread } from "../club/queries";
import { useAction } from "../club/useAction";
import { nameOf } from "../format/names";
import { useWords, wordsOf } from "../language/language";
import { pathTo } from "../router/paths";
import { go } from "../router/router";
import { Ago } from "../shell/Ago";
import { Page } from "../shell/Page";
import { Avatar } from "../ui/Avatar";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Confirm } from "../ui/Dialog";
import { Menu } from "../ui/Menu";
import { FaultNote } from "../ui/State";
import { Text } from "../ui/Text";
import { Comments } from "./Comments";
import { useForgetPost, usePost } from "./usePost";
import { categoryWords, postWords } from "./words";
import "./PostPage.css";

/** One post with its comments. */
export function PostPage({ post: postId }: { post: string }) {
  const words = useWords(postWords);
  const client = useClient();
  const { query, update, reloadToEnd } = usePost(postId);
  const answer = query.data;
  const more = useAction(async () => {
    if (!answer) return;
    const { comments, nextPageToken } = await client.posts.listComments({ postId, pageToken: answer.nextPageToken });
    update((now) => {
      // The post may have been read again in the meantime, with some or all comments of this page.
      const known = new Set(now.comments.map(({ id }) => id));
      const added = comments.filter(({ id }) => !known.has(id));
      return comments.length > 0 && added.length === 0 ? now : { ...now, comments: [...now.comments, ...added], nextPageToken };
    });
  });
  useMarkRead(answer, update);
  const post = answer?.post;
  if (!answer || !post) {
    return (
      <Page title={words.post} parent={pathTo("posts")} width="narrow">
        <Unread query={query} />
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
              {post.updatedAt && ` ${words.edited}`} · <span className="number">{words.views(post.viewCount)}</span>
            </p>
          </div>
          <Badge tone={post.category === PostCategory.NOTICE ? "accent" : "plain"}>{wordsOf(categoryWords)[post.category]}</Badge>
        </header>
        {post.content && <Text>{post.content}</Text>}
        {post.attachments.map((file) =>
          isPicture(post, file) ? (
            <Picture key={file.fileId} file={file} words={file.name || words.photo} />
          ) : (
            <a key={file.fileId} className="link" href={file.url}>
              {file.name}
            </a>
          ),
        )}
        {post.bandUrl && (
          <a className="link" href={post.bandUrl} target="_blank" rel="noreferrer">
            {words.inBand}
          </a>
        )}
        <Like answer={answer} post={post} update={update} />
      </article>
      <Comments
        postId={postId}
        count={post.commentCount}
        comments={answer.comments}
        onWritten={reloadToEnd}
        onChange={() => void query.refetch()}
      >
        {answer.nextPageToken !== "" && (
          <div className="more">
            <Button look="quiet" busy={more.busy} onClick={() => void more.run()}>
              {words.moreComments}
            </Button>
            <FaultNote fault={more.fault} />
          </div>
        )}
      </Comments>
    </Page>
  );
}

/** A picture in a box that does not change when it is loaded. */
function Picture({ file: { url, width, height }, words }: { file: Attachment; words: string }) {
  const sized = width > 0 && height > 0;
  const size = sized ? { width, height } : {};
  return <img className={sized ? "post-image" : "post-image unsized"} src={url} alt={words} loading="lazy" {...size} />;
}

/** Of files in Band only pictures are copied, of which Band does not say more. */
function isPicture(post: Post, file: Attachment): boolean {
  return post.category === PostCategory.BAND || file.contentType.startsWith("image/");
}

type Update = ReturnType<typeof usePost>["update"];

/** Marks the post that is shown as read on the server. */
function useMarkRead(answer: GetPostResponse | undefined, update: Update) {
  const client = useClient();
  const unread = answer?.post && !answer.userInteraction?.read ? answer.post.id : undefined;
  const show = useEffectEvent(update);
  useEffect(() => {
    if (!unread) return;
    const mark = async () => {
      const { userInteraction, viewCount } = await client.posts.markPostRead({ postId: unread });
      if (!userInteraction) return;
      show((now) => (now.post?.id === unread ? { ...now, post: { ...now.post, viewCount }, userInteraction } : now));
    };
    // The next visit retries.
    mark().catch(() => undefined);
  }, [client, unread]);
}

function Like({ answer, post, update }: { answer: GetPostResponse; post: Post; update: Update }) {
  const words = useWords(postWords);
  const client = useClient();
  const liked = answer.userInteraction?.liked ?? false;
  const like = useAction(async () => {
    const { likeCount, liked: now } = await client.posts.toggleLike({ postId: post.id, liked: !liked });
    update(({ userInteraction, ...rest }) => ({
      ...rest,
      ...(rest.post ? { post: { ...rest.post, likeCount } } : {}),
      ...(userInteraction ? { userInteraction: { ...userInteraction, liked: now } } : {}),
    }));
  });
  return (
    <div className="row">
      <Button className={liked ? "liked" : ""} icon="heart" aria-pressed={liked} busy={like.busy} onClick={() => void like.run()}>
        {words.like} <span className="number">{post.likeCount}</span>
      </Button>
      <FaultNote fault={like.fault} />
    </div>
  );
}

function Edit({ post }: { post: Post }) {
  const words = useWords(postWords);
  const client = useClient();
  const mine = useUserId() === post.author?.userId;
  const moderate = usePermission("posts.moderate");
  const forget = useForgetPost();
  const [asking, setAsking] = useState(false);
  const remove = useAction(async () => {
    await client.posts.deletePost({ postId: post.id });
    forget(post.id);
    go(pathTo("posts"), { replace: true });
  });
  if ((!mine && !moderate) || post.category === PostCategory.BAND) return null;
  return (
    <>
      <Menu
        label={words.postMenu}
        items={[
          { icon: "edit", text: words.edit, onChoose: () => go(pathTo("editPost", { post: post.id })) },
          { icon: "close", text: words.remove, danger: true, onChoose: () => setAsking(true) },
        ]}
      />
      {asking && (
        <Confirm
          title={words.removeAsk}
          action={words.remove}
          busy={remove.busy}
          onClose={() => setAsking(false)}
          onConfirm={() => void remove.run()}
        >
          <p>{remove.fault?.message ?? words.removeNote}</p>
        </Confirm>
      )}
    </>
  );
}
