package app_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"overwatch/internal/config"
	"overwatch/internal/sim/devicesim"
)

// Secrets in what a device says don't leave: not in cards or text, not in files, not in logs, not by
// filtering for them, and not when answers are compared.
func TestSecretsOfDevicesStay(t *testing.T) {
	patterns := filepath.Join(t.TempDir(), "patterns")
	if err := os.WriteFile(patterns, []byte("# customers\nCUST-\\d+\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	template := "title: Users\nwords: [users]\nplatforms:\n  ios-xe:\n    requests:\n      - {get: Cisco-IOS-XE-native:native/username}\n    facts:\n" +
		"      - {title: Name, from: name, heading: true}\n      - {title: Password, from: password/password}\n      - {title: All, jq: 'tojson'}\n      - {title: Note, from: description}\n"
	if err := os.WriteFile(filepath.Join(dir, "users.yaml"), []byte(template), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(c *config.Config) { c.Templates, c.Masking.RedactPatterns = dir, patterns })
	room := w.direct(w.alice)
	const body = `{"Cisco-IOS-XE-native:username": [
		{"name": "joe", "password": {"encryption": "7", "password": "hunter22"}, "description": "for CUST-4711, snmp-server community hunter22 RO"},
		{"name": "ann", "secret": {"secret": "$9$hunter22hunter22"}, "description": "enable secret 9 $9$hunter22"}]}`
	clean := func(where, text string) {
		t.Helper()
		if strings.Contains(text, "hunter22") || strings.Contains(text, "4711") {
			t.Errorf("%s: %s", where, text)
		}
	}
	for _, text := range []string{"users r1", "users r1 | hunter22", "diff users r1"} {
		w.lab.Fail("r1", devicesim.Fault{Body: body})
		w.say(w.alice, room, text)
		m := w.expect("Users")
		markdown := m["markdown"].(string)
		if text == "users r1 | hunter22" { // which shows what was written, and must find nothing
			if !strings.Contains(markdown, "(0 rows") {
				t.Errorf("a filter finds what is masked: %s", markdown)
			}
			continue
		}
		clean(text, markdown)
		for _, a := range m["attachments"].([]any) {
			clean(text, string(mustJSON(t, a)))
		}
		if text == "users r1" && (!strings.Contains(markdown, "Password: •••") || !strings.Contains(markdown, "for ••• snmp-server community ••• RO") && !strings.Contains(markdown, "for •••, snmp-server community ••• RO")) {
			t.Errorf("too much or too little is masked: %s", markdown)
		}
	}
	w.lab.Fail("r1", devicesim.Fault{Body: body})
	w.say(w.alice, room, "users r1 csv")
	file := w.expect("All rows")
	url := file["files"].([]any)[0].(string)
	clean("the file", w.call(w.alice, http.MethodGet, strings.TrimPrefix(url, w.cloud.URL+"/v1/"), nil)["text"].(string))
	clean("the log", w.log.String())
}

// Secrets are known by their place in the device's data, whether a fact names a leaf, a container or an
// expression, and in every form of the result.
func TestSecretsByTheirPlace(t *testing.T) {
	dir := t.TempDir()
	template := `title: Monitoring
words: [monitoring]
platforms:
  ios-xe:
    requests:
      - {get: Cisco-IOS-XE-native:native, fields: snmp-server;router;interface}
    facts:
      - {title: Location, from: snmp-server/location, heading: true}
      - {title: First, jq: '.["snmp-server"].community[0].name'}
      - {title: Hosts, jq: '[.["snmp-server"].host[]["community-or-user"]]'}
      - {title: Server, from: snmp-server}
      - {title: Peer, jq: '.router.bgp.neighbor[0].password.text'}
      - {title: Peers, from: router}
      - {title: Virtual, from: interface}
`
	if err := os.WriteFile(filepath.Join(dir, "monitoring.yaml"), []byte(template), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(c *config.Config) { c.Templates = dir })
	room := w.direct(w.alice)
	const body = `{"Cisco-IOS-XE-native:native": {
		"snmp-server": {"location": "Paris, rack 3", "community": [{"name": "hunter22", "permission": "RO"}], "host": [{"ip-address": "192.0.2.9", "community-or-user": "hunter22"}]},
		"router": {"bgp": {"id": 65000, "neighbor": [{"id": "192.0.2.1", "password": {"enctype": 7, "text": "hunter22"}}]}},
		"interface": {"Vlan": [{"name": "1", "description": "uplink; ip nhrp authentication hunter22", "standby": {"standby-list": [{"group-number": 1, "authentication": {"word": "hunter22"}}]}}]}}}`
	for _, text := range []string{"monitoring r1", "monitoring r1 csv", "monitoring r1 json"} {
		w.lab.Fail("r1", devicesim.Fault{Body: body})
		w.say(w.alice, room, text)
		m := w.expect("Monitoring")
		all := string(mustJSON(t, m))
		if files, ok := m["files"].([]any); ok {
			all += w.call(w.alice, http.MethodGet, strings.TrimPrefix(files[0].(string), w.cloud.URL+"/v1/"), nil)["text"].(string)
		}
		if strings.Contains(all, "hunter22") {
			t.Errorf("%s: %s", text, all)
		}
		if !strings.Contains(all, "Paris, rack 3") || !strings.Contains(all, "192.0.2.9") || !strings.Contains(all, "uplink") {
			t.Errorf("%s masks too much: %s", text, all)
		}
	}
}
