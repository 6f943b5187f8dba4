package phrase

import (
	"maps"
	"slices"
	"strings"

	"overwatch/internal/ifname"
	"overwatch/internal/query"
)

// good and bad are words for states, whatever a query calls them: the colours of its states say which these are.
var (
	good = set("up connected alive established full active ok okay good working healthy fine normal operational reachable synced synchronized synchronised ready online green")
	bad  = set("down dead broken failed failing faulty bad notconnect notconnected disconnected offline unplugged red unreachable missing")
	// protocolStates are those of protocols that templates don't list one by one.
	protocolStates = set("exstart exchange loading init attempt opensent openconfirm learning blocking listening forwarding suspended bundled 2-way two-way")
	// unused are ports that nothing is plugged into, for longer than a holiday.
	unused = set("unused free empty")
	// judging are those that say how good a state is even where it has such a name.
	judging = set("up down ok okay good bad failed normal")
	// unwell are rows that aren't good, whatever they are.
	unwell = set("problem problems wrong unhealthy issue issues trouble alarm alarms unsynced unsynchronized unsynchronised abnormal")
)

// values are words that are the value of a fact, with the text that the fact has.
var values = []struct {
	titles []string
	words  map[string]string
	op     string
}{
	{[]string{"Source"}, map[string]string{
		"connected": "direct|connected", "static": "static", "bgp": "bgp", "ospf": "ospf|ospfv2", "eigrp": "eigrp", "rip": "rip", "isis": "isis|is-is", "local": "local",
	}, "="},
	{[]string{"Kind"}, map[string]string{"dynamic": "dynamic", "static": "static", "incomplete": "incomplete", "fan": "fan", "fans": "fan", "chassis": "chassis"}, "~"},
	{[]string{"Address family"}, map[string]string{"ipv6": "ipv6", "vpnv4": "vpnv4", "vpnv6": "vpnv6", "l2vpn": "l2vpn", "evpn": "evpn", "multicast": "multicast"}, "~"},
	{[]string{"Prefix"}, map[string]string{"ipv6": ":", "v6": ":"}, "~"},
	{[]string{"Prefix"}, map[string]string{"default": "0.0.0.0/0|::/0"}, "="},
	{[]string{"Admin"}, map[string]string{"shutdown": "down", "shut": "down", "disabled": "down", "shutted": "down", "enabled": "up"}, "="},
	{[]string{"Role"}, map[string]string{"master": "active|master", "standby": "standby", "member": "member", "active": "active"}, "="},
	{[]string{"Duplex"}, map[string]string{"half": "half", "half-duplex": "half", "full-duplex": "full"}, "="},
	{[]string{"Unit"}, map[string]string{"temperature": "°C", "temperatures": "°C", "temp": "°C", "temps": "°C", "thermal": "°C", "voltage": "mV|V", "voltages": "mV|V"}, "="},
	{[]string{"Sensor"}, map[string]string{"fan": "fan", "fans": "fan", "power": "power|ps|pwr|pem", "supplies": "power|ps|pwr|pem", "psu": "power|ps|pwr|pem", "psus": "power|ps|pwr|pem"}, "~"},
	{[]string{"Unsaved changes"}, map[string]string{"unsaved": "yes"}, "="},
	{[]string{"Capabilities"}, map[string]string{"switches": "switch|bridge", "routers": "router", "phones": "phone|telephone", "aps": "wlan|trans-bridge"}, "~"},
}

// state returns the condition on a row's state that a word means, with not in front if negated.
func state(states map[query.Colour][]string, word string, negated bool) (c query.Condition, class query.Colour, ok bool) {
	if len(states) == 0 {
		return c, "", false
	}
	lower := strings.ToLower(word)
	is := func(op, want string) query.Condition { return query.Condition{Fact: "state", Op: op, Want: want} }
	op, judge := "=", "is"
	if negated {
		op, judge = "!=", "is not"
	}
	value, colour := listed(states, lower)
	switch {
	case value != "" && (!judging[lower] || len(states[colour]) == 1):
		return is(op, strings.ToLower(value)), colour, true
	case protocolStates[lower]:
		return is(op, lower), query.Warning, true
	case good[lower]:
		return is(judge, "good"), query.Good, true
	case bad[lower] && value == "" && len(states[query.Attention]) == 0 && !negated: // nothing is red: what isn't green
		return is("is not", "good"), query.Attention, true
	case bad[lower]:
		return is(judge, "bad"), query.Attention, true
	case unwell[lower] && negated:
		return is("is", "good"), query.Good, true
	case unwell[lower]:
		return is("is not", "good"), query.Attention, true
	}
	return c, "", false
}

// listed returns the value of a state that a template gives a colour, and the colour.
func listed(states map[query.Colour][]string, word string) (string, query.Colour) {
	for _, colour := range []query.Colour{query.Good, query.Attention, query.Warning} {
		for _, v := range states[colour] {
			if v != "*" && plainValue(v) == plainValue(word) {
				return v, colour
			}
		}
	}
	return "", ""
}

// unmarked drops what values of states are written with or without.
var unmarked = strings.NewReplacer("-", "", " ", "", "_", "")

func plainValue(text string) string { return unmarked.Replace(strings.ToLower(text)) }

// minValue is how much of a value must be typed where words may be abbreviated.
const minValue = 3

// abbreviated returns the value that a word begins, or the word.
func abbreviated(word string) string {
	lower := strings.ToLower(word)
	if len(lower) < minValue {
		return word
	}
	for _, v := range values {
		for _, value := range slices.Sorted(maps.Keys(v.words)) {
			if strings.HasPrefix(value, lower) {
				return value
			}
		}
	}
	return word
}

// valueOf returns the condition for a word that is the value of one of the facts of a query.
func valueOf(t *query.Template, word string, negated bool) (query.Condition, bool) {
	titles := t.Titles()
	for _, v := range values {
		want, ok := v.words[strings.ToLower(word)]
		if !ok {
			continue
		}
		for _, title := range v.titles {
			if slices.Contains(titles, title) {
				return query.Condition{Fact: strings.ToLower(title), Op: negate(v.op, negated), Want: want}, true
			}
		}
	}
	return query.Condition{}, false
}

func negate(op string, negated bool) string {
	switch {
	case !negated:
		return op
	case op == "=":
		return "!="
	}
	return "!" + op
}

// over and the like are words between a fact and a number, with the operator of a condition.
var over = map[string]string{
	"over": ">", "above": ">", "exceeding": ">", "exceeds": ">", "more": ">", "greater": ">", "higher": ">", "longer": ">", "older": ">", "bigger": ">",
	"under": "<", "below": "<", "less": "<", "lower": "<", "fewer": "<", "shorter": "<", "younger": "<", "smaller": "<", "at-least": ">=", "at-most": "<=",
}

// measured are facts that a number is compared with where none is named.
var measured = []string{"Used", "Five minutes", "Uptime"}

// argument returns the condition for a typed argument that no input takes: an address, an interface or the
// like is looked for in the fact that has such values.
func argument(t *query.Template, word string, negated bool) (query.Condition, bool) {
	k, want := kindOf(word), word
	titles := t.Titles()
	if k == anInterface {
		full, _ := ifname.Canonical(word)
		if vlan, ok := strings.CutPrefix(full, "Vlan"); ok && slices.Contains(titles, "VLAN") {
			return query.Condition{Fact: "vlan", Op: negate("=", negated), Want: vlan}, true
		} else if ok && slices.Contains(titles, "Instance") {
			return query.Condition{Fact: "instance", Op: negate("=", negated), Want: "VLAN" + strings.Repeat("0", max(0, 4-len(vlan))) + vlan}, true
		}
	}
	if k == aNumber || k == anyWord {
		return query.Condition{}, false
	}
	if k == anAddress && slices.Contains(titles, "Neighbor") && slices.Contains(titles, "Address") {
		return query.Condition{}, false // it may be either
	}
	for _, p := range placed {
		if p.kind != k {
			continue
		}
		for _, title := range p.titles {
			if slices.Contains(titles, title) {
				return query.Condition{Fact: strings.ToLower(title), Op: negate("=", negated), Want: want}, true
			}
		}
	}
	return query.Condition{}, false
}

// shown are words that a device shows in its tables, and the condition that they are here, where a cell is empty
// or has another word.
var shown = []struct {
	begins         string // what people type at least
	word           string
	fact, op, want string
}{
	{"unass", "unassigned", "address", "=", "none"},
	{"connected", "connected", "state", "is", "good"},
	{"notconn", "notconnect", "state", "is", "bad"},
	{"administratively", "administratively down", "admin", "=", "down"},
	{"admin down", "admin down", "admin", "=", "down"},
}

// shownAs returns the condition that a text of a filter is for a query.
func shownAs(t *query.Template, text string) (query.Condition, bool) {
	for _, s := range shown {
		if len(text) < len(s.begins) || !strings.HasPrefix(s.word, strings.ToLower(text)) {
			continue
		}
		if _, ok := titleOf(t, s.fact); ok {
			return query.Condition{Fact: s.fact, Op: s.op, Want: s.want}, true
		}
	}
	return query.Condition{}, false
}
