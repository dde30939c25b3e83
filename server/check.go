package main

import (
	"crypto/tls"
	"fmt"
	"math"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
	"github.com/dongbaejul/dongbaejul/internal/blob"
	"github.com/dongbaejul/dongbaejul/internal/notifications/webpush"
	"github.com/dongbaejul/dongbaejul/internal/redisconn"
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
	checkWebPush(cfg, wrong)
	checkPictures(cfg, wrong)
	checkMongo(cfg, wrong)
	checkRedis(cfg, wrong)
}

// hostName is a name of at least two labels, of which the last is no number: not all of .net, and no address.
var hostName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])?$`)

func checkPictures(cfg *app.Config, wrong problems) {
	if cfg.BlobURL != "" {
		if _, err := blob.ParseURL(cfg.BlobURL); err != nil {
			wrong.add("BLOB_URL", "%v", err)
		}
	}
	for _, host := range cfg.BandImageHosts {
		if !hostName.MatchString(host) {
			wrong.add("BAND_IMAGE_HOSTS", "%q is no name of a host", host)
		}
	}
	if cfg.PictureCacheMB < 1 || cfg.PictureCacheMB > 1<<20 {
		wrong.add("PICTURE_CACHE_MB", "%d is out of bounds", cfg.PictureCacheMB)
	}
}

// checkMongo shows nothing of the URI, which may hold a password.
func checkMongo(cfg *app.Config, wrong problems) {
	if !cfg.MongoURI.IsZero() && mongodb.Check(cfg.MongoURI.Reveal()) != nil {
		wrong.add("MONGODB_URI", "is no address of a MongoDB database")
	}
}

func checkRedis(cfg *app.Config, wrong problems) {
	if cfg.RedisURL.IsZero() && !cfg.MongoURI.IsZero() && cfg.Deployed() {
		wrong.add("REDIS_URL", "is missing while MONGODB_URI is set: other processes would not learn who was logged out or suspended for half a minute")
	}
	if !cfg.RedisURL.IsZero() {
		if err := redisconn.Check(cfg.RedisURL.Reveal()); err != nil {
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
		if err := auth.CheckRedirectURI(uri, !cfg.Deployed()); err != nil {
			wrong.add("AUTH_REDIRECT_URIS", "%q cannot be used: %v", uri, err)
		}
	}
	for _, network := range cfg.TrustedProxies {
		if network.Addr().Is4In6() {
			wrong.add("TRUSTED_PROXIES", "%s matches nothing: write it as a network of IPv4", network)
		}
	}
	if share := shareOf(cfg.TrustedProxies); cfg.Deployed() && share >= mostTrusted {
		wrong.add("TRUSTED_PROXIES", "covers %.0f %% of all addresses, so that anybody could say where a call comes from", 100*share)
	}
}

// mostTrusted is the share of all addresses that no list of proxies has.
const mostTrusted = 0.1

// shareOf returns how much of all IPv4 or IPv6 addresses, whichever is more, the networks are.
func shareOf(networks []netip.Prefix) float64 {
	var v4, v6 float64
	for i, network := range networks {
		within := func(other netip.Prefix) bool { return other.Bits() <= network.Bits() && other.Contains(network.Addr()) }
		if slices.ContainsFunc(networks[:i], within) || slices.ContainsFunc(networks[i+1:], func(other netip.Prefix) bool { return other != network && within(other) }) {
			continue
		}
		share := math.Ldexp(1, -network.Bits())
		switch addr := network.Addr(); {
		case addr.Is4():
			v4 += share
		case !addr.Is4In6():
			v6 += share
		}
	}
	return max(v4, v6)
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

// isOrigin reports whether a browser would write value into an Origin header: scheme and host in lower case, and the port
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
	if cfg.BandSyncInterval != 0 {
		between("BAND_SYNC_INTERVAL", cfg.BandSyncInterval, time.Second, 365*24*time.Hour)
	}
	between("BAND_FULL_SYNC_INTERVAL", cfg.BandFullSyncInterval, time.Minute, 365*24*time.Hour)
}

func checkSecrets(cfg *app.Config, wrong problems) {
	if cfg.BandTokenKey.IsZero() && !cfg.BandTokenKeyPrevious.IsZero() {
		wrong.add("BAND_TOKEN_KEY_PREVIOUS", "is set while BAND_TOKEN_KEY is not")
	}
	if !cfg.Deployed() {
		return
	}
	if cfg.JWTSecret.IsZero() {
		wrong.add("JWT_SECRET", "is missing")
	}
	for name, value := range map[string]band.Secret{
		"JWT_SECRET": cfg.JWTSecret, "JWT_SECRET_PREVIOUS": cfg.JWTSecretPrevious, "BAND_TOKEN_KEY": cfg.BandTokenKey,
		"BAND_TOKEN_KEY_PREVIOUS": cfg.BandTokenKeyPrevious,
	} {
		switch secret := value.Reveal(); {
		case secret == "":
		case len(secret) < minSecret:
			wrong.add(name, "has %d bytes, which is too short", len(secret))
		case isGuessable(secret):
			wrong.add(name, "repeats itself, or counts, and can be guessed")
		}
	}
}

// isGuessable reports whether a secret is one that somebody typed: of a few characters, mostly a word over and over, or a row
// such as 0123456789abcdef.
func isGuessable(secret string) bool {
	const fewest = 8
	distinct, steps := make(map[byte]bool), 0
	for i := range len(secret) {
		distinct[secret[i]] = true
		if i > 0 && (secret[i] == secret[i-1]+1 || secret[i] == secret[i-1]-1) {
			steps++
		}
	}
	for period := 1; period <= len(secret)/2; period++ {
		repeated := 0
		for i := period; i < len(secret); i++ {
			if secret[i] == secret[i-period] {
				repeated++
			}
		}
		if repeated > (len(secret)-period)*3/4 {
			return true
		}
	}
	return len(distinct) < fewest || steps > len(secret)/2
}

// checkWebPush looks at the key, and puts PUBLIC_URL in the place of a subject that is not set.
func checkWebPush(cfg *app.Config, wrong problems) {
	if cfg.WebPushSubject == "" && strings.HasPrefix(cfg.PublicURL, "https://") {
		cfg.WebPushSubject = cfg.PublicURL
	}
	if cfg.WebPushSubject == "" && !cfg.Deployed() {
		// Push services for development take it.
		cfg.WebPushSubject = "mailto:developer@example.com"
	}
	if address, isMail := strings.CutPrefix(cfg.WebPushSubject, "mailto:"); cfg.WebPushSubject != "" {
		if isMail {
			if _, err := mail.ParseAddress(address); err != nil {
				wrong.add("WEB_PUSH_SUBJECT", "has no mail address after mailto:")
			}
		} else if !strings.HasPrefix(cfg.WebPushSubject, "https://") || !isWebURL(cfg.WebPushSubject) {
			wrong.add("WEB_PUSH_SUBJECT", "is neither a mailto: nor an https: URL")
		}
	}
	if cfg.WebPushPrivateKey.IsZero() {
		return
	}
	if cfg.WebPushSubject == "" {
		wrong.add("WEB_PUSH_SUBJECT", "is missing, since PUBLIC_URL is no https URL")
	}
	if _, err := webpush.New(webpush.Config{Key: cfg.WebPushPrivateKey.Reveal()}); err != nil {
		wrong.add("WEB_PUSH_PRIVATE_KEY", "is not a private key of P-256 in base64url")
	}
}

// checkBand asks for all that signing in by Naver Band takes, where the simulator does not stand in for it.
func checkBand(cfg *app.Config, wrong problems) {
	if path := cfg.BandMembersPath; path != "" {
		if u, err := url.Parse(path); err != nil || !strings.HasPrefix(path, "/") || u.Host != "" || u.RawQuery != "" || u.Fragment != "" {
			wrong.add("BAND_MEMBERS_PATH", "%q is no path of Band's API, such as /v2/band/members", path)
		}
	}
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
