package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
)

// protocol is how streams are opened: each on a connection of its own, as members' telephones have.
type protocol string

const (
	connectHTTP1 protocol = "Connect, HTTP/1.1"
	grpcHTTP2    protocol = "gRPC, HTTP/2"
)

const subscribe = "/dongbaejul.v1.EventService/Subscribe"

// open returns the frames of a new stream.
func (p protocol) open(ctx context.Context, s *server, u user) (io.ReadCloser, error) {
	// An empty request, framed.
	body := binary.BigEndian.AppendUint32([]byte{0}, 0)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+subscribe, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{MaxConnsPerHost: 1, ReadBufferSize: 4 << 10, WriteBufferSize: 1 << 10, DisableCompression: true}
	transport.Protocols = new(http.Protocols)
	switch p {
	case connectHTTP1:
		transport.Protocols.SetHTTP1(true)
		req.Header.Set("Content-Type", "application/connect+proto")
	case grpcHTTP2:
		transport.Protocols.SetUnencryptedHTTP2(true)
		req.Header.Set("Content-Type", "application/grpc+proto")
		req.Header.Set("Te", "trailers")
	}
	req.Header.Set("Authorization", "Bearer "+u.token)
	res, err := transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		res.Body.Close()
		return nil, fmt.Errorf("HTTP %s", res.Status)
	}
	return res.Body, nil
}
