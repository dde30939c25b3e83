package main

import (
	"crypto/tls"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
	"github.com/dongbaejul/dongbaejul/internal/redislink"
	"github.com/dongbaejul/dongbaejul/internal/store/mongodb"
)

// minSecret is what a secret must have where people depend on it, in bytes: as many as SHA-256, which signs with it.
const minSecret = 32

// check notes what is wrong with what was read, and completes what follows from something else.
func check(cfg *app.Config, wrong problems) {
	checkAddresses(cfg, wrong)
	checkTimes(cfg, wrong)
	checkSecrets(cfg, wrong)
	checkBand(cfg, wrong)
	checkMongo(cfg, wrong)
	checkRedis(cfg, wrong)
}

// checkMongo shows nothing of the URI, which may hold a password.
func checkMongo(cfg *app.Config, wrong problems) {
	if !cfg.MongoURI.IsZero() && mongodb.Check(cfg.MongoURI.Reveal()) != nil {
		wrong.add("MONGODB_URI", "is no address of a MongoDB database")
	}
}

func checkRedis(cfg *app.Config, wrong problems) {
	if !cfg.RedisURL.IsZero() {
		if err := redislink.Check(cfg.RedisURL.Reveal()); err != nil {
			wrong.add("REDIS_URL", "%v", err)
		}
	}
	if strings.ContainsAny(cfg.RedisPrefix, ":* ") {
		wrong.add("REDIS_PREFIX", "%q has a colon, an asterisk or a blank in it", cfg.RedisPrefix)
	}
}

func checkAddresses(cfg *app.Config, wrong problems) {
	if cfg.Port == 0 {
		wrong.add("PORT", "0 is no port that clients could be told")
	}
	checkTLS(cfg, wrong)
	if cfg.PublicURL == "" {
		cfg.PublicURL = fmt.Sprintf("http://localhost:%d", cfg.Port)
		if cfg.TLSCertFile != "" {
			cfg.PublicURL = fmt.Sprintf("https://localhost:%d", cfg.Port)
		}
	}
	cfg.PublicURL = strings.TrimRight(cfg.PublicURL, "/")
	for name, value := range map[string]string{"PUBLIC_URL": cfg.PublicURL, "BAND_API_URL": cfg.BandAPIURL, "BAND_AUTH_URL": cfg.BandAuthURL} {
		if !isWebURL(value) {
			wrong.add(name, "%q is no http or https URL of a host, without user, query and fragment", value)
		}
	}
	for _, origin := range cfg.AllowedOrigins {
		if !isOrigin(origin) {
			wrong.add("ALLOWED_ORIGINS", "%q is no origin as browsers send it", origin)
		}
	}
	for _, uri := range cfg.AuthRedirectURIs {
		if u, err := url.Parse(uri); err != nil || u.Scheme == "" || u.Host == "" || u.User != nil || strings.Contains(uri, "#") {
			wrong.add("AUTH_REDIRECT_URIS", "%q is no URI with a scheme and a host, and without user and fragment", uri)
		}
	}
}

func checkTLS(cfg *app.Config, wrong problems) {
	switch {
	case cfg.TLSCertFile == "" && cfg.TLSKeyFile == "":
	case cfg.TLSCertFile == "":
		wrong.add("TLS_CERT_FILE", "is missing")
	case cfg.TLSKeyFile == "":
		wrong.add("TLS_KEY_FILE", "is missing")
	default:
		if _, err := tls.LoadX509KeyPair(cfg.TLSCertFile, cfg.TLSKeyFile); err != nil {
			wrong.add("TLS_CERT_FILE", "does not go with TLS_KEY_FILE: %v", err)
		}
	}
}

func isWebURL(value string) bool {
	u, err := url.Parse(value)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil &&
		!strings.ContainsAny(value, "?#")
}

// isOrigin tells whether a browser would write value into an Origin header: scheme and host in lower case, and the port
// where it is not the scheme's own (RFC 6454 §6.2).
func isOrigin(value string) bool {
	u, err := url.Parse(value)
	return err == nil && u.Scheme != "" && u.Hostname() != "" && !strings.Contains(value, "*") &&
		value == strings.ToLower(u.Scheme+"://"+u.Host) &&
		(u.Scheme != "http" || u.Port() != "80") && (u.Scheme != "https" || u.Port() != "443")
}

func checkTimes(cfg *app.Config, wrong problems) {
	between := func(name string, value, least, most time.Duration) {
		switch {
		case value < least:
			wrong.add(name, "%s is too short", value)
		case value > most:
			wrong.add(name, "%s is too long", value)
		}
	}
	// A token that outlives the refresh token it comes with could not be taken back by letting that expire.
	between("JWT_EXPIRES_IN", cfg.JWTExpiresIn, time.Second, 30*24*time.Hour)
	// Load balancers let go of a connection that is silent for a minute.
	between("STREAM_HEARTBEAT", cfg.StreamHeartbeat, 100*time.Millisecond, time.Minute)
	// It, and then the calls, must have ended before closeTimeout.
	between("SHUTDOWN_DELAY", cfg.ShutdownDelay, 0, 15*time.Second)
	between("BAND_SYNC_INTERVAL", cfg.BandSyncInterval, time.Second, 365*24*time.Hour)
}

func checkSecrets(cfg *app.Config, wrong problems) {
	if !cfg.Deployed() {
		return
	}
	if cfg.JWTSecret.IsZero() {
		wrong.add("JWT_SECRET", "is missing")
	}
	for name, value := range map[string]band.Secret{
		"JWT_SECRET": cfg.JWTSecret, "JWT_SECRET_PREVIOUS": cfg.JWTSecretPrevious, "BAND_TOKEN_KEY": cfg.BandTokenKey,
	} {
		if length := len(value.Reveal()); length > 0 && length < minSecret {
			wrong.add(name, "has %d bytes, which is too short", length)
		}
	}
}

// checkBand asks for all that signing in by Naver Band takes, where the simulator does not stand in for it.
func checkBand(cfg *app.Config, wrong problems) {
	if cfg.UseSimulator() {
		return
	}
	for name, missing := range map[string]bool{
		"BAND_CLIENT_ID": cfg.BandClientID == "", "BAND_CLIENT_SECRET": cfg.BandClientSecret.IsZero(), "BAND_KEY": cfg.BandKey == "",
	} {
		if missing {
			wrong.add(name, "is missing")
		}
	}
	for name, simulated := range map[string]bool{
		"BAND_CLIENT_ID":     cfg.BandClientID == bandsim.DefaultClientID,
		"BAND_CLIENT_SECRET": cfg.BandClientSecret.Reveal() == bandsim.DefaultClientSecret,
	} {
		if simulated && cfg.Deployed() {
			wrong.add(name, "is the simulator's, which is for development only")
		}
	}
}
