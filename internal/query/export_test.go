package query_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"overwatch/internal/button"
	"overwatch/internal/form"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
)

// written returns the file of a query whose rows have the leaves a and b.
func written(t *testing.T, rows string, facts string, format query.Format, filter string) string {
	t.Helper()
	answers := map[string]string{"m:a": `{"m:a":{"r":[` + rows + `]}}`}
	q := question(compile(t, "    requests: [{get: m:a, rows: r}]\n    facts: ["+facts+"]\n"))
	q.Filter = query.ParseFilter(filter)
	r := query.NewRunner(&device{answers: answers}, func() time.Time { return now })
	var b strings.Builder
	if err := r.Write(t.Context(), q, format, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const twoFacts = "{title: A, from: a}, {title: B, from: b}"

func TestFiles(t *testing.T) {
	const rows = `{"a":"x, \"y\"","b":"=1+1"},{"a":"-5","b":"<é>"},{}`
	for format, want := range map[query.Format]string{
		query.CSV:  "\ufeffA,B\n\"x, \"\"y\"\"\",'=1+1\n-5,<é>\n,\n",
		query.JSON: "[\n  {\"A\": \"x, \\\"y\\\"\", \"B\": \"=1+1\"},\n  {\"A\": \"-5\", \"B\": \"\\u003cé\\u003e\"},\n  {\"A\": null, \"B\": null}\n]\n",
		query.Text: "A       B\nx, \"y\"  =1+1\n-5      <é>\n\n",
	} {
		if got := written(t, rows, twoFacts, format, ""); got != want {
			t.Errorf("%s: got %q, want %q", format, got, want)
		}
	}
	want := errors.New("the reader has gone")
	r := query.NewRunner(&device{answers: map[string]string{"m:a": `{"m:a":{"r":[]}}`}}, time.Now)
	if err := r.Write(t.Context(), question(compile(t, "    requests: [{get: m:a}]\n    facts: [{title: A, from: a}]\n")), query.JSON, failing{want}); !errors.Is(err, want) {
		t.Errorf("a writer's error comes back as %v", err)
	}
}

// Files have raw values: numbers are numbers in JSON, times are RFC 3339, durations are seconds.
func TestFilesHaveRawValues(t *testing.T) {
	for _, c := range []struct{ fact, row, json, csv string }{
		{"from: a, as: bytes", `"a":"22839709123"`, "22839709123", "22839709123"},
		{"from: a, as: bytes", `"a":"18446744073709551615"`, "18446744073709551615", "18446744073709551615"},
		{"from: a, as: bytes", `"a":"many"`, `"many"`, "many"},
		{"from: a, as: bits", `"a":"1000000000"`, "1000000000", "1000000000"},
		{"from: a, as: 'unit:dBm'", `"a":"-2.1"`, "-2.1", "-2.1"},
		{"from: a, as: 'unit:%'", `"a":7`, "7", "7"},
		{"from: a, as: 'unit:%'", `"a":"high"`, `"high %"`, "high %"},
		{"from: a, as: 'percent:b'", `"a":31,"b":200`, "15.5", "15.5"},
		{"from: a, as: since", `"a":"2026-11-20T05:20:32+01:00"`, `"2026-11-20T04:20:32Z"`, "2026-11-20T04:20:32Z"},
		{"from: a, as: 'since:b'", `"a":"2026-11-23T00:00:00Z","b":"2026-11-23T00:01:05Z"`, "65", "65"},
		{"from: a, as: duration", `"a":"1d02h"`, "93600", "93600"},
		{"from: a, as: unix", `"a":"1763886032000000000"`, `"2025-11-23T08:20:32Z"`, "2025-11-23T08:20:32Z"},
		{"from: a, as: count", `"a":[1,2]`, "2", "2"},
		{"from: a, as: number", `"a":"5"`, "5", "5"},
		{"from: a, as: [number, 'blank:0']", `"a":"0"`, "null", ""},
		{"from: a", `"a":"5"`, `"5"`, "5"}, // text, such as a VRF called 5
		{"from: a", `"a":5`, "5", "5"},
		{"from: a", `"a":true`, "true", "true"},
		{"from: a", `"a":[null]`, "true", "true"},
		{"from: a, map: {yes: on}", `"a":true`, `"on"`, "on"},
		{"jq: '.a * 1000'", `"a":2500`, "2500000", "2500000"},
		{"from: a", `"b":1`, "null", ""},
	} {
		t.Run(c.fact+" of "+c.row, func(t *testing.T) {
			if got := written(t, "{"+c.row+"}", "{title: F, "+c.fact+"}", query.JSON, ""); got != "[\n  {\"F\": "+c.json+"}\n]\n" || !json.Valid([]byte(got)) {
				t.Errorf("JSON: %q", got)
			}
			header := "F"
			if unit := map[string]string{
				"bytes": "bytes", "bits": "bit/s", "'unit:dBm'": "dBm", "'unit:%'": "%", "'percent:b'": "%", "'since:b'": "s", "duration": "s",
			}[strings.TrimPrefix(c.fact, "from: a, as: ")]; unit != "" {
				header = "F (" + unit + ")"
			}
			if got := written(t, "{"+c.row+"}", "{title: F, "+c.fact+"}", query.CSV, ""); got != "\ufeff"+header+"\n"+c.csv+"\n" {
				t.Errorf("CSV: %q", got)
			}
		})
	}
}

// A workbook has numbers as numbers, times as times, and text of a device as text.
func TestWorkbook(t *testing.T) {
	text := written(t, `{"a":"=1+1","b":"22839709123"},{"a":"2026-11-20T05:20:32+01:00","b":"18446744073709551615"},{"a":"<é>\u0001","b":"-2.5"},{}`,
		"{title: A, from: a}, {title: B, from: b, as: bytes}", query.XLSX, "")
	book := opened(t, text)
	if got := book.GetSheetList(); !slices.Equal(got, []string{"r1"}) {
		t.Errorf("sheets: %q", got)
	}
	for cell, want := range map[string]struct {
		kind excelize.CellType
		raw  string
	}{
		"A1": {excelize.CellTypeInlineString, "A"}, "B1": {excelize.CellTypeInlineString, "B (bytes)"},
		"A2": {excelize.CellTypeInlineString, "=1+1"}, "B2": {excelize.CellTypeNumber, "22839709123"},
		"B3": {excelize.CellTypeInlineString, "18446744073709551615"}, // Excel would lose digits
		"A4": {excelize.CellTypeInlineString, "<é>"}, "B4": {excelize.CellTypeNumber, "-2.5"},
		"A5": {excelize.CellTypeUnset, ""}, "B5": {excelize.CellTypeUnset, ""},
	} {
		kind, err := book.GetCellType("r1", cell)
		if err != nil {
			t.Fatal(err)
		}
		if kind == excelize.CellTypeUnset && want.kind == excelize.CellTypeNumber {
			kind = excelize.CellTypeNumber // the default of a cell with a value
		}
		got, err := book.GetCellValue("r1", cell, excelize.Options{RawCellValue: true})
		if err != nil || got != want.raw || kind != want.kind {
			t.Errorf("%s is %q of type %v, %v; want %q of type %v", cell, got, kind, err, want.raw, want.kind)
		}
		if formula, err := book.GetCellFormula("r1", cell); formula != "" || err != nil {
			t.Errorf("%s has the formula %q, %v", cell, formula, err)
		}
	}
	if shown, err := book.GetCellValue("r1", "A3"); shown != "2026-11-20 04:20:32" || err != nil {
		t.Errorf("a time is shown as %q, %v", shown, err)
	}
}

// A workbook about several devices has a sheet for each, whatever they are called.
func TestWorkbookOfDevices(t *testing.T) {
	long := strings.Repeat("x", 40)
	devices := survey(t, "r1", "R1", "a/b", "History", long+"1", long+"2", "bad")
	r := query.NewRunner(&crowd{}, time.Now)
	var b strings.Builder
	if err := r.WriteSurvey(t.Context(), devices, query.XLSX, &b); err != nil {
		t.Fatal(err)
	}
	book := opened(t, b.String())
	found := map[string]string{} // by device
	for _, name := range book.GetSheetList() {
		rows, err := book.GetRows(name)
		if err != nil || len(rows) < 2 || len(name) > 31 {
			t.Fatalf("sheet %q: %q, %v", name, rows, err)
		}
		if want := "[Device F Outcome]"; fmt.Sprint(rows[0]) != want {
			t.Errorf("sheet %q begins with %q", name, rows[0])
		}
		found[rows[1][0]] = fmt.Sprint(rows[1:])
	}
	for _, d := range devices.Devices {
		want := fmt.Sprintf("[[%[1]s row 0] [%[1]s row 1] [%[1]s row 2]]", d.Name)
		if d.Name == "bad" {
			want = "[[bad  No answer: bad is down.]]"
		}
		if got := found[d.Name]; got != want {
			t.Errorf("the sheet of %s has %s, want %s", d.Name, got, want)
		}
	}
}

// A workbook that can't be written leaves no temporary file behind.
func TestWorkbookLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	row := `{"a":"` + strings.Repeat("x", 30_000) + `"}`
	rows := strings.TrimSuffix(strings.Repeat(row+",", 700), ",") // more than excelize keeps in memory
	r := query.NewRunner(&device{answers: map[string]string{"m:a": `{"m:a":{"r":[` + rows + `]}}`}}, time.Now)
	q := question(compile(t, "    requests: [{get: m:a, rows: r}]\n    facts: [{title: A, from: a}]\n"))
	want := errors.New("the reader has gone")
	if err := r.Write(t.Context(), q, query.XLSX, failing{want}); !errors.Is(err, want) {
		t.Fatalf("a writer's error comes back as %v", err)
	}
	if left, err := os.ReadDir(dir); len(left) > 0 || err != nil {
		t.Errorf("%d files are left, %v", len(left), err)
	}
}

// A button can ask for each format that people can ask for.
func TestFormatsCanBePressed(t *testing.T) {
	for _, f := range query.Formats() {
		press, err := button.Read(map[string]any{"_ow": "1", "_do": "file", "_query": "vrf", "_format": string(f), "device": "r1"})
		if err != nil || press.Format != string(f) {
			t.Errorf("%s: %+v, %v", f, press, err)
		}
	}
}

// opened is a workbook as another program reads it.
func opened(t *testing.T, text string) *excelize.File {
	t.Helper()
	book, err := excelize.OpenReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// Nothing in a CSV file is a formula, in whatever country it is opened; numbers stay numbers.
func TestFilesHaveNoFormulas(t *testing.T) {
	for in, want := range map[string]string{
		"=cmd|' /C calc'!A0":   "'=cmd|' /C calc'!A0",
		"x;=cmd|' /C calc'!A0": "x;'=cmd|' /C calc'!A0",
		"x\t@SUM(A1)":          "x @SUM(A1)", // a tab becomes a blank, which separates nothing
		"x, +1+1":              "x, '+1+1",
		`"=1+1`:                `"'=1+1`,
		"x|-2+3":               "x|'-2+3",
		"＝1+1":                 "'＝1+1",
		"-2.1 dBm":             "-2.1 dBm",
		"-2.1":                 "-2.1",
		"+5 %":                 "+5 %",
		"-2+3":                 "'-2+3",
		"uplink - core":        "uplink - core",
		"a=b":                  "a=b",
		"-":                    "'-",
	} {
		row, err := json.Marshal(map[string]string{"a": in})
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(strings.NewReader(written(t, string(row), "{title: A, from: a}", query.CSV, "")))
		lines.Scan()
		lines.Scan()
		got := lines.Text()
		if strings.HasPrefix(got, `"`) {
			got = strings.ReplaceAll(strings.Trim(got, `"`), `""`, `"`)
			want = strings.Trim(want, `"`)
		}
		if strings.Trim(got, `"`) != strings.Trim(want, `"`) {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

// Whether there are none, none match, or it can't be told, is said in every form.
func TestFilesSayWhatIsMissing(t *testing.T) {
	for name, c := range map[string]struct {
		answers         map[string]string
		filter          string
		text, csv, json string
	}{
		"none":       {map[string]string{"m:a": ""}, "", "The device has none.\n", "\ufeffA\n", "[\n]\n"},
		"none match": {map[string]string{"m:a": `{"m:a":{"r":[{"a":"up"}]}}`}, "idle", "No rows match idle.\n", "\ufeffA\n", "[\n]\n"},
		"can't tell": {
			nil, "", "Can't tell: nothing there two readings\n", "\ufeffA\nCan't tell: nothing there two readings\n",
			"[\n  {\"Outcome\": \"can't tell\", \"Reason\": \"nothing there two readings\", \"Note\": null}\n]\n",
		},
		"values missing": {
			map[string]string{"m:a": `{"m:a":{"r":[{"a":"up"}]}}`, "m:b": "fail"},
			"",
			"A\nup\n\nSome values are missing: busy\n", "\ufeffA\nup\nSome values are missing: busy\n",
			"[\n  {\"A\": \"up\"},\n  {\"Outcome\": null, \"Reason\": null, \"Note\": \"Some values are missing: busy\"}\n]\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			q := question(compile(t, "    requests: [{get: m:a, rows: r}, {get: m:b, merge: {}, optional: true}]\n    facts: [{title: A, from: a}]\n"))
			q.Filter = query.ParseFilter(c.filter)
			for format, want := range map[query.Format]string{query.Text: c.text, query.CSV: c.csv, query.JSON: c.json} {
				var b strings.Builder
				r := query.NewRunner(&device{answers: c.answers}, time.Now)
				if err := r.Write(t.Context(), q, format, &b); err != nil || b.String() != want {
					t.Errorf("%s: got %q, %v; want %q", format, b.String(), err, want)
				}
			}
		})
	}
}

// Of several devices, each says whether it has none, can't tell or didn't answer.
func TestSurveyOutcomes(t *testing.T) {
	template := compile(t, "    requests: [{get: 'm:a={key}', rows: r}]\n    facts: [{title: A, from: a}]\n")
	outcomes := map[string]query.Ending{}
	for name, answers := range map[string]map[string]string{
		"rows": {"m:a=k": `{"m:a":{"r":[{"a":"up"}]}}`}, "none": {"m:a=k": ""}, "old": nil, "down": {"m:a=k": "fail"},
	} {
		s := query.Survey{Template: template, Target: name, Devices: []inventory.Device{{Name: name, Platform: "ios-xe"}}, Values: form.Values{"key": "k"}}
		r := query.NewRunner(&device{answers: answers}, time.Now)
		outcomes[name] = r.Survey(t.Context(), s, func(query.DeviceResult) {})[0].Ending
		var csv strings.Builder
		if err := r.WriteSurvey(t.Context(), s, query.CSV, &csv); err != nil {
			t.Fatal(err)
		}
		if want := map[string]string{
			"rows": "rows,up,\n", "none": "none,,The device has none.\n", "old": "old,,\"Can't tell: nothing there It has no k, or its release doesn't support this data.\"\n", "down": "down,,No answer: busy\n",
		}[name]; !strings.HasSuffix(csv.String(), want) {
			t.Errorf("%s: %q", name, csv.String())
		}
	}
	for name, want := range map[string]query.Outcome{"rows": query.Complete, "none": query.None, "old": query.Unknown, "down": query.NoAnswer} {
		if outcomes[name].Outcome != want {
			t.Errorf("%s: %+v", name, outcomes[name])
		}
	}
}
