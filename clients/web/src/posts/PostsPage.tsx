import { useInfiniteQuery } from "@connectrpc/connect-query";
import { type Post, PostCategory, PostService } from "@dongbaejul/client";
import { useClubEvent } from "@dongbaejul/client/react";
import { useState } from "react";
import { itemsOf, Unread } from "../club/queries";
import { nameOf } from "../format/names";
import { useSettled } from "../hooks/useSettled";
import { useWords, wordsOf } from "../language/language";
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
import { categoryWords, postWords } from "./words";
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
  const words = useWords(postWords);
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
      title={words.board}
      actions={
        <ButtonLink look="primary" size="small" icon="edit" href={pathTo("newPost")}>
          {words.write}
        </ButtonLink>
      }
    >
      <div className="stack">
        <Choice
          label={words.category}
          value={category}
          options={categories.map((c) => [c, wordsOf(categoryWords)[c] || words.all] as const)}
          onChange={(c) => look(c, search)}
        />
        <div className="posts-tools">
          <TextField
            label={words.search}
            type="search"
            placeholder={words.searchHint}
            value={search}
            onChange={(event) => look(category, event.target.value)}
          />
          <ButtonLink icon="albums" href={pathTo("albums")}>
            {words.albums}
          </ButtonLink>
        </div>
        {news > 0 && (
          <Button look="quiet" onClick={reload}>
            {words.showNew(news)}
          </Button>
        )}
        <List list={list} posts={posts} search={search} />
      </div>
    </Page>
  );
}

/** Shows other posts. The search is in the address, so that it is still there after a post was read. */
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
  const words = useWords(postWords);
  if (!posts) return <Unread query={list} />;
  if (posts.length === 0) {
    return search ? (
      <Empty icon="search" title={words.noMatch(search)} />
    ) : (
      <Empty icon="posts" title={words.none}>
        <ButtonLink icon="edit" href={pathTo("newPost")}>
          {words.write}
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
  const words = useWords(postWords);
  return (
    <li className="list-item">
      <Link className="post-row" href={pathTo("post", { post: post.id })}>
        <span className="post-row-title">
          {post.isPinned && (
            <span className="post-row-pin">
              <Icon name="pin" size={16} />
              <span className="hidden-visually">{words.pinnedPost}</span>
            </span>
          )}
          <Badge tone={post.category === PostCategory.NOTICE ? "accent" : "plain"}>{wordsOf(categoryWords)[post.category]}</Badge>
          <span>{post.title}</span>
        </span>
        <span className="post-row-facts small soft">
          <span>{nameOf(post.author)}</span>
          <Ago time={post.createdAt} />
          <span className="number">{words.views(post.viewCount)}</span>
          {post.likeCount > 0 && <span className="number">{words.likes(post.likeCount)}</span>}
          {post.commentCount > 0 && <span className="post-row-comments number">{words.commentCount(post.commentCount)}</span>}
        </span>
      </Link>
    </li>
  );
}
