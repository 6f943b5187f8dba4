package cards

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Compile reads a card template. It refuses what isn't JSON and what lies outside the subset that
// the package comment describes, with all the problems it finds: each an *Error with file (as
// given), line, column and JSON pointer.
func Compile(file string, src []byte) (*Template, error) {
	if err := checkSyntax(file, src); err != nil {
		return nil, err
	}
	c := &compiler{file: file, src: src, decoder: json.NewDecoder(bytes.NewReader(src))}
	c.decoder.UseNumber()
	root, ok := c.node("", 0).(*object)
	if !ok {
		return nil, placeAt(file, src, 0, "").errorf("a card is an object")
	}
	for _, sp := range []*splice{root.data, root.when} {
		if sp != nil {
			c.refuse(sp.place, "$data and $when aren't allowed on the card itself")
		}
	}
	if len(c.problems) > 0 {
		return nil, errors.Join(c.problems...)
	}
	return &Template{file: file, root: root, size: len(src)}, nil
}

// checkSyntax returns the *Error that keeps src from being JSON, or nil.
func checkSyntax(file string, src []byte) error {
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && n == 1 {
			return placeAt(file, src, i, "").errorf("not JSON: this byte isn't UTF-8")
		}
		i += n
	}
	var raw json.RawMessage
	err := json.Unmarshal(src, &raw)
	if err == nil {
		return nil
	}
	offset := 0
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		offset = int(syntax.Offset) - 1 // it counts the offending byte
		if strings.HasPrefix(syntax.Error(), "unexpected end") {
			offset = len(src)
		}
	}
	return placeAt(file, src, offset, "").errorf("not JSON: %s", err)
}

// compiler turns a token stream into nodes, gathering problems as it goes.
type compiler struct {
	file     string
	src      []byte
	decoder  *json.Decoder
	problems []error
}

func (c *compiler) refuse(at place, format string, args ...any) {
	c.problems = append(c.problems, at.errorf(format, args...))
}

// here is the place of the token that comes next.
func (c *compiler) here(pointer string) place {
	offset := int(c.decoder.InputOffset())
	for offset < len(c.src) && strings.IndexByte(" \t\r\n,:", c.src[offset]) >= 0 {
		offset++
	}
	return placeAt(c.file, c.src, offset, pointer)
}

// token returns the next token. The whole source was found to be JSON before.
func (c *compiler) token() json.Token {
	t, err := c.decoder.Token()
	if err != nil {
		panic("cards: checked JSON has a bad token: " + err.Error())
	}
	return t
}

// node compiles the value that comes next.
func (c *compiler) node(pointer string, depth int) node {
	at := c.here(pointer)
	switch t := c.token().(type) {
	case json.Delim:
		if depth == maxDepth {
			c.refuse(at, "nested too deeply")
			c.skip()
			return literal("null")
		}
		if t == '[' {
			return c.array(pointer, depth+1)
		}
		return c.object(at, depth+1)
	case string:
		return c.string(at, t)
	case json.Number:
		f, err := t.Float64()
		if err != nil || math.Abs(f) > maxInteger {
			c.refuse(at, "the number is beyond 2^53: write it as text")
		}
		return literal(appendValue(nil, f))
	default:
		return literal(appendValue(nil, t))
	}
}

// skip reads past the array or object whose first token was just read.
func (c *compiler) skip() {
	for open := 1; open > 0; {
		switch c.token() {
		case json.Delim('['), json.Delim('{'):
			open++
		case json.Delim(']'), json.Delim('}'):
			open--
		}
	}
}

func (c *compiler) array(pointer string, depth int) array {
	out := array{}
	for i := 0; c.decoder.More(); i++ {
		out = append(out, c.node(element(pointer, i), depth))
	}
	c.token() // ]
	return out
}

func (c *compiler) object(at place, depth int) *object {
	out := &object{place: at}
	seen := map[string]bool{}
	for c.decoder.More() {
		keyAt := c.here("")
		name := c.token().(string)
		keyAt.pointer = member(at.pointer, name)
		if seen[name] {
			c.refuse(keyAt, "%s is set twice", name)
		}
		seen[name] = true
		n := c.node(keyAt.pointer, depth)
		switch {
		case name == "$data":
			out.data = c.single(keyAt, n, "$data is one ${path}, as in ${devices}")
			if out.data != nil && !isPath(out.data.expr) {
				c.refuse(out.data.place, "$data is one ${path}, as in ${devices}")
			}
		case name == "$when":
			out.when = c.single(keyAt, n, "$when is one ${condition}, as in ${count(rows) > 0}")
		case strings.Contains(name, "${"):
			c.refuse(keyAt, "a name can't hold an expression")
		case name != "$schema" && strings.HasPrefix(name, "$"):
			c.refuse(keyAt, "there is no %s, only $data, $when and $schema", shorten(name))
		default:
			out.fields = append(out.fields, field{key: string(append(appendValue(nil, name), ':')), node: n})
		}
	}
	c.token() // }
	slices.SortFunc(out.fields, func(a, b field) int { return strings.Compare(a.key, b.key) })
	return out
}

// single returns n if it is one ${expression}, and refuses it otherwise.
func (c *compiler) single(at place, n node, say string) *splice {
	sp, ok := n.(splice)
	if !ok {
		c.refuse(at, "%s", say)
		return nil
	}
	return &sp
}

func isPath(x expr) bool {
	_, ok := x.(*path)
	return ok
}

// string compiles a string: as it is, as the value of its one expression, or with several parts.
func (c *compiler) string(at place, text string) node {
	if !strings.Contains(text, "${") {
		return literal(appendValue(nil, text))
	}
	if strings.ContainsAny(text, "`\\") {
		c.refuse(at, "a string with ${ } can't hold a backtick or a backslash")
		return literal("null")
	}
	m := mixture{place: at}
	for rest := text; rest != ""; {
		before, after, found := strings.Cut(rest, "${")
		if before != "" {
			m.parts = append(m.parts, part{text: string(appendEscaped(nil, before))})
		}
		if !found {
			break
		}
		x, n, err := parseExpr(after)
		if err != nil {
			c.refuse(at, "${%s: %s", shorten(after), err)
			return splice{place: at, expr: constant{}} // stands for it, so that $when isn't refused twice
		}
		m.parts = append(m.parts, part{expr: x})
		rest = after[n:]
	}
	if len(m.parts) > 1 {
		return m
	}
	x := m.parts[0].expr
	if v, ok := x.(constant); ok {
		c.refuse(at, "%s doesn't change: write it without ${ }", shorten(string(appendValue(nil, v.value))))
	}
	return splice{place: at, expr: x}
}
