import { type Comment, nameOf } from "@dongbaejul/client";
import { CreateCommentRequestLimits } from "@dongbaejul/client/gen/dongbaejul/v1/limits";
import { usePermission, useUserId } from "@dongbaejul/client/react";
import { type FormEvent, type ReactNode, useState } from "react";
import { useClient } from "../club/client";
import { useAction, useRequestId } from "../club/useAction";
import { Ago } from "../shell/Ago";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { TextArea } from "../ui/Field";
import { FaultNote } from "../ui/State";
import { Text } from "../ui/Text";

interface CommentsProps {
  postId: string;
  /** How many there are that are not deleted. */
  count: number;
  /** The oldest first; not all of them where there are many. */
  comments: readonly Comment[];
  /** One was written. */
  onWritten: () => void;
  /** One was answered, changed or deleted. */
  onChange: () => void;
  /** What leads to the comments that are not here. */
  children?: ReactNode;
}

/** What people say about a post; answers stand under what they answer. */
export function Comments({ postId, count, comments, onWritten, onChange, children }: CommentsProps) {
  const known = new Set(comments.map((comment) => comment.id));
  const threads = comments.filter((comment) => !known.has(comment.parentId));
  return (
    <section className="stack" aria-labelledby="comments">
      <h2 id="comments">
        댓글 <span className="soft number">{count}</span>
      </h2>
      {threads.length > 0 && (
        <ul className="card comments">
          {threads.map((comment) => (
            <Thread key={comment.id} comment={comment} comments={comments} onChange={onChange} />
          ))}
        </ul>
      )}
      {children}
      <CommentForm key={count} postId={postId} label="댓글 쓰기" onDone={onWritten} />
    </section>
  );
}

interface ThreadProps {
  comment: Comment;
  comments: readonly Comment[];
  onChange: () => void;
}

function Thread({ comment, comments, onChange }: ThreadProps) {
  const [open, setOpen] = useState<"answer" | "edit">();
  const answers = comments.filter(({ parentId }) => parentId === comment.id);
  const done = () => {
    setOpen(undefined);
    onChange();
  };
  return (
    <li className="comment">
      {comment.deleted ? (
        <p className="soft small">삭제된 댓글입니다.</p>
      ) : (
        <>
          <div className="comment-header small">
            <Avatar size="small" name={nameOf(comment.author)} src={comment.author?.avatar ?? ""} />
            <strong>{nameOf(comment.author)}</strong>
            <span className="soft">
              <Ago time={comment.createdAt} />
              {comment.updatedAt && " (수정됨)"}
            </span>
          </div>
          {open === "edit" ? (
            <CommentForm postId={comment.postId} label="댓글 수정" editing={comment} onDone={done} onCancel={() => setOpen(undefined)} />
          ) : (
            <Text>{comment.content}</Text>
          )}
          <CommentActions comment={comment} onAnswer={() => setOpen("answer")} onEdit={() => setOpen("edit")} onChange={onChange} />
        </>
      )}
      {open === "answer" && (
        <CommentForm postId={comment.postId} label="답글 쓰기" parentId={comment.id} onDone={done} onCancel={() => setOpen(undefined)} />
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
  const client = useClient();
  const mine = useUserId() === comment.author?.userId;
  const moderate = usePermission("posts.moderate");
  const remove = useAction(async () => {
    await client.posts.deleteComment({ postId: comment.postId, commentId: comment.id });
    onChange();
  });
  return (
    <div className="comment-actions">
      <Button size="small" look="quiet" onClick={onAnswer}>
        답글
      </Button>
      {mine && (
        <Button size="small" look="quiet" onClick={onEdit}>
          수정
        </Button>
      )}
      {(mine || moderate) && (
        <Button size="small" look="quiet" busy={remove.busy} onClick={() => void remove.run()}>
          삭제
        </Button>
      )}
      <FaultNote fault={remove.fault} />
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

function CommentForm({ postId, label, parentId, editing, onDone, onCancel }: CommentFormProps) {
  const client = useClient();
  const requestId = useRequestId();
  const [content, setContent] = useState(editing?.content ?? "");
  const save = useAction(async () => {
    if (editing) await client.posts.updateComment({ postId, commentId: editing.id, content });
    else await client.posts.createComment({ postId, content, requestId: requestId({ content }), ...(parentId ? { parentId } : {}) });
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
        onChange={(event) => setContent(event.target.value)}
      />
      <FaultNote fault={save.fault} />
      <div className="row">
        <Button type="submit" look="primary" size="small" busy={save.busy} disabled={content.trim() === ""}>
          {editing ? "저장" : "등록"}
        </Button>
        {onCancel && (
          <Button size="small" onClick={onCancel}>
            취소
          </Button>
        )}
      </div>
    </form>
  );
}
