// Command app is what an app of another repository has in Go: a client that oapi-codegen generated from the OpenAPI document, and
// one that buf generated from the contract. It starts the server that it is given, with its data in a folder; each client does
// a little on it, and sees what the other did.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"

	contract "example.com/app/contract/dongbaejul/v1"
	"example.com/app/contract/dongbaejul/v1/dongbaejulv1connect"
	"example.com/app/rest"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: app SERVER FOLDER DOCUMENT")
		os.Exit(2)
	}
	if err := run(ctx, os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "app:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, program, folder, document string) error {
	server, stop, err := start(ctx, program, folder)
	if err != nil {
		return err
	}
	defer stop()
	if err := isServed(ctx, server+"/openapi.yaml", document); err != nil {
		return err
	}
	token, err := signIn(ctx, server)
	if err != nil {
		return fmt.Errorf("signing in: %w", err)
	}
	game, err := createGame(ctx, server, token)
	if err != nil {
		return fmt.Errorf("by REST: %w", err)
	}
	if err := findGame(ctx, server, token, game); err != nil {
		return fmt.Errorf("by Connect: %w", err)
	}
	return nil
}

// start starts the server on a free port, and returns its address when it answers.
func start(ctx context.Context, program, folder string) (address string, stop func(), err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	address = listener.Addr().String()
	if err := listener.Close(); err != nil {
		return "", nil, err
	}
	_, port, _ := net.SplitHostPort(address)
	ctx, cancel := context.WithCancel(ctx)
	var log bytes.Buffer
	server := exec.CommandContext(ctx, program)
	server.Dir, server.Stdout, server.Stderr = folder, &log, &log
	server.Env = []string{"APP_ENV=development", "PORT=" + port, "DATA_DIR=" + folder + "/data"}
	server.Cancel = func() error { return server.Process.Signal(os.Interrupt) }
	if err := server.Start(); err != nil {
		cancel()
		return "", nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	for {
		answer, err := get(ctx, http.DefaultClient, "http://"+address+"/health")
		if err == nil {
			return "http://" + address, func() { cancel(); <-ended }, answer.Body.Close()
		}
		select {
		case <-ended:
			cancel()
			return "", nil, fmt.Errorf("the server has ended: %s", log.Bytes())
		case <-ctx.Done():
			cancel()
			return "", nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// isServed holds the document that was generated from to the server's own.
func isServed(ctx context.Context, address, file string) error {
	answer, err := get(ctx, http.DefaultClient, address)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	served, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	committed, err := os.ReadFile(file)
	if err == nil && !bytes.Equal(served, committed) {
		err = fmt.Errorf("%s is not %s", address, file)
	}
	return err
}

func get(ctx context.Context, client *http.Client, address string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	return client.Do(request)
}

// signIn signs in as the simulated club's first member.
func signIn(ctx context.Context, server string) (token string, err error) {
	client, err := rest.NewClientWithResponses(server)
	if err != nil {
		return "", err
	}
	login, err := client.StartBandLoginWithResponse(ctx, nil, rest.StartBandLoginRequest{RedirectUri: "dongbaejul://auth"})
	if err != nil {
		return "", err
	}
	if login.JSON200 == nil {
		return "", fmt.Errorf("no page of consent: %s", login.Body)
	}
	member, err := firstMember(ctx, server)
	if err != nil {
		return "", err
	}
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	page, err := get(ctx, stay, login.JSON200.AuthUrl+"&user_key="+url.QueryEscape(member))
	if err != nil {
		return "", err
	}
	defer page.Body.Close()
	back, err := url.Parse(page.Header.Get("Location"))
	if err != nil {
		return "", err
	}
	done, err := client.CompleteBandLoginWithResponse(ctx, nil, rest.CompleteBandLoginRequest{Code: back.Query().Get("code"), State: login.JSON200.State})
	if err != nil {
		return "", err
	}
	if done.JSON200 == nil {
		return "", fmt.Errorf("no token: %s", done.Body)
	}
	return done.JSON200.AccessToken, nil
}

func firstMember(ctx context.Context, server string) (userKey string, err error) {
	answer, err := get(ctx, http.DefaultClient, server+"/bandsim/members")
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	var club struct {
		Members []struct {
			UserKey string `json:"user_key"`
		} `json:"members"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&club); err != nil {
		return "", err
	}
	if len(club.Members) == 0 {
		return "", errors.New("the simulated club has no members")
	}
	return club.Members[0].UserKey, nil
}

// createGame creates a game, after it is told what is wrong with another one.
func createGame(ctx context.Context, server, token string) (id string, err error) {
	client, err := rest.NewClientWithResponses(server, rest.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+token)
		return nil
	}))
	if err != nil {
		return "", err
	}
	game := rest.CreateGameRequest{
		Title: "\u3000", GameDate: time.Now().Add(24 * time.Hour), Duration: 120, MaxParticipants: 8, GameType: rest.CreateGameRequestGameTypeDoubles,
	}
	wrong, err := client.CreateGameWithResponse(ctx, nil, game)
	if err != nil {
		return "", err
	}
	if wrong.JSON400 == nil || !strings.Contains(string(wrong.Body), `"title"`) {
		return "", fmt.Errorf("a game without a title: %s", wrong.Body)
	}
	game.Title = "금요일 복식"
	created, err := client.CreateGameWithResponse(ctx, nil, game)
	if err != nil {
		return "", err
	}
	if created.JSON200 == nil || created.JSON200.Game.Id == nil {
		return "", fmt.Errorf("no game: %s", created.Body)
	}
	list, err := client.ListGamesWithResponse(ctx, &rest.ListGamesParams{})
	if err != nil {
		return "", err
	}
	if list.JSON200 == nil || len(list.JSON200.Games) != 1 || list.JSON200.Games[0].Title != game.Title {
		return "", fmt.Errorf("no list with the game: %s", list.Body)
	}
	return *created.JSON200.Game.Id, nil
}

// findGame reads the game, and a reason why there is no other.
func findGame(ctx context.Context, server, token, id string) error {
	ctx, call := connect.NewClientContext(ctx)
	call.RequestHeader().Set("Authorization", "Bearer "+token)
	client := dongbaejulv1connect.NewGameServiceClient(http.DefaultClient, server)
	found, err := client.GetGame(ctx, &contract.GetGameRequest{GameId: id})
	if err != nil {
		return err
	}
	if found.GetGame().GetTitle() != "금요일 복식" {
		return fmt.Errorf("another game: %v", found)
	}
	_, err = client.GetGame(ctx, &contract.GetGameRequest{GameId: "x"})
	if failed, ok := errors.AsType[*connect.Error](err); ok && failed.Code() == connect.CodeNotFound {
		for _, detail := range failed.Details() {
			value, err := detail.Value()
			if info, ok := value.(*errdetails.ErrorInfo); err == nil && ok && "ERROR_REASON_"+info.GetReason() == contract.ErrorReason_ERROR_REASON_GAME_NOT_FOUND.String() {
				return nil
			}
		}
	}
	return fmt.Errorf("of a game that is not there: %v", err)
}
