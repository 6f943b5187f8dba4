package render_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"overwatch/cards"
	"overwatch/internal/archive"
	"overwatch/internal/button"
	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/form"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
	"overwatch/internal/render"
)

var update = flag.Bool("update", false, "write the samples beside the cards")

// recorder keeps the view models that cards are filled with.
type recorder struct{ views map[string][]byte }

func (r *recorder) Expand(name string, view any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(view)
	r.views[name] = b.Bytes()
	return json.RawMessage(`{}`), err
}

var vrfYAML = []byte(`
title: Show VRFs
words: [vrf]
help: VRFs with their route distinguisher
group: Routing
order: 1
platforms:
  ios-xe:
    requests:
      - {get: "m:vrf", rows: definition}
    facts:
      - {title: VRF, from: name, heading: true}
      - {title: State, from: state, good: up, attention: down}
      - {title: RD, from: rd}
      - {title: Description, from: description}
empty: No VRFs are configured.
`)

var portYAML = []byte(`
title: One interface
words: [port]
group: Interfaces
inputs:
  - {id: name, label: Interface, placeholder: GigabitEthernet1, rules: required}
  - {id: detail, type: toggle, label: With counters}
platforms:
  ios-xe:
    requests:
      - {get: "m:interface={name}"}
    facts:
      - {title: Name, from: name}
`)

func catalog(t testing.TB) *query.Catalog {
	t.Helper()
	c, err := query.Load(fstest.MapFS{"vrf.yaml": {Data: vrfYAML}, "port.yaml": {Data: portYAML}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func devices(t testing.TB, n int) *inventory.Inventory {
	t.Helper()
	var list []inventory.Device
	for i := range n {
		list = append(list, inventory.Device{Name: fmt.Sprintf("r%d", i+1), Platform: "ios-xe", Groups: []string{[]string{"berlin", "paris"}[i%2]}})
	}
	inv, err := inventory.New(list)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

func vrfs(t testing.TB, rows, total int) query.Result {
	t.Helper()
	vrf, _ := catalog(t).Get("vrf")
	r1, _ := devices(t, 2).Get("r1")
	res := query.Result{
		Run: query.Run{Template: vrf, Device: r1}, Total: total,
		At: time.Date(2026, 11, 23, 8, 20, 32, 0, time.UTC), Took: 84 * time.Millisecond,
	}
	for i := range rows {
		state := query.Cell{Text: "up", Colour: query.Good}
		if i%2 == 1 {
			state = query.Cell{Text: "down", Colour: query.Attention}
		}
		res.Rows = append(res.Rows, []query.Cell{{Text: fmt.Sprintf("CORP-%d", i+1)}, state, {Text: fmt.Sprintf("65000:%d", i+1)}, {}})
	}
	return res
}

// compared is r1 before and after, with so many rows of which each third is removed, changed or added.
func compared(t testing.TB, n int) render.Comparison {
	t.Helper()
	res := vrfs(t, n+2, n+2)
	c := render.Comparison{Run: res.Run, After: &archive.Entry{At: res.At, Rows: res.Rows}}
	if n == 0 {
		return c
	}
	c.Before = &archive.Entry{At: res.At.Add(-time.Hour)}
	for i, row := range res.Rows {
		row = slices.Clone(row)
		switch i % 3 {
		case 0:
			row[2].Text = "65000:99"
		case 1:
			row[0].Text = "OLD-" + row[0].Text
		}
		c.Before.Rows = append(c.Before.Rows, row)
	}
	return c
}

// The samples beside the cards are what this package really fills them with, so that they can't rot:
// go test ./internal/render -update writes them.
func TestSamplesAreRealViews(t *testing.T) {
	vrf, _ := catalog(t).Get("vrf")
	port, _ := catalog(t).Get("port")
	question := query.Run{Template: vrf, Device: vrfs(t, 0, 0).Run.Device}
	survey := query.Survey{Template: vrf, Target: "site:paris", Devices: slices.Collect(devices(t, 3).All())}
	outcomes := []query.DeviceResult{
		{Device: survey.Devices[0], Queried: true, Total: 12, Took: 84 * time.Millisecond},
		{Device: survey.Devices[1], Queried: true, Took: time.Second, Err: &fault.Error{Kind: fault.Unavailable, Message: "r2 refuses connections."}},
		{Device: survey.Devices[2], Err: errors.New("stopped")},
	}
	for _, row := range vrfs(t, 3, 12).Rows {
		outcomes[0].Worst.Add(row)
	}
	for file, draw := range map[string]func(*render.Page) chat.Reply{
		"form": func(r *render.Page) chat.Reply {
			return r.Form(render.Form{Inventory: devices(t, 3), Catalog: catalog(t)})
		},
		"form.inputs": func(r *render.Page) chat.Reply {
			return r.Form(render.Form{
				Inventory: devices(t, 3), Catalog: catalog(t), Query: port, Device: "r2",
				Entered: map[string]string{"detail": "true"}, Problems: form.Errors{"name": "Interface is needed."},
			})
		},
		"form.many": func(r *render.Page) chat.Reply {
			return r.Form(render.Form{Inventory: devices(t, 300), Catalog: catalog(t), Query: vrf, Problem: "I don't know the device \"x\"."})
		},
		"form.all": func(r *render.Page) chat.Reply {
			return r.Form(render.Form{Inventory: devices(t, 3), Catalog: catalog(t), All: true})
		},
		"result":      func(r *render.Page) chat.Reply { return r.Result(vrfs(t, 2, 2), "ANSWER") },
		"result.many": func(r *render.Page) chat.Reply { return r.Result(vrfs(t, 10, 2000), "") },
		"result.page": func(r *render.Page) chat.Reply {
			res := vrfs(t, 10, 35)
			res.From, res.Kept, res.Run.Filter = 10, true, query.ParseFilter("CORP")
			return r.Result(res, "ANSWER")
		},
		"result.cut": func(r *render.Page) chat.Reply {
			res := vrfs(t, 2, 2000)
			res.Ending = query.Ending{Outcome: query.Cut, Reason: "r1 took too long."}
			return r.Result(res, "")
		},
		"asking": func(r *render.Page) chat.Reply {
			return r.Progress(render.Progress{Devices: []string{"r1", "r2", "r3"}, Done: 3, Run: "QUESTION"})
		},
		"survey": func(r *render.Page) chat.Reply { return r.Survey(survey, outcomes, 3*time.Second, true) },
		"survey.all": func(r *render.Page) chat.Reply {
			return r.Survey(survey, outcomes[:1], time.Second, false)
		},
		"comparison":       func(r *render.Page) chat.Reply { return r.Comparison(compared(t, 2), devices(t, 3)) },
		"comparison.first": func(r *render.Page) chat.Reply { return r.Comparison(compared(t, 0), devices(t, 3)) },
		"comparison.many":  func(r *render.Page) chat.Reply { return r.Comparison(compared(t, 40), devices(t, 300)) },
		"comparison.refused": func(r *render.Page) chat.Reply {
			return r.CompareWith(question, devices(t, 3), "I don't know the device \"x\".")
		},
		"result.empty": func(r *render.Page) chat.Reply {
			res := vrfs(t, 0, 0)
			res.Ending = query.Ending{Outcome: query.None, Reason: "No VRFs are configured."}
			return r.Result(res, "ANSWER")
		},
		"result.asked": func(r *render.Page) chat.Reply {
			res := vrfs(t, 4, 4)
			res.Run.Question = query.Question{Kind: query.Every, Word: "up", Claim: query.ParseFilter("state is good")}
			res.Read, res.Held, res.Others = 4, 2, [][]query.Cell{res.Rows[1], res.Rows[3]}
			return r.Result(res, "")
		},
		"error": func(r *render.Page) chat.Reply {
			return r.Error(&fault.Error{Kind: fault.Unavailable, Message: "r1 refuses connections at 192.0.2.1:443.", Hint: "Is it up?"}, &question)
		},
		"error.short": func(r *render.Page) chat.Reply { return r.Error(errors.New("a defect"), nil) },
		"did-you-mean": func(r *render.Page) chat.Reply {
			return r.DidYouMean(&fault.Error{Kind: fault.NotFound, Message: `I don't know the device "r11".`}, []render.Suggestion{{Title: "vrf r1", Press: button.Press{Do: button.Run, Query: "vrf", Device: "r1"}}})
		},
		"choices": func(r *render.Page) chat.Reply {
			return r.Choices("show ip can be followed by route or vrf.", []render.Suggestion{{Title: "show ip vrf", Press: button.Press{Do: button.Form, Query: "vrf"}}})
		},
		"help":         func(r *render.Page) chat.Reply { return r.Help(catalog(t), 3) },
		"greeting":     func(r *render.Page) chat.Reply { return r.Greeting(true) },
		"devices":      func(r *render.Page) chat.Reply { return r.Devices(devices(t, 3)) },
		"devices.many": func(r *render.Page) chat.Reply { return r.Devices(devices(t, 60)) },
	} {
		t.Run(file, func(t *testing.T) {
			views := &recorder{map[string][]byte{}}
			thread, trace := "THREAD", ""
			switch file {
			case "error":
				trace = "4bf92f3577b34da6a3ce929d0e0e4736"
			case "greeting":
				thread = ""
			}
			draw(render.New(views).Page(thread, trace, nil))
			path := filepath.Join("..", "..", "cards", file+".data.json")
			for _, got := range views.views {
				if *update {
					if err := os.WriteFile(path, got, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), string(got)); diff != "" {
					t.Errorf("the sample isn't what is drawn; run with -update:\n%s", diff)
				}
			}
		})
	}
	if *update {
		return
	}
	if _, err := cards.Load(nil); err != nil {
		t.Error(err)
	}
}
