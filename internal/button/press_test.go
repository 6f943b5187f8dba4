package button_test

import (
	"strings"
	"testing"

	"overwatch/internal/button"

	"github.com/google/go-cmp/cmp"
)

func TestPressSurvivesACard(t *testing.T) {
	p := button.Press{Do: button.File, Query: "vrf", Device: "r1", Format: "csv", Thread: "T", Inputs: map[string]any{"vrf": "MGMT"}}
	submitted := map[string]any{}
	for k, v := range p.Data() {
		submitted[k] = v
	}
	got, err := button.Read(submitted)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, got); diff != "" {
		t.Error(diff)
	}
}

func TestEnteredGoesBeforeWhatTheButtonCarries(t *testing.T) {
	p := button.Press{Do: button.Run, Query: "vrf", Device: "r1", Inputs: map[string]any{"vrf": "MGMT"}}
	submitted := map[string]any{button.DeviceInput: "r2", "vrf": "CORP"}
	for k, v := range p.Data() {
		submitted[k] = v
	}
	got, err := button.Read(submitted)
	if err != nil {
		t.Fatal(err)
	}
	if got.Device != "r2" || got.Inputs["vrf"] != "CORP" {
		t.Errorf("got %+v", got)
	}
}

func TestForgedPressesAreRefused(t *testing.T) {
	for name, change := range map[string]map[string]any{
		"nothing known":        {"_ow": nil},
		"another version":      {"_ow": "2"},
		"version as a number":  {"_ow": 1.0},
		"does something else":  {"_do": "reload"},
		"does nothing":         {"_do": ""},
		"query as a list":      {"_query": []any{"vrf"}},
		"device as an object":  {"device": map[string]any{"a": "b"}},
		"device as a number":   {"device": 1.0},
		"a format of its own":  {"_format": "exe"},
		"a name without end":   {"_query": strings.Repeat("x", 65)},
		"a thread without end": {"_thread": strings.Repeat("x", 257)},
	} {
		t.Run(name, func(t *testing.T) {
			submitted := map[string]any{"_ow": "1", "_do": "run", "_query": "vrf", "device": "r1"}
			for k, v := range change {
				submitted[k] = v
			}
			if p, err := button.Read(submitted); err == nil {
				t.Errorf("accepted as %+v", p)
			}
		})
	}
}

func FuzzReadPress(f *testing.F) {
	f.Add("_do", "run", "device", "r1")
	f.Add("_query", "vrf", "_in_vrf", "x")
	f.Fuzz(func(t *testing.T, k1, v1, k2, v2 string) {
		p, err := button.Read(map[string]any{"_ow": "1", "_do": "run", k1: v1, k2: v2})
		if err != nil {
			return
		}
		if len(p.Query) > 4*64 || len(p.Device) > 4*1024 {
			t.Errorf("unbounded: %+v", p)
		}
		again := map[string]any{}
		for k, v := range p.Data() {
			again[k] = v
		}
		if _, err := button.Read(again); err != nil {
			t.Errorf("a press that was read can't be sent again: %v", err)
		}
	})
}
