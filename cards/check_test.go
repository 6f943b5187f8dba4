package cards_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"overwatch/cards"
)

// in puts elements into a card of the right version.
func in(body string) string {
	return `{"type":"AdaptiveCard","version":"1.3","body":[` + body + `]}`
}

func TestCheckAccepts(t *testing.T) {
	tests := []struct{ name, card string }{
		{"empty", `{"type":"AdaptiveCard","version":"1.3"}`},
		{"texts", in(`{"type":"TextBlock","text":"a","size":"Large","weight":"BOLDER","wrap":true,"maxLines":2,"spacing":"none","isVisible":false},
			{"type":"RichTextBlock","inlines":["a",{"type":"TextRun","text":"b","fontType":"Monospace"},{"text":"c","highlight":true}]}`)},
		{"containers", in(`{"type":"Container","style":"attention","minHeight":"20px","items":[{"type":"FactSet","facts":[{"title":"a","value":"b"}]}]},
			{"type":"ColumnSet","columns":[{"width":"auto","items":[]},{"type":"Column","width":2},{"width":"30px"},{"width":"3"}]}`)},
		{"images", in(`{"type":"Image","url":"https://example.com/a.png","height":"20px","width":"20px","altText":"a"},
			{"type":"ImageSet","imageSize":"small","images":[{"type":"Image","url":"http://example.com/a.png"}]},
			{"type":"Container","items":[],"backgroundImage":{"url":"https://example.com/b.png","fillMode":"repeat"}},
			{"type":"Container","items":[],"backgroundImage":"https://example.com/b.png"}`)},
		{"inputs", in(`{"type":"Input.Text","id":"a","isRequired":true,"label":"A","errorMessage":"Fill in A.","maxLength":10,"style":"email"},
			{"type":"Input.Number","id":"b","min":1,"max":2.5,"value":1},{"type":"Input.Date","id":"c","value":"2026-01-31","min":""},
			{"type":"Input.Time","id":"d","value":"15:04"},{"type":"Input.Toggle","id":"e","title":"E"},
			{"type":"Input.ChoiceSet","id":"f","style":"compact","isMultiSelect":false,"choices":[{"title":"a, b","value":"a,b"}]},
			{"type":"Input.ChoiceSet","id":"g","style":"expanded","choices":[{"title":"a","value":"a"}]},
			{"type":"Input.ChoiceSet","id":"h","isMultiSelect":true,"choices":[{"title":"a, b","value":"a"}]}`)},
		{"actions", in(`{"type":"ActionSet","actions":[
			{"type":"Action.OpenUrl","title":"a","url":"https://example.com/?q=1"},{"type":"Action.Submit","title":"b","style":"positive","data":{"x":[1,null]}},
			{"type":"Action.ShowCard","title":"c","card":{"type":"AdaptiveCard","body":[{"type":"TextBlock","text":"x"}]}},
			{"type":"Action.ToggleVisibility","title":"d","targetElements":["x",{"elementId":"y","isVisible":true}]}]},
			{"type":"Container","items":[],"selectAction":{"type":"Action.Submit","data":{}}}`)},
		{"inputs left behind", in(`{"type":"Input.Text","id":"device"},
			{"type":"ActionSet","actions":[{"type":"Action.Submit","title":"a","associatedInputs":"None","data":{"device":"r1"}}]}`)},
		{"five buttons in each of two lists", in(buttons(5) + `,` + buttons(5))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := cards.Check([]byte(tt.card)); got != nil {
				t.Errorf("problems: %v", got)
			}
		})
	}
}

func buttons(n int) string {
	list := strings.Repeat(`{"type":"Action.Submit","title":"a"},`, n)
	return `{"type":"ActionSet","actions":[` + strings.TrimSuffix(list, ",") + `]}`
}

func TestCheckRefuses(t *testing.T) {
	image := `{"type":"Image","url":"https://example.com/a.png"}`
	submit := `{"type":"ActionSet","actions":[{"type":"Action.Submit","title":"a","data":%s}]}`
	choices := `{"type":"Input.ChoiceSet","id":"a"%s,"choices":[%s]}`
	tests := []struct {
		name, card string
		want       []string // "pointer: what"
	}{
		{"not JSON", `{`, []string{": not JSON: unexpected end of JSON input"}},
		{"a list", `[]`, []string{": must be an object, not a list"}},
		{"no type, no version", `{}`, []string{": type is missing: it is AdaptiveCard", `/version: the version must be "1.3"`}},
		{"other version", `{"type":"AdaptiveCard","version":"1.5"}`, []string{`/version: the version must be "1.3"`}},
		{"version as number", `{"type":"AdaptiveCard","version":1.3}`, []string{"/version: must be a text, not a number", `/version: the version must be "1.3"`}},
		{"something else", `{"type":"TextBlock","version":"1.3","text":"a"}`, []string{": TextBlock isn't allowed here: this must be some kind of AdaptiveCard"}},
		{"too large", in(`{"type":"TextBlock","text":"` + strings.Repeat("x", cards.MaxCardBytes) + `"}`), []string{": the card has 22079 bytes, 22000 are allowed: show less at once"}},

		{"no element type", in(`{"text":"a"}`), []string{"/body/0: type is missing: this must be some kind of element"}},
		{"null", in(`null`), []string{"/body/0: must be an object, not null"}},
		{"unknown type", in(`{"type":"Textblock","text":"a"}`), []string{`/body/0: there is no "Textblock" in version 1.3`}},
		{
			"not drawn", in(`{"type":"Media","sources":[]},{"type":"Table"}`),
			[]string{"/body/0: Media can't be used: Webex doesn't draw it", "/body/1: Table can't be used: it came with 1.5"},
		},
		{
			"newer action", in(`{"type":"ActionSet","actions":[{"type":"Action.Execute","title":"a"}]}`),
			[]string{"/body/0/actions/0: Action.Execute can't be used: it came with 1.4; use Action.Submit"},
		},
		{"action among elements", in(`{"type":"Action.Submit","title":"a"}`), []string{"/body/0: Action.Submit isn't allowed here: this must be some kind of element"}},
		{
			"show card to select", in(`{"type":"Container","items":[],"selectAction":{"type":"Action.ShowCard","title":"a","card":{}}}`),
			[]string{"/body/0/selectAction: Action.ShowCard isn't allowed here: this must be some kind of select action"},
		},
		{"unknown property", in(`{"type":"TextBlock","text":"a","bold":true}`), []string{"/body/0/bold: TextBlock has no bold in version 1.3"}},
		{"ignored property", in(`{"type":"TextBlock","text":"a","fallback":"drop"}`), []string{"/body/0/fallback: Webex ignores fallback"}},
		{
			"id of an action", in(`{"type":"ActionSet","actions":[{"type":"Action.Submit","title":"a","id":"x"}]}`),
			[]string{"/body/0/actions/0/id: Action.Submit has no id in version 1.3"},
		},
		{
			"missing properties", in(`{"type":"FactSet","facts":[{}]},{"type":"TextBlock"}`),
			[]string{"/body/0/facts/0: Fact needs title", "/body/0/facts/0: Fact needs value", "/body/1: TextBlock needs text"},
		},

		{"text", in(`{"type":"TextBlock","text":1}`), []string{"/body/0/text: must be a text, not a number"}},
		{"null text", in(`{"type":"TextBlock","text":null}`), []string{"/body/0/text: must be a text, not null"}},
		{"flag", in(`{"type":"TextBlock","text":"a","wrap":"true"}`), []string{"/body/0/wrap: must be true or false, not a text"}},
		{"number", in(`{"type":"Input.Number","id":"a","min":"1"}`), []string{"/body/0/min: must be a number, not a text"}},
		{"whole number", in(`{"type":"TextBlock","text":"a","maxLines":1.5}`), []string{"/body/0/maxLines: must be a whole number from 1"}},
		{"word", in(`{"type":"TextBlock","text":"a","weight":"bold"}`), []string{`/body/0/weight: "bold" must be one of default, lighter, bolder`}},
		{"size", in(`{"type":"Container","items":[],"minHeight":"50"}`), []string{`/body/0/minHeight: "50" must be pixels, as in 50px`}},
		{"image height", in(`{"type":"Image","url":"https://example.com/a","height":"x"}`), []string{`/body/0/height: "x" must be pixels, as in 50px, or one of auto, stretch`}},
		{
			"width", in(`{"type":"ColumnSet","columns":[{"width":"wide"},{"width":0}]}`),
			[]string{`/body/0/columns/0/width: "wide" must be pixels, as in 50px, or one of auto, stretch`, "/body/0/columns/1/width: must be more than 0"},
		},
		{
			"URL", in(`{"type":"ActionSet","actions":[{"type":"Action.OpenUrl","title":"a","url":"javascript:alert(1)"}]},{"type":"Image","url":"a.png"}`),
			[]string{`/body/0/actions/0/url: "javascript:alert(1)" must be an http or https URL`, `/body/1/url: "a.png" must be an http or https URL`},
		},
		{
			"date and time", in(`{"type":"Input.Date","id":"a","value":"31.1.2026"},{"type":"Input.Time","id":"b","value":"3 pm"}`),
			[]string{`/body/0/value: "31.1.2026" must be a date, as in 2026-01-31`, `/body/1/value: "3 pm" must be a time, as in 15:04`},
		},
		{"list", in(`{"type":"FactSet","facts":{}}`), []string{"/body/0/facts: must be a list, not an object"}},

		{"six buttons", in(buttons(6)), []string{"/body/0/actions: 6 buttons in one list: Webex shows 5 and drops the rest"}},
		{"no title", in(`{"type":"ActionSet","actions":[{"type":"Action.Submit","title":" "}]}`), []string{"/body/0/actions/0: a button needs a title"}},
		{"eleven images", in(strings.Repeat(image+",", 10) + image), []string{": 11 images, 10 are allowed"}},
		{"image behind", in(`{"type":"Container","items":[` + strings.Repeat(image+",", 9) + image + `],"backgroundImage":"https://example.com/b"}`), []string{": 11 images, 10 are allowed"}},
		{
			"one id twice", in(`{"type":"TextBlock","id":"a","text":"x"},{"type":"Container","items":[{"type":"Input.Text","id":"a"}]}`),
			[]string{"/body/1/items/0/id: the id a is taken by /body/0"},
		},
		{"input without id", in(`{"type":"Input.Text"},{"type":"Input.Text","id":""}`), []string{"/body/0: Input.Text needs id", "/body/1/id: an input needs an id"}},
		{
			"required without words", in(`{"type":"Input.Text","id":"a","isRequired":true}`),
			[]string{"/body/0: a required input needs label: nobody would see what is missing", "/body/0: a required input needs errorMessage: nobody would see what is missing"},
		},
		{"nothing to choose", in(fmt.Sprintf(choices, `,"style":"expanded"`, ``)), []string{"/body/0/choices: there is nothing to choose: leave the input out with $when"}},
		{
			"compact undecided", in(fmt.Sprintf(choices, `,"style":"compact"`, `{"title":"a","value":"b"}`)),
			[]string{"/body/0: state both style and isMultiSelect: some clients draw a dropdown only then"},
		},
		{
			"dropdown without style", in(fmt.Sprintf(choices, `,"isMultiSelect":false`, `{"title":"a","value":"b"}`)),
			[]string{"/body/0: state both style and isMultiSelect: some clients draw a dropdown only then"},
		},
		{
			"comma in a multi-select", in(fmt.Sprintf(choices, `,"isMultiSelect":true`, `{"title":"a","value":"b"},{"title":"a","value":"b,c"}`)),
			[]string{`/body/0/choices/1/value: a multi-select joins its values by commas: "b,c" can't hold one`},
		},
		{"data a text", in(fmt.Sprintf(submit, `"a"`)), []string{"/body/0/actions/0/data: must be an object, not a text"}},
		{
			"data like an input", in(`{"type":"Input.Text","id":"a/b"},` + fmt.Sprintf(submit, `{"a/b":1}`)),
			[]string{"/body/1/actions/0/data/a~1b: an input has the same id: which of the two is sent depends on the client"},
		},
		{
			"version of a card within", in(`{"type":"ActionSet","actions":[{"type":"Action.ShowCard","title":"a","card":{"version":"1.0"}}]}`),
			[]string{`/body/0/actions/0/card/version: the version must be "1.3"`},
		},
		{
			"leftover expression", in(`{"type":"TextBlock","text":"a ${b}"},{"type":"RichTextBlock","inlines":["${c}"]},` + fmt.Sprintf(submit, `{"x":["\u0024{d}"]}`)),
			[]string{
				"/body/0/text: the text still holds ${: some clients would expand it again", "/body/1/inlines/0: the text still holds ${: some clients would expand it again",
				"/body/2/actions/0/data/x/0: the text still holds ${: some clients would expand it again",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, p := range cards.Check([]byte(tt.card)) {
				got = append(got, p.Pointer+": "+p.Say)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
