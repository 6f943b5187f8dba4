package cards

import "strings"

// rules holds what a type wants beyond its vocabulary.
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
			c.report(id, "an input wants an id")
		}
	}
	if !o.member("isRequired").is('t') {
		return
	}
	for _, name := range []string{"label", "errorMessage"} {
		if !filled(o, name) {
			c.report(o, "a required input wants %s: nobody would learn what is missing", name)
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
