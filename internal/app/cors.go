package app

import (
	"net/http"
	"slices"
	"strings"

	connectcors "connectrpc.com/cors"
	"github.com/rs/cors"

	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

// corsMaxAge is how long a browser may remember what it was allowed, in seconds; browsers take no more than that.
const corsMaxAge = 7200

// allowOrigins lets pages of the origins listed call with credentials. Others get no word of allowance, which is what
// browsers go by; requests without an Origin, of apps and tools, are none of its business.
func allowOrigins(origins []string) step {
	policy := cors.New(cors.Options{
		// A function, since the library takes an empty list for all origins and "*" in one for a pattern.
		AllowOriginFunc: func(origin string) bool { return slices.Contains(origins, origin) },
		AllowedMethods: append(connectcors.AllowedMethods(),
			http.MethodHead, http.MethodPut, http.MethodPatch, http.MethodDelete),
		AllowedHeaders: append(connectcors.AllowedHeaders(), "Authorization", rpc.UnknownFieldsHeader, "X-Request-Id"),
		ExposedHeaders: append(connectcors.ExposedHeaders(),
			"RateLimit-Limit", "RateLimit-Policy", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", "X-Request-Id"),
		AllowCredentials: true,
		MaxAge:           corsMaxAge,
	})
	return func(w http.ResponseWriter, r *http.Request) *http.Request {
		preflight := r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
		if preflight {
			orderRequestHeaders(r)
		}
		policy.HandlerFunc(w, r)
		if preflight {
			return nil
		}
		return r
	}
}

// orderRequestHeaders writes the headers that a preflight asks for as browsers do, in lower case and in order, which is what
// the library takes for granted (https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names): tools send what somebody
// typed.
func orderRequestHeaders(r *http.Request) {
	const name = "Access-Control-Request-Headers"
	asked := r.Header.Get(name)
	if asked == "" {
		return
	}
	headers := strings.Split(strings.ToLower(asked), ",")
	for i := range headers {
		headers[i] = strings.TrimSpace(headers[i])
	}
	slices.Sort(headers)
	r.Header.Set(name, strings.Join(slices.Compact(headers), ","))
}
