package query_test

import (
	"strings"
	"testing"
	"time"

	"overwatch/internal/form"
	"overwatch/internal/query"
)

// Which rows of an answer stay.
func TestChoosing(t *testing.T) {
	const answer = `{"m:a":{"r":[
		{"p":"0.0.0.0/0","n":"3"},{"p":"10.0.0.0/8","n":"20.5"},{"p":"10.1.0.0/16","n":"x"},{"p":"10.1.0.0/16","n":"20.5"},{"p":"10.1.2.0/24"},{"p":"2001:db8::/32","n":"1"},{"n":"4"}]}}`
	for name, c := range map[string]struct {
		request, key, want string
	}{
		"all":                     {"", "", "0.0.0.0/0 10.0.0.0/8 10.1.0.0/16 10.1.0.0/16 10.1.2.0/24 2001:db8::/32 -"},
		"keep":                    {`, keep: '(.n // "0") | test("^[0-9]$")'`, "", "0.0.0.0/0 10.1.2.0/24 2001:db8::/32 -"},
		"keep nothing":            {", keep: 'null'", "", ""},
		"top two, the first wins": {", top: {by: n, rows: 2}", "", "10.0.0.0/8 10.1.0.0/16"},
		"top of all":              {", top: {by: n, rows: 1000}", "", "10.0.0.0/8 10.1.0.0/16 - 0.0.0.0/0 2001:db8::/32"},
		"top of a missing leaf":   {", top: {by: none, rows: 5}", "", ""},
		"top of two leaves":       {", top: {by: [none, n], rows: 2}", "", "10.0.0.0/8 10.1.0.0/16"},
		"longest":                 {", longest: {p: key}", "10.1.9.9", "10.1.0.0/16 10.1.0.0/16"},
		"longest of a prefix":     {", longest: {p: key}", "10.1.0.0/15", "10.0.0.0/8"},
		"longest is itself":       {", longest: {p: key}", "10.1.2.0/24", "10.1.2.0/24"},
		"longest of version 6":    {", longest: {p: key}", "2001:db8::1", "2001:db8::/32"},
		"no longest":              {", longest: {p: key}", "2001:db9::1", ""},
		"longest of no address":   {", longest: {p: key}", "nonsense", ""},
		"kept, then longest":      {`, keep: '.p != "10.1.2.0/24"', longest: {p: key}`, "10.1.2.3", "10.1.0.0/16 10.1.0.0/16"},
	} {
		t.Run(name, func(t *testing.T) {
			tpl := compile(t, "    requests: [{get: m:a, rows: r"+c.request+"}]\n    facts: [{title: P, from: p}]\n")
			q := question(tpl)
			q.Values = form.Values{"key": c.key}
			var got []string
			r := query.NewRunner(&device{answers: map[string]string{"m:a": answer}}, time.Now)
			if _, err := r.Stream(t.Context(), q, func(row []query.Cell) error {
				text := row[0].Text
				if text == "" {
					text = "-"
				}
				got = append(got, text)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got %v, want %s", got, c.want)
			}
		})
	}
}
