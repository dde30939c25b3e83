package main

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/caarlos0/env/v11"

	"github.com/dongbaejul/dongbaejul/internal/app"
)

// hints say what to do about a variable.
var hints = map[string]string{
	"APP_ENV":                 "write development, staging or production",
	"PORT":                    "write a number from 1 to 65535, such as 3000",
	"PUBLIC_URL":              "write where clients reach the server, such as https://api.example.com",
	"DATA_DIR":                "write a folder that the server may write to, such as ./data",
	"MONGODB_URI":             "write mongodb://USER:PASSWORD@HOST:27017/dongbaejul?replicaSet=NAME, with what is special percent-encoded, or nothing to keep data in SQLite, in DATA_DIR",
	"REDIS_URL":               "write a URL such as redis://host:6379/0, rediss:// for TLS, or nothing where one process serves alone, with its data in SQLite",
	"REDIS_PREFIX":            "write a name without blanks, such as dongbaejul, or nothing for that",
	"TLS_CERT_FILE":           "write the certificate's PEM file, together with TLS_KEY_FILE, or neither where a proxy does TLS",
	"TLS_KEY_FILE":            "write the PEM file of the certificate's key, together with TLS_CERT_FILE, or neither where a proxy does TLS",
	"TRUSTED_PROXIES":         "write the addresses or networks of your proxies between commas, such as 10.0.0.0/16,127.0.0.1",
	"ALLOWED_ORIGINS":         "write origins between commas, such as https://app.example.com,http://localhost:5173, without a path and never *",
	"RATE_LIMIT":              "write on or off",
	"FCM_CREDENTIALS_FILE":    "write the path of a service account's key file in JSON, or nothing to push to nobody",
	"WEB_PUSH_PRIVATE_KEY":    "write a key such as `dongbaejul web-push-key` makes, or nothing to push to no browser",
	"WEB_PUSH_SUBJECT":        "write how push services reach you: mailto:club@example.com, or an https URL",
	"GAME_SCORING":            "write kr_1x25, 1x21, bwf_3x21 or bwf_3x15",
	"STREAM_HEARTBEAT":        "write a length of time from 100ms to 1m, such as 15s",
	"SHUTDOWN_DELAY":          "write a length of time up to 15s: what a load balancer takes to notice that health says no",
	"LOG_LEVEL":               "write debug, info, warn or error; verbose, http and silly are debug",
	"LOG_DIR":                 "write a folder that the server may write to, or nothing for no files",
	"JWT_SECRET":              "write at least 32 random bytes, such as `openssl rand -base64 32` makes",
	"JWT_SECRET_PREVIOUS":     "write what JWT_SECRET was until now, or nothing",
	"JWT_EXPIRES_IN":          "write a length of time from 1s to 30d, such as 24h or 7d",
	"AUTH_REDIRECT_URIS":      "write URIs between commas where a sign-in may end, such as dongbaejul://auth,https://app.example.com/auth; http for this machine only",
	"BAND_CLIENT_ID":          "write the client id from developers.band.us",
	"BAND_CLIENT_SECRET":      "write the client secret from developers.band.us",
	"BAND_KEY":                "write the band_key of the club's Band",
	"BAND_API_URL":            "write a URL such as https://openapi.band.us",
	"BAND_AUTH_URL":           "write a URL such as https://auth.band.us",
	"BAND_TOKEN_KEY":          "write at least 32 random bytes, such as `openssl rand -base64 32` makes, or nothing to derive it from JWT_SECRET",
	"BAND_TOKEN_KEY_PREVIOUS": "write what BAND_TOKEN_KEY was until now, or nothing",
	"BAND_SYNC_INTERVAL":      "write a length of time of at least 1s, such as 30m, or 0s to sync on request only",
	"BAND_FULL_SYNC_INTERVAL": "write a length of time of at least 1m, such as 24h",
	"BAND_SYNC_POSTS":         "write on or off",
	"BAND_MEMBERS_PATH":       "write the path that Band has given for its list of members, such as /v2/band/members, or nothing",
	"BAND_IMAGE_HOSTS":        "write hosts between commas, without a scheme, such as campmobile.net,pstatic.net",
	"PICTURE_CACHE_MB":        "write a number of MiB from 1 to 1048576, such as 1024",
	"ADMIN_BAND_USER_KEYS":    "write Band user keys between commas",
	"MANAGER_BAND_USER_KEYS":  "write Band user keys between commas",
	"BLOB_URL":                "write s3://BUCKET?region=REGION, with &endpoint=https://HOST for other servers than Amazon's, or nothing for a folder",
}

// problems are what is wrong with the configuration, by variable.
type problems map[string]string

// add notes a problem. The first one of a variable stays.
func (p problems) add(name, format string, args ...any) {
	if _, known := p[name]; !known {
		p[name] = fmt.Sprintf(format, args...)
	}
}

// parsed notes what env could not read of the variables. Any other error is given back.
func (p problems) parsed(err error, variables map[string]string) error {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return err
	}
	for _, err := range all.Errors {
		var parse env.ParseError
		if !errors.As(err, &parse) {
			return err
		}
		field, _ := reflect.TypeFor[app.Config]().FieldByName(parse.Name)
		name, what := field.Tag.Get("env"), valueError("cannot be read")
		errors.As(parse.Err, &what)
		p.add(name, "%q %s", variables[name], what)
	}
	return nil
}

// valueError is what is wrong with a value, such as "is no port".
type valueError string

func (e valueError) Error() string { return string(e) }

// Error lists all problems, in the order of app.Config.
func (p problems) Error() string {
	var b strings.Builder
	b.WriteString("the configuration cannot be used:")
	for _, field := range reflect.VisibleFields(reflect.TypeFor[app.Config]()) {
		name := field.Tag.Get("env")
		if problem, ok := p[name]; ok {
			fmt.Fprintf(&b, "\n  %s: %s; %s", name, problem, hints[name])
		}
	}
	return b.String()
}
