package main

import (
	"testing"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

func serviceOf(t *testing.T, file protoreflect.FileDescriptor) protoreflect.ServiceDescriptor {
	t.Helper()
	if file.Services().Len() != 1 {
		t.Fatalf("%s has %d services", file.Path(), file.Services().Len())
	}
	return file.Services().Get(0)
}

func names(fields []protoreflect.FieldDescriptor) string {
	var joined string
	for _, f := range fields {
		joined += " " + string(f.Name())
	}
	return joined
}

func TestCallsHaveTheirFieldsInPathsQueriesAndBodies(t *testing.T) {
	games, posts := serviceOf(t, v1.File_dongbaejul_v1_games_proto), serviceOf(t, v1.File_dongbaejul_v1_posts_proto)
	for _, c := range []struct {
		method                        protoreflect.MethodDescriptor
		verb, path                    string
		wantPath, wantQuery, wantBody string
	}{
		{posts.Methods().ByName("ListPosts"), "get", "/api/v1/posts", "", " page limit category search pinned page_token", ""},
		{posts.Methods().ByName("UpdateComment"), "put", "/api/v1/posts/{post_id}/comments/{comment_id}", " post_id comment_id", "", " content"},
		{posts.Methods().ByName("DeletePost"), "delete", "/api/v1/posts/{post_id}", " post_id", "", ""},
		{games.Methods().ByName("JoinGame"), "post", "/api/v1/games/{game_id}/join", " game_id", "", ""},
		{games.Methods().ByName("StartGame"), "post", "/api/v1/games/{game_id}/start", " game_id", "", " court_id"},
	} {
		calls, err := callsOf(c.method)
		if err != nil || len(calls) == 0 {
			t.Errorf("%s: %d calls, %v", c.method.Name(), len(calls), err)
			continue
		}
		got := calls[0]
		if got.verb != c.verb || got.path != c.path || names(got.inPath) != c.wantPath || names(got.inQuery) != c.wantQuery || names(got.inBody) != c.wantBody {
			t.Errorf("%s is %s %s with%s in the path,%s in the query,%s in the body", c.method.Name(), got.verb, got.path,
				names(got.inPath), names(got.inQuery), names(got.inBody))
		}
	}
	if calls, err := callsOf(games.Methods().ByName("WatchGames")); len(calls) > 0 || err != nil {
		t.Errorf("a stream is a call: %v, %v", calls, err)
	}
}

// methodWith makes a method of GetGameRequest with an option.
func methodWith(t *testing.T, rule *annotations.HttpRule) protoreflect.MethodDescriptor {
	t.Helper()
	options := &descriptorpb.MethodOptions{}
	proto.SetExtension(options, annotations.E_Http, rule)
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("x.proto"), Package: proto.String(string(contractPackage) + ".x"), Syntax: proto.String("proto3"),
		Dependency: []string{v1.File_dongbaejul_v1_games_proto.Path()},
		Service: []*descriptorpb.ServiceDescriptorProto{{Name: proto.String("S"), Method: []*descriptorpb.MethodDescriptorProto{{
			Name: proto.String("M"), InputType: proto.String(".dongbaejul.v1.StartGameRequest"), OutputType: proto.String(".dongbaejul.v1.Game"),
			Options: options,
		}}}},
	}, protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	return file.Services().Get(0).Methods().Get(0)
}

func TestPathsThatAreNotKnownAreRefused(t *testing.T) {
	get := &annotations.HttpRule_Get{Get: "/x/{game_id}"}
	for name, rule := range map[string]*annotations.HttpRule{
		"a second path of no field": {Pattern: get, AdditionalBindings: []*annotations.HttpRule{
			{Pattern: &annotations.HttpRule_Get{Get: "/y/{post_id}"}},
		}},
		"part of an answer": {Pattern: get, ResponseBody: "id"},
		"a field as body":   {Pattern: &annotations.HttpRule_Post{Post: "/x/{game_id}"}, Body: "court_id"},
		"another method":    {Pattern: &annotations.HttpRule_Custom{Custom: &annotations.CustomHttpPattern{Kind: "LINK", Path: "/x"}}},
		"no such field":     {Pattern: &annotations.HttpRule_Get{Get: "/x/{post_id}"}},
		"nothing":           {},
	} {
		if got, err := callsOf(methodWith(t, rule)); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestEachBindingIsACall(t *testing.T) {
	put, patch := &annotations.HttpRule_Put{Put: "/x/{game_id}"}, &annotations.HttpRule_Patch{Patch: "/x/{game_id}"}
	got, err := callsOf(methodWith(t, &annotations.HttpRule{
		Pattern: put, Body: "*", AdditionalBindings: []*annotations.HttpRule{{Pattern: patch, Body: "*"}},
	}))
	if err != nil || len(got) != 2 {
		t.Fatalf("%d calls, %v", len(got), err)
	}
	for i, want := range []string{"M put /x/{game_id}", "MByPatch patch /x/{game_id}"} {
		if c := got[i]; c.id+" "+c.verb+" "+c.path != want || names(c.inBody) != " court_id" {
			t.Errorf("%s %s %s with%s in the body, want %s", c.id, c.verb, c.path, names(c.inBody), want)
		}
	}
}

func TestCommentsBecomeParagraphs(t *testing.T) {
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("y.proto"), Syntax: proto.String("proto3"), MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("M")}},
		SourceCodeInfo: &descriptorpb.SourceCodeInfo{Location: []*descriptorpb.SourceCodeInfo_Location{{
			Path: []int32{4, 0}, Span: []int32{0, 0, 1}, LeadingComments: proto.String(" One line\n that goes on. And on.\n\n \"Bearer <token>\".\n"),
		}}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := comment(file.Messages().Get(0)), "One line that goes on. And on.\n\n\"Bearer \\<token>\"."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestFirstSentences(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "",
		"One game.":                      "One game",
		"Pinned first, then the newest.": "Pinned first, then the newest",
		"Ends it. Streams end too.":      "Ends it",
		"In v1.2 of it. More.":           "In v1.2 of it",
		"A paragraph.\n\nAnother one.":   "A paragraph",
	} {
		if got := firstSentence(text); got != want {
			t.Errorf("%q begins with %q, want %q", text, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for value, want := range map[protoreflect.Enum]string{
		v1.ScoringPreset_SCORING_PRESET_UNSPECIFIED: "", v1.ScoringPreset_SCORING_PRESET_1X21: "1x21",
		v1.ParticipantStatus_PARTICIPANT_STATUS_WAITING_LIST: "waiting_list", v1.Team_TEAM_TEAM1: "team1",
	} {
		if got := word(value.Descriptor().Values().ByNumber(value.Number())); got != want {
			t.Errorf("%v is %q, want %q", value, got, want)
		}
	}
}
