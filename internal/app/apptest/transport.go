package apptest

import (
	"context"
	"net/http"

	"connectrpc.com/connect"
)

// Transport is one of the ways a client can speak to the server.
type Transport struct {
	Name string
	// HTTP2 is whether it needs HTTP/2, which is spoken without TLS.
	HTTP2   bool
	Options []connect.ClientOption
}

// The ways connect-go's client has.
var (
	ConnectJSON   = Transport{Name: "Connect JSON", Options: []connect.ClientOption{connect.WithProtoJSON()}}
	ConnectBinary = Transport{Name: "Connect binary"}
	ConnectHTTP2  = Transport{Name: "Connect HTTP/2", HTTP2: true}
	GRPC          = Transport{Name: "gRPC", HTTP2: true, Options: []connect.ClientOption{connect.WithGRPC()}}
	GRPCWeb       = Transport{Name: "gRPC-Web", Options: []connect.ClientOption{connect.WithGRPCWeb()}}
)

// Transports are all of them.
func Transports() []Transport {
	return []Transport{ConnectJSON, ConnectBinary, ConnectHTTP2, GRPC, GRPCWeb}
}

func (t Transport) client() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetHTTP1(!t.HTTP2)
	transport.Protocols.SetUnencryptedHTTP2(t.HTTP2)
	return &http.Client{Transport: transport}
}

// bearer puts a token on calls and streams.
type bearer struct{ token func() string }

func (b bearer) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		req.Header().Set("Authorization", "Bearer "+b.token())
		return next(ctx, req)
	}
}

func (b bearer) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return func(ctx context.Context, spec connect.Spec) connect.StreamingClientConn {
		conn := next(ctx, spec)
		conn.RequestHeader().Set("Authorization", "Bearer "+b.token())
		return conn
	}
}

func (b bearer) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}
