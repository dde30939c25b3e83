package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/dongbaejul/dongbaejul/clients/internal/wholefile"
)

const defaultServer = "http://localhost:3000"

// environment is what dbj reads of it.
type environment struct {
	Server string        `env:"DBJ_SERVER"`
	Output string        `env:"DBJ_OUTPUT"`
	Lang   string        `env:"DBJ_LANG"`
	Wait   time.Duration `env:"DBJ_WAIT"`
	// ConfigHome is where configuration lies on Unix; without it, where the system says.
	ConfigHome string `env:"XDG_CONFIG_HOME"`
	LCAll      string `env:"LC_ALL"`
	LCMessages string `env:"LC_MESSAGES"`
	LANG       string `env:"LANG"`
}

// flags are what may be said on the command line in the place of the environment and the file. What is empty is not said.
type flags struct {
	server, output, lang string
	wait                 time.Duration
}

// saved is the file of the configuration.
type saved struct {
	// Server is where somebody has signed in last.
	Server string `json:"server,omitempty"`
	Output string `json:"output,omitempty"`
	Lang   string `json:"lang,omitempty"`
}

// config is how dbj runs: by flags, else the environment, else the file, else as is usual.
type config struct {
	server string
	format format
	lang   lang
	// wait is how long a server that does not answer is waited for. waitSaid is set where somebody said so.
	wait     time.Duration
	waitSaid bool
	// folder is where the configuration and the tokens lie.
	folder string
	saved  saved
}

func loadConfig(environ []string, f flags) (config, error) {
	e, err := env.ParseAsWithOptions[environment](env.Options{Environment: env.ToMap(environ)})
	if err != nil {
		return config{}, fmt.Errorf("the environment: %w", err)
	}
	said := firstOf(f.wait, e.Wait)
	c := config{wait: firstOf(said, 30*time.Second), waitSaid: said != 0}
	if c.folder, err = configFolder(e.ConfigHome); err != nil {
		return config{}, err
	}
	if err := c.read(); err != nil {
		return config{}, err
	}
	c.server = strings.TrimRight(firstOf(f.server, e.Server, c.saved.Server, defaultServer), "/")
	if c.format, err = parseFormat(firstOf(f.output, e.Output, c.saved.Output, string(asTable))); err != nil {
		return config{}, err
	}
	if c.lang, err = parseLang(firstOf(f.lang, e.Lang, c.saved.Lang)); err != nil {
		return config{}, err
	}
	if c.lang == "" {
		c.lang = langOfLocale(firstOf(e.LCAll, e.LCMessages, e.LANG))
	}
	return c, nil
}

// firstOf returns the first value that is said.
func firstOf[T comparable](values ...T) T {
	var none T
	if i := slices.IndexFunc(values, func(v T) bool { return v != none }); i >= 0 {
		return values[i]
	}
	return none
}

func configFolder(home string) (string, error) {
	if home == "" {
		var err error
		if home, err = os.UserConfigDir(); err != nil {
			return "", fmt.Errorf("find the folder for configuration: %w", err)
		}
	}
	return filepath.Join(home, "dongbaejul"), nil
}

func (c *config) path() string { return filepath.Join(c.folder, "config.json") }

// tokensPath is where the tokens for the server lie: a file for each, since what one gave out is nothing to show another.
func (c *config) tokensPath() string {
	return filepath.Join(c.folder, "tokens", url.QueryEscape(c.server)+".json")
}

func (c *config) read() error {
	b, err := os.ReadFile(c.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(b, &c.saved)
	}
	if err != nil {
		return fmt.Errorf("read the configuration in %s: %w", c.path(), err)
	}
	return nil
}

// remember makes the server the one that is asked when none is named.
func (c *config) remember() error {
	if c.saved.Server == c.server {
		return nil
	}
	c.saved.Server = c.server
	b, err := json.MarshalIndent(c.saved, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.folder, 0o700); err != nil {
		return err
	}
	return wholefile.Write(c.path(), append(b, '\n'))
}
