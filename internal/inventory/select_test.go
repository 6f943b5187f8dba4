package inventory_test

import (
	"fmt"
	"strings"
	"testing"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
)

func TestSelect(t *testing.T) {
	var list []inventory.Device
	for name, groups := range map[string]string{
		"r1": "site:paris edge", "r2": "site:paris edge", "core-1": "site:berlin role:core", "core-2": "site:paris role:core", "paris-gw": "site:rome", "lab": "tenant:lab site:lab",
	} {
		list = append(list, inventory.Device{Name: name, Groups: strings.Fields(groups)})
	}
	in, err := inventory.New(list)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"r1":               "r1: r1",
		"R1":               "r1: r1",
		"r1,r2":            "r1,r2: r1 r2",
		"r2, r1 ,r2":       "r2,r1,r2: r2 r1",
		"site:paris":       "site:paris: core-2 r1 r2",
		"SITE:Paris":       "site:paris: core-2 r1 r2",
		"paris":            "site:paris: core-2 r1 r2", // the group before the only device that begins so
		"paris-":           "paris-gw: paris-gw",
		"edge":             "group:edge: r1 r2",
		"group:edge":       "group:edge: r1 r2",
		"group:paris":      "site:paris: core-2 r1 r2",
		"role:core":        "role:core: core-1 core-2",
		"core":             "role:core: core-1 core-2",
		"tenant:lab":       "tenant:lab: lab",
		"lab":              "lab: lab", // a device goes before groups
		"core-*":           "core-*: core-1 core-2",
		"CORE-?":           "core-?: core-1 core-2",
		"[rc]*":            "[rc]*: core-1 core-2 r1 r2",
		"group:all":        "group:all: core-1 core-2 lab paris-gw r1 r2",
		"site:paris,r*":    "site:paris,r*: core-2 r1 r2",
		"":                 "",
		",":                "",
		"r1,":              "",
		"r1,nobody":        "",
		"all":              "",
		"x*":               "",
		"*":                "",
		"**":               "",
		"?":                "",
		"-*":               "",
		"r1,*":             "",
		"[":                "",
		"site:nowhere":     "",
		"tenant:paris":     "",
		"r1,r2,site:x,r3 ": "",
	} {
		s, err := in.Select(text)
		if want == "" {
			if fault.Of(err) != fault.NotFound {
				t.Errorf("%q: got %v %v", text, s, err)
			}
			continue
		}
		var names []string
		for _, d := range s.Devices {
			names = append(names, d.Name)
		}
		if got := fmt.Sprintf("%s: %s", s.Name, strings.Join(names, " ")); err != nil || got != want {
			t.Errorf("%q: got %s %v, want %s", text, got, err, want)
			continue
		}
		again, err := in.Select(s.Name)
		if err != nil || len(again.Devices) != len(s.Devices) {
			t.Errorf("%q: what it is called, %q, names %v %v", text, s.Name, again.Devices, err)
		}
	}
}

// A name that is ambiguous among groups isn't guessed.
func TestSelectDoesNotGuess(t *testing.T) {
	in, err := inventory.New([]inventory.Device{{Name: "r1", Groups: []string{"site:lyon"}}, {Name: "r2", Groups: []string{"tenant:lyon"}}})
	if err != nil {
		t.Fatal(err)
	}
	if s, err := in.Select("lyon"); err == nil {
		t.Errorf("got %v", s)
	}
}

func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"r1": "r1", "core sw 1": "core-sw-1", " - r1": "r1", "a,b|c": "a-b-c", "***": "", "Zürich 1": "Zürich-1", "": "",
		"Zu\u0308rich": "Zürich", "r\u20111": "r-1", "\u0308r": "r", "हिन्दी-1": "हिन्दी-1",
	} {
		if got := inventory.Plain(text); got != want || (got != "" && !inventory.ValidName(got)) {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

func BenchmarkFindAndSelect(b *testing.B) {
	for _, n := range []int{100, 10_000, 100_000} {
		var list []inventory.Device
		for i := range n {
			list = append(list, inventory.Device{Name: fmt.Sprintf("site-%05d-router", i), Groups: []string{fmt.Sprintf("site:%d", i/100)}})
		}
		in, err := inventory.New(list)
		if err != nil {
			b.Fatal(err)
		}
		for _, text := range []string{"site-00042-router", "site-00042", "site:0", "site-0004*"} {
			b.Run(fmt.Sprintf("%d/%s", n, text), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := in.Select(text); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
