package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pb33f/go-yaml"
)

// compare holds an answer to the example of it in the document.
func (s *stage) compare(step step, answer *yaml.Node) {
	s.Helper()
	if *update {
		s.settle(answer, s.examples.answer(step.key()), "")
		s.settled[step.key()] = answer
		return
	}
	example := s.shown(step)
	if example == nil {
		s.Errorf("the document shows no answer of %s", step.key())
		return
	}
	s.settle(answer, example, "")
	if got, want := toYAML(s.T, answer), toYAML(s.T, example); got != want {
		s.Errorf("%s: the example is not what the server answers. Run 'go test ./tools/openapi -update' and 'make generate', "+
			"and see whether the change is right. It answers\n%s\nand the example is\n%s", step.key(), got, want)
	}
}

// shown is the answer that the document shows for a step, nil where it shows none.
func (s *stage) shown(step step) *yaml.Node {
	if step.Fails == "" {
		return s.calls[step.Call].Responses.Codes.GetOrZero("200").Content.GetOrZero(jsonType).Example
	}
	if example := s.responses.GetOrZero(step.Fails).Content.GetOrZero(jsonType).Examples.GetOrZero(step.Title); example != nil {
		return example.Value
	}
	return nil
}

// settle puts made-up values in the place of those of an answer that are others every time: those that are known, and those
// that the example has in the same place.
func (s *stage) settle(answer, example *yaml.Node, name string) {
	answer.Style = 0
	switch answer.Kind {
	case yaml.MappingNode:
		// Others may quote the volatile ones.
		for _, first := range []bool{true, false} {
			for key, value := range pairs(answer) {
				key.Style = 0
				if slices.Contains(volatile, key.Value) == first {
					s.settle(value, valueAt(example, key.Value), key.Value)
				}
			}
		}
	case yaml.SequenceNode:
		for i, item := range answer.Content {
			var shown *yaml.Node
			if example != nil && i < len(example.Content) {
				shown = example.Content[i]
			}
			s.settle(item, shown, name)
		}
	case yaml.ScalarNode:
		answer.Value = s.settleText(name, answer.Value, example)
	}
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// volatile are the fields that are others every time, whatever they look like.
var volatile = []string{"state", "access_token", "refresh_token", "expires_in", "device", "retry_delay", "file_id"}

func (s *stage) settleText(name, real string, example *yaml.Node) string {
	at, err := time.Parse(time.RFC3339Nano, real)
	isTime := err == nil && time.Since(at).Abs() < time.Hour
	shown := ""
	if example != nil {
		shown = example.Value
	}
	known, isKnown := s.madeUp[real]
	// The state of a sign-in is made up, and that of a sync is a word.
	isVolatile := slices.Contains(volatile, name) && real != "succeeded"
	switch {
	case shown != "" && (isTime || isVolatile):
		// Two of these may be the same by chance.
	case isKnown:
		return known
	case !isTime && !uuid.MatchString(real) && !isVolatile:
		return s.settleParts(real)
	case *update && (shown == "" || s.real[shown] != ""):
		shown = s.invent(isTime)
	case shown == "":
		return real
	case s.real[shown] != "":
		s.Errorf("the examples call both %s and %s %s", s.real[shown], real, shown)
	}
	s.know(real, shown)
	return shown
}

// settleParts settles what a text quotes.
func (s *stage) settleParts(real string) string {
	const longEnough = 20
	for value, madeUp := range s.madeUp {
		if len(value) >= longEnough {
			real = strings.ReplaceAll(real, value, madeUp)
		}
	}
	// As where nothing is configured.
	return strings.ReplaceAll(real, s.server.URL, "http://localhost:3000")
}

// invent makes up a value.
func (s *stage) invent(isTime bool) string {
	for n := 0; ; n++ {
		madeUp := fmt.Sprintf("019a5000-0000-7000-8000-000000000%03d", 900+n)
		if isTime {
			madeUp = time.Date(2029, 12, 31, 10, n, 0, 0, time.UTC).Format(time.RFC3339)
		}
		if s.real[madeUp] == "" {
			return madeUp
		}
	}
}
