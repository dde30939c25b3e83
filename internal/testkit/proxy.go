// Package testkit is for tests of programs and networks: it runs the ones, breaks both, and waits for what comes of it.
package testkit

import (
	"net"
	"sync"
	"testing"
)

// Proxy is a way to a server, over TCP, that can be cut.
type Proxy struct {
	// Addr is where clients connect to.
	Addr     string
	to       string
	listener net.Listener

	mu      sync.Mutex
	changed sync.Cond
	way     way
	conns   map[net.Conn]bool
	serving sync.WaitGroup
}

type way int

const (
	open way = iota
	// held: bytes are taken and do not arrive.
	held
	// cut: connections are closed, and new ones at once.
	cut
)

// NewProxy makes a way to the server at an address, until the test ends.
func NewProxy(t testing.TB, to string) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{Addr: listener.Addr().String(), to: to, listener: listener, conns: make(map[net.Conn]bool)}
	p.changed.L = &p.mu
	p.serving.Go(p.accept)
	t.Cleanup(func() {
		listener.Close()
		p.Cut()
		p.serving.Wait()
	})
	return p
}

// Cut closes all connections, and those that come.
func (p *Proxy) Cut() { p.set(cut) }

// Hold swallows all bytes, as a network does that is gone, until Restore, which lets them arrive.
func (p *Proxy) Hold() { p.set(held) }

// Restore lets bytes and connections pass.
func (p *Proxy) Restore() { p.set(open) }

func (p *Proxy) set(w way) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.way = w
	if w == cut {
		for conn := range p.conns {
			conn.Close()
		}
	}
	p.changed.Broadcast()
}

func (p *Proxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.serving.Go(func() { p.serve(conn) })
	}
}

// serve passes the bytes of one connection.
func (p *Proxy) serve(client net.Conn) {
	defer p.forget(client)
	if !p.pass(client) {
		return
	}
	server, err := net.Dial("tcp", p.to)
	if err != nil {
		return
	}
	defer p.forget(server)
	if !p.pass(server) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { p.pump(client, server) })
	both.Go(func() { p.pump(server, client) })
	both.Wait()
}

func (p *Proxy) pump(from, to net.Conn) {
	defer from.Close()
	defer to.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if err != nil || !p.pass(from) {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// pass notes the connection and waits until its bytes may pass; false where it is cut.
func (p *Proxy) pass(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.way == held {
		p.conns[conn] = true
		p.changed.Wait()
	}
	if p.way == cut {
		return false
	}
	p.conns[conn] = true
	return true
}

func (p *Proxy) forget(conn net.Conn) {
	conn.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, conn)
}
