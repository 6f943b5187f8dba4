package query

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"overwatch/internal/ifname"
)

// Condition is what a value of a fact has to be, such as state = down, mtu > 1500, uptime < 1d or
// state is not good.
type Condition struct {
	Fact string // its title, or the beginning of it; state is the fact that has colours
	Op   string // one of = != < <= > >= ~ !~ "is" "is not"
	Want string // the value; several with | between them; behind is and is not: good, warning or bad
}

// String returns the condition as ParseFilter reads it.
func (c Condition) String() string { return fmt.Sprintf("%s %s %s", c.Fact, c.Op, c.Want) }

// colours are the words for the colours of a state.
var colours = map[string]Colour{"good": Good, "warning": Warning, "bad": Attention}

var (
	compared = regexp.MustCompile(`^(\pL[\pL\pN /()-]{0,40}?) ?(!=|!~|<=|>=|==|=|<|>|~) ?(.+)$`)
	judged   = regexp.MustCompile(`^(?i)(\pL[\pL\pN /()-]{0,40}?) (is not|is) (good|warning|bad)$`)
)

// parseConditions reads conditions with and between them. If one part isn't a condition, the text is none.
func parseConditions(text string) []Condition {
	var list []Condition
	for part := range strings.SplitSeq(text, " and ") {
		c, ok := ParseCondition(strings.TrimSpace(part))
		if !ok {
			return nil
		}
		list = append(list, c)
	}
	return list
}

// ParseCondition reads a fact, an operator and a value: = and != compare texts, numbers, addresses and
// interfaces however they are written; < <= > >= compare numbers and ages with units such as 1g, 80 % and
// 3d; ~ and !~ match a regular expression; is and is not compare the colour of a state. ok is false if text is none.
func ParseCondition(text string) (c Condition, ok bool) {
	if m := judged.FindStringSubmatch(text); m != nil {
		return Condition{strings.ToLower(m[1]), strings.ToLower(m[2]), strings.ToLower(m[3])}, true
	}
	m := compared.FindStringSubmatch(text)
	if m == nil {
		return Condition{}, false
	}
	c = Condition{strings.ToLower(m[1]), m[2], m[3]}
	if c.Op == "==" {
		c.Op = "="
	}
	switch {
	case strings.ContainsAny(c.Op, "<>"):
		_, ok = parseQuantity(c.Want)
	case strings.HasSuffix(c.Op, "~"):
		ok = compilePattern(unquote(c.Want)) != nil
	default:
		ok = true
	}
	return c, ok
}

// also are other names of facts, as people write them.
var also = map[string][]string{
	"uptime": {"up or down for", "since"}, "vlan": {"native vlan"}, "errors": {"input errors"}, "drops": {"input drops"}, "crc": {"crc errors"},
	"ip": {"address"}, "name": {"description"}, "port": {"interface", "here"}, "interface": {"port", "here"}, "cpu": {"five seconds"},
}

// column returns the index of the fact that the condition names, or -1.
func (c Condition) column(facts []Fact) int {
	begun := -1
	for i, f := range facts {
		switch title := strings.ToLower(f.Title); {
		case title == c.Fact, c.judges() && f.State:
			return i
		case begun < 0 && len(c.Fact) > 1 && strings.HasPrefix(title, c.Fact):
			begun = i
		}
	}
	if begun >= 0 {
		return begun
	}
	for i, f := range facts {
		if c.Fact == "state" && f.State {
			return i
		}
	}
	for _, other := range also[c.Fact] {
		for i, f := range facts {
			if strings.ToLower(f.Title) == other {
				return i
			}
		}
	}
	return -1
}

// judges reports whether the condition is about the colour of the row's state.
func (c Condition) judges() bool {
	return c.Fact == "state" && strings.HasPrefix(c.Op, "is")
}

func (c Condition) holds(cell Cell, now time.Time) bool {
	switch c.Op {
	case "is":
		return cell.Colour == colours[c.Want]
	case "is not":
		return cell.Text != "" && cell.Colour != colours[c.Want]
	case "=":
		return equalsAny(cell, c.Want)
	case "!=":
		return !equalsAny(cell, c.Want)
	case "~", "!~":
		p := compilePattern(unquote(c.Want))
		return p != nil && p.MatchString(cell.Text) == (c.Op == "~")
	}
	have, ok := quantityOf(cell, now)
	want, _ := parseQuantity(c.Want)
	if !ok {
		return false
	}
	limit, ok := want.in(have)
	if !ok {
		return false
	}
	switch c.Op {
	case "<":
		return have.number < limit
	case "<=":
		return have.number <= limit
	case ">":
		return have.number > limit
	}
	return have.number >= limit
}

func equalsAny(cell Cell, want string) bool {
	for one := range strings.SplitSeq(want, "|") {
		one = unquote(strings.TrimSpace(one))
		if equals(cell, one) {
			return true
		}
		for part := range strings.SplitSeq(cell.Text, ", ") {
			if equals(Cell{Text: part}, one) {
				return true
			}
		}
	}
	return false
}

// equals compares a value with what was typed, however it is written.
func equals(cell Cell, want string) bool {
	text := cell.Text
	if strings.EqualFold(text, want) || ifname.Same(text, want) || strings.EqualFold(want, "none") && text == "" {
		return true
	}
	if digits := macDigits(want); len(digits) == 12 {
		return macDigits(text) == digits
	}
	if a, err := netip.ParseAddr(want); err == nil {
		address, _, _ := strings.Cut(text, "/")
		b, err := netip.ParseAddr(address)
		return err == nil && a == b
	}
	if raw, ok := cell.Raw.(fmt.Stringer); ok && raw.String() == want {
		return true
	}
	if q, ok := parseQuantity(want); ok && q.unit != "" && !q.age {
		have, known := quantityOf(cell, time.Time{})
		number, fits := q.in(have)
		return known && fits && have.number == number
	}
	a, errA := strconv.ParseFloat(text, 64)
	b, errB := strconv.ParseFloat(want, 64)
	return errA == nil && errB == nil && a == b
}

// quantity is a number with its unit: in cells a plain one, or of an age in seconds.
type quantity struct {
	number float64
	unit   string
	age    bool
}

var typedQuantity = regexp.MustCompile(`^(-?\d+(?:[.,]\d+)*) ?([A-Za-z%°/]*)$`)

// parseQuantity reads a typed number such as 1500, 1.5g, 80 % or 3d.
func parseQuantity(text string) (quantity, bool) {
	text = unquote(strings.TrimSpace(text))
	if d, ok := parseAge(text); ok {
		return quantity{d, "", true}, true
	}
	m := typedQuantity.FindStringSubmatch(text)
	if m == nil {
		return quantity{}, false
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(m[1], ",", ""), 64)
	unit := strings.ToLower(m[2])
	_, isFactor := factors[unit]
	_, isSpan := spans[unit]
	return quantity{number: n, unit: unit}, err == nil && (isFactor || isSpan)
}

// factors are what units of sizes and rates stand for.
var factors = map[string]float64{
	"": 1, "%": 1, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "kbit/s": 1e3, "mbit/s": 1e6, "gbit/s": 1e9,
	"kbps": 1e3, "mbps": 1e6, "gbps": 1e9, "bps": 1, "ms": 1, "w": 1, "dbm": 1, "c": 1, "°c": 1, "ma": 1, "watt": 1, "watts": 1,
}

// spans are the units of ages, in seconds.
var spans = map[string]float64{
	"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400, "w": 7 * 86400, "week": 7 * 86400, "month": 30 * 86400, "y": 365 * 86400, "year": 365 * 86400,
}

// in returns the number as a value of the kind of have.
func (q quantity) in(have quantity) (float64, bool) {
	switch {
	case q.age == have.age && q.age:
		return q.number, true
	case have.age:
		size, ok := spans[q.unit]
		return q.number * size, ok
	case q.age: // w is watts as well
		return 0, false
	}
	factor, ok := factors[q.unit]
	return q.number * factor, ok
}

var (
	ageForm = regexp.MustCompile(`^(?i)\d+ ?[a-z]+(?: ?\d+ ?[a-z]+)+$|^\d+ ?(?:h|d|y|sec|min|hour|day|week|month|year)s?$`)
	agePart = regexp.MustCompile(`(?i)(\d+) ?([a-z]+)`)
)

// parseAge reads an age, such as 3d 4h, 1w2d or 2 days, in seconds. What may be another unit, as m and w may,
// isn't one by itself.
func parseAge(text string) (seconds float64, ok bool) {
	if !ageForm.MatchString(text) {
		return 0, false
	}
	for _, m := range agePart.FindAllStringSubmatch(strings.ToLower(text), -1) {
		size, known := spans[m[2]]
		if !known {
			size, known = spans[strings.TrimSuffix(m[2], "s")]
		}
		n, err := strconv.ParseFloat(m[1], 64)
		if !known || err != nil {
			return 0, false
		}
		seconds += n * size
	}
	return seconds, true
}

var shownNumber = regexp.MustCompile(`^-?\d+(?:\.\d+)?`)

// quantityOf returns the number in a cell: its raw value where there is one. A time is an age.
func quantityOf(cell Cell, now time.Time) (quantity, bool) {
	age, isAge := parseAge(cell.Text)
	if !isAge && secondsOnly.MatchString(cell.Text) {
		isAge = cell.Raw != nil
		age, _ = strconv.ParseFloat(strings.TrimSuffix(cell.Text, "s"), 64)
	}
	switch raw := cell.Raw.(type) {
	case fmt.Stringer:
		n, err := strconv.ParseFloat(raw.String(), 64)
		return quantity{number: n, age: isAge}, err == nil
	case string:
		if at, err := time.Parse(time.RFC3339, raw); err == nil {
			return quantity{number: now.Sub(at).Seconds(), age: true}, true
		}
	}
	if at, err := time.Parse(time.RFC3339, cell.Text); err == nil {
		return quantity{number: now.Sub(at).Seconds(), age: true}, true
	}
	if isAge {
		return quantity{number: age, age: true}, true
	}
	n, err := strconv.ParseFloat(shownNumber.FindString(cell.Text), 64)
	return quantity{number: n}, err == nil
}

var secondsOnly = regexp.MustCompile(`^\d+s$`)
