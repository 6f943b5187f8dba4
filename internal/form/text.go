package form

// text is one line of text.
type text struct{}

func (text) check(in Input) error { return noChoices(in) }

func (text) element(in Input, value string, e map[string]any) {
	e["type"] = "Input.Text"
	e["maxLength"] = maxValue
	e["placeholder"] = in.Placeholder
	e["value"] = value
}

func (text) parse(_ Input, s string) (value, problem string) { return s, "" }
