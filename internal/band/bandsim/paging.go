package bandsim

import "strconv"

const pageSize = 20

// pager cuts a page out of a list whose items have numbers that only rise or only fall.
type pager struct {
	// cursor and number turn an item's number into "after" and back.
	cursor func(no uint64) string
	number func(after string) (uint64, bool)
	// next is what next_params has beside after.
	next map[string]any
	// falling tells that the numbers of the items fall.
	falling bool
}

// keyPager has keys of a kind as cursors.
func (c *call) keyPager(of kind, next map[string]any) pager {
	return pager{
		cursor: func(no uint64) string { return c.keys.key(of, 0, no) },
		number: func(after string) (uint64, bool) { _, no, ok := c.keys.open(of, after); return no, ok },
		next:   next,
	}
}

// photoPager has numbers as cursors, as Band's photos do.
func photoPager(next map[string]any) pager {
	return pager{
		cursor: func(no uint64) string { return strconv.FormatUint(no, 10) },
		number: func(after string) (uint64, bool) { no, err := strconv.ParseUint(after, 10, 64); return no, err == nil },
		next:   next,
	}
}

// limitParams are what next_params of posts and comments hold, the caller's token among them.
func (c *call) limitParams() map[string]any {
	next := map[string]any{"band_key": c.form.Get("band_key"), "access_token": c.form.Get("access_token")}
	if c.knobs.LimitIsNumber {
		next["limit"] = c.limit()
	} else {
		next["limit"] = strconv.Itoa(c.limit())
	}
	return next
}

func (c *call) limit() int {
	if n, err := strconv.Atoi(c.form.Get("limit")); c.knobs.LimitHonoured && err == nil && n >= 1 && n <= 100 {
		return n
	}
	return pageSize
}

// list answers with the page of items after the cursor of the call. Items come in order; show makes the JSON of one.
func list[T any](c *call, p pager, items []T, number func(T) uint64, show func(T) map[string]any) reply {
	if after := c.form.Get("after"); after != "" {
		no, ok := p.number(after)
		if !ok {
			return refuse(codeInvalidParameters)
		}
		for len(items) > 0 && (number(items[0]) == no || (number(items[0]) > no) == p.falling) {
			items = items[1:]
		}
	}
	shown := []map[string]any{}
	for _, item := range items[:min(len(items), c.limit())] {
		shown = append(shown, show(item))
	}
	paging := map[string]any{"previous_params": nil, "next_params": nil}
	switch {
	case len(items) > len(shown):
		p.next["after"] = p.cursor(number(items[len(shown)-1]))
		paging["next_params"] = p.next
	case c.knobs.LastPage == LastPageAbsent:
		delete(paging, "next_params")
	case c.knobs.LastPage == LastPageEmpty:
		paging["next_params"] = map[string]any{}
	}
	data := map[string]any{"paging": paging, "items": shown}
	if len(shown) == 0 && c.knobs.ItemsAbsentWhenEmpty {
		delete(data, "items")
	}
	return success(data)
}
