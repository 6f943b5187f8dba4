package access_test

import (
	"fmt"
	"strings"
	"testing"

	"overwatch/internal/access"
	"overwatch/internal/chat"
	"overwatch/internal/inventory"
)

const own = "our organization"

const rules = `
rules:
  - permit: everything for the NOC
    people: [noc.example.com, boss@example.com]
  - deny: nobody asks about MAC addresses
    queries: [mac, arp]
  - permit: Paris for its people
    people: "*@paris.example.com"
    devices: [site:paris, group:lab*, r9]
  - permit: routing in the operations space
    people: [organization]
    spaces: [Network operations, Y2lzY29zcGFyazovL3VzL1JPT00vMDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDA3]
    queries: [group:Routing, vrf]
  - permit: VRFs for everybody in direct spaces
    people: "*"
    spaces: direct
    queries: vrf
    devices: ["core-*"]
`

func parse(t testing.TB, text string) *access.Policy {
	t.Helper()
	p, err := access.Parse("access.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func person(email string) chat.Person {
	p := chat.Person{ID: "id of " + email, Email: email, Org: "another"}
	if strings.HasSuffix(email, "example.com") || strings.HasSuffix(email, "EXAMPLE.com") {
		p.Org = own
	}
	return p
}

var (
	direct = chat.Room{ID: "ROOM-1", Direct: true, Title: "Alice"}
	ops    = chat.Room{ID: "ROOM-2", Title: "network OPERATIONS"}
	byID   = chat.Room{ID: "Y2lzY29zcGFyazovL3VzL1JPT00vMDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDA3", Title: "whatever"}
	other  = chat.Room{ID: "ROOM-3", Title: "Network operations and friends"}
	posing = chat.Room{ID: "ROOM-4", Direct: true, Title: "Network operations"} // somebody calls themselves so

	vrf = access.Query{Name: "vrf", Group: "Routing"}
	bgp = access.Query{Name: "bgp", Group: "Routing"}
	mac = access.Query{Name: "mac", Group: "Switching"}
	cpu = access.Query{Name: "cpu", Group: "System"}

	paris = inventory.Device{Name: "r1", Groups: []string{"site:paris"}}
	lab   = inventory.Device{Name: "x1", Groups: []string{"LAB-2"}}
	r9    = inventory.Device{Name: "R9"}
	core  = inventory.Device{Name: "core-1", Groups: []string{"site:berlin"}}
)

// The first rule that matches decides; without one the answer is no.
func TestDecide(t *testing.T) {
	p := parse(t, rules)
	for _, c := range []struct {
		email string
		room  chat.Room
		q     access.Query
		d     inventory.Device
		want  string
	}{
		{"a@noc.example.com", other, mac, core, "permitted by everything for the NOC"},
		{"A@NOC.EXAMPLE.com", other, mac, core, "permitted by everything for the NOC"},
		{"boss@example.com", other, cpu, core, "permitted by everything for the NOC"},
		{"a@noc.example.com.evil.org", direct, mac, core, "denied by nobody asks about MAC addresses"},
		{"noc.example.com@evil.org", direct, cpu, core, "denied"},
		{"a@x.noc.example.com", other, cpu, core, "denied"},
		{"a@paris.example.com", other, mac, paris, "denied by nobody asks about MAC addresses"},
		{"a@paris.example.com", other, cpu, paris, "permitted by Paris for its people"},
		{"a@paris.example.com", other, cpu, lab, "permitted by Paris for its people"},
		{"a@paris.example.com", other, cpu, r9, "permitted by Paris for its people"},
		{"a@paris.example.com", other, cpu, core, "denied"},
		{"b@example.com", ops, bgp, core, "permitted by routing in the operations space"},
		{"b@example.com", byID, vrf, core, "permitted by routing in the operations space"},
		{"b@example.com", ops, cpu, core, "denied"},
		{"b@example.com", other, bgp, core, "denied"},
		{"b@example.com", posing, bgp, core, "denied"},
		{"b@evil.org", ops, bgp, core, "denied"},
		{"b@evil.org", direct, vrf, core, "permitted by VRFs for everybody in direct spaces"},
		{"b@evil.org", direct, vrf, paris, "denied"},
		{"b@evil.org", ops, vrf, core, "denied"},
		{"", direct, vrf, core, "permitted by VRFs for everybody in direct spaces"},
		{"", ops, bgp, core, "denied"},
	} {
		asker := access.Subject{Person: person(c.email), Room: c.room}
		d := p.For(asker, own).Decide(c.q, c.d)
		got := map[bool]string{true: "permitted", false: "denied"}[d.Permitted]
		if d.Rule != "" {
			got += " by " + d.Rule
		}
		if got != c.want {
			t.Errorf("%s in %s, %s of %s: %s, want %s", c.email, c.room.Title, c.q.Name, c.d.Name, got, c.want)
		}
		e := p.For(asker, own).Explain(c.q, c.d)
		last := e.Steps[len(e.Steps)-1]
		if e.Decision != d || (last.Why == "") != (d.Rule != "") || last.Why == "" && (last.Rule != d.Rule || last.Permits != d.Permitted || last.Line != d.Line) {
			t.Errorf("%s in %s, %s of %s: explained by %+v, decided by %+v", c.email, c.room.Title, c.q.Name, c.d.Name, e, d)
		}
	}
}

func TestDefaults(t *testing.T) {
	for _, c := range []struct {
		policy *access.Policy
		org    string
		person chat.Person
		want   bool
	}{
		{access.Default(), own, person("a@example.com"), true},
		{access.Default(), own, person("a@evil.org"), false},
		{access.Default(), own, chat.Person{}, false},
		{access.Default(), "", chat.Person{}, false}, // before it is known whose the bot is
		{access.Everything(), "", chat.Person{}, true},
	} {
		g := c.policy.For(access.Subject{Person: c.person, Room: direct}, c.org)
		if g.May(cpu, core) != c.want || (g.Refused() == "") != c.want {
			t.Errorf("%+v: %v, refused %q", c.person, !c.want, g.Refused())
		}
	}
}

func TestForeignSpaces(t *testing.T) {
	p := parse(t, "foreign-spaces: refuse\nrules:\n  - {permit: all, people: '*'}\n")
	a := access.Subject{Person: person("a@example.com"), Room: ops}
	if g := p.For(a, own); !g.May(cpu, core) || g.Refused() != "" {
		t.Error("a space of our own is refused")
	}
	a.Room.Foreign = true
	if g := p.For(a, own); g.May(cpu, core) || !strings.Contains(g.Refused(), "other organizations") {
		t.Error("a foreign space is not")
	}
	if !p.Needs().Foreign || parse(t, rules).Needs().Foreign {
		t.Error("what is needed")
	}
}

// Nothing is asked of Webex that no rule looks at.
func TestNeeds(t *testing.T) {
	for text, want := range map[string]access.Needs{
		"people: '*'":                          {Email: true},
		"people: organization":                 {Org: true},
		"people: example.com":                  {Email: true},
		"people: organization, spaces: direct": {Org: true, Kind: true},
		"people: organization, spaces: Ops":    {Org: true, Kind: true, Title: true},
	} {
		if got := parse(t, "rules: [{permit: x, "+text+"}]").Needs(); got != want {
			t.Errorf("%s: got %+v", text, got)
		}
	}
}

// Askers who may do the same have one key, and others haven't.
func TestKeys(t *testing.T) {
	p := parse(t, rules)
	keys := map[string][]string{}
	for _, email := range []string{"a@noc.example.com", "b@noc.example.com", "a@paris.example.com", "x@evil.org", "y@evil.org"} {
		k := p.For(access.Subject{Person: person(email), Room: other}, own).Key()
		keys[k] = append(keys[k], email)
	}
	if len(keys) != 3 {
		t.Errorf("got %v", keys)
	}
}

func TestMistakes(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"nothing":          {"", "access.yaml: no rules"},
		"no name":          {"rules:\n  - people: '*'", "access.yaml:2: a rule starts with permit: or deny:"},
		"both":             {"rules:\n  - {permit: a, deny: b, people: '*'}", "access.yaml:2: a rule starts with permit: or deny:"},
		"nobody":           {"rules:\n  - permit: a", `access.yaml:2: rule "a" permits nobody`},
		"an unknown key":   {"rules:\n  - {permit: a, poeple: '*'}", `access.yaml:2: unknown key "poeple"`},
		"a bad pattern":    {"rules:\n  - {permit: a, people: 'a[@b'}", `access.yaml:2: rule "a": people: "a[@b": only * and ? are wildcards`},
		"an empty pattern": {"rules:\n  - {permit: a, people: ['']}", `access.yaml:2: rule "a": people: an empty pattern matches nothing`},
		"a list in one":    {"rules:\n  - {permit: a, people: '*', devices: 'r1,r2'}", `access.yaml:2: rule "a": devices: "r1,r2" isn't a device`},
		"foreign":          {"foreign-spaces: perhaps\nrules: [{permit: a, people: '*'}]", "access.yaml:1: foreign-spaces is allow or refuse"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := access.Parse("access.yaml", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := access.Read("/nowhere/access.yaml"); err == nil {
		t.Error("a missing file is taken")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(rules)
	f.Add("foreign-spaces: refuse\nrules: [{permit: a, people: ['a*@x'], spaces: '[a-c] {x}\\*'}]")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := access.Parse("f", []byte(text))
		if err != nil {
			return
		}
		// Who is nobody may ask nothing that not everybody may.
		nobody := p.For(access.Subject{Room: ops}, own).May(cpu, core)
		somebody := p.For(access.Subject{Person: person("a@example.com"), Room: ops}, own)
		if nobody && somebody.Decide(cpu, core).Rule == "" {
			t.Errorf("%q lets nobody in, and not somebody", text)
		}
	})
}

func BenchmarkDecide(b *testing.B) {
	var text strings.Builder
	text.WriteString("rules:\n")
	for i := range 100 {
		fmt.Fprintf(&text, "  - {permit: rule %d, people: ['*@team%d.example.com'], devices: ['site-%d-*']}\n", i, i, i)
	}
	p := parse(b, text.String())
	a := access.Subject{Person: person("a@team99.example.com"), Room: ops}
	b.ReportAllocs()
	for b.Loop() {
		p.For(a, own).May(cpu, inventory.Device{Name: "site-99-r1"})
	}
}
