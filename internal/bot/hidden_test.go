package bot_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"overwatch/internal/access"
	"overwatch/internal/bot"
	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/inventory"
)

// rules returns access rules.
func rules(t *testing.T, text string) *access.Policy {
	t.Helper()
	p, err := access.Parse("access.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// directory has somebody of another organization in every space.
type directory struct{}

func (directory) Person(context.Context, string) (chat.Person, error) {
	return chat.Person{ID: "P", Email: "dan@example.net", Org: "other"}, nil
}

func (directory) Room(_ context.Context, id string, _ bool) (chat.Room, error) {
	return chat.Room{ID: id, Title: "Space"}, nil
}

// TestHiddenNamesDontShow checks that replies are the same whether a name is hidden from a person or doesn't
// exist: one bot has the hidden devices, the other one doesn't.
func TestHiddenNamesDontShow(t *testing.T) {
	policy := rules(t, "rules: [{permit: some, people: '*', devices: [core1, sw1], queries: [vrf, interfaces, port, arp]}]")
	with := func(hidden ...inventory.Device) *bot.Bot {
		all := append(hidden, device("core1", "site:paris"), device("sw1", "site:paris"), device("unrelated-9"))
		return siteBot(t, &fetcher{}, func(o *bot.Options) { o.Access, o.Directory, o.Inventory = policy, directory{}, inventoryOf(t, all...) })
	}
	has := with(
		device("locked1", "site:oslo", "role:vault"), device("core-secret", "site:oslo"), device("down1", "site:paris"), device("locked2", "role:vault"),
		device("vault", "site:paris"),
	)
	hasNot := with()
	for _, text := range []string{
		"vrf locked1", "vrf lock", "vrf l", "vrf locked*", "vrf l*", "vrf *1", "vrf c*", "vrf c", "vrf core", "vrf core*", "vrf core-s", "vrf core-secret", "vrf core_secret",
		"vrf site:oslo", "vrf oslo", "vrf site:x", "vrf role:vault", "vrf vault", "vrf v", "vrf site:paris", "vrf paris", "vrf group:all", "vrf core1,locked1", "vrf core1 locked1",
		"vrf lokced1", "vrf locked3", "vrf vualt", "vrf d", "vrf down", "vrf dwon1", "interfaces down paris", "interfaces d", "locked1", "oslo", "lock", "c*", "bgp locked1", "bgp core1",
		"bgp lock", "bgp", "diff vrf locked1", "diff vrf core1 locked1", "vrf locked1 csv", "vrf locked1 | x", "help", "devices", "history", "hello", "what is on locked1",
		"port locked1", "port core1", "[l]ocked1 vrf", "vrf ?ocked1", "vrf group:locked1", "locked1 oslo", "locked1 core1",
	} {
		a, b := say(t, has, text), say(t, hasNot, text)
		if a.Text != b.Text || string(a.Card) != string(b.Card) || fault.Of(a.Err) != fault.Of(b.Err) {
			t.Errorf("%q: hidden: %s\nmissing: %s", text, a.Text, b.Text)
		}
	}
	for _, inputs := range []map[string]any{
		{"_do": "run", "_query": "vrf", "device": "locked1"},
		{"_do": "run", "_query": "vrf", "device": "l*"},
		{"_do": "run", "_query": "vrf", "device": "lock"},
		{"_do": "form", "_query": "vrf", "device": "locked1"},
		{"_do": "more", "device": "locked1"},
		{"_do": "run", "_query": "vrf", "group": "site:oslo"},
		{"_do": "more", "_query": "vrf", "group": "site:oslo"},
		{"_do": "compare", "_query": "vrf", "device": "core1", "with": "locked1"},
		{"_do": "compare", "_query": "vrf", "device": "core1", "with": "lock"},
		{"_do": "compare", "_query": "vrf", "device": "locked1", "with": "core1"},
		{"_do": "file", "_query": "vrf", "device": "locked1", "_format": "csv"},
	} {
		press := func(b *bot.Bot) chat.Reply {
			all := map[string]any{"_ow": "1"}
			for k, v := range inputs {
				all[k] = v
			}
			return b.Handle(t.Context(), chat.Submission{Card: "C", Inputs: all}, func(chat.Reply) {})[0]
		}
		if a, b := press(has), press(hasNot); a.Text != b.Text || string(a.Card) != string(b.Card) {
			t.Errorf("%v: hidden: %s\nmissing: %s", inputs, a.Text, b.Text)
		}
	}
}

// TestWhatWasTypedIsRepeated checks that a refusal has the text of the person, not the name it begins.
func TestWhatWasTypedIsRepeated(t *testing.T) {
	policy := rules(t, "rules: [{permit: some, people: '*', devices: [sw1]}]")
	b := siteBot(t, &fetcher{}, func(o *bot.Options) { o.Access, o.Directory = policy, directory{} })
	for text, hidden := range map[string]string{"vrf c": "core", "vrf core": "core1", "vrf edge": "rtr", "vrf d": "down1", "vrf m\u00fc": "nchen", "vrf edge*": "rtr", "vrf site:oslo": "edge"} {
		r := say(t, b, text)
		if all := r.Text + string(r.Card); strings.Contains(all, hidden) && !strings.Contains(text, hidden) {
			t.Errorf("%q: %s", text, r.Text)
		}
	}
}

// TestStrangersCantCancel checks who can cancel a run: the person who began it, and people who may run it.
func TestStrangersCantCancel(t *testing.T) {
	policy := rules(t, `rules:
  - {permit: all, people: [ada@example.com, bob@example.com]}
  - {permit: some, people: [eve@example.com], devices: [sw1]}
`)
	person := func(name string) chat.Person {
		return chat.Person{ID: name, Email: name + "@example.com", Org: "O"}
	}
	for who, cancels := range map[string]bool{"ada": true, "bob": true, "eve": false, "mallory": false} {
		for _, direct := range []bool{true, false} {
			f := &fetcher{never: true}
			b := siteBot(t, f, func(o *bot.Options) { o.Access, o.Directory, o.Org = policy, directory{}, "O" })
			room := chat.Room{ID: "ROOM"}
			ctx, stop := context.WithCancel(t.Context())
			lines, replies := make(chan chat.Reply, 20), make(chan []chat.Reply, 1)
			go func() {
				replies <- b.Handle(ctx, chat.Message{ID: "Q", Room: room, Person: person("ada"), Text: "vrf core1"}, func(r chat.Reply) { lines <- r })
			}()
			line := <-lines
			var ev chat.Content = chat.Message{ID: "X", Room: room, Person: person(who), Text: "please cancel"}
			if direct {
				inputs := map[string]any{}
				for k, v := range buttons(t, line)["Cancel"] {
					inputs[k] = v
				}
				ev = chat.Submission{ID: "X", Room: room, Person: person(who), Inputs: inputs}
			}
			b.Interrupt(ev)
			if cancels {
				if r := <-replies; !strings.Contains(r[0].Text, "Cancelled") {
					t.Errorf("%s: %s", who, r[0].Text)
				}
			} else {
				if len(replies) > 0 {
					t.Errorf("%s cancelled the run: %v", who, <-replies)
				}
				if r := b.Handle(t.Context(), ev, func(chat.Reply) {}); len(r) == 1 && strings.Contains(r[0].Text, "Cancelled") {
					t.Errorf("%s: %s", who, r[0].Text)
				}
			}
			stop()
		}
	}
}

// TestRepliesAreLimited checks that replies without a query have a limit, for each way to get one.
func TestRepliesAreLimited(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for _, text := range []string{"help", "devices", "history", "hello", "vfr core1", "vrf nonsense99", "vrf locked1", "cancel", "", "ping 192.0.2.1 from core1"} {
		limits := access.NewLimits(access.LimitsConfig{PersonRate: 4, SpaceRate: 1000, DeviceRate: 1000}, func() time.Time { return now })
		b := siteBot(t, &fetcher{}, func(o *bot.Options) { o.Limits = limits })
		limited := 0
		for range 20 {
			m := chat.Message{ID: "M", Person: chat.Person{ID: "P", Email: "ada@example.com"}, Text: text}
			if r := b.Handle(t.Context(), m, func(chat.Reply) {}); len(r) == 1 && fault.Of(r[0].Err) == fault.RateLimited {
				limited++
			}
		}
		if limited == 0 || limited > 15 {
			t.Errorf("%q: %d of 20 replies are over the limit", text, limited)
		}
	}
}
