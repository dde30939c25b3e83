package main

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/pb33f/go-yaml"
)

var update = flag.Bool("update", false, "write what the server answers to answers.yaml; 'make generate' puts it into the document")

// The examples of the document that a server serves are what it does: the requests work as they stand, once the ids in them
// are those of earlier answers, the answers are the ones shown, and all of them are as the schemas say.
func TestTheServerDoesWhatTheExamplesShow(t *testing.T) {
	s := newStage(t)
	for name := range s.calls {
		// A binding beside the first one has the same example.
		name, _, _ = strings.Cut(name, "By")
		if s.examples.first(name) < 0 {
			t.Errorf("the story does not play %s: add it to story.yaml, and run this with -update", name)
		}
	}
	for i := range s.examples.story {
		s.play(i)
	}
	if *update {
		s.write()
	}
}

// write writes the answers that are examples.
func (s *stage) write() {
	shown := &yaml.Node{Kind: yaml.MappingNode}
	for _, step := range s.examples.story {
		if answer, ok := s.settled[step.key()]; ok {
			shown.Content = append(shown.Content, text(step.key()), answer)
			delete(s.settled, step.key())
		}
	}
	const about = "# What the server answers in the story of story.yaml, written by 'go test ./tools/openapi -update'.\n"
	if err := os.WriteFile("answers.yaml", []byte(about+toYAML(s.T, shown)), 0o644); err != nil {
		s.Fatal(err)
	}
}
