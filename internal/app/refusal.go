package app

import (
	"net/http"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

const jsonType = "application/json"

var errUnknownPath = fault.New(fault.NotFound, "UNKNOWN_PATH", "없는 주소입니다.", "There is nothing at this address.")

func refuseUnknownPath(w http.ResponseWriter, r *http.Request) {
	refuse(w, r, http.StatusNotFound, errUnknownPath)
}

func refuseMethod(w http.ResponseWriter, r *http.Request, allowed []string) {
	slices.Sort(allowed)
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	refuse(w, r, http.StatusMethodNotAllowed, rpc.ErrMethod)
}

// refuse answers a request that no RPC was asked about, in the form of REST's errors: google.rpc.Status as JSON.
func refuse(w http.ResponseWriter, r *http.Request, httpStatus int, err error) {
	h := w.Header()
	for _, name := range []string{"Content-Encoding", "Content-Length"} {
		h.Del(name)
	}
	wire := rpc.Error(r.Context(), r.Header, h, err)
	body := &status.Status{Code: int32(wire.Code()), Message: wire.Message()}
	for _, detail := range wire.Details() {
		body.Details = append(body.Details, &anypb.Any{TypeUrl: "type.googleapis.com/" + detail.Type(), Value: detail.Bytes()})
	}
	text, err := protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}.Marshal(body)
	if err != nil {
		httpStatus, text = http.StatusInternalServerError, []byte(`{"code":13,"message":"internal error","details":[]}`)
	}
	h.Set("Content-Type", jsonType)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(httpStatus)
	// Who has hung up reads no error either.
	_, _ = w.Write(text)
}
