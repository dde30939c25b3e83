package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the club's clock, also on a machine without zones

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// format is the form in which results are printed.
type format string

const (
	// asTable is for people.
	asTable format = "table"
	// asJSON is one JSON document; asLines one a line.
	asJSON  format = "json"
	asLines format = "jsonl"
)

func parseFormat(s string) (format, error) {
	switch f := format(s); f {
	case asTable, asJSON, asLines:
		return f, nil
	}
	return "", fmt.Errorf("--output %q: it is table, json or jsonl", s)
}

// printer writes results.
type printer struct {
	out    io.Writer
	format format
	lang   lang
	// width is the terminal's; 0 for what is no terminal, where nothing is cut.
	width int
}

// encoding is protobuf's JSON with the contract's names: it can be read into the generated types again.
var encoding = protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}

// toJSON writes a message in one line, always in the same way.
func toJSON(m proto.Message) ([]byte, error) {
	b, err := encoding.Marshal(m)
	if err != nil {
		return nil, err
	}
	var line bytes.Buffer
	err = json.Compact(&line, b)
	return line.Bytes(), err
}

// document prints a message as it is: in lines of its own, or in one.
func (p *printer) document(m proto.Message) error {
	b, err := toJSON(m)
	if err != nil {
		return err
	}
	if p.format == asJSON {
		var indented bytes.Buffer
		if err := json.Indent(&indented, b, "", "  "); err != nil {
			return err
		}
		b = indented.Bytes()
	}
	_, err = p.out.Write(append(b, '\n'))
	return err
}

// row is one of a table.
type row []any

// list prints results: all as one document, each as a line, or as rows of a table.
func list[M proto.Message](p *printer, all proto.Message, each []M, header row, columns func(M) row) error {
	switch p.format {
	case asJSON:
		return p.document(all)
	case asLines:
		for _, m := range each {
			if err := p.document(m); err != nil {
				return err
			}
		}
		return nil
	}
	rows := make([]row, len(each))
	for i, m := range each {
		rows[i] = columns(m)
	}
	_, err := fmt.Fprintln(p.out, p.table(header, rows))
	return err
}

// table lays rows out in columns. A Korean syllable is as wide as two Latin letters.
func (p *printer) table(header row, rows []row) string {
	t := table.NewWriter()
	t.SetStyle(table.Style{Box: table.BoxStyle{PaddingRight: "  "}, Format: table.FormatOptions{Header: text.FormatUpper}})
	t.AppendHeader(table.Row(header))
	for _, r := range rows {
		for i, cell := range r {
			if s, ok := cell.(string); ok {
				r[i] = clean(s)
			}
		}
		t.AppendRow(table.Row(r))
	}
	lines := strings.Split(t.Render(), "\n")
	for i, line := range lines {
		if line = strings.TrimRight(line, " "); p.width > 0 {
			line = text.Snip(line, p.width, "…")
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n")
}

// fields prints names and values, one below the other.
func (p *printer) fields(rows ...row) error {
	width := 0
	for _, r := range rows {
		width = max(width, text.StringWidth(r[0].(string)))
	}
	for _, r := range rows {
		value := clean(fmt.Sprint(r[1]))
		if value == "" {
			continue
		}
		if _, err := fmt.Fprintf(p.out, "%s  %s\n", text.Pad(r[0].(string), width, ' '), value); err != nil {
			return err
		}
	}
	return nil
}

// line prints a line for people.
func (p *printer) line(ko, en string, args ...any) error {
	_, err := fmt.Fprintf(p.out, p.lang.text(ko, en)+"\n", args...)
	return err
}

// clubZone is the club's clock, which the contract has for days too.
var clubZone = sync.OnceValue(func() *time.Location {
	zone, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		// The program has the zones within.
		return time.FixedZone("KST", 9*60*60)
	}
	return zone
})

// when is a time by the club's clock, with the name of its zone; empty for none.
func when(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return t.AsTime().In(clubZone()).Format("2006-01-02 15:04 MST")
}
