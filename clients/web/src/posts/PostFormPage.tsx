import { useQuery } from "@connectrpc/connect-query";
import { type Post, PostCategory, PostService, UploadPurpose } from "@dongbaejul/client";
import { CreatePostRequestLimits } from "@dongbaejul/client/gen/dongbaejul/v1/limits";
import { usePermission } from "@dongbaejul/client/react";
import type { ChangeEvent } from "react";
import { useClient } from "../club/client";
import { Unread } from "../club/queries";
import { type Action, useAction, useRequestId } from "../club/useAction";
import { Changes, type FieldWords, Restored } from "../drafts/Changes";
import { type Input, useDraft, useEdit } from "../drafts/useDraft";
import { useStore } from "../drafts/useStore";
import { useWords, wordsOf } from "../language/language";
import { pathTo } from "../router/paths";
import { go, goBack } from "../router/router";
import { Page } from "../shell/Page";
import { Choice, Switch, TextArea, TextField } from "../ui/Field";
import { Form, fieldError } from "../ui/Form";
import { Icon } from "../ui/Icon";
import { PictureInput, PictureStrip, useGivenFiles } from "../uploads/Pictures";
import { type UploadedPicture, uploaded, usePictures } from "../uploads/usePictures";
import { uploadWords } from "../uploads/words";
import { categoryWords, postWords } from "./words";

/** What a form for a post holds. */
interface Fields {
  title: string;
  content: string;
  category: PostCategory;
  isPinned: boolean;
  pictures: readonly UploadedPicture[];
}

const fieldsInWords = (words: typeof postWords.ko): FieldWords<Fields> => ({
  title: [words.title, (title) => title],
  content: [words.content, (content) => content],
  category: [words.category, (category) => wordsOf(categoryWords)[category]],
  isPinned: [words.pinned, (isPinned) => (isPinned ? words.pin : words.notPinned)],
  pictures: [wordsOf(uploadWords).pictures, (pictures) => wordsOf(uploadWords).count(pictures.length)],
});

const idsOf = (pictures: readonly UploadedPicture[]) => pictures.map(({ fileId }) => fileId);

export function NewPostPage() {
  const words = useWords(postWords);
  const client = useClient();
  const draft = useDraft<Fields>("post", { title: "", content: "", category: PostCategory.FREE, isPinned: false, pictures: [] });
  const requestId = useRequestId();
  const create = useAction(async () => {
    const { pictures, ...fields } = draft.value;
    const { post } = await client.posts.createPost({ ...fields, attachments: idsOf(pictures), requestId: requestId(draft.value) });
    draft.clear();
    go(post ? pathTo("post", { post: post.id }) : pathTo("posts"), { replace: true });
  });
  return (
    <Page title={words.write} parent={pathTo("posts")} width="narrow">
      <Restored of={draft} />
      <PostForm draft={draft} action={create} submit={words.publish} />
    </Page>
  );
}

export function EditPostPage({ post: postId }: { post: string }) {
  const words = useWords(postWords);
  const asked = useQuery(PostService.method.getPost, { postId });
  const post = asked.data?.post;
  return (
    <Page title={words.editPost} parent={pathTo("post", { post: postId })} width="narrow">
      {post ? <EditPost key={post.id} post={post} /> : <Unread query={asked} />}
    </Page>
  );
}

const fieldsOf = ({ title, content, category, isPinned, attachments }: Post): Fields => ({
  title,
  content,
  category,
  isPinned,
  pictures: attachments.map(uploaded),
});

function EditPost({ post }: { post: Post }) {
  const words = useWords(postWords);
  const client = useClient();
  const edit = useEdit<Fields>(`post.${post.id}`, fieldsOf(post), post.version);
  const save = useStore(edit, {
    store: async (expectedVersion) => {
      const { pictures, ...fields } = edit.value;
      const attachments = idsOf(pictures);
      await client.posts.updatePost({
        postId: post.id,
        ...fields,
        attachments,
        clearAttachments: attachments.length === 0,
        expectedVersion,
      });
    },
    load: async () => {
      const { post: now } = await client.posts.getPost({ postId: post.id });
      return now && { fields: fieldsOf(now), version: now.version };
    },
    onStored: () => goBack(pathTo("post", { post: post.id })),
  });
  return (
    <>
      <Changes of={edit} words={fieldsInWords(words)} busy={save.busy} />
      <PostForm draft={edit} action={save} submit={words.save} />
    </>
  );
}

interface PostFormProps {
  draft: Input<Fields>;
  action: Action<[]>;
  submit: string;
}

function PostForm({ draft: { value: draft, set: onChange }, action, submit }: PostFormProps) {
  const words = useWords(postWords);
  const mayPin = usePermission("posts.pin");
  const set = (change: Partial<Fields>) => onChange({ ...draft, ...change });
  const pictures = usePictures(UploadPurpose.POST, draft.pictures.length, (ready) => set({ pictures: [...draft.pictures, ...ready] }));
  useGivenFiles(pictures.add);
  const categories = [PostCategory.FREE, PostCategory.QUESTION, PostCategory.MARKET, PostCategory.GALLERY];
  const text = (field: "title" | "content") => ({
    maxLength: CreatePostRequestLimits[field],
    value: draft[field],
    error: fieldError(action.fault, field),
    onChange: (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => set({ [field]: event.target.value }),
  });
  return (
    <Form action={action} submit={submit} incomplete={pictures.pending.length > 0}>
      <Choice
        labelled
        label={words.category}
        value={draft.category}
        options={[...(mayPin ? [PostCategory.NOTICE] : []), ...categories].map(
          (category) => [category, wordsOf(categoryWords)[category]] as const,
        )}
        onChange={(category) => set({ category })}
      />
      <TextField label={words.title} required {...text("title")} />
      <TextArea label={words.content} required rows={12} {...text("content")} />
      <div className="stack">
        <PictureStrip
          uploaded={draft.pictures}
          pictures={pictures}
          onRemove={({ fileId }) => set({ pictures: draft.pictures.filter((picture) => picture.fileId !== fileId) })}
        />
        <div className="row">
          <PictureInput className="button button-plain button-medium" several disabled={pictures.isFull} onChoose={pictures.add}>
            <Icon name="albums" size={20} />
            {wordsOf(uploadWords).add}
          </PictureInput>
          <span className="small soft only-pointer">{wordsOf(uploadWords).drop}</span>
        </div>
      </div>
      {mayPin && <Switch label={words.pin} on={draft.isPinned} onChange={(isPinned) => set({ isPinned })} />}
    </Form>
  );
}
