package cards

import (
	"math"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Check says what keeps an expanded card from being a good card on Webex: everything that version
// 1.3 doesn't allow, everything Webex drops or doesn't draw, and the traps of its clients:
//
//   - a property or type that 1.3 doesn't know, or a value that isn't of the property's type;
//   - more than MaxActions buttons in a list, MaxImages images or MaxCardBytes bytes;
//   - a button without title; an input without id; one id twice; a list of choices with nothing in it;
//   - a required input without label and errorMessage: nobody would see what is missing;
//   - a submit whose data isn't an object, or has a member named like an input: one hides the other,
//     and which depends on the client;
//   - a ChoiceSet that isn't expanded and doesn't say style and isMultiSelect: some clients draw a
//     dropdown only then; a comma in a choice of a multi-select, which joins its values by commas;
//   - text that still holds ${: some clients would expand it again.
//
// The problems come in the order of the card, names sorted; nil is a good card.
func Check(card []byte) []Problem {
	c := &checker{ids: map[string]*item{}}
	if len(card) > MaxCardBytes {
		c.reportAt("", "the card has %d bytes, %d are allowed: show less at once", len(card), MaxCardBytes)
	}
	s := scanners.Get().(*scanner)
	defer scanners.Put(s)
	root, err := s.parse(card)
	if err != nil {
		c.reportAt("", "not JSON: %s", err)
		return c.problems
	}
	c.child(root, "AdaptiveCard")
	if root.is('{') {
		if t := root.member("type"); t == nil || t.is('n') {
			c.report(root, "type is missing: it is AdaptiveCard")
		}
		if root.textOf("version") != Version {
			c.reportAt("/version", "the version must be %q", Version)
		}
	}
	c.crossCheck()
	return c.problems
}

// child checks an item that must be an object of a group.
func (c *checker) child(it *item, of group) {
	byName, named := shapes[string(of)]
	if it.is('"') && named && byName.textToo {
		c.text(it)
		if of == "BackgroundImage" {
			c.images++
			c.value(it, address)
		}
		return
	}
	if !it.is('{') {
		c.report(it, "must be an object, not %s", it.kindName())
		return
	}
	typeName := string(of)
	if t := it.member("type"); t != nil || !named {
		if !t.is('"') {
			c.report(it, "type is missing: this must be some kind of %s", of)
			return
		}
		typeName = t.text
	}
	sh, known := shapes[typeName]
	switch {
	case !known && notDrawn[typeName] != "":
		c.report(it, "%s can't be used: %s", typeName, notDrawn[typeName])
	case !known:
		c.report(it, "there is no %q in version %s", typeName, Version)
	case !slices.Contains(sh.groups, of):
		c.report(it, "%s isn't allowed here: this must be some kind of %s", typeName, of)
	default:
		c.object(it, typeName, sh, of)
	}
}

// object checks an object whose type is known.
func (c *checker) object(o *item, typeName string, sh shape, of group) {
	for _, name := range required[typeName] {
		if !o.has(name) {
			c.report(o, "%s needs %s", typeName, name)
		}
	}
	for m := o.first; m != nil; m = m.next {
		p, known := sh.properties[m.name]
		switch {
		case m.name == "type":
		case !known:
			c.report(m, "%s has no %s in version %s", typeName, shorten(m.name), Version)
		case p.ignored:
			c.report(m, "Webex ignores %s", m.name)
		default:
			c.value(m, p)
		}
	}
	if of == buttonGroup && !filled(o, "title") {
		c.report(o, "a button needs a title")
	}
	if sh.input {
		c.input(o)
	}
	if rule := rules[typeName]; rule != nil {
		rule(c, o)
	}
	c.identify(o)
}

// list checks a list of objects of a group.
func (c *checker) list(it *item, of group) {
	if !it.is('[') {
		c.report(it, "must be a list, not %s", it.kindName())
		return
	}
	if n := it.length(); of == buttonGroup && n > MaxActions {
		c.report(it, "%d buttons in one list: Webex shows %d and drops the rest", n, MaxActions)
	}
	for e := it.first; e != nil; e = e.next {
		c.child(e, of)
	}
}

var (
	pixelSize = regexp.MustCompile(`^[0-9]+px$`)
	weight    = regexp.MustCompile(`^[0-9]+$`)
)

// value checks the value of a property.
func (c *checker) value(it *item, p property) {
	switch p.kind {
	case aChild:
		c.child(it, p.group)
		return
	case children:
		c.list(it, p.group)
		return
	case anObject:
		if !it.is('{') {
			c.report(it, "must be an object, not %s", it.kindName())
		}
		c.within(it)
		return
	case aFlag:
		if !it.is('t') && !it.is('f') {
			c.report(it, "must be true or false, not %s", it.kindName())
		}
		return
	case aNumber, aCount:
		if !it.is('0') {
			c.report(it, "must be a number, not %s", it.kindName())
		} else if n := it.number(); p.kind == aCount && (n < 1 || n != math.Trunc(n)) {
			c.report(it, "must be a whole number from 1")
		}
		return
	case aWidth:
		if it.is('0') {
			if it.number() <= 0 {
				c.report(it, "must be more than 0")
			}
			return
		}
	}
	if !it.is('"') {
		c.report(it, "must be a text, not %s", it.kindName())
		return
	}
	c.text(it)
	if wanted := p.misses(it.text); wanted != "" {
		c.report(it, "%q must be %s", shorten(it.text), wanted)
	}
}

// misses says what s must be instead, or nothing if it's right.
func (p property) misses(s string) string {
	isWord := slices.ContainsFunc(p.words, func(w string) bool { return strings.EqualFold(w, s) })
	switch p.kind {
	case aWord:
		if !isWord {
			return "one of " + strings.Join(p.words, ", ")
		}
	case aSize, aWidth:
		if isWord || pixelSize.MatchString(s) || p.kind == aWidth && weight.MatchString(s) {
			return ""
		}
		return strings.TrimSuffix("pixels, as in 50px, or one of "+strings.Join(p.words, ", "), ", or one of ")
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

// within looks at all texts in an item that the vocabulary doesn't describe.
func (c *checker) within(it *item) {
	if it.is('"') {
		c.text(it)
	}
	for inner := it.first; inner != nil; inner = inner.next {
		c.within(inner)
	}
}

func (c *checker) text(it *item) {
	if strings.Contains(it.text, "${") {
		c.report(it, "the text still holds ${: some clients would expand it again")
	}
}
