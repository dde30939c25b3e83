package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// reason is why a call can fail.
type reason struct {
	name string
	code code.Code
	// metadata are the keys that its ErrorInfo may have.
	metadata []string
	text     string
}

// readReasons returns the reasons of the contract, sorted by code and name.
func readReasons(files *protoregistry.Files) ([]reason, error) {
	found, err := files.FindDescriptorByName(contractPackage + ".ErrorReason")
	if err != nil {
		return nil, fmt.Errorf("reasons of errors: %w", err)
	}
	enum, ok := found.(protoreflect.EnumDescriptor)
	if !ok {
		return nil, fmt.Errorf("%s is not an enum", found.FullName())
	}
	var reasons []reason
	for i := range enum.Values().Len() {
		value := enum.Values().Get(i)
		if value.Number() == 0 {
			continue
		}
		rule, ok := proto.GetExtension(value.Options(), dongbaejulv1.E_Error).(*dongbaejulv1.ErrorRule)
		if !ok || rule.GetCode() == code.Code_OK {
			return nil, fmt.Errorf("%s has no code", value.FullName())
		}
		reasons = append(reasons, reason{strings.ToUpper(word(value)), rule.GetCode(), rule.GetMetadata(), comment(value)})
	}
	slices.SortFunc(reasons, func(a, b reason) int { return cmp.Or(cmp.Compare(a.code, b.code), cmp.Compare(a.name, b.name)) })
	return reasons, nil
}

// reasonTable shows the reasons to readers who ask for them: there are many.
func reasonTable(reasons []reason) string {
	lines := []string{"<details><summary>The reasons, by code</summary>", "", "| code | reason | metadata | |", "|---|---|---|---|"}
	for _, r := range reasons {
		var keys []string
		for _, key := range r.metadata {
			keys = append(keys, "`"+key+"`")
		}
		lines = append(lines, fmt.Sprintf("| %s | `%s` | %s | %s |", codeWord(r.code), r.name, strings.Join(keys, ", "), r.text))
	}
	return strings.Join(append(lines, "", "</details>"), "\n")
}

// codeWord is what Connect calls a code.
func codeWord(c code.Code) string {
	if c == code.Code_CANCELLED {
		return "canceled"
	}
	return strings.ToLower(c.String())
}
