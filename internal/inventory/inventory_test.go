package inventory_test

import (
	"fmt"
	"slices"
	"testing"

	"overwatch/internal/inventory"
)

func devices(t testing.TB, names ...string) *inventory.Inventory {
	t.Helper()
	var list []inventory.Device
	for i, n := range names {
		list = append(list, inventory.Device{Name: n, Groups: []string{[]string{"a", "b"}[i%2]}})
	}
	in, err := inventory.New(list)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestFind(t *testing.T) {
	in := devices(t, "r1", "R10", "core-paris-1", "core-paris-2", "Edge")
	for text, want := range map[string]string{
		"r1":           "r1", // exactly, although another begins so
		"R1":           "r1",
		"r10":          "R10",
		"e":            "Edge",
		"core-paris-2": "core-paris-2",
		"core":         "", // two begin so
		"x":            "",
		"":             "",
	} {
		d, ok := in.Find(text)
		if d.Name != want || ok != (want != "") {
			t.Errorf("%q: got %q, %v; want %q", text, d.Name, ok, want)
		}
	}
}

func TestSimilar(t *testing.T) {
	in := devices(t, "core-paris-1", "core-paris-2", "paris-core", "r1", "r2")
	for text, want := range map[string][]string{
		"core":         {"core-paris-1", "core-paris-2", "paris-core"}, // beginnings first, then the middle
		"core-pairs-1": {"core-paris-1", "core-paris-2"},
		"r11":          {"r1"},
		"nonsense":     nil,
		"":             nil,
	} {
		var got []string
		for _, d := range in.Similar(text, 3) {
			got = append(got, d.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"vrf", "vfr", 1}, // two letters the wrong way round
		{"vrf", "vrf", 0},
		{"vrf", "vr", 1},
		{"vrf", "bgp", 0},
		{"interfaces", "intrefaces", 1},
		{"interfaces", "nterfacse", 3},
		{"version", "verzionen", 3},
		{"ab", "abcdef", 0},
		{"", "", 0},
	} {
		if got := inventory.Distance(c.a, c.b); got != c.want {
			t.Errorf("%s, %s: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestGroups(t *testing.T) {
	in := devices(t, "r1", "r2", "r3")
	if got := in.Groups(); !slices.Equal(got, []inventory.Group{{Name: "a", Count: 2}, {Name: "b", Count: 1}}) {
		t.Errorf("got %v", got)
	}
	var names []string
	for d := range in.InGroup("a") {
		names = append(names, d.Name)
	}
	if !slices.Equal(names, []string{"r1", "r3"}) {
		t.Errorf("got %v", names)
	}
}

func TestNamesDifferInMoreThanCase(t *testing.T) {
	if _, err := inventory.New([]inventory.Device{{Name: "r1"}, {Name: "R1"}}); err == nil {
		t.Error("r1 and R1 are accepted beside each other")
	}
}

func BenchmarkSimilar(b *testing.B) {
	var names []string
	for i := range 10_000 {
		names = append(names, fmt.Sprintf("site-%04d-router", i))
	}
	in := devices(b, names...)
	b.ReportAllocs()
	for b.Loop() {
		in.Similar("site-1234-ruoter", 4)
	}
}
