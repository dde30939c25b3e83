package pagination_test

import (
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/pagination"
)

func TestPages(t *testing.T) {
	n := func(v int32) *int32 { return &v }
	for _, tt := range []struct {
		number, limit *int32
		total         int
		offset        int
		pages         int32
	}{
		{nil, nil, 0, 0, 0},
		{nil, nil, 1, 0, 1},
		{nil, nil, 20, 0, 1},
		{nil, nil, 21, 0, 2},
		{n(1), n(1), 3, 0, 3},
		{n(3), n(50), 120, 100, 3},
		{n(9), n(100), 7, 800, 1},
		{n(1000000), n(100), 100, 99999900, 1},
	} {
		p := pagination.Of(tt.number, tt.limit)
		info := p.Info(tt.total)
		if p.Offset() != tt.offset || info.Pages != tt.pages {
			t.Errorf("%+v of %d: offset %d, pages %d; want %d, %d", p, tt.total, p.Offset(), info.Pages, tt.offset, tt.pages)
		}
		if int(info.Total) != tt.total || int(info.Page) != p.Number || int(info.Limit) != p.Limit {
			t.Errorf("%+v of %d: %v", p, tt.total, info)
		}
	}
	if p := pagination.Of(nil, nil); p != (pagination.Page{Number: 1, Limit: 20}) {
		t.Errorf("a request that says nothing gets %+v", p)
	}
}

func TestMore(t *testing.T) {
	p := pagination.Page{Number: 2, Limit: 2}
	for _, tt := range []struct {
		found, want string
		more        bool
	}{{"", "", false}, {"a", "a", false}, {"ab", "ab", false}, {"abc", "ab", true}} {
		if got, more := pagination.More(p, []byte(tt.found)); string(got) != tt.want || more != tt.more {
			t.Errorf("of %q: %q, %t", tt.found, got, more)
		}
	}
}
