package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
)

// simulatorPrefix is where the simulated Band lies.
const simulatorPrefix = "/bandsim/"

// bandPart is the club's Band: Naver's, or the simulator in its place.
type bandPart struct {
	client *band.Client
	key    string
	// admins and managers are the Band user keys of the simulator's leader and co-leaders.
	admins, managers []string
	handlers         map[string]http.Handler
	probe            func(context.Context) error
}

func newBandPart(cfg Config) (bandPart, error) {
	if cfg.UseSimulator() {
		return newSimulatedBand(cfg)
	}
	client, err := band.New(band.Config{
		ClientID: cfg.BandClientID, ClientSecret: cfg.BandClientSecret, AuthURL: cfg.BandAuthURL, APIURL: cfg.BandAPIURL,
	})
	if err != nil {
		return bandPart{}, err
	}
	return bandPart{client: client, key: cfg.BandKey, probe: reaches(cfg.BandAPIURL)}, nil
}

func newSimulatedBand(cfg Config) (bandPart, error) {
	sim := bandsim.New(bandsim.Options{Prefix: simulatorPrefix, PublicURL: cfg.PublicURL})
	base := cfg.PublicURL + simulatorPrefix
	client, err := band.New(band.Config{
		ClientID: bandsim.DefaultClientID, ClientSecret: band.NewSecret(bandsim.DefaultClientSecret), AuthURL: base, APIURL: base,
		// Not over the network: where the public address leads is the browser's business.
		HTTP: &http.Client{Transport: sim.Transport()},
	})
	if err != nil {
		return bandPart{}, err
	}
	part := bandPart{
		client: client, key: sim.BandKey(), handlers: map[string]http.Handler{simulatorPrefix: sim},
		probe: func(context.Context) error { return nil },
	}
	for _, m := range sim.Members() {
		switch m.Role {
		case "leader":
			part.admins = append(part.admins, m.UserKey)
		case "coleader":
			part.managers = append(part.managers, m.UserKey)
		}
	}
	return part, nil
}

// reaches asks whether an HTTP server answers at url, whatever it answers: any more would be counted against the app's
// quota.
func reaches(url string) func(context.Context) error {
	client := &http.Client{Timeout: 5 * time.Second}
	return func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodHead, url, nil)
		if err != nil {
			return err
		}
		res, err := client.Do(req)
		if err != nil {
			return fmt.Errorf("reach Naver Band: %w", err)
		}
		return errors.Join(res.Body.Close())
	}
}
