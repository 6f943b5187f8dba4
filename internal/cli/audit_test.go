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
		{[]string{"verify", "--head", "4:" + last.Hash}, "isn't there any more", "", 1},
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
	if out, code := run("verify"); code != 1 || !strings.Contains(out, "record 2 was changed") {
		t.Errorf("a changed record: %d %s", code, out)
	}
}
