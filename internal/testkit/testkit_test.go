package testkit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// echo is a server that says again what it is told, line by line.
func echo(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(conn, conn) }()
		}
	}()
	return listener.Addr().String()
}

func dial(t *testing.T, l *Proxy) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", l.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// say returns what comes back, or why nothing does.
func say(conn net.Conn, within time.Duration) (string, error) {
	if _, err := fmt.Fprintln(conn, "hello"); err != nil {
		return "", err
	}
	if err := conn.SetReadDeadline(time.Now().Add(within)); err != nil {
		return "", err
	}
	return bufio.NewReader(conn).ReadString('\n')
}

func TestAProxyPassesOnUntilItIsCut(t *testing.T) {
	l := NewProxy(t, echo(t))
	conn := dial(t, l)
	if said, err := say(conn, patience); said != "hello\n" {
		t.Fatalf("%q, %v", said, err)
	}
	l.Cut()
	if said, err := say(conn, patience); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a connection that was cut: %q, %v", said, err)
	}
	if said, err := say(dial(t, l), patience); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a connection that is refused: %q, %v", said, err)
	}
	l.Restore()
	if said, err := say(dial(t, l), patience); said != "hello\n" {
		t.Errorf("after all: %q, %v", said, err)
	}
}

func TestAProxyHolds(t *testing.T) {
	l := NewProxy(t, echo(t))
	conn := dial(t, l)
	if said, err := say(conn, patience); said != "hello\n" {
		t.Fatalf("%q, %v", said, err)
	}
	l.Hold()
	if said, err := say(conn, 100*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%q, %v", said, err)
	}
	if said, err := say(dial(t, l), 100*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a new connection: %q, %v", said, err)
	}
	l.Restore()
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if said, err := bufio.NewReader(conn).ReadString('\n'); said != "hello\n" {
		t.Errorf("after all: %q, %v", said, err)
	}
}

// No address is given twice, so that no program takes another's place.
func TestFreeAddressesDiffer(t *testing.T) {
	t.Parallel()
	given := make(map[string]bool)
	for range 100 {
		addr := FreeAddr(t)
		if given[addr] {
			t.Errorf("%s was given twice", addr)
		}
		given[addr] = true
	}
}
