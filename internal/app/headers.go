package app

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/accept"
)

const (
	// answerTimeout is how long a client may take for an answer that is not a stream, from its first byte on.
	answerTimeout = time.Minute
	// slowestReader is how many bytes a second a client must read of a larger one, such as a picture of 10 MiB.
	slowestReader = 32 << 10
)

// timeToRead is how long a client may take for an answer with these headers.
func timeToRead(h http.Header) time.Duration {
	size, err := strconv.ParseInt(h.Get("Content-Length"), 10, 32)
	if err != nil {
		return answerTimeout
	}
	return max(answerTimeout, time.Duration(size/slowestReader)*time.Second)
}

// policy is what any page may load, but for its styles.
const policy = "default-src 'self'; base-uri 'self'; connect-src 'self' wss: https:; font-src 'self' https: data:; " +
	"form-action 'self'; frame-ancestors 'none'; img-src 'self' blob: data: https:; object-src 'none'; script-src 'self'; " +
	"script-src-attr 'none'"

// securityHeaders are what browsers are told about everything served here, as Helmet does. A page that needs more sets its
// own in their place.
var securityHeaders = map[string]string{
	"Content-Security-Policy":           policy + "; style-src 'self' https: 'unsafe-inline'",
	"Cross-Origin-Opener-Policy":        "same-origin",
	"Cross-Origin-Resource-Policy":      "same-origin",
	"Origin-Agent-Cluster":              "?1",
	"Referrer-Policy":                   "no-referrer",
	"Strict-Transport-Security":         "max-age=31536000; includeSubDomains",
	"X-Content-Type-Options":            "nosniff",
	"X-Dns-Prefetch-Control":            "off",
	"X-Download-Options":                "noopen",
	"X-Frame-Options":                   "DENY",
	"X-Permitted-Cross-Domain-Policies": "none",
	"X-Xss-Protection":                  "0",
}

func setSecurityHeaders(w http.ResponseWriter, r *http.Request) *http.Request {
	h := w.Header()
	for name, value := range securityHeaders {
		h.Set(name, value)
	}
	return r
}

// joinLines joins the lines of If-Match and If-None-Match: net/http reads the first only (RFC 9110 §5.3).
func joinLines(_ http.ResponseWriter, r *http.Request) *http.Request {
	for _, name := range [...]string{"If-Match", "If-None-Match"} {
		if lines := r.Header.Values(name); len(lines) > 1 {
			r.Header.Set(name, strings.Join(lines, ", "))
		}
	}
	return r
}

// negotiated replaces Accept-Encoding by what it says of gzip: connect reads names without their weights.
func negotiated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		coding := accept.Identity
		if len(accept.Codings(r.Header.Values("Accept-Encoding"), "gzip")) > 0 {
			coding = "gzip"
		}
		r.Header.Set("Accept-Encoding", coding)
		next.ServeHTTP(w, r)
	})
}

// unary keeps caches away from answers whose handler does not say otherwise, and tells them that an answer may be compressed.
func unary(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		completed := &headerWriter{ResponseWriter: w, complete: func(h http.Header) {
			if h.Get("Cache-Control") == "" {
				h.Set("Cache-Control", "no-store")
			}
			if !slices.Contains(h.Values("Vary"), "Accept-Encoding") {
				h.Add("Vary", "Accept-Encoding")
			}
		}}
		next.ServeHTTP(completed, r)
		if !completed.written {
			// An empty message is answered by writing nothing.
			completed.WriteHeader(http.StatusOK)
		}
	})
}

// setStreamHeaders keeps caches and proxies from holding a stream back: nginx buffers unless it is told not to, and others
// that compress collect enough to compress first.
func setStreamHeaders(w http.ResponseWriter, r *http.Request) *http.Request {
	h := w.Header()
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("X-Accel-Buffering", "no")
	return r
}

// headerWriter completes the header of an answer when it is written, after all that sets it: handlers add to what is there
// rather than replace it.
type headerWriter struct {
	http.ResponseWriter
	complete func(http.Header)
	written  bool
}

func (w *headerWriter) WriteHeader(status int) {
	// What comes before the answer (1xx) is none.
	if !w.written && status >= http.StatusOK {
		w.written = true
		w.complete(w.Header())
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *headerWriter) Write(p []byte) (int, error) {
	if !w.written {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// ReadFrom lets the kernel copy files.
func (w *headerWriter) ReadFrom(r io.Reader) (int64, error) {
	if !w.written {
		w.WriteHeader(http.StatusOK)
	}
	return io.Copy(w.ResponseWriter, r)
}

// Flush is what connect asks a writer for before it serves a stream.
func (w *headerWriter) Flush() { _ = w.FlushError() }

// FlushError is for http.ResponseController.
func (w *headerWriter) FlushError() error {
	if !w.written {
		w.WriteHeader(http.StatusOK)
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap is for http.ResponseController.
func (w *headerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
