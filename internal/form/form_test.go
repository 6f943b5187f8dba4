package form_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"overwatch/internal/form"
)

func prepared(t *testing.T, in form.Input) form.Input {
	t.Helper()
	if err := in.Prepare(); err != nil {
		t.Fatal(err)
	}
	return in
}

func TestPrepareRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		in   form.Input
		want string
	}{
		"no id":               {form.Input{}, `input id "" must be 1 to 32 small letters, digits and dashes, a letter first`},
		"reserved by buttons": {form.Input{ID: "_do"}, `input id "_do" must be 1 to 32 small letters, digits and dashes, a letter first`},
		"the form's own":      {form.Input{ID: "device"}, `input id "device" is taken: the form has its own`},
		"type":                {form.Input{ID: "a", Type: "colour"}, `input a: unknown type "colour"; there are choice, date, interface, number, text, toggle`},
		"rules":               {form.Input{ID: "a", Rules: "cidr,nonsense"}, `input a: bad rules "cidr,nonsense": Undefined validation function 'nonsense' on field ''`},
		"choice without any":  {form.Input{ID: "a", Type: "choice"}, "input a: a choice needs choices"},
		"choice twice":        {form.Input{ID: "a", Type: "choice", Choices: []form.Choice{{Value: "x"}, {Value: "x"}}}, `input a: choice "x" is empty or a duplicate`},
		"choices elsewhere":   {form.Input{ID: "a", Choices: []form.Choice{{Value: "x"}}}, "input a: choices belong to type choice, not to text"},
		"bad default":         {form.Input{ID: "a", Type: "date", Value: "soon"}, `input a: the default "soon" is refused: A needs a day such as 2006-01-02.`},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.in.Prepare()
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// Every type goes from a card to what a client sends and to a checked value.
func TestRead(t *testing.T) {
	vrf := form.Input{ID: "vrf", Type: "choice", Choices: []form.Choice{{Title: "Management", Value: "MGMT"}, {Value: "CORP"}}}
	for name, c := range map[string]struct {
		in        form.Input
		submitted any
		want      string
		problem   string
	}{
		"text":                    {form.Input{ID: "a"}, " Gi1 ", "Gi1", ""},
		"text left empty":         {form.Input{ID: "a"}, "", "", ""},
		"text required":           {form.Input{ID: "a", Rules: "required"}, "  ", "", "A is needed."},
		"text not sent":           {form.Input{ID: "a", Rules: "required"}, nil, "", "A is needed."},
		"text with its own error": {form.Input{ID: "a", Rules: "cidr", Error: "A prefix, please."}, "10.0.0.0", "", "A prefix, please."},
		"text as in the example":  {form.Input{ID: "a", Rules: "cidr", Placeholder: "10.0.0.0/8"}, "x", "", "A is needed in the form of 10.0.0.0/8."},
		"text by its rule":        {form.Input{ID: "a", Rules: "cidr"}, "10.0.0.0/8", "10.0.0.0/8", ""},
		"text too long":           {form.Input{ID: "a"}, strings.Repeat("x", 257), "", "A is too long: at most 256 bytes."},
		"text with a line break":  {form.Input{ID: "a"}, "a\r\nHost: x", "", "A holds characters that can't be seen."},
		"interface":               {form.Input{ID: "a", Type: "interface"}, "gi 1/0/1", "GigabitEthernet1/0/1", ""},
		"interface in small":      {form.Input{ID: "a", Type: "interface"}, "tengigabitethernet1/1/1", "TenGigabitEthernet1/1/1", ""},
		"interface of another OS": {form.Input{ID: "a", Type: "interface"}, "ethernet-1/1", "ethernet-1/1", ""},
		"interface by its rule":   {form.Input{ID: "a", Type: "interface", Rules: "required,max=20"}, "Te1/0/1.1000", "", "A isn't right."},
		"number":                  {form.Input{ID: "a", Type: "number", Rules: "number"}, "42.0", "42", ""},
		"number in words":         {form.Input{ID: "a", Type: "number"}, "many", "", "A needs a whole number."},
		"number with a half":      {form.Input{ID: "a", Type: "number"}, "1.5", "", "A needs a whole number."},
		"choice by value":         {vrf, "corp", "CORP", ""},
		"choice by title":         {vrf, "management", "MGMT", ""},
		"choice of none":          {vrf, "OTHER", "", "Vrf is one of Management, CORP."},
		"toggle on":               {form.Input{ID: "a", Type: "toggle"}, "true", "true", ""},
		"toggle off":              {form.Input{ID: "a", Type: "toggle"}, "false", "", ""},
		"toggle neither":          {form.Input{ID: "a", Type: "toggle"}, "maybe", "", "A is yes or no."},
		"date":                    {form.Input{ID: "a", Type: "date"}, "2026-02-28", "2026-02-28", ""},
		"date that isn't":         {form.Input{ID: "a", Type: "date"}, "2026-02-30", "", "A needs a day such as 2006-01-02."},
		"a list instead of text":  {form.Input{ID: "a"}, []any{"x"}, "", "A came in a form I can't read."},
		"a number instead":        {form.Input{ID: "a"}, 7.0, "", "A came in a form I can't read."},
	} {
		t.Run(name, func(t *testing.T) {
			in := prepared(t, c.in)
			submitted := map[string]any{"unknown": "ignored"}
			if c.submitted != nil {
				submitted[in.ID] = c.submitted
			}
			values, problems := form.Read([]form.Input{in}, submitted)
			if values[in.ID] != c.want || problems[in.ID] != c.problem {
				t.Errorf("got %q and %q, want %q and %q", values[in.ID], problems[in.ID], c.want, c.problem)
			}
			if _, there := values["unknown"]; there {
				t.Error("an unknown input was kept")
			}
		})
	}
}

func TestElementsKeepWhatWasEntered(t *testing.T) {
	for name, c := range map[string]struct {
		in      form.Input
		entered string
		want    map[string]any
	}{
		"text": {form.Input{ID: "a", Rules: "required", Placeholder: "x"}, "y", map[string]any{
			"type": "Input.Text", "id": "a", "label": "A", "isRequired": true, "errorMessage": "A is needed in the form of x.",
			"placeholder": "x", "value": "y", "maxLength": 256,
		}},
		"number": {form.Input{ID: "a", Type: "number"}, "7", map[string]any{
			"type": "Input.Number", "id": "a", "label": "A", "placeholder": "", "value": int64(7),
		}},
		"number that is none": {form.Input{ID: "a", Type: "number"}, "x", map[string]any{
			"type": "Input.Number", "id": "a", "label": "A", "placeholder": "",
		}},
		"toggle": {form.Input{ID: "a", Type: "toggle"}, "", map[string]any{
			"type": "Input.Toggle", "id": "a", "title": "A", "value": "false",
		}},
		"date": {form.Input{ID: "a", Type: "date"}, "2026-01-01", map[string]any{
			"type": "Input.Date", "id": "a", "label": "A", "value": "2026-01-01",
		}},
		"choice": {form.Input{ID: "a", Type: "choice", Choices: []form.Choice{{Value: "x"}}}, "x", map[string]any{
			"type": "Input.ChoiceSet", "id": "a", "label": "A", "value": "x", "style": "compact", "isMultiSelect": false,
			"choices": []map[string]any{{"title": "x", "value": "x"}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			in := prepared(t, c.in)
			got := in.Elements(c.entered, "wrong")
			if diff := cmp.Diff(c.want, got[0]); diff != "" {
				t.Error(diff)
			}
			if len(got) != 2 || got[1]["text"] != "wrong" {
				t.Errorf("the problem isn't shown below the input: %v", got)
			}
		})
	}
}
