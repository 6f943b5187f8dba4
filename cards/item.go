package cards

import (
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// item is one value of a card's JSON, for Check. It knows its place, so a JSON pointer is only made for a
// problem.
type item struct {
	kind  byte   // what its JSON begins with: { [ " t f n, or '0' for any number
	index int32  // in its list or object, from 0
	name  string // in its object
	text  string // of a text, or of a number as it is written

	outer       *item // the list or object that contains it; nil for the card itself
	first, next *item // the first one that it contains, and the next one in the same list or object
}

// scanner parses JSON text from pos on. Its methods return false if something else follows.
type scanner struct {
	text  string
	pos   int
	items []*chunk // allocated for this text or for earlier ones
	given int      // how many items this text uses
}

// chunk is how many items are allocated at a time.
type chunk [64]item

// scanners are reused for their items, which would be most of the allocations of a check.
var scanners = sync.Pool{New: func() any { return &scanner{} }}

// parse parses a card as encoding/json does, with the same errors. The items are valid until the next call.
func (s *scanner) parse(card []byte) (*item, error) {
	if root := s.scan(string(card)); root != nil {
		return root, nil
	}
	var v any
	if err := json.Unmarshal(card, &v); err != nil {
		return nil, err
	}
	sorted, err := json.Marshal(v) // each name once
	if err != nil {
		return nil, err
	}
	return s.scan(string(sorted)), nil
}

// scan parses JSON whose names are sorted, as Template.Expand returns it. It returns nil for other text.
func (s *scanner) scan(text string) *item {
	s.text, s.pos, s.given = text, 0, 0
	root := s.add(nil, nil)
	if !s.value(root, 0) || s.peek() != 0 || s.pos < len(text) {
		return nil
	}
	return root
}

// maxNesting is how deep encoding/json allows lists and objects to be nested.
const maxNesting = 10_000

// value parses a value into it. depth is the number of lists and objects around it.
func (s *scanner) value(it *item, depth int) bool {
	it.kind = s.peek()
	switch it.kind {
	case '{':
		return depth < maxNesting && s.inner(it, '}', depth+1)
	case '[':
		return depth < maxNesting && s.inner(it, ']', depth+1)
	case '"':
		return s.string(&it.text)
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	}
	it.kind = '0'
	return s.number(&it.text)
}

// inner parses the contents of a list or an object.
func (s *scanner) inner(outer *item, closing byte, depth int) bool {
	s.pos++
	if s.take(closing) {
		return true
	}
	var last *item
	for link := &outer.first; ; link = &last.next {
		it := s.add(outer, last)
		if outer.kind == '{' && !s.name(it, last) || !s.value(it, depth) {
			return false
		}
		*link, last = it, it
		if s.take(closing) {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

// add appends an item to outer, after last, which is nil for the first one.
func (s *scanner) add(outer, last *item) *item {
	full, i := s.given/len(chunk{}), s.given%len(chunk{})
	if full == len(s.items) {
		s.items = append(s.items, new(chunk))
	}
	s.given++
	it := &s.items[full][i]
	*it = item{outer: outer}
	if last != nil {
		it.index = last.index + 1
	}
	return it
}

// name parses the name of a member, which must sort after the last one's, and the colon.
func (s *scanner) name(it, last *item) bool {
	return s.peek() == '"' && s.string(&it.name) && (last == nil || last.name < it.name) && s.take(':')
}

// string parses a string whose opening quote is next.
func (s *scanner) string(out *string) bool {
	start := s.pos
	plain, highest := true, byte(0)
	for s.pos++; s.pos < len(s.text); s.pos++ {
		switch c := s.text[s.pos]; {
		case c == '"':
			s.pos++
			*out = s.text[start+1 : s.pos-1]
			if plain && (highest < utf8.RuneSelf || utf8.ValidString(*out)) {
				return true
			}
			return json.Unmarshal([]byte(s.text[start:s.pos]), out) == nil
		case c == '\\':
			plain = false
			s.pos++ // the next byte isn't the closing quote
		case c < ' ':
			return false
		default:
			highest = max(highest, c)
		}
	}
	return false
}

// number parses a number. There are few in a card.
func (s *scanner) number(out *string) bool {
	length := strings.IndexAny(s.text[s.pos:], " \t\r\n,]}")
	if length < 0 {
		length = len(s.text) - s.pos
	}
	*out = s.text[s.pos : s.pos+length]
	s.pos += length
	var f float64
	return json.Unmarshal([]byte(*out), &f) == nil
}

func (s *scanner) word(word string) bool {
	if !strings.HasPrefix(s.text[s.pos:], word) {
		return false
	}
	s.pos += len(word)
	return true
}

// take skips blanks, and c if it is next.
func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.pos++
	return true
}

// peek skips blanks and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for ; s.pos < len(s.text); s.pos++ {
		switch c := s.text[s.pos]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// pointer returns the JSON pointer to the item.
func (it *item) pointer() string {
	switch {
	case it.outer == nil:
		return ""
	case it.outer.kind == '[':
		return element(it.outer.pointer(), int(it.index))
	}
	return member(it.outer.pointer(), it.name)
}

// member returns the member with that name, or nil if there is none or the item isn't an object.
func (it *item) member(name string) *item {
	if it == nil || it.kind != '{' {
		return nil
	}
	for m := it.first; m != nil; m = m.next {
		if m.name == name {
			return m
		}
	}
	return nil
}

// has reports whether there is a member with that name.
func (it *item) has(name string) bool { return it.member(name) != nil }

// textOf returns the member with that name if it is a text, else the empty string.
func (it *item) textOf(name string) string {
	if m := it.member(name); m.is('"') {
		return m.text
	}
	return ""
}

// is reports whether the item isn't nil and is of that kind.
func (it *item) is(kind byte) bool { return it != nil && it.kind == kind }

// number returns the value of a number.
func (it *item) number() float64 {
	f, _ := strconv.ParseFloat(it.text, 64) // scan wouldn't have taken it
	return f
}

// length returns the number of items in a list or an object.
func (it *item) length() int {
	n := 0
	for inner := it.first; inner != nil; inner = inner.next {
		n++
	}
	return n
}

// kindName names the item's kind for an error.
func (it *item) kindName() string {
	switch it.kind {
	case 'n':
		return "null"
	case 't':
		return "true"
	case 'f':
		return "false"
	case '0':
		return "a number"
	case '"':
		return "a text"
	case '[':
		return "a list"
	}
	return "an object"
}
