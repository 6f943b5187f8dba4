package form

import (
	"fmt"
	"strconv"
)

// number is a whole number. Clients send it as text, some with decimals.
type number struct{}

func (number) check(in Input) error { return noChoices(in) }

func (number) element(in Input, value string, e map[string]any) {
	e["type"] = "Input.Number"
	e["placeholder"] = in.Placeholder
	if n, err := strconv.ParseInt(value, 10, 64); err == nil {
		e["value"] = n
	}
}

func (number) parse(in Input, s string) (value, problem string) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != float64(int64(f)) {
		return "", fmt.Sprintf("%s needs a whole number.", in.Label)
	}
	return strconv.FormatInt(int64(f), 10), ""
}
