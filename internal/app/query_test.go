package app_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"overwatch/internal/config"
	"overwatch/internal/query"
	"overwatch/internal/sim/devicesim"
	"overwatch/templates"
)

// Every query can be asked of all devices of the lab at once: what a device doesn't know is an answer
// too, and only those that are down or locked have none.
func TestEveryQueryOfEveryDevice(t *testing.T) {
	w := newWorld(t)
	room := w.direct(w.alice)
	catalog, err := query.Load(templates.Files, nil)
	if err != nil {
		t.Fatal(err)
	}
	arguments := map[string]string{"port": "GigabitEthernet1", "route": "11.0.5.9", "bgp-received": "198.51.100.9", "bgp-advertised": "198.51.100.9"}
	for _, q := range catalog.All() {
		devices := []string{}
		for _, d := range w.lab.Devices() {
			for _, p := range q.Platforms() {
				if d.Platform == p {
					devices = append(devices, d.Name)
				}
			}
		}
		w.say(w.alice, room, strings.Join([]string{q.Words[0], strings.Join(devices, ","), arguments[q.Name]}, " "))
		answered := fmt.Sprintf("**%s** on **%s** (%d of %d devices answered", q.Title, strings.ReplaceAll(strings.Join(devices, ","), "_", `\_`), len(devices)-2, len(devices))
		w.expect(answered, "down1 refuses connections", "locked1 refused the login")
	}
}

const (
	arpStart = `{"Cisco-IOS-XE-arp-oper:arp-data": {"arp-vrf": [{"vrf": "Default", "arp-entry": [{"address": "192.0.2.1"}`
	arpEntry = `,{"address": "192.0.2.2", "hardware": "00:00:5e:00:53:02", "interface": "GigabitEthernet1"}`
)

// faulty is what a device does, and what is said of it.
type faulty struct {
	fault devicesim.Fault
	want  string
}

// Whatever one device sends, it is named, and the others answer.
func TestHostileDevices(t *testing.T) {
	besides(newWorld(t, func(c *config.Config) { c.Devices.AnswerSize = 2 }), map[string]faulty{
		"a flood":             {devicesim.Fault{Body: arpStart, Endless: strings.Repeat(arpEntry, 1000)}, "rows; r1 sent more than 2 MB; the rest is left out."},
		"a flood in one leaf": {devicesim.Fault{Body: `{"Cisco-IOS-XE-arp-oper:arp-data": "`, Endless: strings.Repeat("x", 10_000)}, "no answer; The response of r1 can't be read."},
		"half an answer":      {devicesim.Fault{Cut: true}, "no answer; r1 broke off in the middle of its response."},
		"half of its JSON":    {devicesim.Fault{Body: arpStart}, "no answer; The response of r1 can't be read."},
		"no JSON":             {devicesim.Fault{Body: "show ip arp\n^ Invalid input"}, "no answer; The response of r1 can't be read."},
		"other JSON":          {devicesim.Fault{Body: `["arp"]`}, "no answer; The response of r1 can't be read."},
		"a web page":          {devicesim.Fault{HTML: true}, "no answer; r1 sent text/html instead of data."},
		"a redirect":          {devicesim.Fault{Redirect: "https://203.0.113.1/restconf/data"}, "no answer; r1 answered with a redirect"},
	})
}

// However slow one device is, it is named, in bounded time, and the others answer.
func TestSlowDevices(t *testing.T) {
	bounds := func(c *config.Config) { // far above what the others need on a busy machine
		c.Devices.DeviceTimeout, c.Devices.AnswerTime = 5*time.Second, 6*time.Second
	}
	besides(newWorld(t, bounds), map[string]faulty{
		"never":              {devicesim.Fault{Never: true}, "no answer; r1 took too long to answer."},
		"a drip before rows": {devicesim.Fault{Body: "{", Endless: " ", Every: 10 * time.Millisecond}, "no answer; r1 took too long to answer."},
		"a drip of rows":     {devicesim.Fault{Body: arpStart, Endless: arpEntry, Every: 10 * time.Millisecond}, "rows; r1 took too long to answer."},
	})
}

// besides checks that two devices answer beside one that is faulty, which answers the next time.
func besides(w *world, cases map[string]faulty) {
	room := w.direct(w.alice)
	for name, c := range cases {
		w.Run(name, func(*testing.T) {
			w.lab.Fail("r1", c.fault)
			w.say(w.alice, room, "arp r1,r2,r3")
			card := w.expect(c.want, "**r2**: answered; ", "**r3**: answered; ")
			w.press(w.alice, card, "Refresh", nil)
			w.expect("3 devices answered")
		})
	}
}

// A question to several devices says how far it has come and can be stopped with a button.
func TestSeveralDevicesAndCancel(t *testing.T) {
	w := newWorld(t)
	room := w.direct(w.alice)
	w.say(w.alice, room, "arp site:paris csv")
	file := w.expect("All rows of **ARP table** on **site:paris**.")
	csv := w.call(w.alice, http.MethodGet, strings.TrimPrefix(file["files"].([]any)[0].(string), w.cloud.URL+"/v1/"), nil)["text"].(string)
	for _, want := range []string{"Device,Address,MAC,", "\nr1,", "\nr2,", "down1 refuses connections."} {
		if !strings.Contains(csv, want) {
			t.Errorf("the file lacks %q:\n%.500s", want, csv)
		}
	}

	w.lab.Fail("r1", devicesim.Fault{Never: true})
	w.say(w.alice, room, "arp r1,r2,r3")
	w.expect("Querying 3 devices…") // a line that can be edited, and then
	button := w.expect("Querying 3 devices…")
	w.press(w.alice, button, "Cancel", nil)
	w.expect("Cancelled", "2 of 3 devices answered", "**r1**: no answer")
	w.silent(room)
}

// What the files say is known without a restart; files with mistakes change nothing.
func TestReload(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "hostname.yaml")
	write := func(title string) {
		t.Helper()
		text := fmt.Sprintf("title: %s\nwords: [host name]\nplatforms:\n  ios-xe:\n    requests:\n"+
			"      - get: Cisco-IOS-XE-native:native/hostname\n    facts:\n      - {title: Name, from: hostname}\n", title)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var inventory string
	w := newWorld(t, func(c *config.Config) { c.Templates, inventory = dir, c.Inventory })
	room := w.direct(w.alice)
	w.say(w.alice, room, "host name r1")
	w.expect("I don't know what")

	write("One name") // a file that appears is seen
	w.logged("reloaded: 11 devices")
	w.say(w.alice, room, "host name r1")
	w.expect("**One name** on **r1**")

	write("{") // one with a mistake changes nothing
	w.logged("not reloaded, the running configuration stays: hostname.yaml:3: not valid YAML")
	w.say(w.alice, room, "host name r1")
	w.expect("**One name** on **r1**")

	// The inventory, and a reload that is asked for, as SIGHUP does.
	write("Another name")
	devices, err := os.ReadFile(inventory)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(inventory, []byte(strings.Replace(string(devices), "name: r2,", "name: r22,", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	w.app.Reload(t.Context())
	w.say(w.alice, room, "host name r22")
	w.expect("**Another name** on **r22**")
}

func TestEveryKindOfDevice(t *testing.T) {
	w := newWorld(t)
	room := w.direct(w.alice)
	for text, want := range map[string]string{
		"vrf r3":          "No VRFs are configured.",
		"vrf r4":          "LEGACY",
		"interfaces sw2":  "25 of 48 rows",
		"vrf core1":       "25 of 60 rows",
		"version slow1":   "17.12.1",
		"vrf locked1":     "locked1 refused the login of user netops.",
		"vrf down1":       "down1 refuses connections",
		"bgp r3":          "No BGP neighbors.",
		"arp r4":          "00:00:5e:04:00:01",
		"vfr r1":          "Did you mean `vrf r1`",
		"vrf r11":         "Did you mean `vrf r1`",
		"port Gi9 r1":     "Can't tell: r1 returned no data for this query. It has no",
		"vrf nonsense99":  "No device or group is called \"nonsense99\".",
		"help":            "`vrf DEVICE`",
		"devices":         "**core1**",
		"vrf":             "such as `vrf core1`",
		"r1":              "such as `vrf r1`",
		"vrf r1 and more": "I can't place \"more\" in Show VRFs.",
	} {
		w.say(w.alice, room, text)
		w.expect(want)
	}
}

func TestFaultsOfDevicesAreNamed(t *testing.T) {
	w := newWorld(t)
	room := w.direct(w.alice)
	for name, c := range map[string]struct {
		fault devicesim.Fault
		want  string
	}{
		"busy":       {devicesim.Fault{Status: 503, Times: 2}, "r1 is busy (status 503)."},
		"forbidden":  {devicesim.Fault{Status: 403}, "r1 doesn't let user netops read this."},
		"a web page": {devicesim.Fault{HTML: true}, "r1 sent text/html instead of data."},
		"elsewhere":  {devicesim.Fault{Redirect: "https://example.com/"}, "r1 answered with a redirect"},
		"cut off":    {devicesim.Fault{Cut: true}, "r1 broke off in the middle of its response."},
	} {
		t.Run(name, func(t *testing.T) {
			w.lab.Fail("r1", c.fault)
			w.say(w.alice, room, "bgp r1")
			card := w.expect(c.want)
			w.press(w.alice, card, "Retry", nil)
			w.expect("**BGP neighbors** on **r1** (3 rows")
		})
	}
}

// A device that is busy for a moment gets the request once more, which nobody sees.
func TestBusyForAMoment(t *testing.T) {
	w := newWorld(t)
	room := w.direct(w.alice)
	w.lab.Fail("r1", devicesim.Fault{Status: 503})
	w.say(w.alice, room, "bgp r1")
	w.expect("**BGP neighbors** on **r1** (3 rows")
}

// The proof that adding a query is adding a file: it is dropped into a directory, and its button is
// there.
func TestAQueryIsAFile(t *testing.T) {
	dir := t.TempDir()
	text := "title: Show host name\nwords: [host name]\norder: 1\nplatforms:\n  ios-xe:\n    requests:\n" +
		"      - get: Cisco-IOS-XE-native:native/hostname\n    facts:\n      - {title: Name, from: hostname}\n"
	if err := os.WriteFile(filepath.Join(dir, "hostname.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(c *config.Config) { c.Templates = dir })
	room := w.direct(w.alice)
	w.say(w.alice, room, "hello")
	form := w.expect("Type a query and a device")
	w.press(w.alice, form, "Show host name", map[string]any{"device": "r2"})
	w.expect("**Show host name** on **r2** (1 row", "Name: r2")
	w.say(w.alice, room, "show host name of r1")
	w.expect("Name: r1")
	w.say(w.alice, room, "help")
	w.expect("`host name DEVICE`")
}
