package app_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"overwatch/internal/config"
	"overwatch/internal/sim/webexsim"
)

// rules writes access rules for a world.
func rules(t *testing.T, text string) (string, option) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "access.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, func(c *config.Config) { c.Access = file }
}

// Without rules only people of the bot's own organization are answered, whether they write or press.
func TestStrangersAreRefused(t *testing.T) {
	w := newWorld(t)
	mallory := w.webex.AddPerson("Mallory", "mallory@evil.example.org", "evil")
	room := w.webex.AddRoom("Network operations", w.alice, mallory, w.bot)
	w.expect("I only see messages that @mention me")
	w.say(w.alice, room, "<@personId:"+w.bot.ID+"|bot> vrf r1")
	card := w.expect("**Show VRFs** on **r1** (3 rows")
	asked := len(w.lab.Recent())
	w.press(mallory, card, "Refresh", nil)
	w.expect("You can't use this bot here: no access rule lets you run queries here.")
	w.say(mallory, room, "<@personId:"+w.bot.ID+"|bot> help")
	w.expect("You can't use this bot here")
	w.say(mallory, w.direct(mallory), "vrf r1")
	w.expect("You can't use this bot here")
	if n := len(w.lab.Recent()) - asked; n != 0 {
		t.Errorf("devices were asked %d times", n)
	}
	w.press(w.alice, card, "Refresh", nil)
	w.expect("**Show VRFs** on **r1** (3 rows")
}

// With rules everything that is offered and answered is what this person may ask here.
func TestRules(t *testing.T) {
	file, with := rules(t, `
rules:
  - permit: Alice everything
    people: alice@example.com
  - permit: Bob a little
    people: bob@example.com
    queries: [vrf, interfaces]
    devices: [r1, site:berlin]
  - permit: Bob's ARP
    people: bob@example.com
    queries: arp
    devices: r1
`)
	w := newWorld(t, with)
	ops := w.webex.AddRoom("Network operations", w.alice, w.bob, w.bot)
	w.expect("I only see messages that @mention me")
	mention := "<@personId:" + w.bot.ID + "|bot> "
	w.say(w.alice, ops, mention+"bgp r2")
	alices := w.expect("**BGP neighbors** on **r2**")
	w.say(w.alice, ops, mention+"hello")
	form := w.expect("Type a query and a device")

	bobs := w.direct(w.bob)
	w.say(w.bob, bobs, "help")
	help := w.expect("`vrf DEVICE`", "`arp DEVICE`")
	if strings.Contains(help["markdown"].(string), "`bgp DEVICE`") {
		t.Errorf("help shows what Bob may not ask: %s", help["markdown"])
	}
	w.say(w.bob, bobs, "devices")
	if list := w.expect("**r1**")["markdown"].(string); strings.Contains(list, "**r2**") || strings.Contains(list, "core1") || !strings.Contains(list, "**r3**") {
		t.Errorf("devices lists devices that Bob may not query: %s", list)
	}
	w.say(w.bob, bobs, "hello")
	w.data(w.expect("Type a query and a device"), "Show VRFs")
	for text, want := range map[string]string{
		"vrf r1":        "**Show VRFs** on **r1**",
		"arp r1":        "**ARP table** on **r1**",
		"bgp r1":        `I don't know "bgp", or you aren't allowed to use it here.`,
		"vrf r2":        "You aren't allowed to run Show VRFs on r2 here, or there is no such device. Did you mean `vrf r1`",
		"arp r3":        "You aren't allowed to run ARP table on r3 here.",
		"arp r1,r3":     "You aren't allowed to run ARP table on r3 here.",
		"vrf r1,r2":     `I don't know "r2", or you aren't allowed to use it here.`,
		"vrf group:all": "of 7 devices answered",
		"vrf paris":     "**Show VRFs** on **r1**", // of Paris there is r1 alone for Bob
		"diff vrf r1":   "No earlier answer",
		"vrf nobody":    "You aren't allowed to run Show VRFs on nobody here, or there is no such device.",
	} {
		w.say(w.bob, bobs, text)
		w.expect(want)
	}
	before := len(w.lab.Recent())
	w.press(w.bob, alices, "Refresh", nil)
	w.expect("You aren't allowed to run BGP neighbors on r2 here.")
	w.press(w.bob, form, "Show VRFs", map[string]any{"device": "r2"})
	w.expect("You aren't allowed to run Show VRFs on r2 here, or there is no such device.")
	w.press(w.bob, form, "BGP neighbors", map[string]any{"device": "r1"})
	w.expect("You aren't allowed to run BGP neighbors on r1 here.")
	if n := len(w.lab.Recent()) - before; n != 0 {
		t.Errorf("devices were asked %d times", n)
	}

	// New rules hold from the next question on; wrong ones change nothing.
	if err := os.WriteFile(file, []byte("rules: [{permit: all, people: '*'}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.app.Reload(t.Context())
	w.say(w.bob, bobs, "bgp r2")
	w.expect("**BGP neighbors** on **r2**")
	if err := os.WriteFile(file, []byte("rules: []"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.app.Reload(t.Context())
	w.say(w.bob, bobs, "bgp r2")
	w.expect("**BGP neighbors** on **r2**")
}

// If the rules say so, the bot is silent in spaces with people of other organizations.
func TestSpacesWithStrangers(t *testing.T) {
	_, with := rules(t, "foreign-spaces: refuse\nrules:\n  - {permit: the operations space, people: example.com, spaces: [Network operations]}\n")
	w := newWorld(t, with)
	mallory := w.webex.AddPerson("Mallory", "mallory@evil.example.org", "evil")
	mention := "<@personId:" + w.bot.ID + "|bot> vrf r1"
	ours := w.webex.AddRoom("Network operations", w.alice, w.bob, w.bot)
	w.expect("I only see messages that @mention me")
	w.say(w.alice, ours, mention)
	w.expect("**Show VRFs** on **r1**")
	shared := w.webex.AddRoom("Network Operations", w.alice, mallory, w.bot)
	w.expect("I only see messages that @mention me")
	w.say(w.alice, shared, mention)
	// No reply comes. A bot of another organization only reads what mentions it.
	beside := w.webex.AddRoom("network operations", w.alice, w.webex.AddBot("Other", "other@webex.bot", "evil"), w.bot)
	w.expect("I only see messages that @mention me")
	w.say(w.alice, beside, mention)
	w.expect("**Show VRFs** on **r1**")
	w.say(w.alice, w.direct(w.alice), "vrf r1")
	w.expect("You can't use this bot here: no access rule lets you run queries here.")
}

// What a button carries works on its card and in its space, and nowhere else.
func TestPressesOfAnotherCard(t *testing.T) {
	w := newWorld(t)
	room := w.direct(w.alice)
	w.say(w.alice, room, "vrf r1")
	first := w.expect("**Show VRFs** on **r1**")
	w.say(w.alice, room, "vrf r2")
	second := w.expect("**Show VRFs** on **r2**")
	bobs := w.direct(w.bob)
	w.say(w.bob, bobs, "vrf r3")
	third := w.expect("No VRFs are configured.")
	w.press(w.alice, first, "Refresh", nil)
	w.expect("**Show VRFs** on **r1**")
	asked := len(w.lab.Recent())
	w.press(w.alice, second, "", w.data(first, "Refresh"))
	w.expect("This button was altered or belongs to another card, so I ignored it.")
	w.press(w.bob, third, "", w.data(first, "Refresh"))
	w.expect("This button was altered or belongs to another card, so I ignored it.")
	if n := len(w.lab.Recent()) - asked; n != 0 {
		t.Errorf("devices were asked %d times", n)
	}
}

// Over the rate limit the bot says when to retry. Others are answered.
func TestLimits(t *testing.T) {
	w := newWorld(t, func(c *config.Config) { c.Limits.PersonRate, c.Limits.DeviceRate = 4, 6 })
	alices, bobs := w.direct(w.alice), w.direct(w.bob)
	for range 2 {
		w.say(w.alice, alices, "vrf r1")
		w.expect("**Show VRFs** on **r1**")
	}
	asked := len(w.lab.Recent())
	w.say(w.alice, alices, "vrf r1")
	w.expect("You've hit your rate limit.", "Try again in ")
	w.say(w.alice, alices, "help")
	w.expect("`vrf DEVICE`")
	if n := len(w.lab.Recent()) - asked; n != 0 {
		t.Errorf("a device was asked %d times", n)
	}
	w.say(w.bob, bobs, "vrf r1")
	w.expect("**Show VRFs** on **r1**")
	w.say(w.bob, bobs, "arp r1,r2")
	w.expect("**r1**: not queried", "r1 has hit its rate limit", "**r2**: answered")
}

// While Webex doesn't tell who a person is, nothing is run; a moment later it is.
func TestUnknownPerson(t *testing.T) {
	w := newWorld(t)
	room := w.direct(w.alice)
	for _, status := range []int{http.StatusServiceUnavailable, http.StatusBadGateway, http.StatusTooManyRequests} {
		w.webex.Fail(webexsim.Fault{Who: w.bot.Email, Method: http.MethodGet, Path: "/v1/people/", Status: status, RetryAfter: time.Second})
		w.say(w.alice, room, "vrf r1")
		w.expect("**Show VRFs** on **r1** (3 rows")
	}
	w.webex.Fail(webexsim.Fault{Who: w.bot.Email, Method: http.MethodGet, Path: "/v1/people/", Status: http.StatusForbidden})
	w.say(w.bob, w.direct(w.bob), "vrf r1")
	card := w.expect("I couldn't verify who you are, so I can't run this.")
	w.press(w.bob, card, "Another device", nil)
	if said := w.expect()["markdown"].(string); !strings.HasPrefix(said, "Type a query and a device") {
		t.Errorf("its button gives %q", said)
	}
}
