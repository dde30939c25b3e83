package dongbaejul_test

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// proxy is a network between a client and its server: it can be cut, and it can go silent.
type proxy struct {
	URL      string
	target   string
	listener net.Listener

	mu     sync.Mutex
	conns  map[net.Conn]bool
	silent bool
}

func newProxy(t testing.TB, serverURL string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{
		URL: "http://" + listener.Addr().String(), target: strings.TrimPrefix(serverURL, "http://"), listener: listener,
		conns: make(map[net.Conn]bool),
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() { p.carry(conn) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		p.cut()
		running.Wait()
	})
	return p
}

// carry carries one connection until either side ends it.
func (p *proxy) carry(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer server.Close()
	p.hold(client, true)
	defer p.hold(client, false)
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{client, server}, {server, client}} {
		both.Go(func() {
			p.pump(way[0], way[1])
			client.Close()
			server.Close()
		})
	}
	both.Wait()
}

func (p *proxy) pump(from, to net.Conn) {
	buffer := make([]byte, 16<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if p.isSilent() {
			// What was sent is lost without a word, and whatever comes after it.
			_, _ = io.Copy(io.Discard, from)
			return
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (p *proxy) hold(conn net.Conn, open bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if open {
		p.conns[conn] = true
	} else {
		delete(p.conns, conn)
	}
}

// cut ends every connection.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.conns {
		conn.Close()
	}
}

// silence makes the connections that are open carry nothing more, or those that come carry all again.
func (p *proxy) silence(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent = on
}

func (p *proxy) isSilent() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.silent
}
