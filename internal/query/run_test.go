package query_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"overwatch/internal/fault"
	"overwatch/internal/form"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
)

var now = time.Date(2026, 11, 23, 8, 20, 32, 0, time.UTC)

// device answers by path; "404" and "fail" are faults. It counts what is open.
type device struct {
	answers map[string]string

	mu    sync.Mutex
	asked []string
	open  int
	turns int
}

type body struct {
	io.Reader
	d *device
}

func (b *body) Close() error {
	b.d.mu.Lock()
	defer b.d.mu.Unlock()
	b.d.open--
	return nil
}

// Turn implements query.Fetcher.
func (d *device) Turn(context.Context, inventory.Device) (func(), error) {
	d.turns++
	d.open++
	return func() { d.open-- }, nil
}

func (d *device) Fetch(_ context.Context, _ inventory.Device, path, fields string) (io.ReadCloser, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, strings.TrimSuffix(path+"?"+fields, "?"))
	switch answer, ok := d.answers[path]; {
	case !ok:
		return nil, &fault.Error{Kind: fault.NotFound, Message: "nothing there", Hint: "two readings"}
	case answer == "fail":
		return nil, &fault.Error{Kind: fault.Unavailable, Message: "busy"}
	default:
		d.open++
		return &body{strings.NewReader(answer), d}, nil
	}
}

func compile(t testing.TB, platform string) *query.Template {
	t.Helper()
	q, err := query.Compile("t.yaml", []byte("title: T\nwords: [t]\ninputs: [{id: key}]\nplatforms:\n  ios-xe:\n"+platform))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func question(q *query.Template) query.Run {
	return query.Run{Template: q, Device: inventory.Device{Name: "r1", Platform: "ios-xe"}, Values: form.Values{"key": "a/b c"}}
}

// ask returns the rows as text, the cells of each with | between them, and what people read beside them.
func ask(t *testing.T, d *device, q *query.Template) ([]string, string, error) {
	t.Helper()
	var rows []string
	ending, err := query.NewRunner(d, func() time.Time { return now }).Stream(t.Context(), question(q), func(row []query.Cell) error {
		var cells []string
		for _, c := range row {
			text := c.Text
			if c.Colour != query.Plain {
				text += " " + string(c.Colour)
			}
			cells = append(cells, text)
		}
		rows = append(rows, strings.Join(cells, "|"))
		return nil
	})
	if d.open != 0 {
		t.Errorf("%d answers were never closed", d.open)
	}
	return rows, strings.TrimSpace(ending.Sentence() + " " + ending.Note), err
}

func TestRequests(t *testing.T) {
	const facts = "    facts: [{title: N, from: name}, {title: V, from: v}]\n"
	for name, c := range map[string]struct {
		requests string
		answers  map[string]string
		want     []string
		asked    []string
		note     string
		fails    fault.Kind
	}{
		"rows": {
			"[{get: m:a, rows: r, fields: 'r(name; v)'}]",
			map[string]string{"m:a": `{"m:a":{"r":[{"name":"x","v":1},{"name":"y"}]}}`},
			[]string{"x|1", "y|"},
			[]string{"m:a?r(name;v)"},
			"", "",
		},
		"a key": {
			"[{get: 'm:a={key}'}]",
			map[string]string{"m:a=a%2Fb%20c": `{"m:a":[{"name":"x"}]}`},
			[]string{"x|"},
			[]string{"m:a=a%2Fb%20c"},
			"", "",
		},
		"a joined request": {
			"[{get: m:a, rows: r}, {get: m:b, rows: s, merge: {name: id}}]",
			map[string]string{"m:a": `{"m:a":{"r":[{"name":"x"},{"name":"y"},{"name":"z","v":"own"}]}}`, "m:b": `{"m:b":{"s":[{"id":"y","v":2},{"id":"z","v":3}]}}`},
			[]string{"x|", "y|2", "z|own"},
			[]string{"m:a", "m:b"},
			"", "",
		},
		"one row for all": {
			"[{get: m:a, rows: r}, {get: m:b, merge: {}}]",
			map[string]string{"m:a": `{"m:a":{"r":[{"name":"x"},{"name":"y"}]}}`, "m:b": `{"m:v":"7"}`},
			[]string{"x|7", "y|7"},
			[]string{"m:a", "m:b"},
			"", "",
		},
		"an optional one that isn't there": {
			"[{get: m:a, rows: r}, {get: m:b, merge: {}, optional: true}]",
			map[string]string{"m:a": `{"m:a":{"r":[{"name":"x"}]}}`},
			[]string{"x|"},
			[]string{"m:a", "m:b"},
			"", "",
		},
		"an optional one that fails": {
			"[{get: m:a, rows: r}, {get: m:b, merge: {}, optional: true}]",
			map[string]string{"m:a": `{"m:a":{"r":[{"name":"x"}]}}`, "m:b": "fail"},
			[]string{"x|"},
			[]string{"m:a", "m:b"},
			"Some values are missing: busy", "",
		},
		"an optional one that fails where there are no rows": {
			"[{get: m:a, rows: r}, {get: m:b, merge: {}, optional: true}]",
			map[string]string{"m:a": `{}`, "m:b": "fail"},
			nil,
			[]string{"m:a", "m:b"},
			"The device has none.", "",
		},
		"one that fails where there are no rows": {
			"[{get: m:a, rows: r}, {get: m:b, merge: {}}]",
			map[string]string{"m:a": `{}`, "m:b": "fail"},
			nil,
			[]string{"m:a", "m:b"},
			"No answer: busy", fault.Unavailable,
		},
		"a text that isn't valid JSON": {
			"[{get: m:a, rows: r}]",
			map[string]string{"m:a": "{\"m:a\":{\"r\":[{\"name\":\"x\",\"v\":\"to\x01 Paris\"}]}}"},
			[]string{"x|to\ufffd Paris"},
			[]string{"m:a"},
			"The device sent characters that aren't valid in JSON; they are replaced.", "",
		},
		"a bad escape in a joined request": {
			"[{get: m:a, rows: r}, {get: m:b, merge: {}, optional: true}]",
			map[string]string{"m:a": `{"m:a":{"r":[{"name":"x"}]}}`, "m:b": `{"m:v":"C:\Paris"}`},
			[]string{`x|C:\Paris`},
			[]string{"m:a", "m:b"},
			"The device sent characters that aren't valid in JSON; they are replaced.", "",
		},
		"a text that isn't UTF-8 beside one that fails": {
			"[{get: m:a, rows: r}, {get: m:b, merge: {}, optional: true}]",
			map[string]string{"m:a": "{\"m:a\":{\"r\":[{\"name\":\"x\",\"v\":\"Z\xfcrich\"}]}}", "m:b": "fail"},
			[]string{"x|Z\ufffdrich"},
			[]string{"m:a", "m:b"},
			"Some values are missing: busy The device sent characters that aren't valid in JSON; they are replaced.", "",
		},
		"an alternative": {
			"[{get: m:a, rows: r, or: [{rows: s}, {get: m:b, rows: r}]}]",
			map[string]string{"m:a": `{"m:a":{}}`, "m:b": `{"m:b":{"r":[{"name":"x"}]}}`},
			[]string{"x|"},
			[]string{"m:a", "m:a", "m:b"},
			"", "",
		},
		"an alternative to what isn't there": {
			"[{get: m:a, rows: r, or: [{get: m:b, rows: r}]}]",
			map[string]string{"m:b": `{"m:b":{"r":[{"name":"x"}]}}`},
			[]string{"x|"},
			[]string{"m:a", "m:b"},
			"", "",
		},
		"no alternative where there are rows": {
			"[{get: m:a, rows: r, or: [{get: m:b, rows: r}]}]",
			map[string]string{"m:a": `{"m:a":{"r":[{"name":"x"}]}}`},
			[]string{"x|"},
			[]string{"m:a"},
			"", "",
		},
		"where": {
			"[{get: m:a, rows: r, where: {v: '1'}}]",
			map[string]string{"m:a": `{"m:a":{"r":[{"name":"x","v":1},{"name":"y","v":2},{"name":"z"}]}}`},
			[]string{"x|1"},
			[]string{"m:a"},
			"", "",
		},
		"can't tell":            {"[{get: m:a, rows: r}]", nil, nil, []string{"m:a"}, "Can't tell: nothing there two readings This data needs IOS-XE 17.4 or later.", ""},
		"an empty answer":       {"[{get: m:a, rows: r}]", map[string]string{"m:a": ""}, nil, []string{"m:a"}, "The device has none.", ""},
		"an empty list":         {"[{get: m:a, rows: r}]", map[string]string{"m:a": `{"m:a":{"r":[]}}`}, nil, []string{"m:a"}, "The device has none.", ""},
		"can't tell, then none": {"[{get: m:a, rows: r, or: [{get: m:b, rows: r}]}]", map[string]string{"m:b": ""}, nil, []string{"m:a", "m:b"}, "The device has none.", ""},
		"none, then can't tell": {"[{get: m:a, rows: r, or: [{get: m:b, rows: r}]}]", map[string]string{"m:a": ""}, nil, []string{"m:a", "m:b"}, "The device has none.", ""},
		"a failure":             {"[{get: m:a, rows: r}]", map[string]string{"m:a": "fail"}, nil, []string{"m:a"}, "No answer: busy", fault.Unavailable},
		"a broken answer":       {"[{get: m:a, rows: r}]", map[string]string{"m:a": `{"m:a":{"r":[{"name":"x"},`}, []string{"x|"}, []string{"m:a"}, "No answer: The response of r1 can't be read.", fault.Unavailable},
		"a page of a menu":      {"[{get: m:a, rows: r}]", map[string]string{"m:a": "<html>"}, nil, []string{"m:a"}, "No answer: The response of r1 can't be read.", fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			d := &device{answers: c.answers}
			rows, note, err := ask(t, d, compile(t, "    since: IOS-XE 17.4\n    requests: "+c.requests+"\n"+facts))
			if fault.Of(err) != c.fails || note != c.note {
				t.Errorf("got error %v and note %q", err, note)
			}
			if diff := cmp.Diff(c.want, rows); diff != "" {
				t.Error(diff)
			}
			slices.Sort(d.asked) // requests that go together have no order
			if diff := cmp.Diff(c.asked, d.asked); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// free has a turn for everybody.
type free struct{}

func (free) Turn(context.Context, inventory.Device) (func(), error) { return func() {}, nil }

// unhurried is a device whose answers take a second each; stuck ones never come.
type unhurried struct {
	free
	stuck, missing string // paths
}

func (u unhurried) Fetch(ctx context.Context, _ inventory.Device, path, _ string) (io.ReadCloser, error) {
	if path == u.stuck {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	time.Sleep(time.Second)
	if path == u.missing {
		return nil, &fault.Error{Kind: fault.Unavailable, Message: "busy"}
	}
	return io.NopCloser(strings.NewReader(`{"m:x":{"r":[{"name":"x","id":"x"}]}}`)), nil
}

// The requests of a question go together, and one that fails waits for no other.
func TestRequestsGoTogether(t *testing.T) {
	template := compile(t, "    requests: [{get: m:a, rows: r}, {get: m:b, rows: r, merge: {name: id}}, {get: m:c, rows: r, merge: {name: id}}]\n    facts: [{title: N, from: name}]\n")
	for _, c := range []struct {
		device unhurried
		fails  fault.Kind
	}{
		{unhurried{}, ""},
		{unhurried{missing: "m:a", stuck: "m:b"}, fault.Unavailable},
		{unhurried{missing: "m:c"}, fault.Unavailable},
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			_, err := query.NewRunner(c.device, time.Now).Stream(t.Context(), question(template), func([]query.Cell) error { return nil })
			if fault.Of(err) != c.fails || time.Since(began) != time.Second {
				t.Errorf("%+v: got %v after %v", c.device, err, time.Since(began))
			}
		})
	}
}

// Each transform, and what it makes of values that don't suit it.
func TestFacts(t *testing.T) {
	for _, c := range []struct{ fact, row, want string }{
		{"from: a", `"a":"  padded \n text\u0007 "`, "padded   text"},
		{"from: a", `"a":18446744073709551615`, "18446744073709551615"},
		{"from: a", `"a":true`, "yes"},
		{"from: a", `"a":false`, "no"},
		{"from: a", `"a":[null]`, "yes"},
		{"from: a", `"a":["x","y"]`, "x, y"},
		{"from: a", `"a":null`, ""},
		{"from: a", `"b":1`, ""},
		{"from: [a, b]", `"b":1`, "1"},
		{"from: [a, b]", `"a":"","b":"x"`, "x"},
		{"from: [a, b]", `"a":"  ","b":"x"`, "x"},
		{"from: [a, b]", `"a":[],"b":"x"`, "x"},
		{"from: [a, b]", `"a":0,"b":"x"`, "0"},
		{"from: [a, b], as: 'blank:0.0.0.0'", `"a":"0.0.0.0","b":"192.0.2.1"`, "192.0.2.1"},
		{"from: [a, b], as: ['blank:0.0.0.0', 'blank:Not Advertised']", `"a":"Not Advertised","b":"0.0.0.0"`, ""},
		{"from: a", `"a":"x\u202e\u200b\u009by"`, "xy"},
		{"from: a", "\"a\":\"x\xffy\"", "x\ufffdy"},
		{"from: a, as: number", `"a":"18446744073709551615"`, "18446744073709551615"},
		{"from: a, as: number", `"a":"many"`, "many"},
		{"from: a, as: duration", `"a":"09:44:21"`, "9h 44m"},
		{"from: a, as: duration", `"a":"1w2d"`, "1w 2d"},
		{"from: a, as: duration", `"a":"1y22w"`, "74w 1d"},
		{"from: a, as: duration", `"a":"never"`, "never"},
		{"from: a/b", `"a":{"m:b":2}`, "2"},
		{"from: a, as: 'strip:x-'", `"a":"x-y"`, "y"},
		{"from: a, as: 'strip:x-'", `"a":"y"`, "y"},
		{"from: a, as: 'match:v(\\d+)'", `"a":"v17 of"`, "17"},
		{"from: a, as: 'match:\\d+'", `"a":"v17 of"`, "17"},
		{"from: a, as: 'match:\\d+'", `"a":"none"`, ""},
		{"from: a, as: 'blank:0.0.0.0'", `"a":"0.0.0.0"`, ""},
		{"from: a, as: 'blank:0'", `"a":0`, ""},
		{"from: a, as: 'blank:0'", `"a":"0.00"`, ""},
		{"from: a, as: 'blank:0.0'", `"a":0`, ""},
		{"from: a, as: 'blank:0.0'", `"a":"0.01"`, "0.01"},
		{"from: a, as: 'blank:0.0.0.0'", `"a":"::"`, ""},
		{"from: a, as: 'blank:0.0.0.0'", `"a":"::1"`, "::1"},
		{"from: a, as: 'blank:Not Advertised'", `"a":"not advertised"`, ""},
		{"from: a, as: ['blank:none', 'join:, ']", `"a":["x","none","y",null,""]`, "x, y"},
		{"from: a, as: 'blank:none'", `"a":["none"]`, ""},
		{"from: [a, b], as: 'blank:none'", `"a":["none","none"],"b":"x"`, "x"},
		{"from: a, as: 'blank:none'", `"a":[null]`, "yes"},
		{"from: a, as: ['join: / ']", `"a":["x","y"]`, "x / y"},
		{"from: a, as: keys", `"a":{"m:ipv6":{},"ipv4":{}}`, "ipv4, ipv6"},
		{"from: a, as: keys", `"a":"x"`, "x"},
		{"from: a, as: count", `"a":[1,2,3]`, "3"},
		{"from: a, as: upper", `"a":"up"`, "UP"},
		{"from: a, as: lower", `"a":"UP"`, "up"},
		{"from: a, as: u32ip", `"a":3405803778`, "203.0.113.2"},
		{"from: a, as: u32ip", `"a":"x"`, "x"},
		{"from: a, as: 'mask:m'", `"a":"192.0.2.1","m":"255.255.255.252"`, "192.0.2.1/30"},
		{"from: a, as: 'mask:m'", `"a":"192.0.2.1","m":"255.0.255.0"`, "192.0.2.1"},
		{"from: a, as: 'mask:m'", `"a":"192.0.2.1"`, "192.0.2.1"},
		{"from: a, as: ['blank:0.0.0.0', 'mask:m']", `"a":"0.0.0.0","m":"0.0.0.0"`, ""},
		{"from: a, as: bytes", `"a":"22839709123"`, "22.8 GB"},
		{"from: a, as: bytes", `"a":999`, "999 B"},
		{"from: a, as: bytes", `"a":"many"`, "many"},
		{"from: a, as: bits", `"a":"1000000000"`, "1 Gbit/s"},
		{"from: a, as: since", `"a":"2026-11-20T04:20:32+00:00"`, "3d 4h"},
		{"from: a, as: since", `"a":"2026-11-23T08:20:00+00:00"`, "32s"},
		{"from: a, as: since", `"a":"1970-01-01T00:00:00+00:00"`, ""},
		{"from: a, as: since", `"a":"2027-01-01T00:00:00+00:00"`, "0s"},
		{"from: a, as: since", `"a":"soon"`, ""},
		{"from: a, as: 'since:b'", `"a":"2026-11-01T00:00:00+00:00","b":"2026-11-23T01:00:00+00:00"`, "3w 1d"},
		{"from: a, as: 'since:b'", `"a":"2026-11-01T00:00:00+00:00"`, ""},
		{"from: a, as: unix", `"a":"1763886032000000000"`, "2025-11-23T08:20:32Z"},
		{"from: a, as: unix", `"a":1763886032`, "2025-11-23T08:20:32Z"},
		{"from: a, as: unix", `"a":"1763886032000"`, "2025-11-23T08:20:32Z"},
		{"from: a, as: unix", `"a":1763886032000000`, "2025-11-23T08:20:32Z"},
		{"from: a, as: unix", `"a":"0"`, ""},
		{"from: a, as: unix", `"a":-1`, ""},
		{"from: a, as: unix", `"a":"9223372036854775807"`, "2262-04-11T23:47:16Z"},
		{"from: a, as: unix", `"a":99999999999999999999`, "99999999999999999999"},
		{"from: a, as: 'percent:b'", `"a":1e308,"b":1e-308`, ""},
		{"from: a, as: 'percent:b'", `"a":"NaN","b":"Inf"`, ""},
		{"from: a, as: 'percent:b'", `"a":1,"b":0`, ""},
		{"from: a, as: bytes", `"a":1e999`, "1e999"},
		{"from: a, as: bits", `"a":{"x":1}`, `{"x":1}`},
		{"from: a, as: 'mask:m'", `"a":"192.0.2.1/24","m":"255.255.255.0"`, "192.0.2.1/24"},
		{"from: a, as: 'mask:m'", `"a":"2001:db8::1","m":"255.255.255.0"`, "2001:db8::1"},
		{"from: a, map: {ready: up}", `"a":"ready"`, "up"},
		{"from: a, good: up, attention: [down], warning: '*'", `"a":"up"`, "up Good"},
		{"from: a, good: up, attention: [down], warning: '*'", `"a":"down"`, "down Attention"},
		{"from: a, good: up, attention: [down], warning: '*'", `"a":"odd"`, "odd Warning"},
		{"from: a, good: up", `"a":"odd"`, "odd"},
		{"from: a, warning: '*'", `"b":1`, ""},
		{"jq: '.a + 1'", `"a":41`, "42"},
		{"jq: '.a | map(.n) | join(\" \")'", `"a":[{"m:n":"x"},{"n":"y"}]`, "x y"},
		{"jq: empty", `"a":1`, ""},
	} {
		t.Run(c.fact+" of "+c.row, func(t *testing.T) {
			q := compile(t, "    requests: [{get: m:r}]\n    facts: [{title: F, "+c.fact+"}]\n")
			rows, _, err := ask(t, &device{answers: map[string]string{"m:r": `{"m:r":{` + c.row + `}}`}}, q)
			if err != nil || len(rows) != 1 || rows[0] != c.want {
				t.Errorf("got %q, %v; want %q", rows, err, c.want)
			}
		})
	}
}

// dated is a device that tells its time.
type dated struct {
	free
	clock time.Time
}

type datedBody struct {
	io.ReadCloser
	clock time.Time
}

func (b datedBody) Date() time.Time { return b.clock }

// Fetch implements query.Fetcher.
func (d dated) Fetch(_ context.Context, _ inventory.Device, path, _ string) (io.ReadCloser, error) {
	at := now.Add(-time.Hour).Format(time.RFC3339)
	return datedBody{io.NopCloser(strings.NewReader(`{"` + path + `":{"r":[{"at":"` + at + `","time":"` + at + `"}]}}`)), d.clock}, nil
}

// Ages are by the device's clock, whatever ours says, in the rows of every request.
func TestAges(t *testing.T) {
	template := compile(t, `    requests: [{get: m:a, rows: r, also: [{get: m:b}]}, {get: m:c, rows: r, merge: {}}]
    facts: [{title: A, from: at, as: since}, {title: B, from: time, as: ["match:(.*)", since]}]
`)
	for name, c := range map[string]struct {
		clock time.Time
		want  string
	}{
		"ahead":       {now.Add(48 * time.Hour), "2d 1h|2d 1h"},
		"behind":      {now.Add(-50 * time.Minute), "10m 0s|10m 0s"},
		"years away":  {now.Add(-time.Hour).AddDate(0, 0, 7), "1w 0d|1w 0d"},
		"not telling": {time.Time{}, "1h 0m|1h 0m"},
	} {
		t.Run(name, func(t *testing.T) {
			rows := 0
			_, err := query.NewRunner(dated{clock: c.clock}, func() time.Time { return now }).Stream(t.Context(), question(template), func(row []query.Cell) error {
				rows++
				if got := row[0].Text + "|" + row[1].Text; got != c.want {
					t.Errorf("got %s, want %s", got, c.want)
				}
				return nil
			})
			if err != nil || rows != 2 {
				t.Errorf("%d rows, %v", rows, err)
			}
		})
	}
}

// An expression can't run for ever.
func TestExpressionsAreBounded(t *testing.T) {
	for _, expression := range []string{"facts: [{title: F, jq: 'last(repeat(1))'}]", "facts: [{title: F, from: a}]"} {
		q := compile(t, "    requests: [{get: m:r, keep: 'last(repeat(1))'}]\n    "+expression+"\n")
		_, _, err := ask(t, &device{answers: map[string]string{"m:r": `{"m:r":{"a":"text"}}`}}, q)
		if fault.Of(err) != fault.Unavailable {
			t.Errorf("%s: %v", expression, err)
		}
	}
}

// An expression that fails on one row loses the fact in that row and nothing else; a note says so.
func TestExpressionsThatFail(t *testing.T) {
	answers := map[string]string{
		"m:a": `{"m:a":{"r":[{"name":"x","n":"7"},{"name":"y","n":"n/a"},{"name":"z","n":{"o":1}},{"name":"w"}]}}`,
		"m:b": `{"m:b":{"s":[{"name":"x","v":"a"},{"name":"y","v":{"odd":1}}]}}`,
	}
	for name, c := range map[string]struct {
		variant string
		want    []string
		note    string
	}{
		"a fact": {
			"requests: [{get: m:a, rows: r}]\n    facts: [{title: N, from: name}, {title: Rate, jq: '.n | tonumber * 2'}]",
			[]string{"x|14", "y|", "z|", "w|"},
			"Rate is missing where its expression failed.",
		},
		"rows to keep": {
			"requests: [{get: m:a, rows: r, keep: '.n | tonumber > 100'}]\n    facts: [{title: N, from: name}]",
			[]string{"y", "z", "w"},
			"The query couldn't decide about some rows, which are shown.",
		},
		"rows to join": {
			"requests: [{get: m:a, rows: r}, {get: m:b, rows: s, keep: '.v | ascii_downcase == \"a\"', merge: {name: name}}]\n    facts: [{title: N, from: name}, {title: V, from: v}]",
			[]string{"x|a", `y|{"odd":1}`, "z|", "w|"},
			"The query couldn't decide about some rows, which are shown.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			rows, note, err := ask(t, &device{answers: answers}, compile(t, "    "+c.variant+"\n"))
			if err != nil || note != c.note {
				t.Errorf("got %v and note %q", err, note)
			}
			if diff := cmp.Diff(c.want, rows); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnotherPlatform(t *testing.T) {
	q := question(compile(t, "    requests: [{get: m:r}]\n    facts: [{title: F, from: a}]\n"))
	q.Device.Platform = "junos"
	_, err := query.NewRunner(&device{}, time.Now).Stream(t.Context(), q, nil)
	if say, do := fault.Text(err); say != "T doesn't support r1: its platform is junos." || do != "The query supports ios-xe." {
		t.Errorf("got %q %q", say, do)
	}
}

func TestFirstCountsTheRest(t *testing.T) {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, `,{"a":%d}`, i)
	}
	d := &device{answers: map[string]string{"m:a": `{"m:a":{"r":[` + b.String()[1:] + `]}}`}}
	q := compile(t, "    requests: [{get: m:a, rows: r}]\n    facts: [{title: F, from: a}]\n")
	res, err := query.NewRunner(d, func() time.Time { return now }).Page(t.Context(), question(q), 0, 10, nil)
	if err != nil || len(res.Rows) != 10 || res.Total != 1000 || !res.At.Equal(now) {
		t.Errorf("got %d of %d rows at %v, %v", len(res.Rows), res.Total, res.At, err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func BenchmarkEach(b *testing.B) {
	var rows strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&rows, `,{"name":"GigabitEthernet%d","oper-status":"if-oper-state-ready","ipv4":"192.0.2.1","mask":"255.255.255.0"}`, i)
	}
	d := &device{answers: map[string]string{"m:a": `{"m:a":{"r":[` + rows.String()[1:] + `]}}`}}
	q := compile(b, "    requests: [{get: m:a, rows: r}]\n    facts: [{title: A, from: name}, {title: B, from: oper-status, as: 'strip:if-oper-state-'}, {title: C, from: ipv4, as: 'mask:mask'}]\n")
	r := query.NewRunner(d, time.Now)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Stream(b.Context(), question(q), func([]query.Cell) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
