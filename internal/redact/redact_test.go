package redact_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sirupsen/logrus"

	"overwatch/internal/redact"
)

// records returns the lines of a file that aren't comments; lines that follow an indented one, or begin
// with a blank, are one text with those before them.
func records(t testing.TB, file string) (list []string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "#"), line == "":
		case line[0] == ' ' && len(list) > 0:
			list[len(list)-1] += "\n" + line
		default:
			list = append(list, line)
		}
	}
	return list
}

var marked = regexp.MustCompile(`(?s)«(.*?)»`)

// What is marked as a secret is masked, and nothing else, in a text of several lines and in each of
// them alone.
func TestCorpus(t *testing.T) {
	r := redact.New()
	secrets, plain := 0, 0
	for _, file := range []string{"testdata/corpus.txt", "testdata/plain.txt"} {
		for _, text := range records(t, file) {
			for _, text := range append(strings.Split(text, "\n"), text) {
				if n := len(marked.FindAllString(text, -1)); n > 0 {
					secrets += n
				} else {
					plain++
				}
				in, want := marked.ReplaceAllString(text, "$1"), marked.ReplaceAllString(text, redact.Mask)
				got := r.Text(in)
				if got != want {
					t.Errorf("%s\nbecomes %s\nnot     %s", in, got, want)
				}
				if again := r.Text(got); again != got {
					t.Errorf("%s\nbecomes %s when it is masked again", got, again)
				}
			}
		}
	}
	if secrets < 150 || plain < 100 {
		t.Errorf("only %d secrets and %d texts without", secrets, plain)
	}
}

func TestLeaves(t *testing.T) {
	for path, want := range map[string]bool{
		"Cisco-IOS-XE-native:native/enable/secret/secret":                                                 true,
		"Cisco-IOS-XE-native:native/username=joe/password/password":                                       true,
		"Cisco-IOS-XE-native:native/snmp-server/Cisco-IOS-XE-snmp:community-config/name":                  true,
		"Cisco-IOS-XE-native:native/snmp-server/community/name":                                           true,
		"native/tacacs/server/key/key":                                                                    true,
		"native/key/chain/key/key-string":                                                                 true,
		"openconfig-system:system/aaa/server-groups/server-group/servers/server/tacacs/config/secret-key": true,
		"openconfig-network-instance:x/bgp/neighbors/neighbor/config/auth-password":                       true,
		"native/crypto/isakmp/key/pre-shared-key":                                                         true,
		"native/router/Cisco-IOS-XE-bgp:bgp=65000/neighbor=192.0.2.1/password/text":                       true,
		"native/interface/Vlan=1/standby/standby-list=1/authentication/word":                              true,
		"native/interface/Vlan=1/standby/standby-list=1/authentication/md5/key-string/string":             true,
		"native/interface/Vlan=1/standby/standby-list=1/authentication/md5/key-chain":                     false,
		"native/interface/Tunnel=1/ip/nhrp/authentication":                                                true,
		"native/interface/Tunnel=1/tunnel/key":                                                            false,
		"native/interface/X/ip/rip/authentication/mode/text":                                              false,
		"native/aaa/server/radius/dynamic-author/client/server-key":                                       true,
		"native/crypto/ikev2/keyring/peer/preshared-key":                                                  true,
		"native/crypto/ikev2/keyring/peer/pre-shared-key/local-option/key":                                true,
		"native/crypto/isakmp/key/key-address/key":                                                        true,
		"native/snmp-server/host=192.0.2.9/community-or-user":                                             true,
		"native/snmp-server/host-config/ip-vrf-community/community-or-user":                               true,
		"native/snmp/mib/community-map/community-map-list/name":                                           true,
		"native/snmp-server/user/names=joe/v3/auth-config/password":                                       true,
		"native/snmp-server/user/names=joe/v3/priv-config/aes/password":                                   true,
		"native/router/ospf/snmp/context/community/community-string":                                      true,
		"native/router/ospf/snmp/context/user/permisssion/auth/md5":                                       true,
		"native/router/isis/password-lan/password/password":                                               true,
		"native/ospf/message-digest-key/md5/auth-key":                                                     true,
		"native/ospf/authentication-key/auth-key":                                                         true,
		"native/domain/vrf/border/password/clear-key":                                                     true,
		"native/eap/profile/method/md5":                                                                   false,
		"native/hw-module/switch/usbflash1-password1":                                                     true,
		"native/vtp/password/password":                                                                    true,
		"native/parser/view/secret/secret":                                                                true,
		"native/parser/view/secret/type":                                                                  false,
		"native/username=joe/password/encryption":                                                         false,
		"native/username=joe/privilege":                                                                   false,
		"ietf-key-chain:key-chains/key-chain/key/key-string/keystring":                                    true,
		"ietf-key-chain:key-chains/key-chain/key/key-string/hexadecimal-string":                           true,
		"ietf-key-chain:key-chains/key-chain/key/key-id":                                                  false,
		"ietf-ospf:ospf/interface/authentication/key":                                                     true,
		"ietf-ospf:ospf/interface/authentication/key-chain":                                               false,
		"openconfig-system:system/aaa/authentication/admin-user/config/admin-password-hashed":             true,
		"openconfig-system:system/aaa/server/radius/config/secret-key-hashed":                             true,
		"openconfig-system:system/ntp/ntp-keys/ntp-key/config/key-value":                                  true,
		"openconfig-system:system/ntp/ntp-keys/ntp-key/config/key-type":                                   false,
		"openconfig-isis:isis/tlv/authentication/state/authentication-key":                                true,
		"openconfig-bgp:bgp/neighbors/neighbor/config/send-community":                                     false,
		"community":      true,
		"snmp/community": true,
		"native/route-map/set/community/community-list":           false,
		"native/vlan/vlan-list/private-vlan/community":            false,
		"bgp-state-data/bgp-route-vrfs/bgp-route-entry/community": false,
		"DB_PASSWORD":                true,
		"apiKey":                     true,
		"native/vrf/definition/name": false,
		"bgp-route/community":        false,
		"interface/description":      false,
		"keys":                       false,
		"key-chain":                  false,
		"key-id":                     false,
		"secretary":                  false,
		"password-policy":            false,
		"token-bucket":               false,
	} {
		if redact.Leaf(path) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
}

func TestMembers(t *testing.T) {
	got := redact.New().Members(map[string]any{
		"name": "joe", "password": map[string]any{"encryption": "7", "password": "05080F1C2243"}, "number": 7.0,
		"list": []any{map[string]any{"key-string": "x"}, "enable password x", nil}, "psk": 12345.0, "empty": "", "secret": "",
	})
	want := map[string]any{
		"name": "joe", "password": map[string]any{"encryption": "7", "password": redact.Mask}, "number": 7.0,
		"list": []any{map[string]any{"key-string": redact.Mask}, "enable password " + redact.Mask, nil}, "psk": redact.Mask, "empty": "", "secret": "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A leaf is known by the place of the object it is in, and by the leaves around it.
func TestMembersByPlace(t *testing.T) {
	r := redact.New()
	tree := func() map[string]any {
		return map[string]any{
			"Cisco-IOS-XE-snmp:community": []any{map[string]any{"name": "hunter22", "permission": "RO"}},
			"host":                        []any{map[string]any{"ip-address": "192.0.2.9", "community-or-user": "hunter22"}},
			"location":                    "Paris",
		}
	}
	for _, place := range []string{"native/snmp-server", "Cisco-IOS-XE-native:native/snmp-server"} {
		if got := fmt.Sprint(r.Members(tree(), place)); strings.Contains(got, "hunter22") || !strings.Contains(got, "Paris") || !strings.Contains(got, "RO") {
			t.Errorf("%s: %s", place, got)
		}
	}
	if got := fmt.Sprint(r.Members(map[string]any{"snmp-server": tree()}, "native")); strings.Contains(got, "hunter22") {
		t.Errorf("from above: %s", got)
	}
	if got := r.Members(map[string]any{"name": "hunter22", "access": "RO"}, "native", "native/snmp-server/community"); got["name"] != redact.Mask || got["access"] != "RO" {
		t.Errorf("at one of two places: %v", got)
	}
	if got := r.Value(json.Number("12345"), "native/vtp/password/password"); got != redact.Mask {
		t.Errorf("a number: %v", got)
	}
	if got := r.Value([]any{"a", "b"}, "x/psk"); fmt.Sprint(got) != "[••• •••]" {
		t.Errorf("a list: %v", got)
	}
}

// JSON is masked by the place of each leaf, however the server wraps it and wherever it is cut; what isn't a
// secret stays as it is, byte for byte.
func TestJSON(t *testing.T) {
	r := redact.New()
	for name, c := range map[string]struct{ place, text, want string }{
		"by its name":        {"m:a", `{"m:a": {"psk": "hunter22", "id": 7}}`, `{"m:a": {"psk": "•••", "id": 7}}`},
		"by its place":       {"Cisco-IOS-XE-native:native/snmp-server", "{\n \"Cisco-IOS-XE-native:snmp-server\": {\n  \"Cisco-IOS-XE-snmp:community-config\": [ {\"name\": \"hunter22\", \"permission\": \"ro\"} ] } }", "{\n \"Cisco-IOS-XE-native:snmp-server\": {\n  \"Cisco-IOS-XE-snmp:community-config\": [ {\"name\": \"•••\", \"permission\": \"ro\"} ] } }"},
		"content alone":      {"native/snmp-server/community", `[{"name": "hunter22"}]`, `[{"name": "•••"}]`},
		"an entry":           {"native/snmp-server/community=x", `{"m:community": {"name": "hunter22"}}`, `{"m:community": {"name": "•••"}}`},
		"a leaf":             {"native/router/bgp=1/neighbor=192.0.2.1/password/text", `{"m:text": "hunter22"}`, `{"m:text": "•••"}`},
		"from the top":       {"native/snmp-server", `{"m:native": {"snmp-server": {"community": {"name": "hunter22"}}}}`, `{"m:native": {"snmp-server": {"community": {"name": "•••"}}}}`},
		"a number":           {"m:a", `{"a": {"pin": 1, "psk": -12.5e3}}`, `{"a": {"pin": 1, "psk": "•••"}}`},
		"a list of values":   {"m:a", `{"a": {"psk": ["hunter22", "hunter22"], "n": ["x"]}}`, `{"a": {"psk": ["•••", "•••"], "n": ["x"]}}`},
		"a config":           {"m:a", `{"a": "line\nenable secret 0 hunter22\nend"}`, `{"a": "line\nenable secret 0 •••\nend"}`},
		"quotes within":      {"m:a", `{"psk": "a\"hunter22\\", "b": "c\\"}`, `{"psk": "•••", "b": "c\\"}`},
		"cut within":         {"m:a", `{"a": [{"n": 1, "psk": "hunt`, `{"a": [{"n": 1, "psk": "•••"`},
		"cut behind a slash": {"m:a", `{"psk": "hunt\`, `{"psk": "•••"`},
		"cut in a number":    {"m:a", `{"psk": 123`, `{"psk": "•••"`},
		"cut in a config":    {"m:a", `{"a": "enable secret 0 hunt`, `{"a": "enable secret 0 •••`},
		"cut in a name":      {"m:a", `{"a": 1, "ps`, `{"a": 1, "ps`},
		"broken":             {"m:a", `{"a" "b"}], "psk": "x"}{"psk": "hunter22"`, `{"a" "b"}], "psk": "•••"}{"psk": "•••"`},
		"a control":          {"m:a", "{\"a\": \"x\x01\", \"psk\": \"hunter\x01\"}", "{\"a\": \"x\x01\", \"psk\": \"•••\"}"},
		"a page":             {"m:a", `<html>password hunter22 </html>`, `<html>password ••• </html>`},
		"nothing":            {"m:a", ``, ``},
	} {
		if got := r.JSON(c.text, c.place); got != c.want {
			t.Errorf("%s: got  %s\nwant %s", name, got, c.want)
		}
	}
	if got := (*redact.Redactor)(nil).JSON(`{"psk": "x"}`, "m:a"); got != `{"psk": "x"}` {
		t.Errorf("without masking: %s", got)
	}
}

// Whatever a device sends, JSON ends, and masks what Value masks.
func FuzzJSON(f *testing.F) {
	f.Add(`{"a": [{"psk": "x", "b": {"name": 1}}], "c": "enable secret x"}`)
	f.Add(`[[{"psk": ["hunter22", {"psk": 3}]}], "password x"]`)
	f.Fuzz(func(t *testing.T, s string) {
		r := redact.New()
		masked := r.JSON(s, "m:a")
		var before, after any
		if json.Unmarshal([]byte(s), &before) != nil || strings.Contains(masked, `\`) || r.Text(s) != s {
			return
		}
		if err := json.Unmarshal([]byte(masked), &after); err != nil {
			t.Fatalf("%s isn't JSON any more: %s", s, masked)
		}
		if want := r.Value(before); fmt.Sprint(want) != fmt.Sprint(after) {
			t.Errorf("%s: got %v, want %v", s, after, want)
		}
	})
}

// A pattern masks the last group that took part, or all it matches.
func TestOwnPatterns(t *testing.T) {
	r := redact.New(regexp.MustCompile(`CUST-\d+`), regexp.MustCompile(`room (\w+)`), regexp.MustCompile(`asset (\w+)|serial (\w+)|tag`),
		regexp.MustCompile(`rack(?: no)? ((\d+)[ab]?)`), regexp.MustCompile(`bay (\d*)`), regexp.MustCompile(`#(.)`))
	for text, want := range map[string]string{
		"port for CUST-4711 in room x12":      "port for ••• in room •••",
		"asset A1, serial S2, tag":            "asset •••, serial •••, •••",
		"rack no 12b":                         "rack no •••b",
		"bay 7 and bay x":                     "bay ••• and bay x",
		"#1#2":                                "#•••#•••",
		"psk hunter22, asset A1":              "psk •••, asset •••",
		"asset hunter22 password CUST-1-2 ok": "asset ••• password ••• ok",
	} {
		got := r.Text(text)
		if got != want {
			t.Errorf("%s becomes %s, not %s", text, got, want)
		}
		if again := r.Text(got); again != got && text != "#1#2" {
			t.Errorf("%s becomes %s again", got, again)
		}
	}
	every := redact.New(regexp.MustCompile(`.`))
	if got := every.Text("abc"); got != redact.Mask {
		t.Errorf("every character: %s", got)
	}
	var none *redact.Redactor
	if got := none.Text("password x"); got != "password x" {
		t.Errorf("without a redactor: %s", got)
	}
}

func TestLogs(t *testing.T) {
	var out strings.Builder
	log := logrus.New()
	log.SetOutput(&out)
	log.AddHook(redact.New())
	log.WithError(errors.New("GET x: 400 it says password hunter22")).WithField("line", "snmp-server community hunter22").WithField("n", 7).Warn("key-string hunter22")
	if strings.Contains(out.String(), "hunter22") || !strings.Contains(out.String(), "n=7") {
		t.Errorf("got %s", out.String())
	}
}

// Masking twice is masking once, and no secret of the corpus comes back with what stands around it.
func FuzzText(f *testing.F) {
	for _, text := range records(f, "testdata/corpus.txt") {
		f.Add(marked.ReplaceAllString(text, "$1"))
	}
	f.Add("key-string \"a b")
	f.Add("ospf{auth-key mac (•••••:password \x80 =\"'")
	r := redact.New(regexp.MustCompile(`asset (\w+)|serial (\w+)`))
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 1<<12 {
			return
		}
		once := r.Text(s)
		if again := r.Text(once); again != once {
			t.Errorf("%q becomes %q, and that %q", s, once, again)
		}
		if len(once) > len(s)+strings.Count(once, redact.Mask)*len(redact.Mask) {
			t.Errorf("%q grows to %q", s, once)
		}
		if line := "enable secret 5 $1$abcd$efghijklmn\n" + s; strings.Contains(r.Text(line), "efghijklmn") && !strings.Contains(s, "efghijklmn") {
			t.Errorf("%q brings it back", s)
		}
	})
}

func BenchmarkText(b *testing.B) {
	r := redact.New()
	for name, s := range map[string]string{"word": "GigabitEthernet0/0/1", "text": "uplink to core-1, 10G, contract 4711", "hint": "up, authenticated by server 3", "secret": "username joe password 7 05080F1C2243"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.Text(s)
			}
		})
	}
}
