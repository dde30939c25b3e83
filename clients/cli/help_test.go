package main

import (
	"strings"
	"testing"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Every sentence of the help has a translation, and every translation is used.
func TestHelpIsInKoreanToo(t *testing.T) {
	t.Parallel()
	d := &dbj{}
	root := d.root()
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	used := map[string]bool{}
	needs := func(where, english string) {
		if used[english] = true; english != "" && koreanHelp[english] == "" {
			t.Errorf("%s: %q is not in Korean", where, english)
		}
	}
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		needs(c.CommandPath(), c.Short)
		if parent := c.Parent(); c.Name() != "help" && c.Name() != "completion" && (parent == nil || parent.Name() != "completion") {
			needs(c.CommandPath(), c.Long)
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			// Words of the contract are the same in both.
			if isWords := !strings.Contains(strings.ReplaceAll(strings.ReplaceAll(f.Usage, ", ", ""), " or ", ""), " "); !isWords && f.Name != "help" {
				needs(c.CommandPath()+" --"+f.Name, f.Usage)
			}
		})
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
	for english := range koreanHelp {
		if !used[english] {
			t.Errorf("%q is translated and not said", english)
		}
	}
}

// Help and what is wrong with a command line are in the language chosen, by whatever it is chosen.
func TestHelpAndMistakesSpeakTheLanguageChosen(t *testing.T) {
	t.Parallel()
	home := "XDG_CONFIG_HOME=" + t.TempDir()
	hangul := func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Hangul, r) })
	}
	korean, english := &shell{env: []string{home, "LANG=ko_KR.UTF-8"}}, &shell{env: []string{home, "LANG=en_GB.UTF-8"}}
	for _, args := range []string{
		"--help", "help games", "games --help", "chat send --help", "help exit-codes", "completion bash --help",
	} {
		ko, en := korean.run(t.Context(), "", strings.Fields(args)...), english.run(t.Context(), "", strings.Fields(args)...)
		if ko.code != exitDone || !hangul(ko.out) || strings.Contains(ko.out, "Usage:") || strings.Contains(ko.out, "help for") || strings.Contains(ko.out, "(default") {
			t.Errorf("dbj %s in Korean: %+v", args, ko)
		}
		if en.code != exitDone || hangul(strings.NewReplacer("동배즐", "", "오늘 저녁", "", "시", "", "번 코트", "", "운영진", "").Replace(en.out)) {
			t.Errorf("dbj %s in English: %+v", args, en)
		}
	}
	for _, args := range []string{
		"membrs", "chat rroms", "games --mien", "games -x", "games show", "games show a b", "members --limit", "members --limit many", "members --wait soon", "courts update x", "members -o yaml",
		"members --=x", "chat send",
		"games --lang", "games --lang fr",
	} {
		ko, en := korean.run(t.Context(), "", strings.Fields(args)...), english.run(t.Context(), "", strings.Fields(args)...)
		if ko.code != exitUsage || !hangul(ko.err) {
			t.Errorf("dbj %s in Korean: %+v", args, ko)
		}
		if en.code != exitUsage || hangul(en.err) {
			t.Errorf("dbj %s in English: %+v", args, en)
		}
	}
	for _, args := range []string{"--lang en games --help", "games --help --lang=en", "--lang=en games --nothing"} {
		if r := korean.run(t.Context(), "", strings.Fields(args)...); hangul(r.out + r.err) {
			t.Errorf("dbj %s: %+v", args, r)
		}
	}
	for _, args := range []string{"--help --lang en", "--version --lang en", "--help -o json"} {
		if r := english.run(t.Context(), "", strings.Fields(args)...); r.code != exitDone || r.out == "" {
			t.Errorf("dbj %s: %+v", args, r)
		}
	}
	if r := english.run(t.Context(), "", "login", "--help"); !strings.Contains(r.out, "/bandsim/members") {
		t.Errorf("where keys come from: %+v", r)
	}
}
