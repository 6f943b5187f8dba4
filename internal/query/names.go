package query

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Names are the YANG names in a request, to be checked against modules.
type Names struct {
	Line     int    // in the template's file
	Resource string // with {input} for keys
	Fields   string
	Rows     []string // members down to the list
	Leaves   []string // of a row, which must exist
	Words    []string // in an expression: members somewhere below a row
}

// FactNames are the YANG names in a fact. One of the platform's requests must have them.
type FactNames struct {
	Line   int
	Title  string
	Leaves []string
	Words  []string
}

func namesOf(d documentRequest, line int) Names {
	n := Names{Line: line, Resource: d.Get, Fields: strings.Join(strings.Fields(d.Fields), ""), Words: wordsOf(d.Keep)}
	if d.Rows != "" {
		n.Rows = strings.Split(d.Rows, "/")
	}
	n.Leaves = slices.Sorted(maps.Keys(d.Where))
	if d.Top != nil {
		n.Leaves = append(n.Leaves, d.Top.By...)
	}
	n.Leaves = slices.AppendSeq(n.Leaves, maps.Keys(d.Longest))
	for _, primary := range slices.Sorted(maps.Keys(d.Merge)) {
		n.Leaves = append(n.Leaves, d.Merge[primary])
	}
	return n
}

func namesOfFact(d documentFact, line int) FactNames {
	n := FactNames{Line: line, Title: d.Title, Leaves: slices.Clone([]string(d.From)), Words: wordsOf(d.JQ)}
	for _, as := range d.As {
		name, leaf, _ := strings.Cut(as, ":")
		if slices.ContainsFunc(Transforms(), func(t Transform) bool { return t.Name == name && strings.Trim(t.Arg, "[]") == "LEAF" }) && leaf != "" {
			n.Leaves = append(n.Leaves, leaf)
		}
	}
	return n
}

var jqToken = regexp.MustCompile(`(\.?)"((?:[^"\\]|\\.)*)"|\.([A-Za-z_]\w*)`)

// wordsOf returns the members that an expression names as .name or ."name". Members that only some
// releases have are written as .["name"], which isn't checked.
func wordsOf(jq string) (words []string) {
	for _, m := range jqToken.FindAllStringSubmatch(jq, -1) {
		if m[1] == "." || m[3] != "" { // otherwise it is a string
			words = append(words, m[2]+m[3])
		}
	}
	return words
}
