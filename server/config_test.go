package main

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
)

// read reads a configuration that keeps its data in a folder of the test.
func read(t *testing.T, variables map[string]string) (app.Config, error) {
	t.Helper()
	all := map[string]string{"DATA_DIR": t.TempDir()}
	maps.Copy(all, variables)
	return readConfig(all, filepath.Join(t.TempDir(), ".env"))
}

func mustRead(t *testing.T, variables map[string]string) app.Config {
	t.Helper()
	cfg, err := read(t, variables)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// production is the least that a server in production is configured by.
func production() map[string]string {
	return map[string]string{
		"APP_ENV": "production", "JWT_SECRET": "Zk0f3Qp1yqvW7uXw2nT5mB8sD4hJ6aLc",
		"BAND_CLIENT_ID": "1", "BAND_CLIENT_SECRET": "s", "BAND_KEY": "k",
	}
}

func with(variables map[string]string, more ...string) map[string]string {
	all := maps.Clone(variables)
	if all == nil {
		all = make(map[string]string)
	}
	for _, line := range more {
		name, value, _ := strings.Cut(line, "=")
		all[name] = value
	}
	return all
}

func TestDefaults(t *testing.T) {
	cfg := mustRead(t, nil)
	if cfg.Environment != app.Development || cfg.Deployed() || !cfg.UseSimulator() {
		t.Errorf("environment %q, simulator %v", cfg.Environment, cfg.UseSimulator())
	}
	if cfg.Port != 3000 || cfg.PublicURL != "http://localhost:3000" || cfg.JWTExpiresIn != 24*time.Hour ||
		cfg.StreamHeartbeat != 15*time.Second || cfg.BandSyncInterval != 30*time.Minute || cfg.RateLimit || cfg.ShutdownDelay != 0 ||
		cfg.LogLevel != slog.LevelDebug || cfg.BandAPIURL != "https://openapi.band.us" || cfg.BandAuthURL != "https://auth.band.us" ||
		strings.Join(cfg.BandImageHosts, " ") != "campmobile.net pstatic.net band.us" || cfg.PictureCacheMB != 1024 {
		t.Errorf("%+v", cfg)
	}
	if keys, err := cfg.TokenKeys(); len(keys) != 0 || err != nil {
		t.Errorf("%d keys, %v", len(keys), err)
	}
	if cfg.BandFullSyncInterval != 24*time.Hour || !cfg.BandSyncPosts || cfg.BandMembersPath != "" {
		t.Errorf("%+v", cfg)
	}

	cfg = mustRead(t, production())
	if !cfg.Deployed() || cfg.UseSimulator() || !cfg.RateLimit || cfg.LogLevel != slog.LevelWarn || len(cfg.AllowedOrigins) != 0 {
		t.Errorf("%+v", cfg)
	}
	if cfg = mustRead(t, with(production(), "APP_ENV=staging")); cfg.LogLevel != slog.LevelInfo || !cfg.RateLimit || !cfg.Deployed() {
		t.Errorf("%+v", cfg)
	}
}

func TestValues(t *testing.T) {
	cfg := mustRead(t, map[string]string{
		"PORT": "8080", "PUBLIC_URL": "https://api.example.com/", "RATE_LIMIT": "on", "LOG_LEVEL": "WARN", "JWT_EXPIRES_IN": "7d",
		"STREAM_HEARTBEAT": "500ms", "ALLOWED_ORIGINS": " https://a.example, http://b.example:8080,", "JWT_SECRET": "short",
		"TRUSTED_PROXIES": "10.1.2.3/16, 127.0.0.1,::1", "AUTH_REDIRECT_URIS": "dongbaejul://auth",
		"ADMIN_BAND_USER_KEYS": "a,b", "BAND_TOKEN_KEY": strings.Repeat("k", 32), "BAND_SYNC_INTERVAL": "1d12h",
		"BAND_TOKEN_KEY_PREVIOUS": strings.Repeat("p", 32), "BAND_FULL_SYNC_INTERVAL": "2d", "BAND_SYNC_POSTS": "off", "BAND_MEMBERS_PATH": "/v2/band/members",
		"MONGODB_URI": "mongodb://user:password@one,two:27018/club?replicaSet=rs0", "REDIS_URL": " ",
	})
	if cfg.Port != 8080 || cfg.PublicURL != "https://api.example.com" || !cfg.RateLimit || cfg.LogLevel != slog.LevelWarn ||
		cfg.JWTExpiresIn != 7*24*time.Hour || cfg.StreamHeartbeat != 500*time.Millisecond || cfg.BandSyncInterval != 36*time.Hour ||
		cfg.JWTSecret.Reveal() != "short" {
		t.Errorf("%+v", cfg)
	}
	if want := []string{"https://a.example", "http://b.example:8080"}; !slices.Equal(cfg.AllowedOrigins, want) {
		t.Errorf("origins %q", cfg.AllowedOrigins)
	}
	if want := []string{"a", "b"}; !slices.Equal(cfg.AdminBandUserKeys, want) {
		t.Errorf("admins %q", cfg.AdminBandUserKeys)
	}
	want := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("::1/128")}
	if !slices.Equal(cfg.TrustedProxies, want) {
		t.Errorf("proxies %v", cfg.TrustedProxies)
	}
	keys, err := cfg.TokenKeys()
	if len(keys) != 2 || len(keys[0]) != 32 || len(keys[1]) != 32 || err != nil {
		t.Errorf("keys %v, %v", keys, err)
	}
	// The key in use is the first.
	previous := mustRead(t, map[string]string{"BAND_TOKEN_KEY": strings.Repeat("p", 32)})
	if only, err := previous.TokenKeys(); err != nil || len(only) != 1 || !slices.Equal(only[0], keys[1]) {
		t.Errorf("keys %v, %v", only, err)
	}
	if cfg.BandFullSyncInterval != 48*time.Hour || cfg.BandSyncPosts || cfg.BandMembersPath != "/v2/band/members" {
		t.Errorf("%+v", cfg)
	}
}

func TestExpressVariables(t *testing.T) {
	express := []string{
		"MONGODB_DEV_URI", "MONGODB_STAGING_URI", "MONGODB_PROD_URI", "REDIS_DEV_URL", "REDIS_PROD_URL", "CLUB_ID", "CORS_ORIGIN",
	}
	for _, name := range express {
		cfg := mustRead(t, map[string]string{name: "x"})
		if len(cfg.Warnings) != 1 || !strings.HasPrefix(cfg.Warnings[0], name+" is set") {
			t.Errorf("%s in development: %q", name, cfg.Warnings)
		}
		variables := with(production(), name+"=x")
		delete(variables, "BAND_KEY")
		if _, err := read(t, variables); err == nil || !strings.Contains(err.Error(), "while "+name+" is set") {
			t.Errorf("%s in production: %v", name, err)
		}
	}
	if cfg := mustRead(t, map[string]string{"NODE_ENV": "development"}); len(cfg.Warnings) != 1 {
		t.Errorf("NODE_ENV=development: %q", cfg.Warnings)
	}
	for _, value := range []string{"production", "staging", "prod"} {
		if _, err := read(t, map[string]string{"NODE_ENV": value}); err == nil || !strings.Contains(err.Error(), "APP_ENV: is missing while NODE_ENV") {
			t.Errorf("NODE_ENV=%s: %v", value, err)
		}
	}
	both := map[string]string{"APP_ENV": "development", "NODE_ENV": "production", "REDIS_PROD_URL": "x"}
	if cfg := mustRead(t, both); len(cfg.Warnings) != 1 || !strings.HasPrefix(cfg.Warnings[0], "REDIS_PROD_URL is set") {
		t.Errorf("APP_ENV=development with NODE_ENV=production: %q", cfg.Warnings)
	}
	ours := with(production(), "NODE_ENV=production", "MONGODB_PROD_URI=x", "MONGODB_URI=mongodb://one/club", "REDIS_URL=redis://one", "CLUB_ID=x")
	if cfg := mustRead(t, ours); len(cfg.Warnings) != 0 {
		t.Errorf("with ours: %q", cfg.Warnings)
	}
}

func TestRefusals(t *testing.T) {
	dev := map[string]string{}
	for name, c := range map[string]struct {
		variables map[string]string
		// wrong are the variables named, all of them.
		wrong []string
	}{
		"environment":         {with(dev, "APP_ENV=prod"), []string{"APP_ENV"}},
		"port word":           {with(dev, "PORT=http"), []string{"PORT"}},
		"port too high":       {with(dev, "PORT=70000"), []string{"PORT"}},
		"port 0":              {with(dev, "PORT=0"), []string{"PORT"}},
		"public URL":          {with(dev, "PUBLIC_URL=api.example.com"), []string{"PUBLIC_URL"}},
		"level":               {with(dev, "LOG_LEVEL=loud"), []string{"LOG_LEVEL"}},
		"switch":              {with(dev, "RATE_LIMIT=maybe"), []string{"RATE_LIMIT"}},
		"unknown scoring":     {with(dev, "GAME_SCORING=tennis"), []string{"GAME_SCORING"}},
		"no unit":             {with(dev, "STREAM_HEARTBEAT=15"), []string{"STREAM_HEARTBEAT"}},
		"too short":           {with(dev, "STREAM_HEARTBEAT=1ms"), []string{"STREAM_HEARTBEAT"}},
		"too long":            {with(dev, "STREAM_HEARTBEAT=61s"), []string{"STREAM_HEARTBEAT"}},
		"long goodbye":        {with(dev, "SHUTDOWN_DELAY=16s"), []string{"SHUTDOWN_DELAY"}},
		"negative":            {with(dev, "JWT_EXPIRES_IN=-1h"), []string{"JWT_EXPIRES_IN"}},
		"longer than refresh": {with(dev, "JWT_EXPIRES_IN=31d"), []string{"JWT_EXPIRES_IN"}},
		"days twice":          {with(dev, "JWT_EXPIRES_IN=1d2d"), []string{"JWT_EXPIRES_IN"}},
		"image host":          {with(dev, "BAND_IMAGE_HOSTS=campmobile.net,https://band.us"), []string{"BAND_IMAGE_HOSTS"}},
		"all image hosts":     {with(dev, "BAND_IMAGE_HOSTS=net"), []string{"BAND_IMAGE_HOSTS"}},
		"image address":       {with(dev, "BAND_IMAGE_HOSTS=10.0.0.1"), []string{"BAND_IMAGE_HOSTS"}},
		"bucket":              {with(dev, "BLOB_URL=gs://club"), []string{"BLOB_URL"}},
		"bucket's region":     {with(dev, "BLOB_URL=s3://club"), []string{"BLOB_URL"}},
		"no picture cache":    {with(dev, "PICTURE_CACHE_MB=0"), []string{"PICTURE_CACHE_MB"}},
		"picture cache":       {with(dev, "PICTURE_CACHE_MB=2000000"), []string{"PICTURE_CACHE_MB"}},
		"picture cache words": {with(dev, "PICTURE_CACHE_MB=1GB"), []string{"PICTURE_CACHE_MB"}},
		"sync":                {with(dev, "BAND_SYNC_INTERVAL=1ms"), []string{"BAND_SYNC_INTERVAL"}},
		"full sync":           {with(dev, "BAND_FULL_SYNC_INTERVAL=0s"), []string{"BAND_FULL_SYNC_INTERVAL"}},
		"posts":               {with(dev, "BAND_SYNC_POSTS=some"), []string{"BAND_SYNC_POSTS"}},
		"path of members":     {with(dev, "BAND_MEMBERS_PATH=https://openapi.band.us/v2/members"), []string{"BAND_MEMBERS_PATH"}},
		"only the old key":    {with(dev, "BAND_TOKEN_KEY_PREVIOUS="+strings.Repeat("k", 32)), []string{"BAND_TOKEN_KEY_PREVIOUS"}},
		"all origins":         {with(dev, "ALLOWED_ORIGINS=*"), []string{"ALLOWED_ORIGINS"}},
		"pattern of origins":  {with(dev, "ALLOWED_ORIGINS=https://*.example.com"), []string{"ALLOWED_ORIGINS"}},
		"origin with path":    {with(dev, "ALLOWED_ORIGINS=https://a.example/"), []string{"ALLOWED_ORIGINS"}},
		"origin in capitals":  {with(dev, "ALLOWED_ORIGINS=https://A.example"), []string{"ALLOWED_ORIGINS"}},
		"origin with port":    {with(dev, "ALLOWED_ORIGINS=https://a.example:443"), []string{"ALLOWED_ORIGINS"}},
		"no origin":           {with(dev, "ALLOWED_ORIGINS=a.example"), []string{"ALLOWED_ORIGINS"}},
		"proxy":               {with(dev, "TRUSTED_PROXIES=10.0.0.0/8,proxy"), []string{"TRUSTED_PROXIES"}},
		"redirect":            {with(dev, "AUTH_REDIRECT_URIS=/auth"), []string{"AUTH_REDIRECT_URIS"}},
		"redirect fragment":   {with(dev, "AUTH_REDIRECT_URIS=https://a.example/#x"), []string{"AUTH_REDIRECT_URIS"}},
		"Band URL":            {with(dev, "BAND_API_URL=ftp://band"), []string{"BAND_API_URL"}},
		"half of Band":        {with(dev, "BAND_CLIENT_ID=1"), []string{"BAND_CLIENT_SECRET", "BAND_KEY"}},
		"Redis":               {with(dev, "REDIS_URL=http://user:password@host"), []string{"REDIS_URL"}},
		"Redis database":      {with(dev, "REDIS_URL=redis://user:password@host/x"), []string{"REDIS_URL"}},
		"Redis prefix":        {with(dev, "REDIS_PREFIX=a:b"), []string{"REDIS_PREFIX"}},
		"MongoDB":             {with(dev, "MONGODB_URI=postgres://user:password@host"), []string{"MONGODB_URI"}},
		"MongoDB's user":      {with(dev, "MONGODB_URI=mongodb://user:pass/word@host"), []string{"MONGODB_URI"}},
		"MongoDB's option":    {with(dev, "MONGODB_URI=mongodb://user:password@host/?maxPoolSize=many"), []string{"MONGODB_URI"}},
		"key without cert":    {with(dev, "TLS_KEY_FILE=key.pem"), []string{"TLS_CERT_FILE"}},
		"cert without key":    {with(dev, "TLS_CERT_FILE=cert.pem"), []string{"TLS_KEY_FILE"}},
		"no such cert":        {with(dev, "TLS_CERT_FILE=no.pem", "TLS_KEY_FILE=no.pem"), []string{"TLS_CERT_FILE"}},
		"web push key":        {with(dev, "WEB_PUSH_PRIVATE_KEY=password"), []string{"WEB_PUSH_PRIVATE_KEY"}},
		"web push subject":    {with(dev, "WEB_PUSH_SUBJECT=http://club.example"), []string{"WEB_PUSH_SUBJECT"}},
		"web push address":    {with(dev, "WEB_PUSH_SUBJECT=mailto:club"), []string{"WEB_PUSH_SUBJECT"}},
		"no web push subject": {with(production(), "PUBLIC_URL=http://club.example", "WEB_PUSH_PRIVATE_KEY=q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"),
			[]string{"WEB_PUSH_SUBJECT"}},
		"several": {with(dev, "PORT=x", "RATE_LIMIT=x", "REDIS_URL=x"), []string{"PORT", "REDIS_URL", "RATE_LIMIT"}},
		"bare production": {map[string]string{"APP_ENV": "production"},
			[]string{"JWT_SECRET", "BAND_CLIENT_ID", "BAND_CLIENT_SECRET", "BAND_KEY"}},
		"bare staging": {map[string]string{"APP_ENV": "staging"},
			[]string{"JWT_SECRET", "BAND_CLIENT_ID", "BAND_CLIENT_SECRET", "BAND_KEY"}},
		"simulator in production": {with(production(), "BAND_CLIENT_ID="+bandsim.DefaultClientID, "BAND_CLIENT_SECRET="+bandsim.DefaultClientSecret),
			[]string{"BAND_CLIENT_ID", "BAND_CLIENT_SECRET"}},
		"short secret":          {with(production(), "JWT_SECRET=password-31-bytes-password-31-b"), []string{"JWT_SECRET"}},
		"short previous secret": {with(production(), "JWT_SECRET_PREVIOUS=password"), []string{"JWT_SECRET_PREVIOUS"}},
		"short token key":       {with(production(), "BAND_TOKEN_KEY=password"), []string{"BAND_TOKEN_KEY"}},
		"secret of one byte":    {with(production(), "JWT_SECRET="+strings.Repeat("s", 64)), []string{"JWT_SECRET"}},
		"secret of a word":      {with(production(), "JWT_SECRET="+strings.Repeat("password", 5)), []string{"JWT_SECRET"}},
		"secret of a long word": {with(production(), "JWT_SECRET="+strings.Repeat("password-of-the-club", 2)), []string{"JWT_SECRET"}},
		"secret of a word, cut": {with(production(), "JWT_SECRET="+strings.Repeat("changeme", 4)+"1"), []string{"JWT_SECRET"}},
		"secret in quotes":      {with(production(), "JWT_SECRET=<"+strings.Repeat("password", 5)+">"), []string{"JWT_SECRET"}},
		"secret of few letters": {with(production(), "JWT_SECRET_PREVIOUS=abcabdabcbadabcbdabcdabcabcdbabcda"), []string{"JWT_SECRET_PREVIOUS"}},
		"secret that counts":    {with(production(), "BAND_TOKEN_KEY=abcdefghijklmnopqrstuvwxyz0123456789"), []string{"BAND_TOKEN_KEY"}},
		"redirect script":       {with(production(), "AUTH_REDIRECT_URIS=javascript://a.example/%0aalert(1)"), []string{"AUTH_REDIRECT_URIS"}},
		"redirect data":         {with(production(), "AUTH_REDIRECT_URIS=DATA://text/html,x"), []string{"AUTH_REDIRECT_URIS"}},
		"redirect http":         {with(production(), "AUTH_REDIRECT_URIS=dongbaejul://auth,http://app.example/auth"), []string{"AUTH_REDIRECT_URIS"}},
		"redirect of a socket":  {with(production(), "AUTH_REDIRECT_URIS=wss://app.example/auth"), []string{"AUTH_REDIRECT_URIS"}},
		"redirect of files":     {with(production(), "AUTH_REDIRECT_URIS=ftp://app.example/auth"), []string{"AUTH_REDIRECT_URIS"}},
		"redirect to any":       {with(production(), "AUTH_REDIRECT_URIS=https://*.example/auth"), []string{"AUTH_REDIRECT_URIS"}},
		"redirect like here":    {with(production(), "AUTH_REDIRECT_URIS=http://localhost.example/auth"), []string{"AUTH_REDIRECT_URIS"}},
		"all proxies":           {with(production(), "TRUSTED_PROXIES=0.0.0.0/0"), []string{"TRUSTED_PROXIES"}},
		"all proxies of IPv6":   {with(production(), "TRUSTED_PROXIES=10.0.0.0/8,::/0"), []string{"TRUSTED_PROXIES"}},
		"half of all proxies":   {with(production(), "TRUSTED_PROXIES=0.0.0.0/1"), []string{"TRUSTED_PROXIES"}},
		"all proxies in halves": {with(production(), "TRUSTED_PROXIES=0.0.0.0/1,128.0.0.0/1"), []string{"TRUSTED_PROXIES"}},
		"all proxies in eights": {with(production(), "TRUSTED_PROXIES=0.0.0.0/4,16.0.0.0/4,32.0.0.0/4"), []string{"TRUSTED_PROXIES"}},
		"proxies in both":       {with(production(), "TRUSTED_PROXIES=::ffff:10.0.0.0/104"), []string{"TRUSTED_PROXIES"}},
		"MongoDB alone":         {with(production(), "MONGODB_URI=mongodb://host/club?replicaSet=rs0"), []string{"REDIS_URL"}},
		"MongoDB alone, staged": {with(production(), "APP_ENV=staging", "MONGODB_URI=mongodb://host/club?replicaSet=rs0"), []string{"REDIS_URL"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(t, c.variables)
			var wrong problems
			if !errors.As(err, &wrong) {
				t.Fatalf("%v", err)
			}
			got, want := slices.Sorted(maps.Keys(wrong)), slices.Sorted(slices.Values(c.wrong))
			if !slices.Equal(got, want) {
				t.Errorf("%v are wrong, want %v", got, want)
			}
			for _, name := range c.wrong {
				if !strings.Contains(err.Error(), "\n  "+name+": ") || !strings.Contains(err.Error(), hints[name]) {
					t.Errorf("%s is not explained: %v", name, err)
				}
			}
			if strings.Contains(err.Error(), "password") {
				t.Errorf("it tells a secret: %v", err)
			}
		})
	}
}

func TestWhatProductionTakes(t *testing.T) {
	for name, line := range map[string]string{
		"an app's redirect":       "AUTH_REDIRECT_URIS=dongbaejul://auth",
		"a redirect of the web":   "AUTH_REDIRECT_URIS=https://app.example/auth",
		"a redirect to here":      "AUTH_REDIRECT_URIS=http://127.0.0.1:8765/callback,http://[::1]:80/,http://localhost/",
		"private proxies":         "TRUSTED_PROXIES=10.0.0.0/8,10.1.0.0/16,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,127.0.0.0/8,fc00::/7,::1",
		"a secret in base64":      "JWT_SECRET=q7mJ0m3Wf2v1bq0C1y8n4s5Zr6t9KxE2hPpLdUuIoAs=",
		"a secret in hex":         "JWT_SECRET=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		"a secret as made here":   "JWT_SECRET=" + rand.Text() + rand.Text(),
		"a secret of words":       "JWT_SECRET=correct horse battery staple every evening",
		"a token key with blanks": "BAND_TOKEN_KEY=Qq1!Ww2@ Ee3#Rr4$ Tt5%Yy6^ Uu7&Ii8*",
	} {
		if _, err := read(t, with(production(), line)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := read(t, with(production(), "MONGODB_URI=mongodb://host/club?replicaSet=rs0", "REDIS_URL=redis://host")); err != nil {
		t.Error(err)
	}
	// A developer may do as they like.
	for _, line := range []string{"JWT_SECRET=ssssssssssssssssssssssssssssssssssssss", "TRUSTED_PROXIES=0.0.0.0/0", "AUTH_REDIRECT_URIS=http://192.168.0.7:5173/auth", "MONGODB_URI=mongodb://host/club"} {
		if _, err := read(t, with(nil, line)); err != nil {
			t.Error(err)
		}
	}
}

func TestEveryVariableIsExplained(t *testing.T) {
	for _, field := range reflect.VisibleFields(reflect.TypeFor[app.Config]()) {
		if name := field.Tag.Get("env"); name != "-" && hints[name] == "" {
			t.Errorf("%s (%s) has no hint", name, field.Name)
		}
	}
}

func TestFileOfVariables(t *testing.T) {
	file := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(file, []byte("PORT=4000\nRATE_LIMIT=on\nLOG_LEVEL=\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := readConfig(map[string]string{"PORT": "5000", "DATA_DIR": t.TempDir()}, file)
	if err != nil || cfg.Port != 5000 || !cfg.RateLimit || cfg.LogLevel != slog.LevelDebug {
		t.Errorf("%+v %v", cfg, err)
	}
	// Only in development.
	if cfg, err = readConfig(with(production(), "DATA_DIR="+t.TempDir()), file); err != nil || cfg.Port != 3000 {
		t.Errorf("%d %v", cfg.Port, err)
	}
	if err := os.WriteFile(file, []byte("APP_ENV=production\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = readConfig(map[string]string{"DATA_DIR": t.TempDir()}, file); err == nil || !strings.HasPrefix(err.Error(), "APP_ENV: ") {
		t.Errorf("%v", err)
	}
}

func TestDevelopmentSecretIsKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	first, err := readConfig(map[string]string{"DATA_DIR": dir}, "")
	if err != nil {
		t.Fatal(err)
	}
	second, err := readConfig(map[string]string{"DATA_DIR": dir}, "")
	if err != nil {
		t.Fatal(err)
	}
	if first.JWTSecret.Reveal() != second.JWTSecret.Reveal() || len(first.JWTSecret.Reveal()) < minSecret {
		t.Errorf("%d bytes, and %d after a restart", len(first.JWTSecret.Reveal()), len(second.JWTSecret.Reveal()))
	}
	if key := first.WebPushPrivateKey.Reveal(); key != second.WebPushPrivateKey.Reveal() || key == "" {
		t.Error("the key for web push is not kept")
	}
	if other := mustRead(t, nil); other.JWTSecret.Reveal() == first.JWTSecret.Reveal() {
		t.Error("two folders have one secret")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("%v %v", entries, err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v %v", info.Mode(), err)
		}
	}
}

func TestFoldersThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, variables := range map[string]map[string]string{
		"DATA_DIR": {"DATA_DIR": filepath.Join(file, "x")}, "LOG_DIR": {"LOG_DIR": filepath.Join(file, "x")},
	} {
		if _, err := read(t, variables); err == nil || !strings.HasPrefix(err.Error(), name+": ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The levels of winston, which the Express server had, are taken, from the environment and from a file of variables.
func TestLevelsOfLogs(t *testing.T) {
	for word, want := range map[string]slog.Level{
		"error": slog.LevelError, "warn": slog.LevelWarn, "INFO": slog.LevelInfo, "http": slog.LevelDebug, "verbose": slog.LevelDebug,
		"debug": slog.LevelDebug, "Silly": slog.LevelDebug,
	} {
		if cfg := mustRead(t, map[string]string{"LOG_LEVEL": word, "DATA_DIR": t.TempDir()}); cfg.LogLevel != want {
			t.Errorf("%s is %s, want %s", word, cfg.LogLevel, want)
		}
		file := filepath.Join(t.TempDir(), ".env")
		if err := os.WriteFile(file, []byte("LOG_LEVEL=\""+word+"\" # as before\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if cfg, err := readConfig(map[string]string{"DATA_DIR": t.TempDir()}, file); err != nil || cfg.LogLevel != want {
			t.Errorf("%s in a file is %s, want %s: %v", word, cfg.LogLevel, want, err)
		}
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, v := range []string{"15s", "7d", "1d12h", "d", "-1d", "1d-1h", "99999d", "1.5h"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		if d, err := parseDuration(v); err == nil && strings.Contains(v, "d") && d < 0 {
			t.Errorf("%q is %s", v, d)
		}
	})
}
