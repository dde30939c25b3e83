package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
)

// members is how many people the streams belong to.
const members = 200

// server is a running server with people signed in and one room: a process, and those that share everything with it.
type server struct {
	url     string
	command *exec.Cmd
	dir     string
	peers   []*server
	room    string
	users   []user
	chat    dongbaejulv1connect.ChatServiceClient
}

type user struct{ token string }

// start runs a command that listens on the port it is given, with env besides its usual environment, and waits until it
// serves.
func start(ctx context.Context, env []string, name string, args ...string) (*server, error) {
	dir, err := os.MkdirTemp("", "fanout")
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &server{url: "http://127.0.0.1:" + port, dir: dir, command: exec.CommandContext(ctx, name, args...)}
	s.command.Env = append(os.Environ(), "PORT="+port, "DATA_DIR="+dir, "APP_ENV=development", "LOG_LEVEL=error", "RATE_LIMIT=off", "BAND_SYNC_INTERVAL=0s")
	s.command.Env = append(s.command.Env, env...)
	s.command.Stderr = os.Stderr
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	s.chat = dongbaejulv1connect.NewChatServiceClient(sendClient(), s.url)
	for range 200 {
		if res, err := http.Get(s.url + "/health"); err == nil {
			res.Body.Close()
			return s, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.stop()
	return nil, fmt.Errorf("%s does not answer", name)
}

// sendClient keeps its connections for all senders.
func sendClient() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2 * senders}, Timeout: time.Minute}
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// processes are the one that is sent to and its peers.
func (s *server) processes() []*server { return append([]*server{s}, s.peers...) }

func (s *server) stop() {
	for _, peer := range s.peers {
		peer.stop()
	}
	_ = s.command.Process.Kill()
	_ = s.command.Wait()
	_ = os.RemoveAll(s.dir)
}

// send sends the present time to the room.
func (s *server) send(ctx context.Context, u user) error {
	ctx, info := connect.NewClientContext(ctx)
	info.RequestHeader().Set("Authorization", "Bearer "+u.token)
	now := strconv.FormatInt(time.Now().UnixNano(), 10)
	_, err := s.chat.SendMessage(ctx, &v1.SendMessageRequest{RoomId: s.room, TempId: u.token[max(0, len(u.token)-20):] + now, Content: now})
	return err
}

// cpu is the CPU time all processes have used.
func (s *server) cpu() (all time.Duration, err error) {
	for _, process := range s.processes() {
		used, err := process.used()
		if err != nil {
			return 0, err
		}
		all += used
	}
	return all, nil
}

// used is the CPU time the process has used.
func (s *server) used() (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	// After the command's name in parentheses: the 12th and 13th fields are user and system time in hundredths of a second.
	fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	var ticks int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil
}

// memory is what all processes hold, in bytes, when they have come to rest.
func (s *server) memory() (int64, error) {
	var last int64
	for range 20 {
		now, err := s.resident()
		if err != nil {
			return 0, err
		}
		if last > 0 && now >= last-last/200 && now <= last+last/200 {
			return now, nil
		}
		last = now
		time.Sleep(500 * time.Millisecond)
	}
	return last, nil
}

func (s *server) resident() (all int64, err error) {
	for _, process := range s.processes() {
		held, err := process.held()
		if err != nil {
			return 0, err
		}
		all += held
	}
	return all, nil
}

// held is what the process holds now, in bytes.
func (s *server) held() (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseInt(strings.Fields(string(b))[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}
