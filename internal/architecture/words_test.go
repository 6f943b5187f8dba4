package architecture

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// retired are words that the project once used for something that has a plain name now, each with
// that name. They are looked for in everything that users and developers read.
var retired = []struct{ word, plain string }{
	{`(?i)\bnotices?\b`, "event"},
	{`\bEars?\b`, "Receiver"},
	{`\bBrains?\b`, "Handler"},
	{`(?i)\bdeaf\b`, "down, not connected"},
	{`\bInsists?\b`, "PutUntil"},
	{`(?i)\bHydrates?d?\b`, "fetch"},
	{`(?i)\boverhea(r|rs|rd)\b`, "watch, interrupt"},
	{`(?i)\bhears?\b`, "receives"},
	{`(?i)\bheard\b`, "received"},
	{`(?i)\brumours?\b`, "announcement"},
	{`\bletGo\b`, "release"},
	{`(?i)\bmishaps?\b`, "fault"},
	{`(?i)\bacquaint(ed|ances?)?\b`, "cache, look up"},
	{`(?i)\btheirs\b`, "scope"},
	{`(?i)\bwhom\b`, "a plain sentence"},
	{`(?i)\bwhoever\b`, "a plain sentence"},
	{`(?i)\bmend(s|ed|ing)?\b`, "fix, correct"},
	{`(?i)\bpatience\b`, "rate limit, timeout"},
	{`(?i)nobody else can\b`, "a plain sentence"},
	{`(?i)had their hands`, "tampered with"},
	{`(?i)goes the way of`, "runs the same code as"},
	{`(?i)as it stands`, "unchanged"},
	{`\bwhat was said\b`, "reply, message"},
}

// read are the files that users and developers read, as git ls-files matches them.
var read = []string{
	"*.go", "*.md", "cards/*.json", "templates/*.yaml", "templates/*.txtar", "internal/playground/ui/web/*.html", "internal/playground/ui/web/*.js",
	"Makefile", ".ci/run", ".deploy/*",
}

// One word has one meaning: retired words stay retired.
func TestWords(t *testing.T) {
	root := filepath.Join("..", "..")
	cmd := exec.Command("git", append([]string{"ls-files", "--cached", "--others", "--exclude-standard", "--"}, read...)...)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var words []*regexp.Regexp
	for _, r := range retired {
		words = append(words, regexp.MustCompile(r.word))
	}
	files := strings.Fields(string(out))
	if len(files) < 200 {
		t.Fatalf("only %d files are read", len(files))
	}
	for _, file := range files {
		if file == "internal/architecture/words_test.go" || !slices.Contains([]string{"", ".go", ".md", ".json", ".yaml", ".txtar", ".html", ".js", ".service"}, filepath.Ext(file)) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, file))
		if os.IsNotExist(err) {
			continue // removed, not yet committed
		} else if err != nil {
			t.Fatal(err)
		}
		number := 0
		for line := range strings.Lines(string(text)) {
			number++
			for i, w := range words {
				if found := w.FindString(line); found != "" {
					t.Errorf("%s:%d says %q; write %s: %s", file, number, found, retired[i].plain, strings.TrimSpace(line))
				}
			}
		}
	}
}
