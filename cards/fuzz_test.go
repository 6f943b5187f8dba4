package cards_test

import (
	"encoding/json"
	"testing"

	"overwatch/cards"
)

func FuzzCompile(f *testing.F) {
	for _, src := range []string{
		`{}`, `[`, `{"x": "${name}"}`, `{"x": [{"$data": "${rows}", "$when": "${v > 1 && !up}", "y": "${$index}: ${v}"}]}`,
		`{"x": "${if(exists(site.rooms[0].name), 'a', count(rows))}"}`, `{"x": "${(a"}`, `{"x": "${a['b']}", "y": 1e999}`, "{\"\xff\": 1}",
		`{"x": {"$data": "${none}"}, "y": ["${words}", [null, ["${mixed}"]]]}`, `{"a":1,"a":2}`, `{"x":"${é}"}`,
	} {
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		tpl, err := cards.Compile("fuzz.json", src)
		if err != nil {
			return
		}
		got, err := tpl.Expand(json.RawMessage(data))
		if err != nil {
			return
		}
		var object map[string]any
		if err := json.Unmarshal(got, &object); err != nil {
			t.Errorf("%v in %s", err, got)
		}
	})
}

func FuzzCheck(f *testing.F) {
	for _, card := range []string{
		in(`{"type":"TextBlock","text":"a"}`), in(`{"type":"Input.ChoiceSet","id":"a","choices":[{"title":"a","value":"b,c"}],"isMultiSelect":true}`),
		in(`{"type":"ActionSet","actions":[{"type":"Action.ShowCard","title":"a","card":{"body":[{"type":"Image","url":"%"}]}}]}`),
		`{"type":1,"version":null,"body":{},"actions":[[]]}`, `null`, `"x"`, `{`,
	} {
		f.Add([]byte(card))
	}
	f.Fuzz(func(t *testing.T, card []byte) {
		problems := cards.Check(card)
		if !json.Valid(card) && len(problems) == 0 {
			t.Errorf("%q passed as a card", card)
		}
		for _, p := range problems {
			if p.Say == "" || p.Pointer != "" && p.Pointer[0] != '/' {
				t.Errorf("%+v", p)
			}
		}
	})
}
