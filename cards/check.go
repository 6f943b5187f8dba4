package cards

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	// Version is the only version of Adaptive Cards that Check accepts, the newest that Webex knows
	// (its guide "Buttons and Cards").
	Version = "1.3"

	// MaxCardBytes is the largest card that Check accepts. No limit of Webex's is published; this one
	// has stayed below what people report as refused.
	MaxCardBytes = 22_000

	// MaxActions is the longest list of buttons that Webex shows; it drops the rest without a word.
	MaxActions = 5

	// MaxImages is how many images a card may have (Webex's guide "Buttons and Cards").
	MaxImages = 10
)

// Problem is something that Check found.
type Problem struct {
	Pointer string // JSON pointer (RFC 6901) into the card; "" is all of it
	Say     string // what is wrong, in words for the card's author
}

// Check says what keeps an expanded card from being a good card on Webex: everything that version
// 1.3 doesn't allow, everything Webex drops or doesn't draw, and the traps of its clients:
//
//   - a property or type that 1.3 doesn't know, or a value that isn't of the property's type;
//   - more than MaxActions buttons in a list, MaxImages images or MaxCardBytes bytes;
//   - a button without title; an input without id; one id twice; a list of choices with nothing in it;
//   - a required input without label and errorMessage: nobody would learn what is missing;
//   - a submit whose data isn't an object, or has a member named like an input: one hides the other,
//     and which depends on the client;
//   - a ChoiceSet that isn't expanded and doesn't say style and isMultiSelect: some clients draw a
//     dropdown only then; a comma in a choice of a multi-select, which joins its values by commas;
//   - text that still holds ${: some clients would expand it again.
//
// The problems come in the order of the card, names sorted; nil is a good card.
func Check(card []byte) []Problem {
	c := &checker{ids: map[string]string{}}
	if len(card) > MaxCardBytes {
		c.report("", "the card has %d bytes, %d are allowed: show less at once", len(card), MaxCardBytes)
	}
	var v any
	if err := json.Unmarshal(card, &v); err != nil {
		c.report("", "not JSON: %s", err)
		return c.problems
	}
	c.child("", v, "AdaptiveCard")
	if root, ok := v.(map[string]any); ok {
		if root["type"] == nil {
			c.report("", "type is missing: it is AdaptiveCard")
		}
		if version := root["version"]; version != Version {
			c.report("/version", "the version must be %q", Version)
		}
	}
	c.crossCheck()
	return c.problems
}

// checker walks one card.
type checker struct {
	problems []Problem
	ids      map[string]string // where each id stands first
	inputs   []string          // their ids, in order
	submits  []submit
	images   int
}

// submit is the data of a submit that takes the inputs along.
type submit struct {
	pointer string // of the data
	data    map[string]any
}

func (c *checker) report(pointer, format string, args ...any) {
	c.problems = append(c.problems, Problem{Pointer: pointer, Say: fmt.Sprintf(format, args...)})
}

// child checks a value that must be an object of a group.
func (c *checker) child(pointer string, v any, of group) {
	byName, named := shapes[string(of)]
	if s, ok := v.(string); ok && named && byName.textToo {
		c.text(pointer, s)
		if of == "BackgroundImage" {
			c.images++
			c.value(pointer, s, address)
		}
		return
	}
	object, ok := v.(map[string]any)
	if !ok {
		c.report(pointer, "must be an object, not %s", kindOf(v))
		return
	}
	typeName := string(of)
	if t, given := object["type"]; given || !named {
		if typeName, ok = t.(string); !ok {
			c.report(pointer, "type is missing: this must be some kind of %s", of)
			return
		}
	}
	sh, known := shapes[typeName]
	switch why := notDrawn[typeName]; {
	case why != "":
		c.report(pointer, "%s can't be used: %s", typeName, why)
	case !known:
		c.report(pointer, "there is no %q in version %s", typeName, Version)
	case !slices.Contains(sh.groups, of):
		c.report(pointer, "%s can't stand here: this must be some kind of %s", typeName, of)
	default:
		c.object(pointer, object, typeName, sh, of)
	}
}

// object checks an object whose type is known.
func (c *checker) object(pointer string, o map[string]any, typeName string, sh shape, of group) {
	var missing []string
	for name, p := range sh.properties {
		if _, ok := o[name]; p.required && !ok {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	for _, name := range missing {
		c.report(pointer, "%s wants %s", typeName, name)
	}
	for _, name := range slices.Sorted(maps.Keys(o)) {
		p, known := sh.properties[name]
		switch {
		case name == "type":
		case !known:
			c.report(member(pointer, name), "%s has no %s in version %s", typeName, shorten(name), Version)
		case p.unheeded:
			c.report(member(pointer, name), "Webex doesn't heed %s", name)
		default:
			c.value(member(pointer, name), o[name], p)
		}
	}
	if of == buttonGroup && !filled(o, "title") {
		c.report(pointer, "a button wants a title")
	}
	if sh.input {
		c.input(pointer, o)
	}
	if rule := rules[typeName]; rule != nil {
		rule(c, pointer, o)
	}
	c.identify(pointer, o)
}

// list checks a list of objects of a group.
func (c *checker) list(pointer string, v any, of group) {
	items, ok := v.([]any)
	if !ok {
		c.report(pointer, "must be a list, not %s", kindOf(v))
		return
	}
	if of == buttonGroup && len(items) > MaxActions {
		c.report(pointer, "%d buttons in one list: Webex shows %d and drops the rest", len(items), MaxActions)
	}
	for i, item := range items {
		c.child(element(pointer, i), item, of)
	}
}

var (
	pixelSize = regexp.MustCompile(`^[0-9]+px$`)
	weight    = regexp.MustCompile(`^[0-9]+$`)
)

// value checks the value of a property.
func (c *checker) value(pointer string, v any, p property) {
	switch p.kind {
	case aChild:
		c.child(pointer, v, p.group)
		return
	case children:
		c.list(pointer, v, p.group)
		return
	case anObject:
		if _, ok := v.(map[string]any); !ok {
			c.report(pointer, "must be an object, not %s", kindOf(v))
		}
		c.within(pointer, v)
		return
	case aFlag:
		if _, ok := v.(bool); !ok {
			c.report(pointer, "must be true or false, not %s", kindOf(v))
		}
		return
	case aNumber, aCount:
		n, ok := v.(float64)
		if !ok {
			c.report(pointer, "must be a number, not %s", kindOf(v))
		} else if p.kind == aCount && (n < 1 || n != math.Trunc(n)) {
			c.report(pointer, "must be a whole number from 1")
		}
		return
	case aWidth:
		if n, ok := v.(float64); ok {
			if n <= 0 {
				c.report(pointer, "must be more than 0")
			}
			return
		}
	}
	s, ok := v.(string)
	if !ok {
		c.report(pointer, "must be a text, not %s", kindOf(v))
		return
	}
	c.text(pointer, s)
	if wanted := p.misses(s); wanted != "" {
		c.report(pointer, "%q must be %s", shorten(s), wanted)
	}
}

// misses says what s must be instead, or nothing if it's right.
func (p property) misses(s string) string {
	isWord := slices.ContainsFunc(p.words, func(w string) bool { return strings.EqualFold(w, s) })
	words := strings.Join(p.words, ", ")
	switch p.kind {
	case aWord:
		if !isWord {
			return "one of " + words
		}
	case aSize, aWidth:
		if isWord || pixelSize.MatchString(s) || p.kind == aWidth && weight.MatchString(s) {
			return ""
		}
		return strings.TrimSuffix("pixels, as in 50px, or one of "+words, ", or one of ")
	case aURL:
		if u, err := url.Parse(s); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return "an http or https URL"
		}
	case aDate:
		if _, err := time.Parse(time.DateOnly, s); err != nil && s != "" {
			return "a date, as in 2026-01-31"
		}
	case aTime:
		if _, err := time.Parse("15:04", s); err != nil && s != "" {
			return "a time, as in 15:04"
		}
	}
	return ""
}

// within looks at all texts in a value that the vocabulary doesn't describe.
func (c *checker) within(pointer string, v any) {
	switch v := v.(type) {
	case string:
		c.text(pointer, v)
	case []any:
		for i, e := range v {
			c.within(element(pointer, i), e)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			c.within(member(pointer, name), v[name])
		}
	}
}

func (c *checker) text(pointer, s string) {
	if strings.Contains(s, "${") {
		c.report(pointer, "the text still holds ${: some clients would expand it again")
	}
}
