package sqlite

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/chat"
	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// ack is one acknowledged message as the child writes it: a fixed length, so that records need no separator, and a checksum,
// so that a torn one is not taken for another.
type ack struct {
	Room, Sender, Number uint32
	Seq                  int64
}

// ackSize is less than what a pipe takes at once or not at all.
const ackSize = 24

func (a ack) bytes() []byte {
	b := make([]byte, 0, ackSize)
	b = binary.LittleEndian.AppendUint32(b, a.Room)
	b = binary.LittleEndian.AppendUint32(b, a.Sender)
	b = binary.LittleEndian.AppendUint32(b, a.Number)
	b = binary.LittleEndian.AppendUint64(b, uint64(a.Seq))
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

func parseAck(b []byte) (a ack, err error) {
	if crc32.ChecksumIEEE(b[:ackSize-4]) != binary.LittleEndian.Uint32(b[ackSize-4:]) {
		return a, fmt.Errorf("a record is torn: %x", b)
	}
	a.Room, a.Sender = binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
	a.Number, a.Seq = binary.LittleEndian.Uint32(b[8:]), int64(binary.LittleEndian.Uint64(b[12:]))
	return a, nil
}

const (
	crashRooms   = 3
	crashSenders = 32
)

func crashRoom(i uint32) string { return fmt.Sprint("room ", i) }

// child is what the test binary does as a process of its own.
func child(what string, args []string) error {
	if what == "full at start" {
		return fullAtStart(args[0])
	}
	s, err := Open(context.Background(), args[0], Options{})
	if err != nil {
		return err
	}
	switch what {
	case "full":
		return fullDisk(s, args[0])
	case "hold":
		fmt.Println("open")
		_, err := io.Copy(io.Discard, os.Stdin)
		return err
	case "append":
		failed := make(chan error)
		for sender := range uint32(crashSenders) {
			go func() { failed <- appendForEver(s, args[1], sender) }()
		}
		return <-failed
	}
	return fmt.Errorf("no such child: %s", what)
}

// appendForEver appends messages and tells of each on the standard output.
func appendForEver(s *Store, round string, sender uint32) error {
	for number := uint32(0); ; number++ {
		a := ack{Room: number % crashRooms, Sender: sender, Number: number}
		kept, added, err := s.Append(context.Background(), crashMessage(round, a))
		if err != nil || !added {
			return fmt.Errorf("added %t: %w", added, err)
		}
		a.Seq = kept.Seq
		if _, err := os.Stdout.Write(a.bytes()); err != nil {
			return err
		}
	}
}

// crashMessage is the message that an ack is about.
func crashMessage(round string, a ack) chat.Entry {
	key := fmt.Sprintf("%s/%d/%d", round, a.Sender, a.Number)
	return chat.Entry{
		RoomID: crashRoom(a.Room), ID: key, Actor: fmt.Sprint("sender ", a.Sender), At: time.Unix(1, 0), TempID: key, Content: key,
	}
}

// process is the test binary running as a child.
type process struct {
	cmd *exec.Cmd
	out io.Reader
}

func startChild(t *testing.T, args ...string) process {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.CommandContext(t.Context(), self, append([]string{"child"}, args...)...)
	cmd.Stderr = t.Output()
	_, err = cmd.StdinPipe() // open until the process ends
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	return process{cmd, out}
}

func (p process) pid() string { return strconv.Itoa(p.cmd.Process.Pid) }

func (p process) waitForLine(t *testing.T) {
	t.Helper()
	if _, err := bufio.NewReader(p.out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
}

// kill ends the process as a power switch would, and waits until it is gone.
func (p process) kill(t *testing.T) {
	t.Helper()
	must(t, p.cmd.Process.Kill())
	var exit *exec.ExitError
	if err := p.cmd.Wait(); !errors.As(err, &exit) || exit.Exited() {
		t.Fatalf("the child was not killed: %v", err)
	}
}

func TestWhatIsAnsweredSurvivesAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "club.db")
	s := openAt(t, path, Options{})
	createCrashRooms(t, s)
	must(t, s.Close())
	for i := range 6 {
		round := fmt.Sprint("round ", i)
		acks := crash(t, path, round)
		s := openAt(t, path, Options{})
		for _, a := range acks {
			want := crashMessage(round, a)
			got, err := s.Message(t.Context(), want.RoomID, want.ID)
			if errors.Is(err, fault.NotFound) {
				t.Fatalf("%s: %+v was answered and is lost", round, a)
			}
			must(t, err)
			if got.Seq != a.Seq || got.Content != want.Content {
				t.Fatalf("%s: %+v is stored as %+v", round, a, got)
			}
		}
		checkWhole(t, s)
		must(t, s.Close())
	}
}

func createCrashRooms(t *testing.T, s *Store) {
	t.Helper()
	for i := range uint32(crashRooms) {
		_, _, err := s.CreateRoom(t.Context(), chat.Room{ID: crashRoom(i), Type: chat.Group}, nil)
		must(t, err)
	}
}

// crash runs a child that appends and kills it at a random moment. It returns what the child has told of.
func crash(t *testing.T, path, round string) []ack {
	t.Helper()
	c := startChild(t, "append", path, round)
	var acks []ack
	read := func() error {
		var b [ackSize]byte
		if _, err := io.ReadFull(c.out, b[:]); err != nil {
			return err
		}
		a, err := parseAck(b[:])
		acks = append(acks, a)
		return err
	}
	for range 1 + rand.IntN(400) {
		must(t, read())
	}
	must(t, c.cmd.Process.Kill())
	err := read()
	for err == nil {
		err = read()
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := c.cmd.Wait(); !errors.As(err, &exit) || exit.Exited() {
		t.Fatalf("the child was not killed: %v", err)
	}
	return acks
}

// checkWhole fails where the file is damaged or a room's log has a hole.
func checkWhole(t *testing.T, s *Store) {
	t.Helper()
	report, err := list(s.read(t.Context()), `PRAGMA integrity_check`, scalar[string])
	must(t, err)
	if len(report) != 1 || report[0] != "ok" {
		t.Fatalf("the file is damaged: %v", report)
	}
	for i := range uint32(crashRooms) {
		head, err := s.Head(t.Context(), crashRoom(i))
		must(t, err)
		log, _, err := s.Log(t.Context(), crashRoom(i), 0, int(head)+1)
		must(t, err)
		if int64(len(log)) != head {
			t.Fatalf("room %d has %d entries, and its head is %d", i, len(log), head)
		}
		for n, e := range log {
			if e.Seq != int64(n)+1 {
				t.Fatalf("room %d: entry %d is at place %d", i, e.Seq, n+1)
			}
		}
	}
}
