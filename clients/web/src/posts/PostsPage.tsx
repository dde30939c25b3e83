import { useInfiniteQuery } from "@connectrpc/connect-query";
import { type Post, PostCategory, PostService } from "@dongbaejul/client";
import { useClubEvent } from "@dongbaejul/client/react";
import { useState } from "react";
import { itemsOf, Unread } from "../club/queries";
import { nameOf } from "../format/names";
import { useSettled } from "../hooks/useSettled";
import { pathTo } from "../router/paths";
import { go, Link, useSearchParams } from "../router/router";
import { Ago } from "../shell/Ago";
import { Page } from "../shell/Page";
import { Badge } from "../ui/Badge";
import { Button, ButtonLink } from "../ui/Button";
import { Choice, TextField } from "../ui/Field";
import { Icon } from "../ui/Icon";
import { More } from "../ui/More";
import { Empty } from "../ui/State";
import { categoryWords } from "./words";
import "./PostsPage.css";

const categories = [
  PostCategory.UNSPECIFIED,
  PostCategory.NOTICE,
  PostCategory.FREE,
  PostCategory.QUESTION,
  PostCategory.MARKET,
  PostCategory.GALLERY,
  PostCategory.BAND,
];

/** The notice board. */
export function PostsPage() {
  const query = useSearchParams();
  const category: PostCategory = Number(query.get("category") ?? 0) as PostCategory;
  const search = query.get("search") ?? "";
  const { list, posts } = usePosts(category, useSettled(search.trim(), 250));
  const [news, setNews] = useState(0);
  useClubEvent("postCreated", () => setNews((count) => count + 1));
  const reload = () => {
    setNews(0);
    void list.refetch();
  };
  return (
    <Page
      title="게시판"
      actions={
        <ButtonLink look="primary" size="small" icon="edit" href={pathTo("newPost")}>
          글쓰기
        </ButtonLink>
      }
    >
      <div className="stack">
        <Choice
          label="분류"
          value={category}
          options={categories.map((c) => [c, categoryWords[c] || "전체"] as const)}
          onChange={(c) => look(c, search)}
        />
        <div className="posts-tools">
          <TextField
            label="글 찾기"
            type="search"
            placeholder="제목과 내용에서 찾기"
            value={search}
            onChange={(event) => look(category, event.target.value)}
          />
          <ButtonLink icon="albums" href={pathTo("albums")}>
            사진첩
          </ButtonLink>
        </div>
        {news > 0 && (
          <Button look="quiet" onClick={reload}>
            새 글 {news}개 보기
          </Button>
        )}
        <List list={list} posts={posts} search={search} />
      </div>
    </Page>
  );
}

/** Shows other posts. What is looked for is in the address, so that it is there again when a post was read. */
function look(category: PostCategory, search: string) {
  const query = new URLSearchParams({ ...(category ? { category: String(category) } : {}), ...(search ? { search } : {}) });
  go(`${pathTo("posts")}?${query}`.replace(/\?$/, ""), { replace: true });
}

function usePosts(category: PostCategory, search: string) {
  const list = useInfiniteQuery(
    PostService.method.listPosts,
    { limit: 20, search, pageToken: "", ...(category ? { category } : {}) },
    { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined },
  );
  return { list, posts: list.data && itemsOf(list.data.pages, (page) => page.posts) };
}

function List({ list, posts, search }: ReturnType<typeof usePosts> & { search: string }) {
  if (!posts) return <Unread query={list} />;
  if (posts.length === 0) {
    return search ? (
      <Empty icon="search" title={`“${search}”이(가) 들어 있는 글이 없습니다.`} />
    ) : (
      <Empty icon="posts" title="아직 글이 없습니다.">
        <ButtonLink icon="edit" href={pathTo("newPost")}>
          글쓰기
        </ButtonLink>
      </Empty>
    );
  }
  return (
    <>
      <ul className="list card">
        {posts.map((post) => (
          <PostRow key={post.id} post={post} />
        ))}
      </ul>
      <More of={list} />
    </>
  );
}

function PostRow({ post }: { post: Post }) {
  return (
    <li className="list-item">
      <Link className="post-row" href={pathTo("post", { post: post.id })}>
        <span className="post-row-title">
          {post.isPinned && (
            <span className="post-row-pin">
              <Icon name="pin" size={16} />
              <span className="hidden-visually">고정된 글</span>
            </span>
          )}
          <Badge tone={post.category === PostCategory.NOTICE ? "accent" : "plain"}>{categoryWords[post.category]}</Badge>
          <span>{post.title}</span>
        </span>
        <span className="post-row-facts small soft">
          <span>{nameOf(post.author)}</span>
          <Ago time={post.createdAt} />
          <span className="number">조회 {post.viewCount}</span>
          {post.likeCount > 0 && <span className="number">좋아요 {post.likeCount}</span>}
          {post.commentCount > 0 && <span className="post-row-comments number">댓글 {post.commentCount}</span>}
        </span>
      </Link>
    </li>
  );
}
