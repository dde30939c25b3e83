package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"
	"github.com/joho/godotenv"

	"github.com/dongbaejul/dongbaejul/internal/app"
)

// loadConfig reads the configuration: the only place where the environment is read. It bounds the memory of the process too,
// unless GOMEMLIMIT, which Go's runtime reads by itself, is set.
func loadConfig() (app.Config, error) {
	environ := env.ToMap(os.Environ())
	if environ["GOMEMLIMIT"] == "" {
		limitMemory(os.DirFS("/"))
	}
	return readConfig(environ, ".env")
}

// defaults are the values of variables left out that differ between environments. The tags of app.Config have the others.
var defaults = map[app.Environment]map[string]string{
	app.Development: {
		"LOG_LEVEL": "debug", "RATE_LIMIT": "off",
		// Where Vite and Expo serve pages under development.
		"ALLOWED_ORIGINS": "http://localhost:5173,http://localhost:8081",
	},
	app.Staging:    {"LOG_LEVEL": "info", "RATE_LIMIT": "on"},
	app.Production: {"LOG_LEVEL": "warn", "RATE_LIMIT": "on"},
}

// debugWords are levels of winston, which the Express server wrote its log with, that log/slog has no word for.
var debugWords = []string{"verbose", "http", "silly"}

// readConfig makes the configuration from variables, to which those of the file are added in development. Its error names
// every variable that is wrong or missing, says what is wrong, and what to write instead.
func readConfig(environ map[string]string, file string) (app.Config, error) {
	var cfg app.Config
	variables := set(environ)
	wrong := make(problems)
	if kind := variables["APP_ENV"]; kind == "" || kind == string(app.Development) {
		added, err := godotenv.Read(file)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return cfg, fmt.Errorf("%s cannot be read: %w", file, err)
		case added["APP_ENV"] != "" && added["APP_ENV"] != string(app.Development):
			return cfg, fmt.Errorf("APP_ENV: %q in %s has no effect, since the file is read in development only; set it in the environment",
				added["APP_ENV"], file)
		}
		// What is set in the environment counts.
		added = set(added)
		maps.Copy(added, variables)
		variables = added
	}
	given := maps.Clone(variables)
	kind := app.Environment(variables["APP_ENV"])
	if kind == "" {
		kind = app.Development
	}
	for name, value := range defaults[kind] {
		if variables[name] == "" {
			variables[name] = value
		}
	}
	if slices.Contains(debugWords, strings.ToLower(variables["LOG_LEVEL"])) {
		variables["LOG_LEVEL"] = "debug"
	}
	if err := wrong.parsed(env.ParseWithOptions(&cfg, env.Options{Environment: variables, FuncMap: parsers}), variables); err != nil {
		return cfg, err
	}
	if wrong["APP_ENV"] != "" {
		// What the others should be is not known then: only what is wrong everywhere is told.
		cfg.Environment = app.Development
	}
	checkExpress(&cfg, given, wrong)
	check(&cfg, wrong)
	if len(wrong) > 0 {
		return cfg, wrong
	}
	cfg.Version = programVersion()
	return cfg, prepareFolders(&cfg)
}

// set leaves out empty variables, which is how some tools write that there is none.
func set(environ map[string]string) map[string]string {
	variables := make(map[string]string, len(environ))
	for name, value := range environ {
		if value = strings.TrimSpace(value); value != "" {
			variables[name] = value
		}
	}
	return variables
}
