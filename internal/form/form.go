// Package form turns the inputs of a query into the input elements of an Adaptive Card, and what a
// person entered back into checked values.
//
// A card's inputs are checked in the client only, and anybody in a space can post any inputs to any card,
// so every value is checked again here, by the same rules. The package doesn't depend on a transport;
// the query templates, the bot and the renderer may import it.
//
// Reading order: input.go, text.go, choice.go, number.go, date.go, iface.go, toggle.go, form.go.
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

// Offering returns the input as a drop-down of these values; the input's default is always one of them.
// What is submitted is still checked as text, because the device may have new values by then.
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

// Values are checked inputs by id. An input that was left empty isn't among them.
type Values map[string]string

// Errors are error texts for the person, by input id.
type Errors map[string]string

// kinds has the types of inputs by name. A new type is one file and one row here.
var kinds = map[string]kind{
	"text":   text{},
	"number": number{},
	"choice": choice{},
	"toggle": toggle{},
	"date":   date{},

	"interface": iface{},
}

// Types returns the names of the input types, sorted.
func Types() []string { return slices.Sorted(maps.Keys(kinds)) }

var validID = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// check is shared because a validator.Validate caches types and tags. It is safe for concurrent use.
var check = validator.New(validator.WithRequiredStructEnabled())

// Prepare sets the defaults of the definition and returns an error if the definition is wrong.
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
	case in.Suggest != nil && in.Type != "text" && in.Type != "interface":
		return fmt.Errorf("input %s: suggest belongs to types text and interface, not to %s", in.ID, in.Type)
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
		if _, problem := in.parse(in.Value); problem != "" {
			return fmt.Errorf("input %s: the default %q is refused: %s", in.ID, in.Value, problem)
		}
	}
	return nil
}

// checkRules runs the rules once, because the validator panics on a rule that doesn't exist.
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

// Required reports whether the input must have a value.
func (in *Input) Required() bool {
	return slices.Contains(strings.Split(in.Rules, ","), "required")
}

// Elements returns the card elements of one input: the field with value in it, and below it the problem,
// unless that is empty.
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

// Read checks submitted or typed values. Unknown inputs are ignored; a value that isn't a string is an
// error, because every Webex client sends strings.
func Read(inputs []Input, submitted map[string]any) (Values, Errors) {
	values, problems := Values{}, Errors{}
	for _, in := range inputs {
		raw, sent := submitted[in.ID]
		text, ok := raw.(string)
		if sent && !ok {
			problems[in.ID] = in.Label + " came in a form I can't read."
			continue
		}
		value, problem := in.parse(text)
		switch {
		case problem != "":
			problems[in.ID] = problem
		case value != "":
			values[in.ID] = value
		}
	}
	return values, problems
}

// expansion starts an expression of Adaptive Cards Templating. Some clients expand it anywhere in a card,
// even in a button's data.
const expansion = "${"

// Entered returns what a person entered, checked or not, to show it again. It leaves out values that a
// card can't hold.
func Entered(inputs []Input, submitted map[string]any) map[string]string {
	entered := map[string]string{}
	for _, in := range inputs {
		if s, ok := submitted[in.ID].(string); ok && len(s) <= maxValue && !strings.Contains(s, expansion) {
			entered[in.ID] = s
		}
	}
	return entered
}

// parse returns the canonical form of a value, or an error text for the person.
func (in *Input) parse(text string) (value, problem string) {
	text = strings.TrimSpace(text)
	if text == "" && in.Type != "toggle" { // an empty toggle is off, whatever the default
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
	value, problem = kinds[in.Type].parse(*in, text)
	if problem != "" {
		return "", problem
	}
	if in.Rules != "" && check.Var(value, in.Rules) != nil {
		return "", in.problem()
	}
	return value, ""
}

// problem is the error text for a broken rule.
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
