// Package blobtest runs an object store that speaks the protocol of S3, for tests.
package blobtest

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

const (
	bucket    = "uploads"
	region    = "ap-northeast-2"
	accessKey = "key"
	secretKey = "secret"
)

// Store is an object store with one bucket.
type Store struct {
	t       testing.TB
	backend *s3mem.Backend
	server  *httptest.Server
	// URL is that of the bucket, as package blob takes it.
	URL string
}

// Start returns an object store that runs until the test has ended. It sets the keys of the test's process, so that the test must not be
// parallel.
func Start(t testing.TB) *Store {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", accessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", secretKey)
	backend := s3mem.New()
	if err := backend.CreateBucket(bucket); err != nil {
		t.Fatal(err)
	}
	protocol := gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server()
	s := &Store{t: t, backend: backend, server: httptest.NewServer(signedOnly(protocol))}
	t.Cleanup(s.server.Close)
	s.URL = "s3://" + bucket + "?region=" + region + "&endpoint=" + url.QueryEscape(s.server.URL)
	return s
}

// Keys are those of all objects.
func (s *Store) Keys() []string {
	s.t.Helper()
	list, err := s.backend.ListBucket(bucket, nil, gofakes3.ListBucketPage{})
	if err != nil {
		s.t.Fatal(err)
	}
	var keys []string
	for _, object := range list.Contents {
		keys = append(keys, object.Key)
	}
	return keys
}

// signedOnly refuses what gofakes3 does not look at: a request without a signature, and one by a signed URL that has expired or that is not
// what was signed.
func signedOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		at, err := time.Parse("20060102T150405Z", q.Get("X-Amz-Date"))
		seconds, _ := strconv.Atoi(q.Get("X-Amz-Expires"))
		switch {
		case !q.Has("X-Amz-Signature") && r.Header.Get("Authorization") == "":
			http.Error(w, "AccessDenied", http.StatusForbidden)
		case !q.Has("X-Amz-Signature"):
			next.ServeHTTP(w, r)
		case err != nil || time.Now().After(at.Add(time.Duration(seconds)*time.Second)):
			http.Error(w, "Request has expired", http.StatusForbidden)
		case signature(r, at) != q.Get("X-Amz-Signature"):
			http.Error(w, "SignatureDoesNotMatch", http.StatusForbidden)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// signature is what the request would be signed with if it was one that the holder of the keys has signed.
func signature(r *http.Request, at time.Time) string {
	q := r.URL.Query()
	signed := strings.Split(q.Get("X-Amz-SignedHeaders"), ";")
	for _, added := range []string{"Algorithm", "Credential", "Date", "SignedHeaders", "Signature"} {
		q.Del("X-Amz-" + added)
	}
	again := &http.Request{Method: r.Method, Host: r.Host, Header: make(http.Header), URL: &url.URL{
		Scheme: "http", Host: r.Host, Path: r.URL.Path, RawQuery: q.Encode(),
	}}
	for _, name := range signed {
		switch name {
		case "host":
		case "content-length":
			again.ContentLength = r.ContentLength
		default:
			again.Header.Set(name, r.Header.Get(name))
		}
	}
	credentials := aws.Credentials{AccessKeyID: accessKey, SecretAccessKey: secretKey}
	raw, _, err := v4.NewSigner().PresignHTTP(r.Context(), credentials, again, "UNSIGNED-PAYLOAD", "s3", region, at,
		func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	if err != nil {
		return err.Error()
	}
	u, err := url.Parse(raw)
	if err != nil {
		return err.Error()
	}
	return u.Query().Get("X-Amz-Signature")
}
