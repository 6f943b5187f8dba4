package cli

import (
	"io"
	"strings"
	"testing"

	"overwatch/internal/redact"
)

// What try shows of a response may be shown to others, so secrets in it are masked, also those that only their
// place tells; and nothing in it acts on the terminal.
func TestTryMasksResponses(t *testing.T) {
	var out strings.Builder
	const body = "{\"Cisco-IOS-XE-native:snmp-server\": {\n  \"contact\": \"\x1b[31m\u202eenable secret 0 x9y8z7\",\n  \"community\": [{\"name\": \"x9y8z7\"}], \"password\": \"x9y8z7\", \"name\": \"r1\"}}"
	p := &printed{
		ReadCloser: io.NopCloser(strings.NewReader(body)),
		out:        &out, mask: redact.New(), request: "Request", path: "Cisco-IOS-XE-native:native/snmp-server",
	}
	if _, err := io.ReadAll(p); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.ContainsAny(got, "\x1b\u202e") || strings.Contains(got, "x9y8z7") || !strings.Contains(got, "\n    \"contact\": \"[31menable secret 0 •••\",\n") || !strings.Contains(got, `"name": "r1"`) {
		t.Errorf("it prints %s", got)
	}
}
