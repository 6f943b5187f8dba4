package devicefile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/inventory/devicefile"
	"overwatch/internal/secret"
)

const pemCA = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"

// source writes a device file and what it may refer to.
func source(t *testing.T, text string) (string, string) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("TEST_PASSWORD", "from the environment")
	t.Setenv("TEST_EMPTY", "")
	for name, text := range map[string]string{
		"devices.yaml": text, "password": "from a file\n", "ca.pem": pemCA, "no.pem": "nothing",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "devices.yaml"), dir
}

func TestDevices(t *testing.T) {
	s, dir := source(t, `
defaults: {platform: openconfig, port: 8443, login: a, tls: {ca: ca.pem}}
logins:
  a: {username: alice, password: {env: TEST_PASSWORD}}
  b: {username: bob, password: {file: DIR/password}}
devices:
  - {name: r1, host: r1.example, groups: [paris, edge, paris]}
  - name: r2
    host: 2001:db8::1
    port: 443
    platform: ios-xe
    root: /api/restconf/
    login: b
    tls: {pin: "sha256:AA:bb`+strings.Repeat("00", 30)+`"}
  - {name: r3, host: 192.0.2.3, tls: {insecure: true}}
`)
	path := filepath.Join(dir, "devices.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(text), "DIR", dir)), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := devicefile.Read(s)
	if err != nil {
		t.Fatal(err)
	}
	pin := make([]byte, 32)
	pin[0], pin[1] = 0xaa, 0xbb
	got := file.Devices
	want := []inventory.Device{
		{Name: "r1", Host: "r1.example", Port: 8443, Platform: "openconfig", Groups: []string{"edge", "paris"}, TLS: inventory.TLS{CA: []byte(pemCA)}},
		{Name: "r2", Host: "2001:db8::1", Port: 443, Platform: "ios-xe", Root: "/api/restconf", TLS: inventory.TLS{Pin: pin}},
		{Name: "r3", Host: "192.0.2.3", Port: 8443, Platform: "openconfig", TLS: inventory.TLS{Insecure: true}},
	}
	for i, login := range []string{"alice from the environment", "bob from a file", "alice from the environment"} {
		if l := got[i].Login; l.Username+" "+l.Password.Reveal() != login {
			t.Errorf("%s logs in as %s %s", got[i].Name, l.Username, l.Password.Reveal())
		}
		if strings.Contains(fmt.Sprintf("%v %+v %#v", got[i], got[i], got[i]), "from ") {
			t.Error("a password is printed")
		}
		got[i].Login = inventory.Login{}
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b secret.Text) bool { return a.Reveal() == b.Reveal() })); diff != "" {
		t.Error(diff)
	}
}

func TestSources(t *testing.T) {
	path, dir := source(t, `
defaults: {login: a, tls: {ca: ca.pem}}
logins:
  a: {username: alice, password: {env: TEST_PASSWORD}}
  b: {username: bob, password: {env: TEST_PASSWORD}}
sources:
  - netbox: https://netbox.example.com
    token: {env: TEST_PASSWORD}
    ca: ca.pem
    filter: {status: active, role: [router, switch]}
    platforms: {ios: ios-xe}
    port-field: restconf_port
    refresh: 1h
    login: b
  - {ansible: hosts.yml, filter: {group: routers}, groups: [lab], port: 8443}
`)
	file, err := devicefile.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	ca := inventory.TLS{CA: []byte(pemCA)}
	want := []devicefile.Source{
		{
			NetBox: "https://netbox.example.com", CA: []byte(pemCA), PortField: "restconf_port", Refresh: time.Hour,
			Filter: map[string][]string{"status": {"active"}, "role": {"router", "switch"}}, Platforms: map[string]string{"ios": "ios-xe"},
			Base: inventory.Device{Port: 443, Platform: "ios-xe", TLS: ca, Login: inventory.Login{Username: "bob"}},
		},
		{
			Ansible: filepath.Join(dir, "hosts.yml"), Filter: map[string][]string{"group": {"routers"}},
			Base: inventory.Device{Port: 8443, Platform: "ios-xe", Groups: []string{"lab"}, TLS: ca, Login: inventory.Login{Username: "alice"}},
		},
	}
	if diff := cmp.Diff(want, file.Sources, cmp.Comparer(func(secret.Text, secret.Text) bool { return true })); diff != "" {
		t.Error(diff)
	}
	if file.Sources[0].Token.Reveal() != "from the environment" {
		t.Error("the token isn't read")
	}
	if diff := cmp.Diff([]string{filepath.Join(dir, "hosts.yml"), filepath.Join(dir, "group_vars"), filepath.Join(dir, "host_vars"), filepath.Join(dir, "ca.pem")}, file.Reads); diff != "" {
		t.Error(diff)
	}
}

// Each rule, with the line and the exact words.
func TestMistakes(t *testing.T) {
	const logins = "logins: {a: {username: alice, password: {env: TEST_PASSWORD}}}\ndefaults: {login: a}\ndevices:\n"
	for name, c := range map[string]struct{ text, want string }{
		"nothing":          {"", ": no devices; list at least one under devices:, or a source under sources:"},
		"no YAML":          {"devices: [", ":2: not valid YAML: "},
		"unknown key":      {logins + "  - {name: r1, host: a,\n     hots: b}", `:5: unknown key "hots"`},
		"key twice":        {logins + "  - name: r1\n    name: r2\n    host: a", `:5: key "name" is defined twice; the first is on line 4`},
		"name twice":       {logins + "  - {name: r1, host: a}\n  - {name: R1, host: b}", `:5: device "R1" is defined twice; the first is on line 4`},
		"no name":          {logins + "  - {host: a}", `:4: device "" has no name`},
		"a bad name":       {logins + "  - {name: 'r 1', host: a}", `:4: name "r 1" may hold letters, digits and . _ / - only, and starts with a letter or a digit`},
		"no host":          {logins + "  - {name: r1}", `:4: device "r1" has no host`},
		"a bad host":       {logins + "  - {name: r1, host: 'https://a'}", `:4: device "r1": host "https://a" is neither a host name nor an address`},
		"a bad port":       {logins + "  - {name: r1, host: a, port: 70000}", `:4: device "r1": port 70000 isn't between 1 and 65535`},
		"a port in words":  {logins + "  - {name: r1, host: a, port: https}", `:4: "https" doesn't fit here: a number is needed`},
		"an unknown login": {logins + "  - {name: r1, host: a, login: b}", `:4: device "r1" uses login "b", which isn't defined under logins:`},
		"no login":         {"devices:\n  - {name: r1, host: a}", `:2: device "r1" has no login; name one, or set it under defaults:`},
		"no password":      {"logins: {a: {username: b}}\ndevices:\n  - {name: r1, host: a, login: a}", `:1: login "a": the secret is missing. Name it with env: or file:.`},
		"an unset one":     {"logins: {a: {username: b, password: {env: TEST_EMPTY}}}\ndevices:\n  - {name: r1, host: a, login: a}", `:1: login "a": the environment variable TEST_EMPTY is not set. Set it, or name a file instead.`},
		"a missing file":   {"logins: {a: {username: b, password: {file: /nowhere}}}\ndevices:\n  - {name: r1, host: a, login: a}", `:1: login "a": can't read the secret file /nowhere. Check that it exists and that the bot may read it.`},
		"two ways":         {"logins: {a: {username: b, password: {env: A, file: B}}}\ndevices:\n  - {name: r1, host: a, login: a}", `:1: login "a": a secret is named by env or by file, not by both. Keep one of them.`},
		"no user":          {"logins: {a: {password: {env: TEST_PASSWORD}}}\ndevices:\n  - {name: r1, host: a, login: a}", `:1: login "a" has no username`},
		"a bad pin":        {logins + "  - {name: r1, host: a, tls: {pin: abc}}", `:4: device "r1": the pin isn't a SHA-256 fingerprint of 64 hexadecimal digits`},
		"a missing ca":     {logins + "  - {name: r1, host: a, tls: {ca: /nowhere.pem}}", `:4: device "r1": can't read the ca file /nowhere.pem`},
		"a bad ca":         {logins + "  - {name: r1, host: a, tls: {ca: no.pem}}", `no.pem has no PEM certificate`},
		"a bad root":       {logins + "  - {name: r1, host: a, root: restconf}", `:4: device "r1": root "restconf" isn't a path such as /restconf`},
		"no kind":          {logins + "sources:\n  - {login: a}", ":5: a source is one of netbox and ansible"},
		"two kinds":        {logins + "sources:\n  - {netbox: 'https://n', ansible: f, token: {env: TEST_PASSWORD}}", ":5: a source is one of netbox and ansible"},
		"no address":       {logins + "sources:\n  - {netbox: n, token: {env: TEST_PASSWORD}}", `:5: "n" isn't the address of a NetBox, such as https://netbox.example.com`},
		"no token":         {logins + "sources:\n  - {netbox: 'https://n'}", ":5: source https://n: token: the secret is missing. Name it with env: or file:."},
		"too often":        {logins + "sources:\n  - {netbox: 'https://n', token: {env: TEST_PASSWORD}, refresh: 1s}", `:5: source https://n: refresh "1s" isn't a time of at least 10s, such as 10m`},
		"a bad proxy":      {logins + "sources:\n  - {netbox: 'https://n', token: {env: TEST_PASSWORD}, proxy: proxy}", `:5: source https://n: proxy "proxy" isn't an address, such as http://proxy.example.com:3128, or none`},
		"a proxy for it":   {logins + "sources:\n  - {ansible: hosts.yml, proxy: none}", ":5: source hosts.yml: an Ansible inventory takes no proxy"},
		"a token for it":   {logins + "sources:\n  - {ansible: hosts.yml, token: {env: TEST_PASSWORD}}", ":5: source hosts.yml: an Ansible inventory takes no token"},
		"another filter":   {logins + "sources:\n  - {ansible: hosts.yml, filter: {role: router}}", ":5: source hosts.yml: an Ansible inventory is filtered by group, not by role"},
		"a login nowhere":  {"sources:\n  - {ansible: hosts.yml}", ":2: source hosts.yml has no login for its devices; name one, or set it under defaults:"},
		"half a pair":      {logins + "  - {name: r1, host: a, tls: {cert: ca.pem}}", `:4: device "r1": tls: cert and key are files with a certificate and its key, in PEM: `},
		"no pair":          {logins + "  - {name: r1, host: a, tls: {cert: ca.pem, key: no.pem}}", `:4: device "r1": tls: cert and key are files with a certificate and its key, in PEM: `},
		"two kinds of tls": {logins + "  - {name: r1, host: a, tls: {ca: ca.pem, insecure: true}}", `:4: device "r1": tls takes one of ca, pin and insecure`},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := source(t, c.text)
			_, err := devicefile.Read(s)
			if say, _ := fault.Text(err); fault.Of(err) != fault.Invalid || !strings.Contains(say, c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestEverythingIsSaidAtOnce(t *testing.T) {
	s, _ := source(t, "devices:\n  - {name: r1}\n  - {host: a}\n")
	_, err := devicefile.Read(s)
	say, _ := fault.Text(err)
	if n := strings.Count(say, "\n") + 1; n < 4 {
		t.Errorf("only %d lines:\n%s", n, say)
	}
}

// Host names that networks have, although RFC 1123 doesn't, and what old devices need.
func TestWhatNetworksHave(t *testing.T) {
	path, _ := source(t, "\ufefflogins: {a: {username: alice, password: {env: TEST_PASSWORD}}}\ndefaults: {login: a}\ndevices:\n"+
		"  - {name: r1, host: core_rtr_1.example.com.}\n  - {name: r2, host: 'fe80::1%eth0'}\n  - {name: r3, host: zürich.example.com, tls: {legacy: true, insecure: true}}\n"+
		"sources:\n  - {netbox: 'http://netbox.example.com', token: {env: TEST_PASSWORD}, proxy: none, root: /rests/}\n")
	file, err := devicefile.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := file.Devices[2]; !d.TLS.Legacy || !d.TLS.Insecure || file.Devices[1].TLS.Legacy {
		t.Errorf("got %+v", d.TLS)
	}
	if s := file.Sources[0]; s.Proxy != "none" || s.Base.Root != "/rests" || len(file.Warnings) != 1 || !strings.Contains(file.Warnings[0], "unencrypted") {
		t.Errorf("got %+v and %v", s, file.Warnings)
	}
}
