// Package pagination is the arithmetic of numbered lists, in one place: pages count from 1.
package pagination

import v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"

// defaultLimit is how many a page holds where the request does not say.
const defaultLimit = 20

// Page is one page of a list.
type Page struct {
	// Number is at least 1.
	Number int
	// Limit is the most the page holds, at least 1.
	Limit int
}

// Of returns the page a request asks for: the first, and 20 a page, where it does not say. That number and limit are within
// bounds is the contract's business.
func Of(number, limit *int32) Page {
	p := Page{Number: 1, Limit: defaultLimit}
	if number != nil && *number > 0 {
		p.Number = int(*number)
	}
	if limit != nil && *limit > 0 {
		p.Limit = int(*limit)
	}
	return p
}

// Offset is how many come before the page.
func (p Page) Offset() int { return (p.Number - 1) * p.Limit }

// More cuts found, which was asked for with one more than p.Limit, and reports whether more follow.
func More[T any](p Page, found []T) ([]T, bool) {
	if len(found) <= p.Limit {
		return found, false
	}
	return found[:p.Limit], true
}

// Info describes the page of a list of total.
func (p Page) Info(total int) *v1.PaginationInfo {
	pages := total / p.Limit
	if total%p.Limit > 0 {
		pages++
	}
	return &v1.PaginationInfo{Total: int32(total), Page: int32(p.Number), Pages: int32(pages), Limit: int32(p.Limit)}
}
