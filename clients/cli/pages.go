package main

import (
	"context"
	"iter"

	"github.com/spf13/cobra"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// pageSize is the longest page of the server.
const pageSize = 100

// page asks for one page of a list: the first one, or the one that a token names. next is the token of the page after it, empty
// if there is none. info may be nil but for the first page.
type page[M any] func(ctx context.Context, token string, limit int32) (things []M, next string, info *v1.PaginationInfo, err error)

// pages returns a list page by page, at most limit things of it where that is not 0.
func pages[M any](ctx context.Context, limit int, ask page[M]) iter.Seq2[[]M, error] {
	return func(yield func([]M, error) bool) {
		size := pageSize
		if limit > 0 && limit < size {
			size = limit
		}
		left := limit
		for token := ""; ; {
			things, next, _, err := ask(ctx, token, int32(size))
			if err != nil {
				yield(nil, err)
				return
			}
			if limit > 0 && len(things) > left {
				things = things[:left]
			}
			left -= len(things)
			if !yield(things, nil) || limit > 0 && left <= 0 || next == "" {
				return
			}
			token = next
		}
	}
}

// collect returns a list at once, with how many there are in all.
func collect[M any](ctx context.Context, limit int, ask page[M]) (all []M, info *v1.PaginationInfo, err error) {
	counting := func(ctx context.Context, token string, size int32) ([]M, string, *v1.PaginationInfo, error) {
		things, next, now, err := ask(ctx, token, size)
		if now != nil {
			info = now
		}
		return things, next, now, err
	}
	for things, err := range pages(ctx, limit, counting) {
		if err != nil {
			return nil, nil, err
		}
		all = append(all, things...)
	}
	return all, &v1.PaginationInfo{Total: info.GetTotal(), Page: 1, Pages: 1, Limit: int32(len(all))}, nil
}

// limitFlag adds how much of a list to show.
func limitFlag(c *cobra.Command) *int {
	return c.Flags().IntP("limit", "n", 50, "how many to show at most; 0 for all")
}

// more says that a list goes on.
func (d *dbj) more(shown int, info *v1.PaginationInfo) {
	if left := int(info.GetTotal()) - shown; left > 0 && d.format == asTable {
		d.status.say("%d개 더 있습니다: --limit", "%d more: --limit", left)
	}
}
