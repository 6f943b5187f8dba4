package phrase

import (
	"fmt"
	"regexp"
	"strings"

	"overwatch/internal/button"
)

// maxLines is how many lines of a text are looked at for queries of their own.
const maxLines = 20

// apart is what separates commands: a line break, or a sign as in a shell.
var apart = regexp.MustCompile(`[\n\r\x{85}\x{2028}\x{2029};]|&&`)

// Read reads a text. The order of query, devices and format doesn't matter; the longest word of a query wins,
// so that one query's word may begin with another's. What follows a bar is a filter. The beginning of a
// device's name is completed where only one device has it. Lines are read together, unless they are queries
// of their own.
func (g *Grammar) Read(text string) Reading { return g.readLines(text, true) }

// ReadExactly reads a text in which names aren't completed.
func (g *Grammar) ReadExactly(text string) Reading { return g.readLines(text, false) }

func (g *Grammar) readLines(text string, complete bool) Reading {
	lines, twice := linesOf(text)
	if twice {
		text = strings.Join(lines, "\n")
	}
	if len(lines) < 2 || len(lines) > maxLines {
		return g.read(text, complete)
	}
	var found []Reading
	for _, line := range lines {
		if r := g.read(line, complete); r.Do != button.Form {
			found = append(found, r)
		}
	}
	whole := g.read(text, complete)
	switch {
	case len(found) > 1:
		first := found[0]
		first.Do, first.Say = button.Form, fmt.Sprintf("Type one query in a message: this has %d.", len(found))
		return first
	case len(found) == 1 && whole.Do == button.Form && found[0].Do == button.Run:
		found[0].Do, found[0].Say = button.Form, "One line of this is a query, but not all of it."
		return found[0]
	}
	return whole
}

// linesOf returns the lines of a text that have words, each once; twice is whether one stands there again.
func linesOf(text string) (lines []string, twice bool) {
	seen := map[string]bool{}
	for _, line := range apart.Split(text, -1) {
		words := strings.ToLower(strings.Join(Tokens(Clean(line)), " "))
		if words == "" || seen[words] {
			twice = twice || words != ""
			continue
		}
		seen[words] = true
		lines = append(lines, line)
	}
	return lines, twice
}
