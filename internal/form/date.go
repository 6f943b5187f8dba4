package form

import (
	"fmt"
	"time"
)

// date is a day, such as 2026-03-31.
type date struct{}

func (date) check(in Input) error { return noChoices(in) }

func (date) element(_ Input, value string, e map[string]any) {
	e["type"] = "Input.Date"
	e["value"] = value
}

func (date) parse(in Input, s string) (value, problem string) {
	day, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return "", fmt.Sprintf("%s needs a day such as %s.", in.Label, time.DateOnly)
	}
	return day.Format(time.DateOnly), ""
}
