package band

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const (
	// maxPages ends a list that would never end; a page is twenty items.
	maxPages = 10_000
	// maxExtra and maxExtraLength bound what is taken over from next_params.
	maxExtra       = 16
	maxExtraLength = 4096
)

var errEndless = errors.New("the list does not end")

type pageWire[W any] struct {
	Paging object[struct {
		Next object[map[string]json.RawMessage] `json:"next_params"`
	}] `json:"paging"`
	Items list[W] `json:"items"`
	// Members is where a partner's list of members may have its items.
	Members list[W] `json:"members"`
}

// pages yields the items of a paged list, reading the next page when the items of one are used up. A page that fails is yielded once as
// an error, and ends the list. Each range over the sequence begins at the first page.
//
// The list ends where next_params is missing, empty or without a new "after", or where a page has no items.
func pages[W, T any](ctx context.Context, c *Client, token Secret, path string, own url.Values, item func(W) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		seen, params := map[string]bool{}, own
		for range maxPages {
			data, err := c.get(ctx, token, path, params)
			if err != nil {
				yield(*new(T), err)
				return
			}
			page := decode[pageWire[W]](data)
			items := append(page.Items, page.Members...)
			for _, entry := range items {
				if !yield(item(entry.value), nil) {
					return
				}
			}
			params = nextParams(own, page.Paging.value.Next.value)
			after := params.Get("after")
			if len(items) == 0 || after == "" || seen[after] {
				return
			}
			seen[after] = true
		}
		yield(*new(T), &Error{Op: request{method: http.MethodGet, path: path}.op(), outcome: abandoned, cause: errEndless})
	}
}

// ours are the parameters this package sets, or leaves out, by itself: next_params has no say in them.
var ours = []string{"access_token", "band_key", "locale", "photo_album_key", "post_key", "sort"}

// nextParams are the parameters of the page after one with the given next_params: our own, its "after", and what else it has that we do
// not know. So the token in next_params is never used, and a page cannot lead into another band.
func nextParams(own url.Values, next map[string]json.RawMessage) url.Values {
	params := url.Values{}
	take := func(key string) {
		var value text
		if raw := next[key]; len(raw) <= maxExtraLength && json.Unmarshal(raw, &value) == nil && value != "" {
			params.Set(key, string(value))
		}
	}
	take("after")
	for key := range next {
		if len(params) < maxExtra && len(key) <= maxExtraLength && !slices.Contains(ours, strings.ToLower(key)) {
			take(key)
		}
	}
	maps.Copy(params, own)
	return params
}
