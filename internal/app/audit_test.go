package app_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"overwatch/internal/app"
	"overwatch/internal/audit"
	"overwatch/internal/chat"
	"overwatch/internal/config"
	"overwatch/internal/sim/devicesim"
)

// Every question has its record: who, where, what, whether it was allowed and by which rule, and what
// became of it.
func TestAudit(t *testing.T) {
	_, with := rules(t, "rules:\n  - {deny: no BGP, queries: bgp}\n  - {permit: us, people: example.com}\n")
	var data string
	w := newWorld(t, with, func(c *config.Config) { data = c.Inbox.DataDir })
	mallory := w.webex.AddPerson("Mallory", "mallory@evil.example.org", "evil")
	room := w.direct(w.alice)
	w.say(w.alice, room, "hello") // is no question
	form := w.expect("Type a query and a device")
	w.press(w.alice, form, "Show VRFs", map[string]any{"device": "r1"})
	w.expect("**Show VRFs** on **r1**")
	w.say(w.alice, room, "route 11.0.5.9 core1 csv")
	w.expect("All rows of **One route**")
	w.say(w.alice, room, "arp r1,down1 | dynamic")
	w.expect("1 of 2 devices")
	w.lab.Fail("r2", devicesim.Fault{Status: 503, Times: 2})
	w.say(w.alice, room, "arp r2")
	w.expect("r2 is busy")
	w.say(w.alice, room, "bgp r1")
	w.expect("or you aren't allowed to use it here.")
	w.silent(room) // records of several spaces have no order
	w.say(mallory, w.direct(mallory), "vrf r1")
	w.expect("You can't use this bot here")
	w.silent(room)

	w.say(w.alice, room, "diff vrf r1 r2")
	w.expect("r1 → r2")
	w.say(w.alice, room, "arp site:berlin")
	w.expect("**ARP table** on **site:berlin**")
	w.say(w.alice, room, "history") // shows what she may ask still, the newest first
	past := w.expect("**Recent queries**")
	if got := past["markdown"].(string); strings.Contains(got, "bgp") || !strings.Contains(got, "- `arp r2`: ") || strings.Index(got, "`arp r2`") > strings.Index(got, "`vrf r1`") {
		t.Errorf("her history: %s", got)
	}
	for _, typed := range []string{"`diff vrf r1 r2`", "`arp site:berlin`", "`arp r1,down1 | dynamic`", "`route 11.0.5.9 core1 csv`"} {
		if got := past["markdown"].(string); !strings.Contains(got, typed) {
			t.Errorf("her history lacks %s: %s", typed, got)
		}
	}
	w.press(w.alice, past, "diff vrf r1 r2", nil)
	w.expect("r1 → r2")
	w.say(w.bob, w.direct(w.bob), "history")
	w.expect("No recent queries")
	ops := w.webex.AddRoom("Network operations", w.alice, w.bot)
	w.expect("I only see messages that @mention me")
	w.say(w.alice, ops, "<@personId:"+w.bot.ID+"|bot> history") // where others read along, what was asked there
	w.expect("No recent queries")

	want := []audit.Record{
		{Pressed: true, Run: chat.Run{Person: "alice@example.com", Query: "vrf", Devices: []string{"r1"}, Allowed: true, Rule: "us"}, Outcome: "answered"},
		{Run: chat.Run{Person: "alice@example.com", Query: "route", Devices: []string{"core1"}, Format: "csv", Allowed: true, Rule: "us"}, Outcome: "answered"},
		{Run: chat.Run{Person: "alice@example.com", Query: "arp", Devices: []string{"r1", "down1"}, Filter: "dynamic", Allowed: true, Rule: "us"}, Outcome: "answered"},
		{Run: chat.Run{Person: "alice@example.com", Query: "arp", Devices: []string{"r2"}, Allowed: true, Rule: "us"}, Outcome: "failed"},
		{Run: chat.Run{Person: "alice@example.com", Query: "bgp", Devices: []string{"r1"}, Rule: "no BGP"}, Outcome: "failed"},
		{Run: chat.Run{Person: "mallory@evil.example.org"}, Outcome: "failed"},
		{Run: chat.Run{Person: "alice@example.com", Query: "vrf", Devices: []string{"r1", "r2"}, Allowed: true, Rule: "us"}, Outcome: "answered"},
		{Run: chat.Run{Person: "alice@example.com", Query: "arp", Devices: []string{"locked1", "oc1", "r3", "r4", "slow1", "sw2"}, Allowed: true, Rule: "us"}, Outcome: "answered"},
		{Pressed: true, Run: chat.Run{Person: "alice@example.com", Query: "vrf", Devices: []string{"r1", "r2"}, Allowed: true, Rule: "us"}, Outcome: "answered"},
	}
	chain := filepath.Join(data, app.AuditDir, "1")
	n := 0
	for r, err := range audit.Read(chain) {
		if err != nil || n == len(want) {
			t.Fatalf("record %d: %+v %v", n+1, r, err)
		}
		m := want[n]
		if r.Person != m.Person || r.Pressed != m.Pressed || r.Query != m.Query || len(r.Devices) != len(m.Devices) || r.Format != m.Format ||
			r.Filter != m.Filter || r.Allowed != m.Allowed || r.Rule != m.Rule || r.Outcome != m.Outcome {
			t.Errorf("record %d: %+v", n+1, r)
		}
		if r.Trace == "" || r.Space == "" || r.At.IsZero() || (r.Outcome == "failed") != (r.Why != "") {
			t.Errorf("record %d lacks something: %+v", n+1, r)
		}
		n++
	}
	if head, err := audit.Verify(chain); err != nil || n != len(want) {
		t.Errorf("%d records, %+v %v", n, head, err)
	}
}

// Compare with a device that the person may not query is recorded with the decision for each device.
func TestAuditOfComparisons(t *testing.T) {
	_, with := rules(t, "rules:\n  - {deny: the core, devices: core1}\n  - {permit: us, people: example.com}\n")
	var data string
	w := newWorld(t, with, func(c *config.Config) { data = c.Inbox.DataDir })
	room := w.direct(w.alice)
	w.say(w.alice, room, "diff vrf r1")
	w.press(w.alice, w.expect("Show VRFs"), "Compare", map[string]any{"with": "core1"})
	w.expect("core1")
	w.silent(room)
	var last audit.Record
	for r, err := range audit.Read(filepath.Join(data, app.AuditDir, "1")) {
		if err != nil {
			t.Fatal(err)
		}
		last = r
	}
	want := []chat.Decision{{Device: "r1", Allowed: true, Rule: "us"}, {Device: "core1", Rule: "the core"}}
	if !slices.Equal(last.Decisions, want) || last.Outcome != "failed" || last.Why == "" || !last.Compare {
		t.Errorf("got %+v", last)
	}
}

// One bad line among the last ones doesn't keep the bot from starting: it says so, and goes on.
func TestDamagedAudit(t *testing.T) {
	data := t.TempDir()
	log, err := audit.Open(filepath.Join(data, app.AuditDir))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := log.Write(audit.Record{Outcome: "answered"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(data, app.AuditDir, "1", "audit-000000000001.jsonl")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append([]byte("nothing\n"), text...), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(c *config.Config) { c.Inbox.DataDir = data })
	if !strings.Contains(w.log.String(), "the audit records in "+filepath.Dir(file)+" are damaged: audit-000000000001.jsonl line 1: not a record") {
		t.Errorf("the log lacks it: %s", w.log.String())
	}
	room := w.direct(w.alice)
	w.say(w.alice, room, "vrf r1")
	w.expect("**Show VRFs** on **r1**")
	w.silent(room)
	var outcomes []string
	for r, err := range audit.Read(filepath.Dir(file)) {
		if err == nil {
			outcomes = append(outcomes, r.Outcome)
		}
	}
	if strings.Join(outcomes, " ") != "answered answered gap answered" {
		t.Errorf("got %v", outcomes)
	}
}
