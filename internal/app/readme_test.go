package app_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// The tour of the README works as pasted.
func TestTheTourOfTheREADME(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var tour strings.Builder
	for _, part := range strings.Split(string(text), "```bash tour\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		tour.WriteString(block)
	}
	server := apptest.StartProcess(t)
	script := strings.Replace(tour.String(), "http://localhost:3000", server.URL, 1)
	command := exec.CommandContext(t.Context(), "bash", "-eu", "-o", "pipefail", "-c", script)
	command.Dir = t.TempDir()
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{`"display_name":"김민수"`, `"category":"notice"`, `"participant_status":"joined"`, `"hello"`, `"content":"오늘 저녁 7시, 2번 코트!"`} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the tour does not show %s:\n%s", want, out)
		}
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "}{") || !strings.HasSuffix(line, "\n") && strings.HasSuffix(line, "}") {
			t.Errorf("the tour shows more than one answer in a line: %.200s", line)
		}
	}
	if n := strings.Count(string(out), `"seq":"1"`); n < 2 {
		t.Errorf("a retry with the same temp_id made another message:\n%s", out)
	}
}
