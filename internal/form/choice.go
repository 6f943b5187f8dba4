package form

import (
	"errors"
	"fmt"
	"strings"
)

// choice is one of a fixed list of values.
type choice struct{}

func (choice) check(in Input) error {
	if len(in.Choices) == 0 {
		return errors.New("a choice needs choices")
	}
	seen := map[string]bool{}
	for _, c := range in.Choices {
		if c.Value == "" || seen[c.Value] {
			return fmt.Errorf("choice %q is empty or a duplicate", c.Value)
		}
		seen[c.Value] = true
	}
	return nil
}

func (choice) element(in Input, value string, e map[string]any) {
	choices := make([]map[string]any, len(in.Choices))
	for i, c := range in.Choices {
		choices[i] = map[string]any{"title": c.title(), "value": c.Value}
	}
	e["type"] = "Input.ChoiceSet"
	e["choices"] = choices
	// Webex's browser client draws a drop-down only when both are stated.
	e["style"] = "compact"
	e["isMultiSelect"] = false
	e["value"] = value
}

func (choice) parse(in Input, s string) (value, problem string) {
	titles := make([]string, len(in.Choices))
	for i, c := range in.Choices {
		if strings.EqualFold(c.Value, s) || strings.EqualFold(c.title(), s) {
			return c.Value, ""
		}
		titles[i] = c.title()
	}
	return "", fmt.Sprintf("%s is one of %s.", in.Label, strings.Join(titles, ", "))
}
