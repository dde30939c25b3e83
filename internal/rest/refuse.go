package rest

import (
	"net/http"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

const (
	// JSONType is the content type of what REST answers.
	JSONType = "application/json"
	typeURL  = "type.googleapis.com/"
)

var errUnknownPath = fault.New(fault.NotFound, "UNKNOWN_PATH", "없는 주소입니다.", "There is nothing at this address.")

// RefuseUnknownPath answers a request for an address at which there is nothing.
func RefuseUnknownPath(w http.ResponseWriter, r *http.Request) {
	Refuse(w, r, http.StatusNotFound, errUnknownPath)
}

// RefuseMethod answers a request by a method that is not among the allowed ones.
func RefuseMethod(w http.ResponseWriter, r *http.Request, allowed []string) {
	slices.Sort(allowed)
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	Refuse(w, r, http.StatusMethodNotAllowed, rpc.ErrMethod)
}

// Refuse answers a request that no RPC was asked about, in the form of REST's errors: google.rpc.Status as JSON.
func Refuse(w http.ResponseWriter, r *http.Request, httpStatus int, err error) {
	wire := rpc.Error(r.Context(), r.Header, w.Header(), err)
	failure := &status.Status{Code: int32(wire.Code()), Message: wire.Message()}
	for _, detail := range wire.Details() {
		failure.Details = append(failure.Details, &anypb.Any{TypeUrl: typeURL + detail.Type(), Value: detail.Bytes()})
	}
	writeStatus(w, httpStatus, failure, protoregistry.GlobalTypes)
}

func writeStatus(w http.ResponseWriter, httpStatus int, failure *status.Status, details resolver) {
	h := w.Header()
	for _, name := range []string{"Content-Encoding", "Content-Length"} {
		h.Del(name)
	}
	text, err := protojson.MarshalOptions{Resolver: details, UseProtoNames: true, EmitDefaultValues: true}.Marshal(failure)
	if err != nil {
		httpStatus, text = http.StatusInternalServerError, []byte(`{"code":13,"message":"internal error","details":[]}`)
	}
	h.Set("Content-Type", JSONType)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(httpStatus)
	// Who has hung up reads no error either.
	_, _ = w.Write(text)
}
