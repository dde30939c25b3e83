package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

func (d *dbj) posts() *cobra.Command {
	c := d.listPosts()
	c.Use, c.Short = "posts", "Read the notice board"
	c.AddCommand(d.listPosts(), d.showPost())
	return c
}

func (d *dbj) listPosts() *cobra.Command {
	var category, search string
	var pinned bool
	c := &cobra.Command{Use: "list", Short: "List posts, the pinned and then the newest first", Args: cobra.NoArgs}
	limit := limitFlag(c)
	c.Flags().StringVar(&category, "category", "", strings.Join(words[v1.PostCategory](), ", "))
	c.Flags().StringVar(&search, "search", "", "any part of title or content")
	c.Flags().BoolVar(&pinned, "pinned", false, "only pinned posts")
	complete(c, "category", words[v1.PostCategory]()...)
	c.RunE = func(c *cobra.Command, _ []string) error {
		of, err := parseWord[v1.PostCategory]("category", category)
		if err != nil {
			return err
		}
		req := &v1.ListPostsRequest{Category: of, Search: search}
		if c.Flags().Changed("pinned") {
			req.Pinned = &pinned
		}
		posts, info, err := collect(c.Context(), *limit, d.postPages(req))
		if err != nil {
			return err
		}
		defer d.more(len(posts), info)
		text := d.lang.text
		return list(&d.printer, &v1.ListPostsResponse{Posts: posts, Pagination: info}, posts,
			row{text("날짜", "date"), text("분류", "category"), "", text("제목", "title"), text("글쓴이", "author"), text("좋아요", "likes"), text("댓글", "comments"), "id"},
			func(p *v1.Post) row {
				pin := ""
				if p.GetIsPinned() {
					pin = text("고정", "pinned")
				}
				return row{
					when(p.GetCreatedAt()), d.lang.called(p.GetCategory()), pin, p.GetTitle(), d.lang.name(p.GetAuthor()),
					p.GetLikeCount(), p.GetCommentCount(), p.GetId(),
				}
			})
	}
	return c
}

// postPages asks for posts as req does, page by page.
func (d *dbj) postPages(req *v1.ListPostsRequest) page[*v1.Post] {
	return func(ctx context.Context, token string, limit int32) ([]*v1.Post, string, *v1.PaginationInfo, error) {
		req.PageToken, req.Limit = &token, &limit
		answer, err := ask(ctx, d, d.client.Posts.ListPosts, req)
		return answer.GetPosts(), answer.GetNextPageToken(), answer.GetPagination(), err
	}
}

func (d *dbj) showPost() *cobra.Command {
	return &cobra.Command{
		Use:   "show POST",
		Short: "Show a post with its comments; it counts as read",
		Args:  cobra.ExactArgs(1),
		ValidArgsFunction: d.offered(func(ctx context.Context, _ []string) ([]named, error) {
			return d.namedPosts(ctx, pageSize)
		}),
		RunE: d.byID(d.postID, func(c *cobra.Command, id string) error {
			answer, err := wholePost(c.Context(), d, id)
			if err != nil {
				return err
			}
			show := d.post
			if d.format != asTable {
				show = func(answer *v1.GetPostResponse) error { return d.document(answer) }
			}
			if err := show(answer); err != nil {
				return err
			}
			if _, err := ask(c.Context(), d, d.client.Posts.MarkPostRead, &v1.MarkPostReadRequest{PostId: id}); err != nil {
				message := clean(d.explain(err).message)
				d.status.say("읽음으로 표시하지 못했습니다: %s", "The post could not be marked as read: %s", message)
			}
			return nil
		}),
	}
}

// wholePost reads a post with all its comments, page by page.
func wholePost(ctx context.Context, d *dbj, postID string) (*v1.GetPostResponse, error) {
	answer, err := ask(ctx, d, d.client.Posts.GetPost, &v1.GetPostRequest{PostId: postID})
	if err != nil {
		return nil, err
	}
	for answer.GetNextPageToken() != "" {
		page, err := ask(ctx, d, d.client.Posts.ListComments, &v1.ListCommentsRequest{PostId: postID, PageToken: &answer.NextPageToken})
		if err != nil {
			return nil, err
		}
		answer.Comments = append(answer.Comments, page.GetComments()...)
		answer.NextPageToken = page.GetNextPageToken()
	}
	return answer, nil
}

// post prints a post and its comments for people.
func (d *dbj) post(answer *v1.GetPostResponse) error {
	p := answer.GetPost()
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n%s · %s · %s · %s %d\n\n", clean(p.GetTitle()), d.lang.called(p.GetCategory()),
		clean(d.lang.name(p.GetAuthor())), when(p.GetCreatedAt()), d.lang.text("좋아요", "likes"), p.GetLikeCount())
	for _, line := range cleanLines(p.GetContent()) {
		fmt.Fprintln(&out, line)
	}
	for _, file := range p.GetAttachments() {
		fmt.Fprintf(&out, "\n+ %s %s\n", clean(file.GetName()), clean(file.GetUrl()))
	}
	for _, comment := range answer.GetComments() {
		indent := ""
		if comment.GetParentId() != "" {
			indent = "    "
		}
		fmt.Fprintf(&out, "\n%s%s · %s\n", indent, clean(d.lang.name(comment.GetAuthor())), when(comment.GetCreatedAt()))
		if comment.GetDeleted() {
			fmt.Fprintln(&out, indent+d.lang.text("(삭제된 댓글)", "(deleted)"))
			continue
		}
		for _, line := range cleanLines(comment.GetContent()) {
			fmt.Fprintln(&out, indent+line)
		}
	}
	_, err := d.out.Write([]byte(out.String()))
	return err
}
