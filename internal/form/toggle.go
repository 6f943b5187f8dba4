package form

import (
	"fmt"
	"strings"
)

// toggle is yes or no; its value is "true" or empty.
type toggle struct{}

func (toggle) check(in Input) error { return noChoices(in) }

func (toggle) element(in Input, value string, e map[string]any) {
	e["type"] = "Input.Toggle"
	e["title"] = in.Label
	delete(e, "label")
	e["value"] = value
	if value == "" {
		e["value"] = "false"
	}
}

func (toggle) parse(in Input, s string) (value, problem string) {
	switch strings.ToLower(s) {
	case "true", "yes", "on":
		return "true", ""
	case "false", "no", "off":
		return "", ""
	}
	return "", fmt.Sprintf("%s is yes or no.", in.Label)
}
