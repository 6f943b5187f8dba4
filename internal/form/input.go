package form

import "fmt"

// Input is one value that a query needs besides the device.
type Input struct {
	ID          string   `yaml:"id"`          // the {id} in paths; letters, digits and dashes
	Label       string   `yaml:"label"`       // shown above the field
	Type        string   `yaml:"type"`        // a key of kinds; text when empty
	Rules       string   `yaml:"rules"`       // in the syntax of validator/v10, such as required,cidr
	Error       string   `yaml:"error"`       // shown when a rule is broken; one is generated if empty
	Placeholder string   `yaml:"placeholder"` // an example
	Value       string   `yaml:"value"`       // the default, also used when the person leaves the field empty
	Choices     []Choice `yaml:"choices"`     // of type choice
	Suggest     *Suggest `yaml:"suggest"`     // of type text: where the values to choose from come from
}

// Suggest names a query and one of its facts, whose values on the device are offered for an input.
type Suggest struct {
	Query string `yaml:"query"`
	Fact  string `yaml:"fact"`
}

// Choice is one of the values to choose from.
type Choice struct {
	Title string `yaml:"title"` // the value when empty
	Value string `yaml:"value"`
}

func (c Choice) title() string {
	if c.Title == "" {
		return c.Value
	}
	return c.Title
}

// maxValue is the longest value, in bytes; no request to a device needs a longer one.
const maxValue = 256

// kind is the behavior of one type of input.
type kind interface {
	// check returns what is wrong with the definition, when it is loaded.
	check(in Input) error
	// element sets the members of an input element that belong to the type.
	element(in Input, value string, e map[string]any)
	// parse returns the canonical form of a value that isn't empty, or an error text for the person.
	parse(in Input, text string) (value, problem string)
}

// noChoices is the check of types without choices.
func noChoices(in Input) error {
	if len(in.Choices) > 0 {
		return fmt.Errorf("choices belong to type choice, not to %s", in.Type)
	}
	return nil
}
