package bot_test

import (
	"strings"
	"testing"

	"overwatch/internal/bot"
	"overwatch/internal/chat"
)

// bgp returns the answer of a device with neighbors in these states.
func bgp(states ...string) string {
	var list []string
	for i, s := range states {
		list = append(list, `{"afi-safi":"ipv4-unicast","vrf-name":"default","neighbor-id":"192.0.2.`+string(rune('1'+i))+`","connection":{"state":"`+s+`"},"session-state":"fsm-`+s+`"}`)
	}
	return `{"Cisco-IOS-XE-bgp-oper:neighbors":{"neighbor":[` + strings.Join(list, ",") + `]}}`
}

// TestQuestions checks the sentence that comes before the rows, in the text and on the card.
func TestQuestions(t *testing.T) {
	f := &fetcher{of: map[string]string{
		"core1": bgp("established", "established", "idle"), "core2": bgp("established", "established"), "sw1": `{"Cisco-IOS-XE-bgp-oper:neighbors":{}}`,
	}}
	b := siteBot(t, f)
	for text, want := range map[string]string{
		"is bgp up on core1?":                        "No: 1 of 3 neighbors isn't up: 192.0.2.3 is idle.",
		"is bgp up on core2":                         "Yes: all 2 neighbors are up.",
		"are all bgp neighbors established on core2": "Yes: all 2 neighbors are established.",
		"is bgp up on sw1":                           "No: there are none.",
		"are any bgp neighbors down on core1":        "Yes: 1 neighbor is down.",
		"are any bgp neighbors down on core2":        "No: none of 2 neighbors is down.",
		"bgp core1 | count":                          "3 neighbors.",
		"bgp core1 | state = idle | count":           "1 of 3 neighbors.",
		"is the bgp neighbor 192.0.2.3 up on core1":  "No: 192.0.2.3 is idle.",
		"is the bgp neighbor 192.0.2.2 up on core1":  "Yes: 1 neighbor is up.",
		"does core1 have bgp":                        "Yes: 3 neighbors.",
		"how many bgp neighbors on core1":            "3 neighbors.",
		"how many bgp neighbors are idle on core1":   "1 of 3 neighbors is idle.",
		"is bgp up on core1 and core2":               "No: 1 of 5 neighbors isn't up, on core1 (1 of 3).",
		"is bgp up on core2 and sw1":                 "Yes: all 2 neighbors are up, on 1 device. None on sw1.",
		"how many bgp neighbors on core1 and core2":  "5 neighbors on 2 devices.",
		"any bgp neighbors down on core1,core2":      "Yes: 1 neighbor is down, on core1 (1).",
	} {
		r := say(t, b, text)
		if first, _, _ := strings.Cut(r.Text, "\n"); first != want {
			t.Errorf("%q: %s", text, first)
		}
		if !strings.Contains(string(r.Card), `"`+want+`"`) {
			t.Errorf("%q: the card doesn't say it: %s", text, r.Card)
		}
	}
	r := say(t, b, "is bgp up on core1?")
	again := press(t, b, r, "Refresh", nil, func(chat.Reply) {})[0]
	if !strings.HasPrefix(again.Text, "No: 1 of 3") {
		t.Errorf("Refresh forgets the question: %s", again.Text)
	}
}

// TestUnknownIsNoAnswer checks that a device which can't know, or doesn't answer, isn't a no.
func TestUnknownIsNoAnswer(t *testing.T) {
	b := siteBot(t, &fetcher{of: map[string]string{"core1": bgp("established")}}, func(o *bot.Options) {
		o.Inventory = inventoryOf(t, device("core1", "site:paris"), device("down", "site:paris"))
	})
	if got, _, _ := strings.Cut(say(t, b, "is bgp up in paris").Text, "\n"); got != "Yes on the 1 device that answered. Can't tell for down." {
		t.Errorf("a survey says %s", got)
	}
	if got := say(t, b, "is bgp up on down").Text; strings.HasPrefix(got, "No:") || strings.HasPrefix(got, "Yes") {
		t.Errorf("a device says %s", got)
	}
}

// TestWhatMayFollow checks the buttons behind a question mark: each runs or asks for what its title says.
func TestWhatMayFollow(t *testing.T) {
	b := siteBot(t, &fetcher{})
	r := say(t, b, "show ip ?")
	if !strings.Contains(r.Text, "access-lists, arp, bgp, cef, dhcp") || r.Err != nil {
		t.Errorf("it says %s", r.Text)
	}
	if len(buttons(t, r)) < 8 {
		t.Errorf("there are %d buttons", len(buttons(t, r)))
	}
	if got := press(t, b, r, "show ip arp", nil, func(chat.Reply) {})[0]; !strings.Contains(got.Text, "Type a query and a device") {
		t.Errorf("without a device: %s", got.Text)
	}
	r = say(t, b, "core1 show ip o?")
	if got := ran(press(t, b, r, "show ip ospf neighbor", nil, func(chat.Reply) {})[0]); got != "ospf core1" {
		t.Errorf("with a device: %s", got)
	}
	if got := ran(say(t, b, "show ip route core1?")); got != "routes core1 vrf=default" {
		t.Errorf("a polite question mark: %s", got)
	}
}

// TestHiddenQueriesAreNotCompleted checks that commands of hidden queries are in no completion, ambiguity or
// suggestion: what is said is the same whether the query is hidden or doesn't exist.
func TestHiddenQueriesAreNotCompleted(t *testing.T) {
	policy := rules(t, "rules: [{permit: some, people: '*', queries: [arp, vrf, interfaces]}]")
	b := siteBot(t, &fetcher{}, func(o *bot.Options) { o.Access, o.Directory = policy, directory{} })
	for _, text := range []string{"show ?", "sh ip ?", "sh s core1", "sh b core1", "show ip b? ", "neighbors of core1", "show ip bgp summary core1", "sh ip o n core1", "reload core1", "show logging core1"} {
		r := say(t, b, text)
		for _, hidden := range []string{"BGP", "spanning", "ospf neighbor", "show ip bgp", "`version`", "neighbors]"} {
			if all := r.Text + string(r.Card); strings.Contains(all, hidden) && !strings.Contains(text, strings.Trim(hidden, "`]")) {
				t.Errorf("%q tells of %s: %s", text, hidden, r.Text)
			}
		}
	}
}
