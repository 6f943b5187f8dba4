package cards

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Error is one thing wrong with a card, where it is, and why. Functions that find several return
// them joined (errors.Join).
type Error struct {
	File    string // "form.json", or "built-in form.json"
	Line    int    // from 1; 0 when the place isn't one of the file, as in an expanded card
	Column  int    // from 1, in characters; 0 with Line
	Pointer string // JSON pointer (RFC 6901) into the template, or into the expanded card; "" is all of it
	Say     string // what is wrong, in words for the card's author
}

// Error returns file:line:column: pointer: what is wrong.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
	}
	if e.Pointer != "" {
		b.WriteString(": " + e.Pointer)
	}
	b.WriteString(": " + e.Say)
	return b.String()
}

// place is where in a file something stands.
type place struct {
	file         string
	line, column int
	pointer      string
}

func (p place) errorf(format string, args ...any) *Error {
	return &Error{File: p.file, Line: p.line, Column: p.column, Pointer: p.pointer, Say: fmt.Sprintf(format, args...)}
}

// placeAt finds line and column of a byte offset into src.
func placeAt(file string, src []byte, offset int, pointer string) place {
	before := src[:max(0, min(offset, len(src)))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return place{
		file:    file,
		line:    1 + bytes.Count(before, []byte("\n")),
		column:  1 + utf8.RuneCount(before[start:]),
		pointer: pointer,
	}
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// member returns the pointer to the member called name of the object at pointer.
func member(pointer, name string) string {
	if strings.ContainsAny(name, "~/") {
		name = pointerEscapes.Replace(name)
	}
	return pointer + "/" + name
}

// element returns the pointer to an element of the array at pointer.
func element(pointer string, index int) string {
	return pointer + "/" + strconv.Itoa(index)
}
