package cards

import (
	"fmt"
	"strings"
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

// checker walks one card.
type checker struct {
	problems []Problem
	ids      map[string]*item // what has each id first
	inputs   []string         // their ids, in order
	submits  []*item          // the data of submits that take the inputs along
	images   int
}

// report says what is wrong with an item.
func (c *checker) report(it *item, format string, args ...any) {
	c.reportAt(it.pointer(), format, args...)
}

func (c *checker) reportAt(pointer, format string, args ...any) {
	c.problems = append(c.problems, Problem{Pointer: pointer, Say: fmt.Sprintf(format, args...)})
}

// rules holds the checks of a type beyond its properties.
var rules = map[string]func(c *checker, o *item){
	"Image":           (*checker).image,
	"BackgroundImage": (*checker).image,
	"Input.ChoiceSet": (*checker).choiceSet,
	"Action.Submit":   (*checker).submit,
	"Action.ShowCard": (*checker).showCard,
}

// identify remembers an id, which must stand once.
func (c *checker) identify(o *item) {
	id := o.member("id")
	if !id.is('"') {
		return
	}
	if first, taken := c.ids[id.text]; taken {
		c.report(id, "the id %s is taken by %s", shorten(id.text), first.pointer())
		return
	}
	c.ids[id.text] = o
}

func (c *checker) image(*item) { c.images++ }

// input is for inputs of all types.
func (c *checker) input(o *item) {
	if id := o.member("id"); id.is('"') {
		c.inputs = append(c.inputs, id.text)
		if id.text == "" {
			c.report(id, "an input needs an id")
		}
	}
	if !o.member("isRequired").is('t') {
		return
	}
	for _, name := range []string{"label", "errorMessage"} {
		if !filled(o, name) {
			c.report(o, "a required input needs %s: nobody would see what is missing", name)
		}
	}
}

func (c *checker) choiceSet(o *item) {
	choices := o.member("choices")
	if choices.is('[') && choices.first == nil {
		c.report(choices, "there is nothing to choose: leave the input out with $when")
	}
	style, multiple := o.textOf("style"), o.member("isMultiSelect")
	if !strings.EqualFold(style, "expanded") && (multiple == nil || style == "" && multiple.is('f')) {
		c.report(o, "state both style and isMultiSelect: some clients draw a dropdown only then")
	}
	if !multiple.is('t') || !choices.is('[') {
		return
	}
	for choice := choices.first; choice != nil; choice = choice.next {
		if value := choice.textOf("value"); strings.Contains(value, ",") {
			c.report(choice.member("value"), "a multi-select joins its values by commas: %q can't hold one", shorten(value))
		}
	}
}

func (c *checker) submit(o *item) {
	if strings.EqualFold(o.textOf("associatedInputs"), "none") {
		return
	}
	if data := o.member("data"); data.is('{') {
		c.submits = append(c.submits, data)
	}
}

func (c *checker) showCard(o *item) {
	card := o.member("card")
	if version := card.member("version"); version != nil && card.textOf("version") != Version {
		c.report(version, "the version must be %q", Version)
	}
}

// crossCheck is for what only the whole card shows.
func (c *checker) crossCheck() {
	if c.images > MaxImages {
		c.reportAt("", "%d images, %d are allowed", c.images, MaxImages)
	}
	for _, data := range c.submits {
		for _, id := range c.inputs {
			if taken := data.member(id); taken != nil {
				c.report(taken, "an input has the same id: which of the two is sent depends on the client")
			}
		}
	}
}

// filled reports whether a property is a text with something in it.
func filled(o *item, name string) bool { return strings.TrimSpace(o.textOf(name)) != "" }
