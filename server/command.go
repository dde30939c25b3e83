package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/notifications/webpush"
)

// healthTimeout is how long the server may take to say that it takes calls.
const healthTimeout = 2 * time.Second

// command is what the program's arguments ask for: to serve, where there are none.
func command(args []string) func() error {
	switch {
	case len(args) == 0:
		return run
	case len(args) == 1 && args[0] == "healthcheck":
		return checkHealth
	case len(args) == 1 && args[0] == "web-push-key":
		return printWebPushKey
	default:
		return func() error {
			return fmt.Errorf("unknown arguments %q: give none to serve, as environment variables say, healthcheck, or web-push-key to make a WEB_PUSH_PRIVATE_KEY", args)
		}
	}
}

// checkHealth asks the server of this machine, configured alike, whether it takes calls: for images that have nothing else to ask with.
func checkHealth() error {
	cfg, err := loadConfig()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), healthTimeout)
	defer cancel()
	return askHealth(ctx, cfg)
}

func askHealth(ctx context.Context, cfg app.Config) error {
	// The certificate is of the name that clients know, which this is not.
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer client.CloseIdleConnections()
	scheme := "http"
	if cfg.TLSCertFile != "" {
		scheme = "https"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s://127.0.0.1:%d/health", scheme, cfg.Port), nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answers %s", res.Status)
	}
	return nil
}

// printWebPushKey prints a key for WEB_PUSH_PRIVATE_KEY.
func printWebPushKey() error {
	key, err := webpush.NewKey()
	if err != nil {
		return err
	}
	_, err = fmt.Println(key)
	return err
}
