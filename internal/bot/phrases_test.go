package bot_test

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/cards"
	"overwatch/internal/access"
	"overwatch/internal/archive"
	"overwatch/internal/bot"
	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
	"overwatch/internal/render"
	"overwatch/templates"
)

// siteBot returns a bot with the project's own queries, called Overwatch, and devices whose names begin like
// words of the language (down1, status1).
func siteBot(t *testing.T, f *fetcher, change ...func(*bot.Options)) *bot.Bot {
	t.Helper()
	catalog, err := query.Load(templates.Files, nil)
	if err != nil {
		t.Fatal(err)
	}
	set, err := cards.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	now := func() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }
	o := bot.Options{
		Name: "Overwatch NOC", Catalog: catalog, Archive: archive.NewMemory(), Activity: bot.NewActivity(),
		Access: access.Everything(), Render: render.New(set), Runner: query.NewRunner(f, now), Log: log, Now: now,
		Inventory: inventoryOf(t,
			device("core1", "site:paris", "role:core"), device("core2", "site:oslo", "role:core"), device("sw1", "site:paris"),
			device("edge-rtr-01", "site:oslo"), device("down1"), device("status1"), device("port7"), device("münchen-1")),
	}
	for _, c := range change {
		c(&o)
	}
	b, err := bot.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func device(name string, groups ...string) inventory.Device {
	return inventory.Device{Name: name, Platform: "ios-xe", Groups: groups}
}

func inventoryOf(t *testing.T, devices ...inventory.Device) *inventory.Inventory {
	t.Helper()
	inv, err := inventory.New(devices)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// ran returns the run that a reply records, as in "route core1 address=192.0.2.1 vrf=default | up csv", or
// what the reply says.
func ran(r chat.Reply) string {
	if r.Run == nil || r.Run.Query == "" {
		if r.Err != nil {
			message, _ := fault.Text(r.Err)
			return "says " + message
		}
		first, _, _ := strings.Cut(r.Text, "\n")
		return "says " + first
	}
	parts := []string{r.Run.Query, r.Run.Target}
	for _, id := range slices.Sorted(maps.Keys(r.Run.Inputs)) {
		parts = append(parts, id+"="+r.Run.Inputs[id])
	}
	if r.Run.Filter != "" {
		parts = append(parts, "| "+r.Run.Filter)
	}
	if r.Run.Format != "" {
		parts = append(parts, r.Run.Format)
	}
	if r.Run.Compare {
		parts = slices.Insert(parts, 0, "diff")
	}
	return strings.Join(parts, " ")
}

// TestPhrases has texts with the run that each one means, from the text to the record of the run. The corpus
// of internal/phrase has many more.
func TestPhrases(t *testing.T) {
	b := siteBot(t, &fetcher{})
	for _, c := range [][2]string{
		{"show ip interface brief core1", "interfaces core1"},
		{"sh int Te1/1/1 core1", "port core1 name=TenGigabitEthernet1/1/1"},
		{"show ip route vrf CORP 192.0.2.9 core1", "route core1 address=192.0.2.9 vrf=CORP"},
		{"show mac address-table vlan 20 sw1", "mac sw1 | vlan = 20"},
		{"show ip int brief core1 | ex unass", "interfaces core1 | address != none"},
		{"interfaces core1 | \u201cup\u201d", "interfaces core1 | \"up\""},
		{"interfaces core1 | up | json", "interfaces core1 | up json"},
		{"is bgp up on core1", "bgp core1"},
		{"which interfaces are down on core1", "interfaces core1 | state = down"},
		{"down interfaces down1", "interfaces down1 | state = down"},
		{"vrfs of core1 and core2", "vrf core1,core2"},

		// What can't be run has a sentence of its own.
		{"show running-config core1", "says Configurations aren't shown, since they hold secrets. Use the query for the part you need."},
		{"ping 192.0.2.1 from core1", "says The bot only reads data: it can't send packets from a device."},
		{"how is core1", "says Which query? Pick one for core1 below."},
		{"show udld core1", `says There is no query for "show udld". Type help for the list of queries.`},
		{"route 10.1.2.3 core1 vrf", `says I can't place "vrf" in One route.`}, // not the VRF of that name, nor the default
		{"route 10.1.2.3 vrf core1", `says I can't place "vrf" in One route.`},
		{"show ip route vrf core1", `says I can't place "vrf" in Routing table.`},
		{"rib core1 VRF csv", `says I can't place "VRF" in Routing table.`},
		{"show ip bgp neighbors 192.0.2.1 flap-statistics core1", `says I can't place "flap-statistics" in BGP neighbor details.`},
		{"sh s core1", `says "s" may be spanning-tree, standby, startup-config or switch.`},
		{"interfaces core1 | colour = red", "says Show interfaces has no fact \"colour\"."},
	} {
		t.Run(c[0], func(t *testing.T) {
			if got := ran(say(t, b, c[0])); got != c[1] {
				t.Errorf("got  %s\nwant %s", got, c[1])
			}
		})
	}
}

// TestWritings has one text in many forms: bullets, blanks, invisible characters, quotes, punctuation, dashes
// and letters that look alike.
func TestWritings(t *testing.T) {
	b := siteBot(t, &fetcher{})
	for _, text := range []string{
		"* vrf core1", "vrf core1 *", "* * vrf core1", "- vrf core1", "\u2022 vrf core1", "\u2013 vrf core1", "1. vrf core1", "12) vrf core1", "> vrf core1", ">> vrf core1",
		"# vrf core1", "** vrf core1 **", "**vrf** core1", "`vrf core1`", "~vrf~ core1", "\u25b8 vrf core1", "+ vrf core1", "a) vrf core1",
		"vrf\u2003core1", "vrf\u2009core1", "vrf\u202fcore1", "vrf\u3000core1", "vrf\u2028core1", "vrf\vcore1", "vrf\u00a0core1", "vrf\u0085core1", "vrf\u1680core1", "vrf\u2060 core1",
		"vrf \u200bcore1", "vrf co\u200bre1", "\u200evrf core1", "vrf core1\u200f", "\u2068vrf core1\u2069", "\ufeffvrf core1", "v\u00adrf core1", "vrf c\u200dore1", "vrf core1\ufe0f",
		"\u202avrf core1\u202c", "vrf \u061ccore1", "vrf core1\u180e",
		"\u2018vrf core1\u2019", "\u00abvrf core1\u00bb", "\u2039vrf core1\u203a", "\u201avrf core1\u2018", "\u201evrf core1\u201c", "\"vrf\" 'core1'", "\u300cvrf core1\u300d", "\u300evrf core1\u300f",
		"vrf core1\u2026", "vrf core1\u3002", "vrf core1\uff01", "vrf core1\uff1f", "vrf\u3001core1", "vrf\uff0ccore1", "vrf core1\uff1b", "vrf core1;", "vrf core1...",
		"(vrf core1)", "[vrf core1]", "{vrf core1}", "<vrf core1>", "vrf (core1)", "vrf [core1]", "\u3010vrf core1\u3011", "vrf core1 ?", "\u00bfvrf core1?", "vrf core1 \U0001f44d", "vrf core1\U0001f44d\U0001f3fd",
		"vrf core1 :)", "vrf core1 :-)", "\U0001f600 vrf core1", "vrf core1 \u2764\ufe0f", "vrf => core1", "vrf: core1", "vrf - core1", "vrf -> core1", "vrf \u2014 core1", "vrf @ core1", "vrf & core1",
		"\uff56\uff52\uff46 \uff43\uff4f\uff52\uff45\uff11", "VRF CORE1", "vrf, core1", "core1: vrf", "core1; vrf", "vrf\ncore1", "vrf\tcore1\r\n", "vrf core1.", "$ vrf core1", "% vrf core1", "core1# vrf", "core1#vrf", "core1>show vrf",
	} {
		if got := ran(say(t, b, text)); got != "vrf core1" {
			t.Errorf("%q (%+q): %s", text, text, got)
		}
	}
	understands(t, b, map[string]string{
		"interfaces core1 \uff5c down":   "interfaces core1 | down",
		"interfaces core1 \u00a6 down":   "interfaces core1 | down",
		"vrf edge\u2011rtr\u201101":      "vrf edge-rtr-01",
		"vrf edge\u2013rtr\u201301":      "vrf edge-rtr-01",
		"vrf edge\u2014rtr\u201401":      "vrf edge-rtr-01",
		"vrf edge\u2212rtr\u221201":      "vrf edge-rtr-01",
		"vrf edge\u2010rtr\uff0d01":      "vrf edge-rtr-01",
		"vrf edge\ufe63rtr\ufe5801":      "vrf edge-rtr-01",
		"vrf mu\u0308nchen\u20111":       "vrf münchen-1",
		"vrf MU\u0308NCHEN-1":            "vrf münchen-1",
		"vrf \u201cm\u00fcnchen-1\u201d": "vrf münchen-1",
	})
}

// understands checks what is run for texts.
func understands(t *testing.T, b *bot.Bot, runs map[string]string) {
	t.Helper()
	for text, want := range runs {
		if got := ran(say(t, b, text)); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// TestStarSelectsNothing checks that no device is queried for a pattern without a letter or a digit.
func TestStarSelectsNothing(t *testing.T) {
	for _, text := range []string{"vrf *", "vrf **", "* vrf", "vrf * *", "vrf ?", "vrf ??", "vrf *-*", "vrf [*]", "vrf *,*", "vrf ?*", "vrf _*", "vrf *.*", "vrf core1,*"} {
		f := &fetcher{}
		r := say(t, siteBot(t, f), text)
		if r.Run != nil && len(r.Run.Devices) > 1 {
			t.Errorf("%q queries %v", text, r.Run.Devices)
		}
		if text == "vrf core1,*" && ran(r) != "vrf core1" {
			t.Errorf("%q: %s", text, ran(r))
		}
	}
	if got := ran(say(t, siteBot(t, &fetcher{}), "vrf core*")); got != "vrf core*" {
		t.Errorf("a pattern with letters: %s", got)
	}
}

// TestMistypedNames checks that names beyond ASCII have suggestions, too.
func TestMistypedNames(t *testing.T) {
	b := siteBot(t, &fetcher{})
	for text, want := range map[string]string{
		"vrf m\u00fcnhcen-1":         "vrf münchen-1",
		"vrf muenchen-1":             "vrf münchen-1",
		"vrf munchen\u20111":         "vrf münchen-1",
		"vrf edge\u2011rtr\u201110":  "vrf edge-rtr-01",
		"vrf egde\u2013rtr\u201301":  "vrf edge-rtr-01",
		"vrf m\u00f6\u00f6nchen-1":   "vrf münchen-1",
		"vrf mu\u0308nche\u0301n-11": "vrf münchen-1",
	} {
		if got := outcome(say(t, b, text)); got != "mean "+want {
			t.Errorf("%q: %s", text, got)
		}
	}
}

// TestAddressed checks texts that begin with the name of the bot, as in a direct space.
func TestAddressed(t *testing.T) {
	b := siteBot(t, &fetcher{})
	for _, text := range []string{
		"Overwatch vrf core1", "overwatch, vrf core1", "hey overwatch, vrf core1", "Overwatch: vrf core1", "@overwatch vrf core1", "OVERWATCH NOC vrf core1",
		"hello Overwatch NOC! vrf core1", "bot, vrf core1", "hi bot vrf core1", "Overwatch - vrf core1", "* overwatch vrf core1", "good morning overwatch, vrf core1",
	} {
		if got := ran(say(t, b, text)); got != "vrf core1" {
			t.Errorf("%q: %s", text, got)
		}
	}
	for _, text := range []string{"overwatch help", "hey overwatch, help me", "Overwatch NOC: help", "bot help please"} {
		if got := say(t, b, text).Text; !strings.HasPrefix(got, "**Queries**") {
			t.Errorf("%q: %s", text, got)
		}
	}
}

// TestOwnWords checks the bot's own words with noise around them.
func TestOwnWords(t *testing.T) {
	b := siteBot(t, &fetcher{})
	for want, texts := range map[string][]string{
		"**Queries**": {
			"help me", "please help", "help please!", "??", "???", "? ?", "\uff1f\uff1f", "can you help me", "show queries", "list all queries", "what queries are there?", "HELP", "I need help", "help!", "'help'", "* help", "/help",
			"commands", "show commands",
		},
		"**Devices**":        {"show devices", "list devices", "list all devices", "which devices are there?", "what devices do you have", "show me the devices", "devices please", "device list", "/devices"},
		"**Recent queries**": {"show history", "history please", "my history", "show me my history"},
		"Nothing to cancel.": {
			"cancel please", "please cancel", "stop it", "stop!", "please stop", "cancel this", "CANCEL", "cancel that query", "abort",
		},
	} {
		for _, text := range texts {
			if got := say(t, b, text).Text; !strings.HasPrefix(got, want) {
				t.Errorf("%q: %.80s", text, got)
			}
		}
	}
}

// TestPressedTwice checks that one press that a client sends twice has one reply, and two presses two.
func TestPressedTwice(t *testing.T) {
	b := siteBot(t, &fetcher{})
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	press := func(id, person, card, device string, at time.Time) int {
		return len(b.Handle(t.Context(), chat.Submission{
			ID: id, Card: card, Person: chat.Person{ID: person}, At: at, Inputs: map[string]any{"_ow": "1", "_do": "run", "_query": "vrf", "device": device},
		}, func(chat.Reply) {}))
	}
	for i, c := range []struct {
		id, person, card, device string
		after                    time.Duration
		replies                  int
	}{
		{"S1", "ada", "C1", "core1", 0, 1},
		{"S2", "ada", "C1", "core1", 400 * time.Millisecond, 0},
		{"S1", "ada", "C1", "core1", 0, 1}, // the same event, tried again
		{"S3", "ada", "C1", "core2", 500 * time.Millisecond, 1},
		{"S4", "bob", "C1", "core1", 500 * time.Millisecond, 1},
		{"S5", "ada", "C2", "core1", 500 * time.Millisecond, 1},
		{"S6", "ada", "C1", "core1", 3 * time.Second, 1},
	} {
		if got := press(c.id, c.person, c.card, c.device, at.Add(c.after)); got != c.replies {
			t.Errorf("press %d (%s): %d replies, want %d", i+1, c.id, got, c.replies)
		}
	}
}

// TestGroupTooLarge checks what a form says when a group has more devices than a drop-down shows.
func TestGroupTooLarge(t *testing.T) {
	var names []string
	for i := range 450 {
		if i < 250 {
			names = append(names, fmt.Sprintf("core-paris-%03d", i))
		} else {
			names = append(names, fmt.Sprintf("r%03d", i))
		}
	}
	b := newBot(t, &fetcher{}, names...)
	for _, do := range []string{"run", "file"} {
		r := b.Handle(t.Context(), chat.Submission{Card: "C", Inputs: map[string]any{"_ow": "1", "_do": do, "_query": "vrf", "_format": "csv", "group": "edge"}}, func(chat.Reply) {})[0]
		if got := ran(r); !strings.HasPrefix(got, "says edge has 250 devices, and a list shows at most ") || !strings.Contains(got, "vrf group:edge") {
			t.Errorf("%s: %s", do, got)
		}
	}
}

// TestSpelling checks that inputs are sent to a device in its own spelling.
func TestSpelling(t *testing.T) {
	vrfs := `{"Cisco-IOS-XE-native:vrf":{"definition":[{"name":"MGMT"},{"name":"Corp"},{"name":"corp"},{"name":"lab"}]}}`
	names := `{"openconfig-interfaces:interfaces":{"interface":[{"name":"eth0"},{"name":"Ethernet1"},{"name":"ethernet-1/1"}]}}`
	f := &fetcher{answer: vrfs, of: map[string]string{"arista1": names}}
	b := siteBot(t, f, func(o *bot.Options) {
		other := inventory.Device{Name: "arista1", Platform: "openconfig"}
		o.Inventory = inventoryOf(t, device("core1"), device("sw1"), device("down"), other)
	})
	understands(t, b, map[string]string{
		"port gi1/0/1 sw1":                  "port sw1 name=GigabitEthernet1/0/1",
		"port Gi1 core1":                    "port core1 name=GigabitEthernet1",
		"port core1 gigabitethernet1":       "port core1 name=GigabitEthernet1",
		"port GigabitEthernet 1 core1":      "port core1 name=GigabitEthernet1",
		"port sw1 vlan3":                    "port sw1 name=Vlan3",
		"port vlan 3 sw1":                   "port sw1 name=Vlan3",
		"sw1 port te 1/1/1":                 "port sw1 name=TenGigabitEthernet1/1/1",
		"port po12 sw1":                     "port sw1 name=Port-channel12",
		"port LOOPBACK0 core1":              "port core1 name=Loopback0",
		"port Gi0/0/0.100 core1":            "port core1 name=GigabitEthernet0/0/0.100",
		"port hundredgige 1/0/49 sw1":       "port sw1 name=HundredGigE1/0/49",
		"port something core1":              "port core1 name=something",
		"port eth0 arista1":                 "port arista1 name=eth0",
		"port et1 arista1":                  "port arista1 name=Ethernet1",
		"port ETHERNET-1/1 arista1":         "port arista1 name=ethernet-1/1",
		"route 10.1.2.3 core1 vrf mgmt":     "route core1 address=10.1.2.3 vrf=MGMT",
		"route 10.1.2.3 vrf Mgmt core1":     "route core1 address=10.1.2.3 vrf=MGMT",
		"route 10.1.2.3 core1 vrf MGMT":     "route core1 address=10.1.2.3 vrf=MGMT",
		"route 10.1.2.3 core1 vrf LAB":      "route core1 address=10.1.2.3 vrf=lab",
		"route 10.1.2.3 core1 vrf corp":     "route core1 address=10.1.2.3 vrf=corp",
		"route 10.1.2.3 core1 vrf CORP":     "route core1 address=10.1.2.3 vrf=CORP", // two are as near
		"route 10.1.2.3 core1 vrf other":    "route core1 address=10.1.2.3 vrf=other",
		"route 10.1.2.3 down vrf mgmt":      "route down address=10.1.2.3 vrf=mgmt",
		"rib core1 mgmt":                    "routes core1 vrf=MGMT",
		"rib core1 vrf mgmt csv":            "routes core1 vrf=MGMT csv",
		"diff rib core1 vrf mgmt":           "diff routes core1 vrf=MGMT",
		"route 10.1.2.3 core1":              "route core1 address=10.1.2.3 vrf=default",
		"route 10.1.2.3 core1,sw1 vrf MGMT": "route core1,sw1 address=10.1.2.3 vrf=MGMT",
	})
}

// TestExampleExists checks that the form of a device that doesn't exist has an example with one that does.
func TestExampleExists(t *testing.T) {
	b := siteBot(t, &fetcher{})
	for _, device := range []string{"zzz99", "zz*", "*", "role:nobody", "zzz99,core1", "core1,zzz99"} {
		r := b.Handle(t.Context(), chat.Submission{Card: "C", Inputs: map[string]any{"_ow": "1", "_do": "run", "_query": "vrf", "device": device}}, func(chat.Reply) {})[0]
		if !strings.Contains(r.Text, "such as `vrf core1`") {
			t.Errorf("%s: %s", device, r.Text)
		}
	}
	if r := say(t, b, "vrf zzz99"); !strings.Contains(r.Text, "such as `vrf core1`") {
		t.Errorf("typed: %s", r.Text)
	}
}

// TestNoDevices checks what the bot says when there is no device: in the inventory, or for this person.
func TestNoDevices(t *testing.T) {
	none := siteBot(t, &fetcher{}, func(o *bot.Options) { o.Inventory = inventoryOf(t) })
	hidden := siteBot(t, &fetcher{}, func(o *bot.Options) {
		o.Access, o.Directory = rules(t, "rules: [{permit: some, people: '*', devices: [nothing-*]}]"), directory{}
	})
	for _, text := range []string{"hello", "vrf core1", "vrf", "core1", "", "vrf site:paris", "where is 192.0.2.1", "port7"} {
		if got := say(t, none, text).Text; !strings.Contains(got, "There are no devices in the inventory.") {
			t.Errorf("%q without devices: %s", text, got)
		}
		if got := say(t, hidden, text).Text; !strings.Contains(got, "There is no device that you may query here.") {
			t.Errorf("%q without permitted devices: %s", text, got)
		}
	}
	for _, text := range []string{"help", "devices", "history"} {
		for _, b := range []*bot.Bot{none, hidden} {
			if r := say(t, b, text); r.Text == "" || strings.Contains(r.Text, "core1") {
				t.Errorf("%q: %s", text, r.Text)
			}
		}
	}
}
