package dongbaejul

import (
	_ "embed"
	"html/template"
	"net/http"
	"sync"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// signedIn is how a sign-in ended.
type signedIn struct {
	answer *v1.CompleteBandLoginResponse
	err    error
}

// callback is where the browser comes back to.
type callback struct {
	path, state string
	complete    func(code string) (*v1.CompleteBandLoginResponse, error)
	once        sync.Once
	done        chan signedIn
}

//go:embed callback.html
var callbackHTML string

func (c *callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	state := query.Get("state")
	if r.URL.Path != c.path || r.Method != http.MethodGet || state != "" && state != c.state {
		// Somebody else's doing: what is waited for may still come.
		http.NotFound(w, r)
		return
	}
	first := false
	c.once.Do(func() {
		first = true
		result := signedIn{err: ErrDeclined}
		if code := query.Get("code"); code != "" {
			result.answer, result.err = c.complete(code)
		}
		c.show(w, result)
		c.done <- result
	})
	if !first {
		http.Error(w, http.StatusText(http.StatusGone), http.StatusGone)
	}
}

// show tells the person at the browser how it ended.
func (*callback) show(w http.ResponseWriter, result signedIn) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	page := struct{ Name, Problem string }{Name: result.answer.GetUser().GetDisplayName()}
	if result.err != nil {
		page.Problem = Explain(result.err).Message
		w.WriteHeader(http.StatusForbidden)
	}
	_ = template.Must(template.New("callback").Parse(callbackHTML)).Execute(w, page)
}
