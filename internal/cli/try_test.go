package cli

import (
	"io"
	"strings"
	"testing"

	"overwatch/internal/redact"
)

// What try shows of a response may be shown to others, so secrets in it are masked.
func TestTryMasksResponses(t *testing.T) {
	var out strings.Builder
	p := &printed{
		ReadCloser: io.NopCloser(strings.NewReader(`{"Cisco-IOS-XE-native:snmp-server": {"contact": "enable secret 0 x9y8z7", "community": [{"name": "x9y8z7"}], "password": "x9y8z7", "name": "r1"}}`)),
		out:        &out, mask: redact.New(), request: "Request", path: "Cisco-IOS-XE-native:native/snmp-server",
	}
	if _, err := io.ReadAll(p); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Contains(got, "x9y8z7") || !strings.Contains(got, `"name": "r1"`) {
		t.Errorf("it prints %s", got)
	}
}
