package main

import (
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

// parsers read what the library does not, or reads otherwise. Their errors say what is wrong with a value.
var parsers = map[reflect.Type]env.ParserFunc{
	reflect.TypeFor[app.Environment](): func(v string) (any, error) { return parseEnvironment(v) },
	reflect.TypeFor[bool]():            func(v string) (any, error) { return parseSwitch(v) },
	reflect.TypeFor[time.Duration]():   func(v string) (any, error) { return parseDuration(v) },
	reflect.TypeFor[[]string]():        func(v string) (any, error) { return parseList(v), nil },
	reflect.TypeFor[[]netip.Prefix]():  func(v string) (any, error) { return parseNetworks(v) },
	reflect.TypeFor[scoring.Rules]():   func(v string) (any, error) { return parseScoring(v) },
	reflect.TypeFor[band.Secret]():     func(v string) (any, error) { return band.NewSecret(v), nil },
}

func parseEnvironment(v string) (app.Environment, error) {
	if _, ok := defaults[app.Environment(v)]; !ok {
		return "", valueError("is no environment")
	}
	return app.Environment(v), nil
}

func parseSwitch(v string) (bool, error) {
	switch strings.ToLower(v) {
	case "on", "true", "1", "yes":
		return true, nil
	case "off", "false", "0", "no":
		return false, nil
	}
	return false, valueError("is neither on nor off")
}

// parseDuration reads Go's form, and whole days before it: "90m", "24h", "7d", "1d12h".
func parseDuration(v string) (time.Duration, error) {
	const (
		notOne = valueError("is no length of time")
		day    = 24 * time.Hour
	)
	days, rest, ok := strings.Cut(v, "d")
	if !ok {
		d, err := time.ParseDuration(v)
		if err != nil {
			return 0, notOne
		}
		return d, nil
	}
	n, err := strconv.ParseUint(days, 10, 16)
	if err != nil {
		return 0, notOne
	}
	d := time.Duration(n) * day
	if rest == "" {
		return d, nil
	}
	more, err := time.ParseDuration(rest)
	if err != nil || more < 0 || more >= day {
		return 0, notOne
	}
	return d + more, nil
}

// parseList reads elements between commas, without the empty ones.
func parseList(v string) []string {
	var list []string
	for element := range strings.SplitSeq(v, ",") {
		if element = strings.TrimSpace(element); element != "" {
			list = append(list, element)
		}
	}
	return list
}

func parseNetworks(v string) ([]netip.Prefix, error) {
	var networks []netip.Prefix
	for _, element := range parseList(v) {
		prefix, err := netip.ParsePrefix(element)
		if err != nil {
			addr, err := netip.ParseAddr(element)
			if err != nil || addr.Zone() != "" {
				return nil, valueError("has " + strconv.Quote(element) + " in it, which is neither an address nor a network")
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		networks = append(networks, prefix.Masked())
	}
	return networks, nil
}

func parseScoring(v string) (scoring.Rules, error) {
	rules, ok := scoring.Preset(v).Rules()
	if !ok {
		return scoring.Rules{}, valueError("names no rules")
	}
	return rules, nil
}
