package inventory_test

import (
	"fmt"
	"slices"
	"strings"
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
		{"münchen-1", "mücnhen-1", 1}, // letters are counted, not bytes
		{"münchen-1", "munchen-1", 1},
		{"köln", "koln", 1},
		{"köln", "kölln", 1},
		{"東京-rtr", "東亰-rtr", 1},
		{"東京", "京東", 1},
		{"äöüß", "aous", 0},
		{"ab", "äö", 0},
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

// Names are compared as people see them: whatever dash they typed, and however their system writes
// letters with accents.
func TestNamesAsPeopleSeeThem(t *testing.T) {
	in := devices(t, "core-rtr-01", "Zürich-1", "köln-gw", "東京-1", "r-1")
	for text, want := range map[string]string{
		"core\u2011rtr\u201101": "core-rtr-01", "core\u2013rtr\u201401": "core-rtr-01", "core\u2212rtr\u221201": "core-rtr-01", "CORE\uff0dRTR\u201001": "core-rtr-01",
		"zu\u0308rich-1": "Zürich-1", "ZU\u0308RICH\u20111": "Zürich-1", "ko\u0308": "köln-gw", "東京": "東京-1", "r\u22121": "r-1",
	} {
		if d, ok := in.Find(text); d.Name != want || !ok {
			t.Errorf("%q: got %q", text, d.Name)
		}
		if s, err := in.Select(text); err != nil || len(s.Devices) != 1 || s.Name != want {
			t.Errorf("%q selects %v, %v", text, s, err)
		}
	}
	for text, want := range map[string]string{
		"zrich-1": "Zürich-1", "zu\u0308rihc-1": "Zürich-1", "züirch-1": "Zürich-1", "kölngw": "köln-gw", "kön\u2011gw": "köln-gw", "京東-1": "東京-1",
		"core\u2011rtr\u20112": "core-rtr-01", "ürzich-1": "Zürich-1", "nonsense": "", "東": "東京-1",
	} {
		got := ""
		for _, d := range in.Similar(text, 1) {
			got = d.Name
		}
		if got != want {
			t.Errorf("similar to %q is %q, want %q", text, got, want)
		}
	}
	if s, err := in.Select("z\u00fcrich\u2013*"); err != nil || len(s.Devices) != 1 {
		t.Errorf("a pattern selects %v, %v", s, err)
	}
	if _, err := inventory.New([]inventory.Device{{Name: "r\u20111"}, {Name: "r-1"}}); err == nil {
		t.Error("two names that look the same are accepted beside each other")
	}
	if !inventory.Match("Zu\u0308rich\u2011*", "zürich-1") {
		t.Error("a rule doesn't match what looks the same")
	}
}

func TestValidHost(t *testing.T) {
	for host, want := range map[string]bool{
		"r1": true, "r1.example.com": true, "r1.example.com.": true, "core_rtr_01.example.com": true, "_x": true, "192.0.2.1": true, "2001:db8::1": true,
		"fe80::1%eth0": true, "fe80::1%3": true, "zürich.example.com": true, "z\u00fcrich-1.example.com.": true, "xn--zrich-kva.example.com": true, "1": true, "1a.2b": true,
		"": false, ".": false, "r 1": false, "https://r1": false, "r1:443": false, "r1/24": false, "[2001:db8::1]": false, "192.0.2.300": false, "r1..example": false,
		"-r1": false, "r1-": false, "user@r1": false, "{{ x }}": false, "r1%eth0": false, strings.Repeat("a", 64): false, strings.Repeat("a.", 126) + "a": true, strings.Repeat("a.", 127) + "a": false,
		strings.Repeat("ab.", 90): false, "r1\x00": false, "r1\n": false,
	} {
		if got := inventory.ValidHost(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}
