package mongodb

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// scanned names the collections that may be read as a whole, with the reason.
var scanned = map[string]string{
	"courts":     "a club has some courts",
	"migrations": "a version has some migrations",
}

// sorted names the queries that may sort what they have found, by the beginning of their shape, with the reason.
var sorted = map[string]string{
	"aggregate room_log": "some last messages of each of a user's rooms",
}

// Plans holds what stores ask the server to its indexes: no query may read a whole collection, and none may sort what no
// index has in order. It looks at each kind of query once, in the database it was asked of.
type Plans struct {
	mu sync.Mutex
	// known are the shapes of the queries that were seen, and waiting those to be explained, by database.
	known   map[string]bool
	waiting map[string][]query
}

// query is one of a kind.
type query struct {
	shape, collection string
	// command is what is explained: a find or an aggregate.
	command bson.D
	// filter and sort are those of a find or of the beginning of an aggregate.
	filter, sort bson.D
}

func NewPlans() *Plans {
	return &Plans{known: make(map[string]bool), waiting: make(map[string][]query)}
}

// Known tells how many kinds of queries were seen.
func (p *Plans) Known() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.known)
}

// Watch sees what a store asks.
func (p *Plans) Watch(opts *options.ClientOptions) {
	opts.SetMonitor(&event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		for _, q := range queriesOf(e.CommandName, e.Command) {
			p.add(e.DatabaseName, q)
		}
	}})
}

func (p *Plans) add(database string, q query) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.known[q.shape] {
		p.known[q.shape] = true
		p.waiting[database] = append(p.waiting[database], q)
	}
}

// Check explains the queries that were first asked of a store.
func (p *Plans) Check(t testing.TB, s *Store) {
	t.Helper()
	p.mu.Lock()
	waiting := p.waiting[s.db.Name()]
	delete(p.waiting, s.db.Name())
	p.mu.Unlock()
	for _, q := range waiting {
		var plan bson.M
		command := bson.D{{Key: "explain", Value: q.command}, {Key: "verbosity", Value: "queryPlanner"}}
		if err := s.db.RunCommand(context.Background(), command).Decode(&plan); err != nil {
			t.Errorf("explain %s: %v", q.shape, err)
			continue
		}
		text, err := bson.MarshalExtJSON(plan, false, false)
		if err != nil {
			t.Error(err)
			continue
		}
		var tree any
		if err := json.Unmarshal(text, &tree); err != nil {
			t.Error(err)
			continue
		}
		steps := stepsOf(tree)
		if len(steps) == 0 {
			t.Errorf("%s: the explanation is not understood: %s", q.shape, text)
		}
		for _, step := range steps {
			if _, may := scanned[q.collection]; step.scan && !may {
				t.Errorf("%s reads all of %s: %s", q.shape, q.collection, step.text)
			}
		}
		if len(q.sort) > 0 && !ordered(q) && !maySort(q.shape) {
			t.Errorf("%s: no index has %s in the order %v", q.shape, q.collection, q.sort)
		}
	}
}

func maySort(shape string) bool {
	for beginning := range sorted {
		if strings.HasPrefix(shape, beginning) {
			return true
		}
	}
	return false
}

// queriesOf returns the queries that a command asks: of a write, how it finds what it changes.
func queriesOf(name string, raw bson.Raw) []query {
	var command bson.D
	if err := bson.Unmarshal(raw, &command); err != nil {
		return []query{{shape: "unreadable " + name}}
	}
	collection, _ := field(command, name).(string)
	switch name {
	case "find":
		return []query{find(name, collection, field(command, "filter"), field(command, "sort"))}
	case "findAndModify":
		return []query{find(name, collection, field(command, "query"), field(command, "sort"))}
	case "update", "delete":
		statements, _ := field(command, name+"s").(bson.A)
		var all []query
		for _, s := range statements {
			all = append(all, find(name, collection, field(s.(bson.D), "q"), nil))
		}
		return all
	case "aggregate":
		pipeline, _ := field(command, "pipeline").(bson.A)
		q := query{
			shape: fmt.Sprint(name, " ", collection, " ", shapeOf(pipeline)), collection: collection,
			command: bson.D{{Key: name, Value: collection}, {Key: "pipeline", Value: pipeline}, {Key: "cursor", Value: bson.D{}}},
		}
		for _, stage := range pipeline {
			if match, ok := field(stage.(bson.D), "$match").(bson.D); ok && q.filter == nil {
				q.filter = match
			}
			if sort, ok := field(stage.(bson.D), "$sort").(bson.D); ok && q.sort == nil {
				q.sort = sort
			}
		}
		return []query{q}
	}
	return nil
}

func find(name, collection string, filter, sort any) query {
	q := query{collection: collection}
	q.filter, _ = filter.(bson.D)
	q.sort, _ = sort.(bson.D)
	q.shape = fmt.Sprint(name, " ", collection, " ", shapeOf(q.filter), " ", q.sort)
	q.command = bson.D{{Key: "find", Value: collection}, {Key: "filter", Value: append(bson.D{}, q.filter...)}}
	if len(q.sort) > 0 {
		q.command = append(q.command, bson.E{Key: "sort", Value: q.sort})
	}
	return q
}

func field(d bson.D, key string) any {
	for _, e := range d {
		if e.Key == key {
			return e.Value
		}
	}
	return nil
}

// shapeOf is a query without its values.
func shapeOf(v any) string {
	switch v := v.(type) {
	case bson.D:
		var parts []string
		for _, e := range v {
			parts = append(parts, e.Key+": "+shapeOf(e.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case bson.A:
		parts := make(map[string]bool)
		for _, e := range v {
			parts[shapeOf(e)] = true
		}
		return "[" + strings.Join(slices.Sorted(maps.Keys(parts)), ", ") + "]"
	}
	return "?"
}

// step is one of a plan that reads a collection.
type step struct {
	text string
	// scan tells that it reads all of it.
	scan bool
}

// stepsOf finds the steps of a plan as MongoDB or as DocumentDB on PostgreSQL explains it.
func stepsOf(tree any) []step {
	var steps []step
	switch v := tree.(type) {
	case []any:
		for _, e := range v {
			steps = append(steps, stepsOf(e)...)
		}
	case map[string]any:
		if s, ok := mongoStep(v); ok {
			steps = append(steps, s)
		}
		if s, ok := postgresStep(v); ok {
			steps = append(steps, s)
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if key != "command" && key != "rejectedPlans" {
				steps = append(steps, stepsOf(v[key])...)
			}
		}
	}
	return steps
}

func mongoStep(v map[string]any) (step, bool) {
	stage, _ := v["stage"].(string)
	switch {
	case stage == "COLLSCAN":
		return step{stage, true}, true
	case strings.Contains(stage, "IXSCAN"), stage == "IDHACK", stage == "COUNT_SCAN", stage == "EXPRESS_IXSCAN", stage == "EOF":
		return step{stage, false}, true
	}
	return step{}, false
}

// postgresStep takes a step that goes through the index of ids with nothing but the collection's own number for one that
// reads all of it, which is what that is.
func postgresStep(v map[string]any) (step, bool) {
	node, _ := v["Node Type"].(string)
	condition, _ := v["Index Cond"].(string)
	text := fmt.Sprint(node, " ", v["Index Name"], " ", condition)
	switch node {
	case "Seq Scan":
		// Of documents; the results of other steps are read as a whole.
		relation, _ := v["Relation Name"].(string)
		return step{text, true}, strings.HasPrefix(relation, "documents")
	case "Index Scan", "Index Only Scan", "Bitmap Index Scan":
		scan := condition == "" || !strings.Contains(condition, "object_id") && !strings.Contains(condition, "document ")
		return step{text, scan && !partial(v["Index Name"])}, true
	case "Result":
		// A condition that nothing can fulfil.
		return step{text, false}, v["One-Time Filter"] != nil
	}
	return step{}, false
}

// partial reports whether an index holds a part of its collection, which is there to be read as a whole.
func partial(name any) bool {
	return slices.ContainsFunc(allIndexes(), func(i index) bool { return i.name == name && i.where != nil })
}

// ordered reports whether MongoDB can read what q asks for in its order: an index begins with fields that the filter holds
// equal to something and goes on with the sort's, all in its directions or all in the opposite ones. How DocumentDB sorts
// tells nothing of that: it does not read indexes in order.
func ordered(q query) bool {
	equal := make(map[string]bool)
	for _, e := range q.filter {
		if _, operators := e.Value.(bson.D); !operators && !strings.HasPrefix(e.Key, "$") {
			equal[e.Key] = true
		}
	}
	candidates := []bson.D{{{Key: "_id", Value: 1}}}
	for _, i := range allIndexes() {
		if i.collection == q.collection {
			candidates = append(candidates, i.keys)
		}
	}
	return slices.ContainsFunc(candidates, func(keys bson.D) bool { return inOrder(keys, equal, q.sort) })
}

func inOrder(keys bson.D, equal map[string]bool, sort bson.D) bool {
	turned := 0
	for len(sort) > 0 {
		switch {
		case len(keys) == 0:
			return false
		case keys[0].Key == sort[0].Key:
			same := fmt.Sprint(keys[0].Value) == fmt.Sprint(sort[0].Value)
			if !equal[keys[0].Key] && (turned > 0 && same || turned < 0 && !same) {
				return false
			}
			if !equal[keys[0].Key] {
				turned = map[bool]int{true: -1, false: 1}[same]
			}
			sort = sort[1:]
		case !equal[keys[0].Key]:
			return false
		}
		keys = keys[1:]
	}
	return true
}

// The check itself must see what is wrong.
func TestPlansAreSeen(t *testing.T) {
	s := OpenFresh(t)
	for _, c := range []struct {
		filter, sort bson.D
		scan, order  bool
	}{
		{filter: byID("x"), order: true},
		{filter: bson.D{{Key: "user_id", Value: "x"}}, order: true},
		{filter: bson.D{{Key: "device", Value: "x"}}, scan: true, order: true},
		{filter: bson.D{}, scan: true, order: true},
		{filter: bson.D{{Key: "user_id", Value: "x"}, {Key: "revoked_at", Value: int64(0)}}, sort: bson.D{{Key: "last_used_at", Value: 1}, {Key: "_id", Value: 1}}, order: true},
		{filter: bson.D{{Key: "user_id", Value: "x"}, {Key: "revoked_at", Value: int64(0)}}, sort: bson.D{{Key: "last_used_at", Value: -1}, {Key: "_id", Value: 1}}},
		{filter: bson.D{{Key: "user_id", Value: "x"}}, sort: bson.D{{Key: "last_used_at", Value: -1}}},
	} {
		q := find("find", "sessions", c.filter, c.sort)
		var plan bson.M
		must(t, s.db.RunCommand(t.Context(), bson.D{{Key: "explain", Value: q.command}}).Decode(&plan))
		text, err := bson.MarshalExtJSON(plan, false, false)
		must(t, err)
		var tree any
		must(t, json.Unmarshal(text, &tree))
		steps := stepsOf(tree)
		scan := slices.ContainsFunc(steps, func(s step) bool { return s.scan })
		if len(steps) == 0 || scan != c.scan || (len(q.sort) == 0 || ordered(q)) != c.order {
			t.Errorf("%s: %v, order %t\n%s", q.shape, steps, ordered(q), text)
		}
	}
}
