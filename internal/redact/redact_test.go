package redact_test

import (
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

func TestCorpus(t *testing.T) {
	corpus, err := os.ReadFile("testdata/corpus.txt")
	if err != nil {
		t.Fatal(err)
	}
	r := redact.New()
	n := 0
	for line := range strings.Lines(string(corpus)) {
		text, want, ok := strings.Cut(strings.TrimRight(line, "\n"), " => ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		n++
		got := r.Text(text)
		if strings.TrimSpace(got) != want {
			t.Errorf("%s\nbecomes %s\nnot     %s", text, got, want)
		}
		if again := r.Text(got); again != got {
			t.Errorf("%s\nbecomes %s when it is masked again", got, again)
		}
	}
	if n < 50 {
		t.Errorf("only %d cases", n)
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
		"native/vrf/definition/name":                                                                      false,
		"bgp-route/community":                                                                             false,
		"interface/description":                                                                           false,
		"keys":                                                                                            false,
		"key-chain":                                                                                       false,
		"key-id":                                                                                          false,
		"secretary":                                                                                       false,
		"password-policy":                                                                                 false,
		"token-bucket":                                                                                    false,
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

func TestOwnPatterns(t *testing.T) {
	r := redact.New(regexp.MustCompile(`CUST-\d+`), regexp.MustCompile(`room (\w+)`))
	if got := r.Text("port for CUST-4711 in room x12"); got != "port for ••• in room •••" {
		t.Errorf("got %s", got)
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

// It never fails, and masking twice is masking once.
func FuzzText(f *testing.F) {
	f.Add("username joe password 7 05080F1C2243")
	f.Add("key-string \"a b")
	r := redact.New()
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 1<<12 {
			return
		}
		once := r.Text(s)
		if strings.Count(once, redact.Mask) > 0 && len(once) > len(s)+strings.Count(once, redact.Mask)*len(redact.Mask) {
			t.Errorf("%q grows to %q", s, once)
		}
	})
}

func BenchmarkText(b *testing.B) {
	r := redact.New()
	for _, s := range []string{"GigabitEthernet0/0/1", "uplink to core-1, 10G, contract 4711", "username joe password 7 05080F1C2243"} {
		b.Run(fmt.Sprint(len(s)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.Text(s)
			}
		})
	}
}
