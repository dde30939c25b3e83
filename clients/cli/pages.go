package main

import (
	"context"
	"iter"

	"github.com/spf13/cobra"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// pageSize is the most that the server gives at once.
const pageSize = 100

// page asks for one page of a list, from 1.
type page[M any] func(ctx context.Context, page, limit int32) ([]M, *v1.PaginationInfo, error)

// pages gives a list page by page, at most limit things of it where that is not 0.
func pages[M any](ctx context.Context, limit int, ask page[M]) iter.Seq2[[]M, error] {
	return func(yield func([]M, error) bool) {
		size := pageSize
		if limit > 0 && limit < size {
			size = limit
		}
		left := limit
		for n := int32(1); ; n++ {
			things, info, err := ask(ctx, n, int32(size))
			if err != nil {
				yield(nil, err)
				return
			}
			if limit > 0 && len(things) > left {
				things = things[:left]
			}
			left -= len(things)
			if !yield(things, nil) || limit > 0 && left <= 0 || n >= info.GetPages() {
				return
			}
		}
	}
}

// collect gives a list at once, with how many there are in all.
func collect[M any](ctx context.Context, limit int, ask page[M]) (all []M, info *v1.PaginationInfo, err error) {
	counting := func(ctx context.Context, n, size int32) ([]M, *v1.PaginationInfo, error) {
		things, last, err := ask(ctx, n, size)
		info = last
		return things, last, err
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
