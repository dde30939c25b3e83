import { useQuery } from "@connectrpc/connect-query";
import { type Fault, type Post, PostCategory, PostService } from "@dongbaejul/client";
import { CreatePostRequestLimits } from "@dongbaejul/client/gen/dongbaejul/v1/limits";
import { usePermission } from "@dongbaejul/client/react";
import { type FormEvent, useState } from "react";
import { useClient } from "../club/client";
import { Unread } from "../club/queries";
import { useAction, useRequestId } from "../club/useAction";
import { pathTo } from "../router/paths";
import { go, goBack } from "../router/router";
import { Page } from "../shell/Page";
import { Button } from "../ui/Button";
import { Choice, Switch, TextArea, TextField } from "../ui/Field";
import { FaultNote, Reload } from "../ui/State";
import { categoryWords } from "./words";

interface Draft {
  title: string;
  content: string;
  category: PostCategory;
  isPinned: boolean;
}

export function NewPostPage() {
  const client = useClient();
  const [draft, setDraft] = useState<Draft>({ title: "", content: "", category: PostCategory.FREE, isPinned: false });
  const requestId = useRequestId();
  const create = useAction(async () => {
    const { post } = await client.posts.createPost({ ...draft, requestId: requestId(draft) });
    go(post ? pathTo("post", { post: post.id }) : pathTo("posts"), { replace: true });
  });
  return (
    <Page title="글쓰기" parent={pathTo("posts")} width="narrow">
      <PostForm draft={draft} onChange={setDraft} submit="올리기" onSubmit={create.run} busy={create.busy} fault={create.fault} />
    </Page>
  );
}

export function EditPostPage({ post: postId }: { post: string }) {
  const asked = useQuery(PostService.method.getPost, { postId });
  const post = asked.data?.post;
  return (
    <Page title="글 수정" parent={pathTo("post", { post: postId })} width="narrow">
      {post ? <EditPost key={post.version} post={post} onReload={() => void asked.refetch()} /> : <Unread query={asked} />}
    </Page>
  );
}

function EditPost({ post, onReload }: { post: Post; onReload: () => void }) {
  const client = useClient();
  const [draft, setDraft] = useState<Draft>({ title: post.title, content: post.content, category: post.category, isPinned: post.isPinned });
  const save = useAction(async () => {
    await client.posts.updatePost({ postId: post.id, ...draft, expectedVersion: post.version });
    goBack(pathTo("post", { post: post.id }));
  });
  return (
    <>
      <PostForm draft={draft} onChange={setDraft} submit="저장" onSubmit={save.run} busy={save.busy} fault={save.fault} />
      <Reload after={save.fault} label="지금 글 불러오기" onClick={onReload} />
    </>
  );
}

interface PostFormProps {
  draft: Draft;
  onChange: (draft: Draft) => void;
  submit: string;
  onSubmit: () => Promise<void>;
  busy: boolean;
  fault: Fault | undefined;
}

function PostForm({ draft, onChange, submit, onSubmit, busy, fault }: PostFormProps) {
  const mayPin = usePermission("posts.pin");
  const set = (change: Partial<Draft>) => onChange({ ...draft, ...change });
  const wrong = (field: string) => (fault?.kind === "invalid" ? fault.fields.find((v) => v.field === field)?.message : undefined);
  const categories = [PostCategory.FREE, PostCategory.QUESTION, PostCategory.MARKET, PostCategory.GALLERY];
  const send = (event: FormEvent) => {
    event.preventDefault();
    void onSubmit();
  };
  return (
    <form className="stack" onSubmit={send}>
      <Choice
        labelled
        label="분류"
        value={draft.category}
        options={[...(mayPin ? [PostCategory.NOTICE] : []), ...categories].map((category) => [category, categoryWords[category]] as const)}
        onChange={(category) => set({ category })}
      />
      <TextField
        label="제목"
        required
        maxLength={CreatePostRequestLimits.title}
        value={draft.title}
        error={wrong("title")}
        onChange={(event) => set({ title: event.target.value })}
      />
      <TextArea
        label="내용"
        required
        rows={12}
        maxLength={CreatePostRequestLimits.content}
        value={draft.content}
        error={wrong("content")}
        onChange={(event) => set({ content: event.target.value })}
      />
      {mayPin && <Switch label="맨 위에 고정" on={draft.isPinned} onChange={(isPinned) => set({ isPinned })} />}
      <FaultNote fault={fault} />
      <Button type="submit" look="primary" size="large" busy={busy}>
        {submit}
      </Button>
    </form>
  );
}
