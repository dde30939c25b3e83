package app

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
	"github.com/dongbaejul/dongbaejul/internal/photos/imageproxy"
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
	// spare returns a token of the simulator's leader; nil for Naver's Band.
	spare func(context.Context) (band.Secret, error)
	// images reaches its pictures, whose URLs allowsImage allows.
	images      http.RoundTripper
	allowsImage func(*url.URL) bool
}

func newBandPart(cfg Config) (bandPart, error) {
	if cfg.UseSimulator() {
		return newSimulatedBand(cfg)
	}
	client, health, err := newBandClient(band.Config{
		ClientID: cfg.BandClientID, ClientSecret: cfg.BandClientSecret, AuthURL: cfg.BandAuthURL, APIURL: cfg.BandAPIURL,
		Log: cfg.Log,
	})
	if err != nil {
		return bandPart{}, err
	}
	return bandPart{
		client: client, key: cfg.BandKey, probe: health.probe,
		images: imageproxy.NewTransport(cfg.ImageNetwork), allowsImage: imageproxy.Hosts(cfg.BandImageHosts...),
	}, nil
}

// newBandClient returns a client of Band and the health that follows from its calls.
func newBandClient(cfg band.Config) (*band.Client, *bandHealth, error) {
	health := &bandHealth{}
	cfg.Observe = health.observe
	client, err := band.New(cfg)
	if err != nil {
		return nil, nil, err
	}
	health.ping = client.Ping
	return client, health, nil
}

func newSimulatedBand(cfg Config) (bandPart, error) {
	sim := bandsim.New(bandsim.Options{Prefix: simulatorPrefix, PublicURL: cfg.PublicURL})
	base := cfg.PublicURL + simulatorPrefix
	client, health, err := newBandClient(band.Config{
		ClientID: bandsim.DefaultClientID, ClientSecret: band.NewSecret(bandsim.DefaultClientSecret), AuthURL: base, APIURL: base,
		Log: cfg.Log,
		// Not over the network: where the public address leads is the browser's business.
		HTTP: &http.Client{Transport: sim.Transport()},
	})
	if err != nil {
		return bandPart{}, err
	}
	part := bandPart{
		client: client, key: sim.BandKey(), probe: health.probe, images: sim.Transport(), allowsImage: imageproxy.Under(base),
		handlers: map[string]http.Handler{
			simulatorPrefix: sim, "GET " + strings.TrimSuffix(simulatorPrefix, "/"): http.HandlerFunc(redirectWithSlash),
		},
	}
	part.spare = func(ctx context.Context) (band.Secret, error) {
		code, _ := sim.Code(sim.Members()[0].UserKey)
		grant, err := client.Exchange(ctx, code, "")
		return grant.AccessToken, err
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
