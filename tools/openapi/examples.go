package main

import (
	"fmt"
	"iter"
	"slices"

	"github.com/pb33f/go-yaml"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// step is one call of the story.
type step struct {
	// Call is the RPC's name.
	Call string `yaml:"call"`
	// By is who calls: leader, player, or nobody.
	By string `yaml:"by"`
	// Fails is the name of the response that the call gets, empty for its answer.
	Fails string `yaml:"fails"`
	// Title names the error as an example of the response; empty where it is none.
	Title string `yaml:"title"`
	// Waits tells that the call is there to wait for something, and is no example.
	Waits bool `yaml:"waits"`
	// Request is the message, as REST's JSON has it, whether it goes into the path, the query or the body. Left out, it is
	// that of the first step of the call.
	Request yaml.Node `yaml:"request"`
}

// key is what the step's answer is kept under.
func (s step) key() string {
	if s.Fails == "" {
		return s.Call
	}
	return s.Fails + "/" + s.Title
}

// examples are the requests of the story and their answers.
type examples struct {
	story   []step
	answers yaml.Node
	// used are the keys of the answers that were asked for.
	used map[string]bool
}

func readExamples(story, answers []byte) (*examples, error) {
	e := &examples{used: make(map[string]bool)}
	if err := yaml.Unmarshal(story, &e.story); err != nil {
		return nil, fmt.Errorf("story.yaml: %w", err)
	}
	if err := yaml.Unmarshal(answers, &e.answers); err != nil {
		return nil, fmt.Errorf("answers.yaml: %w", err)
	}
	return e, nil
}

// answer returns the answer that is kept under a key, nil where there is none.
func (e *examples) answer(key string) *yaml.Node {
	e.used[key] = true
	return valueAt(e.answers.Content[0], key)
}

// first returns the index of the step that is the example of a call, -1 where there is none.
func (e *examples) first(call string) int {
	return slices.IndexFunc(e.story, func(s step) bool {
		return s.Call == call && !s.Waits && s.Fails == ""
	})
}

// of returns the request that is the example of a call, and its answer; nil where there is none.
func (e *examples) of(call string) (request, answer *yaml.Node) {
	i := e.first(call)
	if i < 0 {
		return nil, nil
	}
	if e.story[i].Fails == "" {
		answer = e.answer(call)
	}
	return &e.story[i].Request, answer
}

// errorsOf returns the errors of the story that are examples of a response, by title.
func (e *examples) errorsOf(response string) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		for _, s := range e.story {
			if s.Fails != response || s.Title == "" {
				continue
			}
			if !yield(s.Title, e.answer(s.key())) {
				return
			}
		}
	}
}

// unused are the keys of answers that nobody has asked for.
func (e *examples) unused() []string {
	var keys []string
	for key := range pairs(e.answers.Content[0]) {
		if !e.used[key.Value] {
			keys = append(keys, key.Value)
		}
	}
	return keys
}

// pairs are the names and values of an example.
func pairs(example *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(name, value *yaml.Node) bool) {
		for i := 0; example != nil && i+1 < len(example.Content); i += 2 {
			if !yield(example.Content[i], example.Content[i+1]) {
				return
			}
		}
	}
}

// valueAt returns a field of an example, nil where it is not there.
func valueAt(example *yaml.Node, name string) *yaml.Node {
	for key, value := range pairs(example) {
		if key.Value == name {
			return value
		}
	}
	return nil
}

// bodyOf returns what of an example goes into the body.
func bodyOf(example *yaml.Node, fields []protoreflect.FieldDescriptor) *yaml.Node {
	if example == nil {
		return nil
	}
	body := &yaml.Node{Kind: yaml.MappingNode}
	for key, value := range pairs(example) {
		if slices.ContainsFunc(fields, func(f protoreflect.FieldDescriptor) bool { return string(f.Name()) == key.Value }) {
			body.Content = append(body.Content, key, value)
		}
	}
	return body
}
