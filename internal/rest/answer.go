package rest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/types/known/anypb"
)

// answer returns the answer of a Connect handler the form of REST: the type of JSON, and an error that of google.rpc.Status.
type answer struct {
	http.ResponseWriter
	// failed is the status of an error, which is held back; 0 for none.
	failed int
	held   bytes.Buffer
}

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(httpStatus int) {
	if httpStatus >= http.StatusBadRequest {
		a.failed = httpStatus
		return
	}
	a.Header().Set("Content-Type", JSONType)
	a.ResponseWriter.WriteHeader(httpStatus)
}

// Write implements http.ResponseWriter.
func (a *answer) Write(p []byte) (int, error) {
	if a.failed != 0 {
		return a.held.Write(p)
	}
	return a.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// end writes what was held back.
func (a *answer) end(words *words) {
	if a.failed == 0 {
		return
	}
	failure, err := readError(a.held.Bytes())
	if err != nil {
		failure, a.failed = &status.Status{Code: int32(connect.CodeInternal), Message: "internal error"}, http.StatusInternalServerError
	}
	writeStatus(a.ResponseWriter, a.failed, failure, words.resolver())
}

// readError reads an error as the Connect protocol writes it.
func readError(text []byte) (*status.Status, error) {
	var written struct {
		Code    connect.Code `json:"code"`
		Message string       `json:"message"`
		Details []struct {
			Type  string `json:"type"`
			Value string `json:"value"`
		} `json:"details"`
	}
	if err := json.Unmarshal(text, &written); err != nil {
		return nil, err
	}
	failure := &status.Status{Code: int32(written.Code), Message: written.Message}
	for _, detail := range written.Details {
		value, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(detail.Value, "="))
		if err != nil {
			return nil, err
		}
		failure.Details = append(failure.Details, &anypb.Any{TypeUrl: typeURL + detail.Type, Value: value})
	}
	return failure, nil
}

// boundBody notes whether a body was longer than it may be.
type boundBody struct {
	io.ReadCloser
	tooLarge bool
}

// Read implements io.Reader.
func (b *boundBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		b.tooLarge = true
	}
	return n, err
}

// prefixed is a body with something in front of it.
type prefixed struct {
	io.Reader
	io.Closer
}
