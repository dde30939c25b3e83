package main

import (
	"maps"
	"regexp"
	"slices"

	"github.com/dongbaejul/dongbaejul/internal/app"
)

// expressVariable is a variable of the Express server that this one replaces, and the one that is read instead.
type expressVariable struct {
	name *regexp.Regexp
	ours string
}

var expressVariables = []expressVariable{
	{regexp.MustCompile(`^NODE_ENV$`), "APP_ENV"},
	{regexp.MustCompile(`^MONGO(DB)?_([A-Z]+_)?UR[IL]$`), "MONGODB_URI"},
	{regexp.MustCompile(`^REDIS_([A-Z]+_)?UR[IL]$`), "REDIS_URL"},
	{regexp.MustCompile(`^CLUB_ID$`), "BAND_KEY"},
	{regexp.MustCompile(`^BAND_REDIRECT_UR[IL]$`), "AUTH_REDIRECT_URIS"},
	{regexp.MustCompile(`^CORS_ORIGINS?$`), "ALLOWED_ORIGINS"},
}

// replaced returns the Express variables that are set while ours is not, by the name of ours, each list sorted.
func replaced(variables map[string]string) map[string][]string {
	found := make(map[string][]string)
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		for _, v := range expressVariables {
			if name != v.ours && v.name.MatchString(name) && variables[v.ours] == "" {
				found[v.ours] = append(found[v.ours], name)
			}
		}
	}
	return found
}

// isExpressDevelopment reports whether NODE_ENV, where it is set, names an environment that only developers use.
func isExpressDevelopment(nodeEnv string) bool {
	return nodeEnv == "" || nodeEnv == "development" || nodeEnv == "test"
}

// checkExpress refuses, where other people would depend on it, what a deployment of the Express server sets and this server does
// not read: NODE_ENV=production alone would start development, with the simulator open to everybody. In development it adds a
// warning to cfg instead. APP_ENV decides where it is set.
func checkExpress(cfg *app.Config, variables map[string]string, wrong problems) {
	found := replaced(variables)
	refuse := cfg.Deployed() || len(found["APP_ENV"]) > 0 && !isExpressDevelopment(variables["NODE_ENV"])
	for _, ours := range slices.Sorted(maps.Keys(found)) {
		for _, name := range found[ours] {
			if refuse {
				wrong.add(ours, "is missing while %s is set, which this server does not read", name)
			} else {
				cfg.Warnings = append(cfg.Warnings, name+" is set, which this server does not read: set "+ours+" instead; "+hints[ours])
			}
		}
	}
}
