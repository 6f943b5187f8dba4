// Package form turns the inputs of a query into the input elements of an Adaptive Card, and what a
// person entered back into checked values.
//
// Cards check inputs in the client only, and anybody in a space can post any inputs to any card, so
// everything is checked again here, by the same rules. It is core: it knows no transport, and the
// query templates, the bot and the renderer may import it. A new type of input is one file with its
// kind and one row in kinds.
package form

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"overwatch/internal/button"

	"github.com/go-playground/validator/v10"
)

// Input is one thing that a query wants to know beside the device.
type Input struct {
	ID          string   `yaml:"id"`          // the {id} in paths; letters, digits and dashes
	Label       string   `yaml:"label"`       // what stands above the field
	Type        string   `yaml:"type"`        // a key of kinds; text when empty
	Rules       string   `yaml:"rules"`       // in the syntax of validator/v10, such as required,cidr
	Error       string   `yaml:"error"`       // what to say when a rule is broken; one that fits is made up
	Placeholder string   `yaml:"placeholder"` // an example
	Value       string   `yaml:"value"`       // what is filled in at first, and taken when nothing was said
	Choices     []Choice `yaml:"choices"`     // of type choice
	Suggest     *Suggest `yaml:"suggest"`     // of type text: where the values to choose from can be asked for
}

// Suggest names the fact of a query whose values an input may have, on the device that is asked.
type Suggest struct {
	Query string `yaml:"query"`
	Fact  string `yaml:"fact"`
}

// Offering returns the input as a drop-down of those values, of which its own is one in any case.
// What is submitted is still checked as text: a value may have appeared since.
func (in Input) Offering(values []string) Input {
	if in.Value != "" && !slices.Contains(values, in.Value) {
		values = slices.Insert(slices.Clone(values), 0, in.Value)
	}
	in.Type, in.Choices = "choice", nil
	for _, v := range values {
		in.Choices = append(in.Choices, Choice{Value: v})
	}
	return in
}

// Choice is one of the values to choose from.
type Choice struct {
	Title string `yaml:"title"` // the value when empty
	Value string `yaml:"value"`
}

// Values are checked inputs by id. An input that was left empty isn't among them.
type Values map[string]string

// Errors are sentences for the person, by input id.
type Errors map[string]string

// kind is what differs between the types of inputs.
type kind interface {
	// check says what is wrong with the definition, at load.
	check(in Input) error
	// element fills the type's own members into an input element.
	element(in Input, value string, e map[string]any)
	// parse returns the canonical form of a value that isn't empty, or a sentence for the person.
	parse(in Input, text string) (value, say string)
}

var kinds = map[string]kind{
	"text":   text{},
	"number": number{},
	"choice": choice{},
	"toggle": toggle{},
	"date":   date{},
}

// Types returns the names of the input types, sorted.
func Types() []string { return slices.Sorted(maps.Keys(kinds)) }

// maxValue bounds every value, in bytes: no question to a device needs a longer one.
const maxValue = 256

var validID = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// A validator.Validate caches what it learns of types and tags and is made to be shared.
var check = validator.New(validator.WithRequiredStructEnabled())

// Prepare fills in what the definition leaves out and says what is wrong with it.
func (in *Input) Prepare() error {
	if in.Type == "" {
		in.Type = "text"
	}
	if in.Label == "" && in.ID != "" {
		in.Label = strings.ToUpper(in.ID[:1]) + strings.ReplaceAll(in.ID[1:], "-", " ")
	}
	switch k, known := kinds[in.Type]; {
	case !validID.MatchString(in.ID):
		return fmt.Errorf("input id %q must be 1 to 32 small letters, digits and dashes, a letter first", in.ID)
	case button.Reserved(in.ID):
		return fmt.Errorf("input id %q is taken: the form has its own", in.ID)
	case in.Suggest != nil && in.Type != "text":
		return fmt.Errorf("input %s: suggest belongs to type text, not to %s", in.ID, in.Type)
	case in.Suggest != nil && (in.Suggest.Query == "" || in.Suggest.Fact == ""):
		return fmt.Errorf("input %s: suggest needs a query and one of its facts", in.ID)
	case !known:
		return fmt.Errorf("input %s: unknown type %q; there are %s", in.ID, in.Type, strings.Join(Types(), ", "))
	default:
		if err := k.check(*in); err != nil {
			return fmt.Errorf("input %s: %w", in.ID, err)
		}
	}
	if err := in.checkRules(); err != nil {
		return err
	}
	if in.Value != "" {
		if _, say := in.parse(in.Value); say != "" {
			return fmt.Errorf("input %s: its own value %q is refused: %s", in.ID, in.Value, say)
		}
	}
	return nil
}

// checkRules makes the validator read the rules once, since it panics on those it doesn't know.
func (in *Input) checkRules() (err error) {
	if in.Rules == "" {
		return nil
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("input %s: bad rules %q: %v", in.ID, in.Rules, r)
		}
	}()
	_ = check.Var("1", in.Rules)
	return nil
}

// Required reports whether the input can't be left empty.
func (in *Input) Required() bool {
	return slices.Contains(strings.Split(in.Rules, ","), "required")
}

// Elements returns the card elements of one input, filled with value and followed by what is wrong
// with it, if anything.
func (in *Input) Elements(value, problem string) []map[string]any {
	e := map[string]any{"id": in.ID, "label": in.Label}
	if in.Required() {
		e["isRequired"] = true
	}
	if in.Rules != "" || in.Error != "" {
		e["errorMessage"] = in.problem()
	}
	kinds[in.Type].element(*in, value, e)
	if problem == "" {
		return []map[string]any{e}
	}
	return []map[string]any{e, {
		"type": "TextBlock", "text": problem, "color": "Attention", "wrap": true, "spacing": "Small",
	}}
}

// Read checks what was submitted or typed. Inputs it doesn't know are ignored; a value that is no
// string is an error, since every Webex client sends strings.
func Read(inputs []Input, submitted map[string]any) (Values, Errors) {
	values, problems := Values{}, Errors{}
	for _, in := range inputs {
		raw, sent := submitted[in.ID]
		text, ok := raw.(string)
		if sent && !ok {
			problems[in.ID] = in.Label + " came in a form I can't read."
			continue
		}
		value, say := in.parse(text)
		switch {
		case say != "":
			problems[in.ID] = say
		case value != "":
			values[in.ID] = value
		}
	}
	return values, problems
}

// expansion begins what some clients would replace in a card (Adaptive Cards Templating), even in what a
// button carries.
const expansion = "${"

// Entered returns what a person entered in the inputs, checked or not, to show it again, as far as a
// card can.
func Entered(inputs []Input, submitted map[string]any) map[string]string {
	entered := map[string]string{}
	for _, in := range inputs {
		if s, ok := submitted[in.ID].(string); ok && len(s) <= maxValue && !strings.Contains(s, expansion) {
			entered[in.ID] = s
		}
	}
	return entered
}

func (in *Input) parse(text string) (value, say string) {
	text = strings.TrimSpace(text)
	if text == "" && in.Type != "toggle" { // one that is switched off was said to be off
		text = in.Value
	}
	if text == "" {
		switch {
		case !in.Required():
			return "", ""
		case in.Error == "" && in.Placeholder == "":
			return "", in.Label + " is needed."
		}
		return "", in.problem()
	}
	if len(text) > maxValue {
		return "", fmt.Sprintf("%s is too long: at most %d bytes.", in.Label, maxValue)
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return "", in.Label + " holds characters that can't be seen."
	}
	if strings.Contains(text, expansion) {
		return "", in.Label + " can't have " + expansion + " in it."
	}
	value, say = kinds[in.Type].parse(*in, text)
	if say != "" {
		return "", say
	}
	if in.Rules != "" && check.Var(value, in.Rules) != nil {
		return "", in.problem()
	}
	return value, ""
}

// problem is the sentence for a broken rule.
func (in *Input) problem() string {
	switch {
	case in.Error != "":
		return in.Error
	case in.Placeholder != "":
		return fmt.Sprintf("%s is needed in the form of %s.", in.Label, in.Placeholder)
	case in.Rules == "required":
		return in.Label + " is needed."
	}
	return in.Label + " isn't right."
}
