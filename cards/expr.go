package cards

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// functions lists what may be called; the names in the errors come from here.
const functions = "count, empty, exists, if"

// inViewModel ends the errors about what the official language has and the subset hasn't.
const inViewModel = "compute it in the view model"

// parser reads one expression, up to the } that closes it.
type parser struct {
	text  string
	pos   int
	depth int
}

// parseExpr compiles the expression at the beginning of text and returns how many bytes it took,
// the closing } included.
func parseExpr(text string) (expr, int, error) {
	p := &parser{text: text}
	x, err := p.or()
	if err != nil {
		return nil, 0, err
	}
	if !p.take("}") {
		return nil, 0, p.unexpected("}")
	}
	return x, p.pos, nil
}

func (p *parser) or() (expr, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		return nil, errors.New("the expression is nested too deeply")
	}
	return p.chain("||", true, p.and)
}

func (p *parser) and() (expr, error) { return p.chain("&&", false, p.comparison) }

// chain reads one or more operands with the same logical operator between them.
func (p *parser) chain(operator string, decides bool, operand func() (expr, error)) (expr, error) {
	left, err := operand()
	for err == nil && p.take(operator) {
		var right expr
		right, err = operand()
		left = logic{decides: decides, left: left, right: right}
	}
	return left, err
}

// comparison reads at most one comparison: the official precedence of == over < is unlike that of
// most languages, so a second one needs parentheses.
func (p *parser) comparison() (expr, error) {
	left, err := p.unary()
	if err != nil {
		return nil, err
	}
	operator := p.comparisonOperator()
	if operator == "" {
		return left, nil
	}
	right, err := p.unary()
	if err != nil {
		return nil, err
	}
	if second := p.comparisonOperator(); second != "" {
		return nil, fmt.Errorf("%s and %s side by side: put parentheses around one of them", operator, second)
	}
	return comparison{operator: operator, left: left, right: right}, nil
}

func (p *parser) comparisonOperator() string {
	for _, operator := range []string{"==", "!=", "<=", ">=", "<", ">"} {
		if p.take(operator) {
			return operator
		}
	}
	return ""
}

func (p *parser) unary() (expr, error) {
	negations := 0
	for p.peek() == '!' && !strings.HasPrefix(p.text[p.pos:], "!=") {
		p.pos++
		negations++
	}
	x, err := p.primary()
	for ; err == nil && negations > 0; negations-- {
		x = not{x}
	}
	return x, err
}

func (p *parser) primary() (expr, error) {
	switch c := p.peek(); {
	case c == '(':
		p.pos++
		x, err := p.or()
		if err == nil && !p.take(")") {
			err = p.unexpected(")")
		}
		return x, err
	case c == '\'':
		return p.quoted()
	case isDigit(c):
		return p.number()
	case isLetter(c) || c == '$':
		return p.named()
	}
	return nil, p.unexpected("a field, a value or a function")
}

func (p *parser) quoted() (expr, error) {
	rest := p.text[p.pos+1:]
	end := strings.IndexByte(rest, '\'')
	if end < 0 {
		return nil, errors.New("the text in ' ' has no end")
	}
	text := rest[:end]
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
		return nil, errors.New("the text in ' ' holds a line break or another control character")
	}
	p.pos += end + 2
	return constant{text}, nil
}

func (p *parser) number() (expr, error) {
	start := p.pos
	p.digits()
	if p.peekHere() == '.' {
		p.pos++
		if p.digits() == "" {
			return nil, fmt.Errorf("%s is no number", p.text[start:p.pos])
		}
	}
	text := p.text[start:p.pos]
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f > maxInteger {
		return nil, fmt.Errorf("%s is beyond 2^53", shorten(text))
	}
	return constant{f}, nil
}

// named reads what begins with a name: a keyword, a function or a path.
func (p *parser) named() (expr, error) {
	start := p.pos
	name := p.name()
	if p.peekHere() == '(' {
		p.pos++
		return p.call(name)
	}
	switch small := strings.ToLower(name); small {
	case "true", "false":
		if name != small {
			return nil, fmt.Errorf("write %s in small letters", small)
		}
		return constant{name == "true"}, nil
	case "null", "undefined":
		return nil, fmt.Errorf("there is no %s here: use exists(path)", name)
	case "$index":
		return index{}, nil
	}
	p.pos = start
	return p.path()
}

func (p *parser) call(function string) (expr, error) {
	var x expr
	var err error
	switch function {
	case "if":
		return p.choice()
	case "count", "empty", "exists":
		p.peek()
		var of *path
		if of, err = p.path(); err != nil {
			return nil, fmt.Errorf("%s needs a path: %w", function, err)
		}
		switch function {
		case "count":
			x = measure{function, of, count}
		case "empty":
			x = measure{function, of, empty}
		default:
			x = exists{of}
		}
	default:
		return nil, fmt.Errorf("there is no function %s here, only %s: %s", function, functions, inViewModel)
	}
	if !p.take(")") {
		return nil, fmt.Errorf("%s takes one path: %w", function, p.unexpected(")"))
	}
	return x, nil
}

func (p *parser) choice() (expr, error) {
	var args [3]expr
	for i := range args {
		if i > 0 && !p.take(",") {
			return nil, fmt.Errorf("if takes a condition and two values: %w", p.unexpected(","))
		}
		x, err := p.or()
		if err != nil {
			return nil, err
		}
		args[i] = x
	}
	if !p.take(")") {
		return nil, fmt.Errorf("if takes a condition and two values: %w", p.unexpected(")"))
	}
	return choice{args[0], args[1], args[2]}, nil
}

func (p *parser) path() (*path, error) {
	start := p.pos
	first := p.name()
	out := &path{}
	switch {
	case first == "":
		return nil, p.unexpected("a field")
	case first == "$root":
		out.fromRoot = true
	case first == "$data":
	case first == "$index":
		return nil, errors.New("$index is a number, not a field")
	case first[0] == '$':
		return nil, fmt.Errorf("there is no %s, only $root, $data and $index", first)
	default:
		out.steps = append(out.steps, step{name: first})
	}
	for {
		switch p.peekHere() {
		case '.':
			p.pos++
			name := p.name()
			if name == "" || name[0] == '$' {
				return nil, fmt.Errorf("%s must be followed by a field", p.text[start:p.pos-len(name)])
			}
			out.steps = append(out.steps, step{name: name})
		case '[':
			p.pos++
			i, err := strconv.Atoi(p.digits())
			if err != nil || p.peekHere() != ']' {
				return nil, fmt.Errorf("[ ] takes a number from 0, as in %s0]", p.text[start:strings.IndexByte(p.text[start:], '[')+start+1])
			}
			p.pos++
			out.steps = append(out.steps, step{index: i})
		default:
			out.source = p.text[start:p.pos]
			return out, nil
		}
	}
}

// peek skips blanks and returns the next byte, 0 at the end.
func (p *parser) peek() byte {
	for c := p.peekHere(); c == ' ' || c == '\t'; c = p.peekHere() {
		p.pos++
	}
	return p.peekHere()
}

// peekHere returns the next byte, 0 at the end.
func (p *parser) peekHere() byte {
	if p.pos == len(p.text) {
		return 0
	}
	return p.text[p.pos]
}

// take skips blanks, and token if it is next.
func (p *parser) take(token string) bool {
	p.peek()
	if !strings.HasPrefix(p.text[p.pos:], token) {
		return false
	}
	p.pos += len(token)
	return true
}

// name takes a name, which may begin with $; it is empty if none is next.
func (p *parser) name() string {
	start := p.pos
	if c := p.peekHere(); !isLetter(c) && c != '$' {
		return ""
	}
	for p.pos++; isLetter(p.peekHere()) || isDigit(p.peekHere()); p.pos++ {
	}
	return p.text[start:p.pos]
}

func (p *parser) digits() string {
	start := p.pos
	for ; isDigit(p.peekHere()); p.pos++ {
	}
	return p.text[start:p.pos]
}

// unexpected says what stands where something else was wanted.
func (p *parser) unexpected(wanted string) error {
	switch c := p.peek(); {
	case c == 0:
		return fmt.Errorf("%s is missing at the end", wanted)
	case strings.IndexByte("+-*/%^&?", c) >= 0:
		return fmt.Errorf("there is no %c here: %s", c, inViewModel)
	case c == '=':
		return errors.New("there is no = here: == compares")
	case c == '"':
		return errors.New(`texts go in ' ', not in " "`)
	}
	for _, r := range p.text[p.pos:] {
		return fmt.Errorf("expected %s, found %q", wanted, r)
	}
	return nil
}
