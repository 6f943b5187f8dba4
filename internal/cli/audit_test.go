package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"overwatch/internal/app"
	"overwatch/internal/audit"
	"overwatch/internal/chat"
	"overwatch/internal/cli"
)

// What overwatch audit shows, and what it finds.
func TestAuditCommands(t *testing.T) {
	data := t.TempDir()
	run := func(args ...string) (string, int) {
		var out bytes.Buffer
		code := cli.Run(append([]string{"audit"}, append(args, "--data-dir", data)...), &out, &out)
		return out.String(), code
	}
	if out, code := run("verify"); code == 0 || !strings.Contains(out, "there are no audit records") {
		t.Errorf("without any: %d %s", code, out)
	}
	log, err := audit.Open(filepath.Join(data, app.AuditDir))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 23, 8, 20, 32, 0, time.UTC)
	var last audit.Record
	for i, r := range []audit.Record{
		{Run: chat.Run{Person: "alice@example.com", Query: "vrf", Devices: []string{"r1"}, Allowed: true, Rule: "us"}, Outcome: "answered"},
		{Run: chat.Run{Person: "bob@example.com", Query: "route", Devices: []string{"r1", "r2", "r3", "r4", "r5"}, Inputs: map[string]string{"address": "10.0.0.1"}, Format: "csv", Allowed: true, Rule: "us"}, Outcome: "failed", Why: "r1 is down"},
		{Run: chat.Run{Person: "mallory@evil.example.org"}, Outcome: "failed", Why: "no"},
	} {
		r.At = at.Add(time.Duration(i) * time.Hour)
		if last, err = log.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args       []string
		want, lack string
		code       int
	}{
		{[]string{"list"}, "2026-11-23T09:20:32Z  bob@example.com           route 10.0.0.1 csv  r1,r2,r3 and 2 more  failed    us", "", 0},
		{[]string{}, "mallory@evil.example.org                                           denied", "", 0},
		{[]string{"list", "--person", "*@EXAMPLE.com", "--device", "r1"}, "alice", "mallory", 0},
		{[]string{"list", "--device", "r[4-5]"}, "bob", "alice", 0},
		{[]string{"list", "--query", "vrf"}, "alice", "bob", 0},
		{[]string{"list", "--denied"}, "mallory", "bob", 0},
		{[]string{"list", "--since", "2026-11-23T09:00:00Z"}, "bob", "alice", 0},
		{[]string{"list", "--json", "--outcome", "answered"}, `"seq":1,"at":"2026-11-23T08:20:32Z"`, "bob", 0},
		{[]string{"verify"}, "3 records, the last is 3:" + last.Hash, "", 0},
		{[]string{"verify", "--head", "3:" + last.Hash}, "3 records", "", 0},
		{[]string{"verify", "--head", "4:" + last.Hash}, "is missing", "", 1},
	} {
		out, code := run(c.args...)
		if code != c.code || !strings.Contains(out, c.want) || (c.lack != "" && strings.Contains(out, c.lack)) {
			t.Errorf("%v: %d\n%s", c.args, code, out)
		}
	}
	files, err := filepath.Glob(filepath.Join(data, app.AuditDir, "1", "*.jsonl"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[0], bytes.Replace(text, []byte("bob"), []byte("eve"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := run("verify"); code != 1 || !strings.Contains(out, "line 2: the record was changed") || !strings.Contains(out, "2 records, the last is 3:"+last.Hash) {
		t.Errorf("a changed record: %d %s", code, out)
	}
	if out, code := run("list"); code != 1 || !strings.Contains(out, "alice@example.com") || !strings.Contains(out, "mallory@evil.example.org") || !strings.Contains(out, "line 2: the record was changed") {
		t.Errorf("the list shows what is whole and where it breaks: %d %s", code, out)
	}
	if log, err = audit.Open(filepath.Join(data, app.AuditDir)); err != nil {
		t.Fatal(err)
	}
	if _, err := log.Write(audit.Record{At: at, Run: chat.Run{Person: "carol\x1b[2J@example.com", Query: "vrf", Devices: []string{"r1", "core1"}, Allowed: true, Rule: "us", Decisions: []chat.Decision{{Device: "r1", Allowed: true, Rule: "us"}, {Device: "core1"}}}, Outcome: "failed"}); err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if out, code := run("list", "--denied"); code != 1 || !strings.Contains(out, "carol[2J@example.com") || !strings.Contains(out, "failed, partly denied") || strings.Contains(out, "gap") {
		t.Errorf("what was denied for one device: %d %q", code, out)
	}
	if out, _ := run("list", "--outcome", "gap"); !strings.Contains(out, "gap: audit-000000000001.jsonl line 2: the record was changed; the record before is 3") {
		t.Errorf("the gap: %s", out)
	}
}
