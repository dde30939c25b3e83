package app

import (
	"crypto/hkdf"
	"crypto/sha256"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
	"github.com/dongbaejul/dongbaejul/internal/photos/imageproxy"
	"github.com/dongbaejul/dongbaejul/internal/uploads"
)

// Environment is what a server is run for.
type Environment string

const (
	Development Environment = "development"
	// Staging is run like Production, to see whether that will work.
	Staging    Environment = "staging"
	Production Environment = "production"
)

// Config is how a server runs. The tags name the environment variables that the program reads it from, and the values of
// those left out, where these are the same in every environment.
type Config struct {
	Environment Environment `env:"APP_ENV" envDefault:"development"`
	Port        uint16      `env:"PORT" envDefault:"3000"`
	// PublicURL is where clients reach the server, without a slash at the end.
	PublicURL string `env:"PUBLIC_URL"`
	// DataDir holds what the server keeps on this machine.
	DataDir string `env:"DATA_DIR" envDefault:"./data"`
	// MongoURI is empty for SQLite in DataDir.
	MongoURI band.Secret `env:"MONGODB_URI"`
	// RedisURL is empty where one process serves alone.
	RedisURL band.Secret `env:"REDIS_URL"`
	// RedisPrefix begins the names that are used in Redis: clubs that share one have one each.
	RedisPrefix string `env:"REDIS_PREFIX" envDefault:"dongbaejul"`
	// TLSCertFile and TLSKeyFile are PEM files, both or neither.
	TLSCertFile string `env:"TLS_CERT_FILE"`
	TLSKeyFile  string `env:"TLS_KEY_FILE"`
	// TrustedProxies are who may say for whom they forward a request.
	TrustedProxies []netip.Prefix `env:"TRUSTED_PROXIES"`
	// AllowedOrigins are the origins whose pages may call, each written as browsers do.
	AllowedOrigins  []string      `env:"ALLOWED_ORIGINS"`
	RateLimit       bool          `env:"RATE_LIMIT"`
	StreamHeartbeat time.Duration `env:"STREAM_HEARTBEAT" envDefault:"15s"`
	// ShutdownDelay is how long a server that closes goes on serving while health says no: for as long as load balancers take to
	// notice.
	ShutdownDelay time.Duration `env:"SHUTDOWN_DELAY" envDefault:"0s"`
	// Scoring is how a game is scored that says nothing else.
	Scoring scoring.Rules `env:"GAME_SCORING" envDefault:"kr_1x25"`

	LogLevel slog.Level `env:"LOG_LEVEL"`
	// LogDir is empty for no files.
	LogDir string `env:"LOG_DIR"`

	JWTSecret band.Secret `env:"JWT_SECRET"`
	// JWTSecretPrevious is zero where the secret was not changed lately.
	JWTSecretPrevious band.Secret   `env:"JWT_SECRET_PREVIOUS"`
	JWTExpiresIn      time.Duration `env:"JWT_EXPIRES_IN" envDefault:"24h"`
	AuthRedirectURIs  []string      `env:"AUTH_REDIRECT_URIS"`

	// BandClientID is empty only in development: see UseSimulator.
	BandClientID     string      `env:"BAND_CLIENT_ID"`
	BandClientSecret band.Secret `env:"BAND_CLIENT_SECRET"`
	// BandKey is the club's Band.
	BandKey     string `env:"BAND_KEY"`
	BandAPIURL  string `env:"BAND_API_URL" envDefault:"https://openapi.band.us"`
	BandAuthURL string `env:"BAND_AUTH_URL" envDefault:"https://auth.band.us"`
	// BandTokenKey is what Band tokens are encrypted by; zero to derive it from the JWT secrets. BandTokenKeyPrevious is zero if the key
	// was not changed lately. See TokenKeys.
	BandTokenKey         band.Secret `env:"BAND_TOKEN_KEY"`
	BandTokenKeyPrevious band.Secret `env:"BAND_TOKEN_KEY_PREVIOUS"`
	// BandSyncInterval is how often the Band is synced; 0 for on request only. BandFullSyncInterval is how often all of it is read, so that
	// what was deleted there is noticed.
	BandSyncInterval     time.Duration `env:"BAND_SYNC_INTERVAL" envDefault:"30m"`
	BandFullSyncInterval time.Duration `env:"BAND_FULL_SYNC_INTERVAL" envDefault:"24h"`
	BandSyncPosts        bool          `env:"BAND_SYNC_POSTS" envDefault:"on"`
	// BandMembersPath is where Band serves a partner's list of members; empty for none.
	BandMembersPath     string   `env:"BAND_MEMBERS_PATH"`
	AdminBandUserKeys   []string `env:"ADMIN_BAND_USER_KEYS"`
	ManagerBandUserKeys []string `env:"MANAGER_BAND_USER_KEYS"`

	// BandImageHosts are the hosts whose pictures are shown, with all hosts below them.
	BandImageHosts []string `env:"BAND_IMAGE_HOSTS" envDefault:"campmobile.net,pstatic.net,band.us"`
	// PictureCacheMB bounds the pictures kept in DataDir, in MiB.
	PictureCacheMB uint32 `env:"PICTURE_CACHE_MB" envDefault:"1024"`

	// BlobURL is the bucket that holds what members upload, such as s3://club-pictures?region=ap-northeast-2; empty for a folder in DataDir.
	BlobURL string `env:"BLOB_URL"`

	// FCMCredentialsFile is the key file of a service account that pushes by Firebase; empty to log what would be pushed.
	FCMCredentialsFile string `env:"FCM_CREDENTIALS_FILE"`

	// WebPushPrivateKey signs pushes to browsers; zero to log what would be pushed.
	WebPushPrivateKey band.Secret `env:"WEB_PUSH_PRIVATE_KEY"`
	// WebPushSubject is how the operators of push services reach the club's: a mailto: or https: URL.
	WebPushSubject string `env:"WEB_PUSH_SUBJECT"`
	// WebPushClient sends pushes to browsers; nil for a client that connects to public addresses only.
	WebPushClient *http.Client `env:"-"`

	// Uploads finds what members have uploaded; nil for what they have uploaded by PhotoService.
	Uploads uploads.Finder `env:"-"`
	// Pictures knows those that are served; nil for the photos of the albums.
	Pictures imageproxy.Source `env:"-"`
	// ImageNetwork is how the BandImageHosts are reached.
	ImageNetwork imageproxy.Network `env:"-"`
	// Warnings are what the environment sets and the server does not read, to be logged at the start.
	Warnings []string `env:"-"`
	// Version is that of the program.
	Version string `env:"-"`
	// Log is for operators, and AuditLog for records that are kept at any level.
	Log      *slog.Logger `env:"-"`
	AuditLog *slog.Logger `env:"-"`
}

// Deployed tells that the server is for other people than those who write it.
func (c Config) Deployed() bool { return c.Environment != Development }

// UseSimulator reports whether the server plays Naver Band itself. It does so in development only, and is meant to be what a
// newcomer meets who has set nothing.
func (c Config) UseSimulator() bool { return !c.Deployed() && c.BandClientID == "" }

// secrets are the JWT secret and, where it was changed lately, the previous one.
func (c Config) secrets() [][]byte {
	all := [][]byte{[]byte(c.JWTSecret.Reveal())}
	if !c.JWTSecretPrevious.IsZero() {
		all = append(all, []byte(c.JWTSecretPrevious.Reveal()))
	}
	return all
}

// TokenKeys are the keys of 32 bytes that Band tokens are encrypted by, the first one, or were before; none if they are to be derived
// from the JWT secrets.
func (c Config) TokenKeys() (keys [][]byte, err error) {
	for _, secret := range []band.Secret{c.BandTokenKey, c.BandTokenKeyPrevious} {
		if secret.IsZero() {
			continue
		}
		key, err := hkdf.Key(sha256.New, []byte(secret.Reveal()), nil, "dongbaejul BAND_TOKEN_KEY", 32)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}
