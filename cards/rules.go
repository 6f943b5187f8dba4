package cards

import "strings"

// rules holds what a type wants beyond its vocabulary.
var rules = map[string]func(c *checker, pointer string, o map[string]any){
	"Image":           (*checker).image,
	"BackgroundImage": (*checker).image,
	"Input.ChoiceSet": (*checker).choiceSet,
	"Action.Submit":   (*checker).submit,
	"Action.ShowCard": (*checker).showCard,
}

// identify remembers an id, which must stand once.
func (c *checker) identify(pointer string, o map[string]any) {
	id, ok := o["id"].(string)
	if !ok {
		return
	}
	if first, taken := c.ids[id]; taken {
		c.report(member(pointer, "id"), "the id %s is taken by %s", shorten(id), first)
		return
	}
	c.ids[id] = pointer
}

func (c *checker) image(string, map[string]any) { c.images++ }

// input is for inputs of all types.
func (c *checker) input(pointer string, o map[string]any) {
	if id, ok := o["id"].(string); ok {
		c.inputs = append(c.inputs, id)
		if id == "" {
			c.report(member(pointer, "id"), "an input wants an id")
		}
	}
	if o["isRequired"] != true {
		return
	}
	for _, name := range []string{"label", "errorMessage"} {
		if !filled(o, name) {
			c.report(pointer, "a required input wants %s: nobody would learn what is missing", name)
		}
	}
}

func (c *checker) choiceSet(pointer string, o map[string]any) {
	choices, isList := o["choices"].([]any)
	if isList && len(choices) == 0 {
		c.report(member(pointer, "choices"), "there is nothing to choose: leave the input out with $when")
	}
	style, _ := o["style"].(string)
	_, decided := o["isMultiSelect"]
	if !strings.EqualFold(style, "expanded") && (!decided || style == "" && o["isMultiSelect"] == false) {
		c.report(pointer, "state both style and isMultiSelect: some clients draw a dropdown only then")
	}
	if o["isMultiSelect"] != true {
		return
	}
	for i, choice := range choices {
		choice, _ := choice.(map[string]any)
		if value, _ := choice["value"].(string); strings.Contains(value, ",") {
			c.report(member(element(member(pointer, "choices"), i), "value"), "a multi-select joins its values by commas: %q can't hold one", shorten(value))
		}
	}
}

func (c *checker) submit(pointer string, o map[string]any) {
	if associated, _ := o["associatedInputs"].(string); strings.EqualFold(associated, "none") {
		return
	}
	if data, ok := o["data"].(map[string]any); ok {
		c.submits = append(c.submits, submit{pointer: member(pointer, "data"), data: data})
	}
}

func (c *checker) showCard(pointer string, o map[string]any) {
	card, ok := o["card"].(map[string]any)
	if !ok {
		return
	}
	if version, given := card["version"]; given && version != Version {
		c.report(pointer+"/card/version", "the version must be %q", Version)
	}
}

// crossCheck is for what only the whole card shows.
func (c *checker) crossCheck() {
	if c.images > MaxImages {
		c.report("", "%d images, %d are allowed", c.images, MaxImages)
	}
	for _, s := range c.submits {
		for _, id := range c.inputs {
			if _, taken := s.data[id]; taken {
				c.report(member(s.pointer, id), "an input has the same id: which of the two is sent depends on the client")
			}
		}
	}
}

// filled reports whether a property is a text with something in it.
func filled(o map[string]any, name string) bool {
	s, _ := o[name].(string)
	return strings.TrimSpace(s) != ""
}
