import type { Comment } from "@dongbaejul/client";
import { CreateCommentRequestLimits } from "@dongbaejul/client/gen/dongbaejul/v1/limits";
import { usePermission, useUserId } from "@dongbaejul/client/react";
import { type FormEvent, type ReactNode, useState } from "react";
import { useClient } from "../club/client";
import { useAction, useRequestId } from "../club/useAction";
import { useDraft, useHasDraft } from "../drafts/useDraft";
import { nameOf } from "../format/names";
import { useWords } from "../language/language";
import { Ago } from "../shell/Ago";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { Confirm } from "../ui/Dialog";
import { TextArea } from "../ui/Field";
import { FaultNote } from "../ui/State";
import { FoldedText } from "../ui/Text";
import { postWords } from "./words";

interface CommentsProps {
  postId: string;
  /** How many comments are not deleted. */
  count: number;
  /** The oldest first; not all, if there are many. */
  comments: readonly Comment[];
  /** Is called when a comment was written. */
  onWritten: () => void;
  /** Is called when a comment was answered, edited or deleted. */
  onChange: () => void;
  /** What loads the comments that are not here yet. */
  children?: ReactNode;
}

/** The comments of a post, with answers below the comments they answer. */
export function Comments({ postId, count, comments, onWritten, onChange, children }: CommentsProps) {
  const words = useWords(postWords);
  const known = new Set(comments.map((comment) => comment.id));
  const threads = comments.filter((comment) => !known.has(comment.parentId));
  return (
    <section className="stack" aria-labelledby="comments">
      <h2 id="comments">
        {words.comments} <span className="soft number">{count}</span>
      </h2>
      {threads.length > 0 && (
        <ul className="card comments">
          {threads.map((comment) => (
            <Thread key={comment.id} comment={comment} comments={comments} onChange={onChange} />
          ))}
        </ul>
      )}
      {children}
      <CommentForm postId={postId} label={words.writeComment} onDone={onWritten} />
    </section>
  );
}

interface ThreadProps {
  comment: Comment;
  comments: readonly Comment[];
  onChange: () => void;
}

function Thread({ comment, comments, onChange }: ThreadProps) {
  const words = useWords(postWords);
  const hasDraft = useHasDraft();
  const [open, setOpen] = useState<"answer" | "edit" | undefined>(() =>
    hasDraft(draftName({ editing: comment })) ? "edit" : hasDraft(draftName({ parentId: comment.id })) ? "answer" : undefined,
  );
  const answers = comments.filter(({ parentId }) => parentId === comment.id);
  const done = () => {
    setOpen(undefined);
    onChange();
  };
  return (
    <li className="comment">
      {comment.deleted ? (
        <p className="soft small">{words.commentDeleted}</p>
      ) : (
        <>
          <div className="comment-header small">
            <Avatar size="small" name={nameOf(comment.author)} src={comment.author?.avatar ?? ""} />
            <strong>{nameOf(comment.author)}</strong>
            <span className="soft">
              <Ago time={comment.createdAt} />
              {comment.updatedAt && ` ${words.edited}`}
            </span>
          </div>
          {open === "edit" ? (
            <CommentForm
              postId={comment.postId}
              label={words.editComment}
              editing={comment}
              onDone={done}
              onCancel={() => setOpen(undefined)}
            />
          ) : (
            <FoldedText>{comment.content}</FoldedText>
          )}
          <CommentActions comment={comment} onAnswer={() => setOpen("answer")} onEdit={() => setOpen("edit")} onChange={onChange} />
        </>
      )}
      {open === "answer" && (
        <CommentForm
          postId={comment.postId}
          label={words.writeAnswer}
          parentId={comment.id}
          onDone={done}
          onCancel={() => setOpen(undefined)}
        />
      )}
      {answers.length > 0 && (
        <ul className="comment-answers">
          {answers.map((answer) => (
            <Thread key={answer.id} comment={answer} comments={comments} onChange={onChange} />
          ))}
        </ul>
      )}
    </li>
  );
}

function CommentActions({
  comment,
  onAnswer,
  onEdit,
  onChange,
}: {
  comment: Comment;
  onAnswer: () => void;
  onEdit: () => void;
  onChange: () => void;
}) {
  const words = useWords(postWords);
  const client = useClient();
  const mine = useUserId() === comment.author?.userId;
  const moderate = usePermission("posts.moderate");
  const [asking, setAsking] = useState(false);
  const remove = useAction(async () => {
    await client.posts.deleteComment({ postId: comment.postId, commentId: comment.id });
    setAsking(false);
    onChange();
  });
  return (
    <div className="comment-actions">
      <Button size="small" look="quiet" onClick={onAnswer}>
        {words.answer}
      </Button>
      {mine && !comment.fromBand && (
        <Button size="small" look="quiet" onClick={onEdit}>
          {words.edit}
        </Button>
      )}
      {(mine || moderate) && !comment.fromBand && (
        <Button size="small" look="quiet" onClick={() => setAsking(true)}>
          {words.remove}
        </Button>
      )}
      {asking && (
        <Confirm
          title={words.removeCommentAsk}
          action={words.remove}
          busy={remove.busy}
          onClose={() => setAsking(false)}
          onConfirm={() => void remove.run()}
        >
          <p>{remove.fault?.message ?? words.irreversible}</p>
        </Confirm>
      )}
    </div>
  );
}

interface CommentFormProps {
  postId: string;
  label: string;
  parentId?: string;
  editing?: Comment;
  onDone: () => void;
  onCancel?: () => void;
}

/** Drafts are stored per post, per comment that is answered, and per comment that is edited. */
function draftName({ postId, parentId, editing }: Partial<Pick<CommentFormProps, "postId" | "parentId" | "editing">>): string {
  return editing ? `comment.${editing.id}` : parentId ? `comment.to.${parentId}` : `comment.on.${postId}`;
}

function CommentForm({ postId, label, parentId, editing, onDone, onCancel }: CommentFormProps) {
  const words = useWords(postWords);
  const client = useClient();
  const requestId = useRequestId();
  const draft = useDraft(draftName({ postId, ...(parentId ? { parentId } : {}), ...(editing ? { editing } : {}) }), editing?.content ?? "");
  const [written, setWritten] = useState(0);
  const content = draft.value;
  const save = useAction(async () => {
    if (editing) await client.posts.updateComment({ postId, commentId: editing.id, content });
    // The same text may be posted twice, but not by one tap.
    else
      await client.posts.createComment({ postId, content, requestId: requestId({ content, written }), ...(parentId ? { parentId } : {}) });
    draft.sent(content);
    setWritten(written + 1);
    onDone();
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    void save.run();
  };
  return (
    <form className="comment-form" onSubmit={send}>
      <TextArea
        label={label}
        rows={3}
        required
        maxLength={CreateCommentRequestLimits.content}
        value={content}
        onChange={(event) => draft.set(event.target.value)}
      />
      <FaultNote fault={save.fault} />
      <div className="row">
        <Button type="submit" look="primary" size="small" busy={save.busy} disabled={content.trim() === ""}>
          {editing ? words.save : words.add}
        </Button>
        {onCancel && (
          <Button
            size="small"
            onClick={() => {
              draft.clear();
              onCancel();
            }}
          >
            {words.cancel}
          </Button>
        )}
      </div>
    </form>
  );
}
