package app_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"overwatch/internal/config"
	"overwatch/internal/sim/netboxsim"
)

// Devices of a file, of NetBox and of Ansible together; a device that NetBox gets appears by itself,
// and during an outage of NetBox its devices stay, with their age.
func TestSourcesOfDevices(t *testing.T) {
	netbox := &netboxsim.Sim{Token: "nbt_test.0123456789"}
	server := httptest.NewServer(netbox)
	t.Cleanup(server.Close)
	var dir string
	secret := filepath.Join(t.TempDir(), "token")
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(secret, netbox.Token)
	data := filepath.Join(t.TempDir(), "data")
	with := func(c *config.Config) {
		lab, err := os.ReadFile(c.Inventory)
		if err != nil {
			t.Fatal(err)
		}
		c.Inbox.DataDir, dir = data, filepath.Dir(c.Inventory)
		sources := "sources:\n  - netbox: " + server.URL + "\n    token: {file: " + secret + "}\n    filter: {status: active}\n" +
			"    port-field: restconf_port\n    refresh: 10s\n  - {ansible: hosts.yml}\n"
		write(c.Inventory, strings.Replace(string(lab), "sources:\n", sources, 1)) // the lab has one of its own
		write(filepath.Join(dir, "hosts.yml"), "all:\n  vars: {ansible_network_os: cisco.ios.ios}\n  children: {munich: {hosts: {ansible1: {ansible_host: 127.0.0.1, overwatch_port: 1}}}}\n")
		netbox.Set(netboxsim.Device{Name: "netbox1", Address: "127.0.0.1/8", Site: "rome", Platform: "cisco-ios-xe", Custom: map[string]any{"restconf_port": 1}})
	}
	w := newWorld(t, with)
	room := w.direct(w.alice)
	w.say(w.alice, room, "vrf site:rome")
	w.expect("netbox1 refuses connections")
	w.say(w.alice, room, "vrf munich")
	w.expect("ansible1 refuses connections")
	w.say(w.alice, room, "vrf r1")
	w.expect("**Show VRFs** on **r1** (3 rows")

	shows := func(logged, text string) {
		t.Helper()
		w.logged(logged)
		w.say(w.alice, room, "devices")
		w.expect("**Devices**", text)
	}
	netbox.Set(netboxsim.Device{Name: "netbox1", Address: "127.0.0.1/8"}, netboxsim.Device{Name: "netbox2", Address: "127.0.0.1/8"})
	shows("the inventory has changed: 14 devices", "**netbox2**")
	write(filepath.Join(dir, "hosts.yml"), "munich: {hosts: {'ansible[1:3]': {ansible_host: 127.0.0.1}}}\n")
	shows("reloaded: 16 devices", "**ansible3**: ios-xe · munich")
	if err := os.Mkdir(filepath.Join(dir, "group_vars"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(filepath.Join(dir, "group_vars", "munich.yml"), "overwatch_platform: openconfig\n") // beside the file that is named
	shows("reloaded: 16 devices", "**ansible3**: openconfig · munich")
	netbox.Set() // a filter or a right that is wrong, more often than a network that is gone
	shows("it returned no devices, but had 2. They stay until this is confirmed.", "**netbox2**")
	netbox.Fail(http.StatusServiceUnavailable)
	shows("the inventory has changed", "is out of date: its 2 devices are as of")
	if copies, err := filepath.Glob(filepath.Join(data, "inventory", "*.json")); len(copies) != 3 || err != nil {
		t.Errorf("kept for a restart: %v %v", copies, err)
	}
}
