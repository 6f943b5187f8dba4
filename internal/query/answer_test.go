package query_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"overwatch/internal/fault"
	"overwatch/internal/form"
	"overwatch/internal/inventory"
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

func facts(t *testing.T, list string) []query.Fact {
	t.Helper()
	return compile(t, "    requests: [{get: m:a}]\n    facts: "+list+"\n").Facts("ios-xe")
}

func table(facts []query.Fact, rows ...string) query.Table {
	tab := query.Table{Facts: facts}
	for _, row := range rows {
		var cells []query.Cell
		for text := range strings.SplitSeq(row, "|") {
			cells = append(cells, query.Cell{Text: text})
		}
		tab.Rows = append(tab.Rows, cells)
	}
	return tab
}

func TestDiff(t *testing.T) {
	own := facts(t, "[{title: Name, from: n, heading: true}, {title: State, from: s}, {title: Age, from: a, volatile: true}]")
	other := facts(t, "[{title: State, from: s}, {title: Name, from: n, heading: true}, {title: More, from: m}]")
	bare := facts(t, "[{title: CPU, from: c}]")
	for name, c := range map[string]struct {
		before, after query.Table
		want          []string
	}{
		"nothing":             {table(own), table(own), nil},
		"the same":            {table(own, "a|up|1", "b|down|2"), table(own, "b|down|9", "a|up|8"), nil},
		"added":               {table(own, "a|up|1"), table(own, "a|up|1", "b|down|2"), []string{"added b: State →down"}},
		"removed":             {table(own, "a|up|1", "b|down|2"), table(own, "a|up|1"), []string{"removed b: State down→"}},
		"changed":             {table(own, "a|up|1"), table(own, "a|down|1"), []string{"changed a: State up→down"}},
		"all of them":         {table(own, "a|up|1", "b|up|1"), table(own, "c|up|1", "b|x|1"), []string{"added c: State →up", "changed b: State up→x", "removed a: State up→"}},
		"twins stay":          {table(own, "a|up|1", "a|down|1"), table(own, "a|down|1", "a|up|1"), nil},
		"one of twins":        {table(own, "a|up|1", "a|down|1"), table(own, "a|down|1"), []string{"removed a: State up→"}},
		"a twin changes":      {table(own, "a|up|1", "a|down|1"), table(own, "a|down|1", "a|x|1"), []string{"changed a: State up→x"}},
		"another platform":    {table(own, "a|up|1"), table(other, "up|a|z"), nil},
		"another, other":      {table(own, "a|up|1"), table(other, "down|a|z"), []string{"changed a: State up→down"}},
		"without any heading": {table(bare, "1"), table(bare, "2"), []string{"changed : CPU 1→2"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, ch := range query.Diff(c.before, c.after) {
				line := fmt.Sprintf("%s %s:", ch.Kind, ch.Heading)
				for _, d := range ch.Deltas {
					line += fmt.Sprintf(" %s %s→%s", d.Title, d.Before, d.After)
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Runs have one key when they have one result.
func TestKey(t *testing.T) {
	tpl := compile(t, "    requests: [{get: m:a}]\n    facts: [{title: F, from: a}]\n")
	q := question(tpl)
	filtered := q
	filtered.Filter = query.ParseFilter("x")
	if q.Key() != filtered.Key() {
		t.Error("a filter changes the key")
	}
	for name, other := range map[string]query.Run{
		"device":   {Template: tpl, Device: inventory.Device{Name: "r2", Platform: "ios-xe"}, Values: q.Values},
		"platform": {Template: tpl, Device: inventory.Device{Name: "r1", Platform: "ietf"}, Values: q.Values},
		"value":    {Template: tpl, Device: q.Device, Values: form.Values{"key": "other"}},
	} {
		if other.Key() == q.Key() {
			t.Errorf("another %s has the same key", name)
		}
	}
}

// A limit that is met after some rows truncates the result; one that is met before is a failure.
func TestCut(t *testing.T) {
	q := question(compile(t, "    requests: [{get: m:a, rows: r}]\n    facts: [{title: F, from: a}]\n"))
	for _, kind := range []fault.Kind{fault.Timeout, fault.TooLarge} {
		for _, c := range []struct {
			text string
			cut  bool
		}{{`{"m:a":{"r":[{"a":"1"},{"a":"2"}`, true}, {`{"m:a":{"r":[`, false}} {
			stop := &fault.Error{Kind: kind, Message: "r1 was stopped."}
			r := query.NewRunner(ending{free{}, c.text, stop}, time.Now)
			res, err := r.Page(t.Context(), q, 0, 10, nil)
			switch {
			case c.cut && (err != nil || res.Ending.Outcome != query.Cut || res.Ending.Reason != "r1 was stopped." || res.Total != 2):
				t.Errorf("%s after rows: %+v %v", kind, res, err)
			case !c.cut && fault.Of(err) != kind:
				t.Errorf("%s before rows: %v", kind, err)
			}
			if !c.cut {
				continue
			}
			var csv, json strings.Builder
			if err := errors.Join(r.Write(t.Context(), q, query.CSV, &csv), r.Write(t.Context(), q, query.JSON, &json)); err != nil {
				t.Error(err)
			}
			if csv.String() != "\ufeffF\n1\n2\nTruncated: r1 was stopped.\n" || !strings.HasSuffix(json.String(), `{"Outcome": "truncated", "Reason": "r1 was stopped.", "Note": null}`+"\n]\n") {
				t.Errorf("got\n%s%s", csv.String(), json.String())
			}
		}
	}
}

// ending is a device whose answer ends with an error.
type ending struct {
	free
	text string
	err  error
}

func (e ending) Fetch(context.Context, inventory.Device, string, string) (io.ReadCloser, error) {
	return io.NopCloser(io.MultiReader(strings.NewReader(e.text), erring{e.err})), nil
}

// free has a turn for everybody.
type free struct{}

func (free) Turn(context.Context, inventory.Device) (func(), error) { return func() {}, nil }

type erring struct{ err error }

func (e erring) Read([]byte) (int, error) { return 0, e.err }

// crowd are devices that take a while; those with "bad" in their names fail.
type crowd struct {
	free
	at, most atomic.Int32
	stuck    chan struct{} // devices with "stuck" in their names answer when it is closed
}

func (c *crowd) Fetch(ctx context.Context, d inventory.Device, _, _ string) (io.ReadCloser, error) {
	n := c.at.Add(1)
	defer c.at.Add(-1)
	for most := c.most.Load(); n > most && !c.most.CompareAndSwap(most, n); most = c.most.Load() {
	}
	if strings.Contains(d.Name, "stuck") {
		select {
		case <-c.stuck:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	time.Sleep(time.Second)
	if strings.Contains(d.Name, "bad") {
		return nil, &fault.Error{Kind: fault.Unavailable, Message: d.Name + " is down."}
	}
	return io.NopCloser(strings.NewReader(`{"m:a":{"r":[{"a":"row 0"},{"a":"row 1"},{"a":"row 2"}]}}`)), nil
}

func survey(t *testing.T, names ...string) query.Survey {
	s := query.Survey{Template: compile(t, "    requests: [{get: m:a, rows: r}]\n    facts: [{title: F, from: a}]\n"), Target: "all", Values: form.Values{}}
	for _, name := range names {
		s.Devices = append(s.Devices, inventory.Device{Name: name, Platform: "ios-xe"})
	}
	return s
}

// Many devices are asked together, but not all of them; one that fails doesn't disturb the others.
func TestSurvey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var names []string
		for i := range 2500 {
			names = append(names, fmt.Sprintf("r%d", i))
		}
		names[7] = "bad7"
		s := survey(t, names...)
		s.Filter = query.ParseFilter("row 2")
		c := &crowd{}
		began, seen := time.Now(), 0
		outcomes := query.NewRunner(c, time.Now).Survey(t.Context(), s, func(query.DeviceResult) { seen++ })
		if took := time.Since(began); took != 3*time.Second || c.most.Load() != 1000 || seen != 2500 {
			t.Errorf("it took %v, %d at once, %d seen", took, c.most.Load(), seen)
		}
		for i, o := range outcomes {
			bad := i == 7
			if o.Device.Name != names[i] || !o.Queried || (o.Err != nil) != bad || (!bad && o.Total != 1) || o.Took != time.Second {
				t.Errorf("%d: %+v", i, o)
			}
		}
	})
}

func TestSurveyStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		names := []string{"r1", "bad2", "stuck3"}
		for i := range 1100 {
			names = append(names, fmt.Sprintf("stuck-%d", i))
		}
		why := errors.New("somebody stopped it")
		ctx, stop := context.WithCancelCause(t.Context())
		time.AfterFunc(5*time.Second, func() { stop(why) })
		outcomes := query.NewRunner(&crowd{}, time.Now).Survey(ctx, survey(t, names...), func(query.DeviceResult) {})
		if outcomes[0].Err != nil || outcomes[0].Total != 3 || fault.Of(outcomes[1].Err) != fault.Unavailable {
			t.Errorf("those that had answered: %+v", outcomes[:2])
		}
		asked := 0
		for _, o := range outcomes[2:] {
			if !errors.Is(o.Err, why) {
				t.Fatalf("got %+v", o)
			}
			if o.Queried {
				asked++
			}
		}
		if asked != 1000 {
			t.Errorf("%d were asked", asked)
		}
	})
}

func TestSurveyFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := survey(t, "r1", "bad2")
		r := query.NewRunner(&crowd{}, time.Now)
		var csv, json strings.Builder
		if err := errors.Join(r.WriteSurvey(t.Context(), s, query.CSV, &csv), r.WriteSurvey(t.Context(), s, query.JSON, &json)); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"\ufeffDevice,F,Outcome\n", "r1,row 0,\nr1,row 1,\nr1,row 2,\n", "bad2,,No answer: bad2 is down.\n"} {
			if !strings.Contains(csv.String(), want) {
				t.Errorf("the CSV lacks %q:\n%s", want, csv.String())
			}
		}
		for _, want := range []string{`{"Device": "r1", "F": "row 0", "Outcome": null}`, `{"Device": "bad2", "F": null, "Outcome": "No answer: bad2 is down."}`} {
			if !strings.Contains(json.String(), want) {
				t.Errorf("the JSON lacks %q:\n%s", want, json.String())
			}
		}
		nobody := errors.New("nobody reads on")
		if err := r.WriteSurvey(t.Context(), s, query.CSV, failing{nobody}); !errors.Is(err, nobody) {
			t.Errorf("a writer's error comes back as %v", err)
		}
	})
}
