package bot_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"overwatch/internal/access"
	"overwatch/internal/bot"
	"overwatch/internal/chat"
)

// world of people and spaces, by id.
type registry struct {
	people map[string]chat.Person
	rooms  map[string]chat.Room
}

func (r registry) Person(_ context.Context, id string) (chat.Person, error) { return r.people[id], nil }

func (r registry) Room(_ context.Context, id string, foreign bool) (chat.Room, error) {
	room := r.rooms[id]
	room.Foreign = room.Foreign && foreign // Webex is asked only if the rules need it
	return room, nil
}

// randomRules returns rules of which each list has a few of the entries that may fit.
func randomRules(rnd *rand.Rand, spaces []string) string {
	some := func(key string, empty bool, from ...string) string {
		n := rnd.IntN(3)
		if !empty {
			n++
		}
		var list []string
		for range n {
			list = append(list, "'"+strings.ReplaceAll(from[rnd.IntN(len(from))], "'", "''")+"'")
		}
		if len(list) == 0 {
			return ""
		}
		return fmt.Sprintf(", %s: [%s]", key, strings.Join(list, ", "))
	}
	var b strings.Builder
	if rnd.IntN(4) == 0 {
		b.WriteString("foreign-spaces: refuse\n")
	}
	b.WriteString("rules:\n")
	for i := range 1 + rnd.IntN(5) {
		permits := rnd.IntN(3) > 0
		fmt.Fprintf(&b, "  - {%s: rule %d", map[bool]string{true: "permit", false: "deny"}[permits], i)
		b.WriteString(some("people", !permits, "*", "organization", "example.com", "*.com", "ADA@example.com", "?ve@evil.example.org", "*@evil.*", "nobody@example.com"))
		b.WriteString(some("spaces", true, spaces...))
		b.WriteString(some("queries", true, "vrf", "v*", "arp", "group:routing", "group:R*", "?rf", "*", "bgp"))
		b.WriteString(some("devices", true, "core1", "core*", "CORE?", "site:paris", "site:*", "role:core", "group:all", "sw1", "group:paris", "*"))
		b.WriteString("}\n")
	}
	return b.String()
}

// What overwatch access explain says is what the bot does, for what people type and press in every space.
func TestExplainedAsDecided(t *testing.T) {
	id := func(n int) string {
		return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "ciscospark://us/ROOM/2b2cbe60-0000-4000-8000-0000000000%02d", n))
	}
	known := registry{
		people: map[string]chat.Person{
			"ADA": {ID: "ADA", Email: "ada@example.com", Org: "O"}, "BOB": {ID: "BOB", Email: "Bob@Example.com", Org: "O"},
			"EVE": {ID: "EVE", Email: "eve@evil.example.org", Org: "E"}, "MAX": {ID: "MAX", Email: "max@example.com", Org: "E"},
		},
		rooms: map[string]chat.Room{
			id(1): {ID: id(1), Direct: true, Title: "Ada"}, id(2): {ID: id(2), Title: "[Public] Partners"}, id(3): {ID: id(3), Title: "NOC / Zu\u0308rich", Foreign: true},
			id(4): {ID: id(4), Title: "direct"}, id(5): {ID: id(5), Direct: true, Title: "[Public] Partners", Foreign: true}, id(6): {ID: id(6), Title: id(2)},
		},
	}
	spaces := []string{"direct", "group", "[Public] Partners", "[public]*", "NOC / *", "*Zürich", id(1), id(2), "2b2cbe60-0000-4000-8000-000000000003", "?irect", "*"}
	f := &fetcher{}
	var options bot.Options
	siteBot(t, f, func(o *bot.Options) { options = *o })
	options.Directory, options.Org = known, "O"
	permitted := 0
	for seed := range uint64(250) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		text := randomRules(rnd, spaces)
		policy, err := access.Parse("access.yaml", []byte(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		options.Access = policy
		b, err := bot.New(options)
		if err != nil {
			t.Fatal(err)
		}
		for personID, person := range known.people {
			for roomID, room := range known.rooms {
				list, err := b.Explain(access.Subject{Person: person, Room: room}, policy, "vrf core1")
				if err != nil || len(list) != 1 {
					t.Fatal(list, err)
				}
				want := list[0]
				if want.Permitted {
					permitted++
				}
				typed := chat.Message{ID: "M", Room: chat.Room{ID: roomID, Direct: room.Direct}, Person: chat.Person{ID: personID, Email: person.Email}, Text: "vrf core1"}
				pressed := chat.Submission{
					ID: "S", Room: chat.Room{ID: roomID}, Person: chat.Person{ID: personID}, Card: "C",
					Inputs: map[string]any{"_ow": "1", "_do": "run", "_query": "vrf", "device": "core1"},
				}
				for _, content := range []chat.Content{typed, pressed} {
					f.asked = nil
					replies := b.Handle(t.Context(), content, func(chat.Reply) {})
					run := replies[0].Run
					allowed, asked := run != nil && run.Query == "vrf" && run.Allowed, len(f.asked) > 0
					if allowed != want.Permitted || asked != want.Permitted {
						t.Errorf("seed %d, %T of %s in %s: explained as %v, recorded as %v, asked %v\n%s", seed, content, person.Email, room.Title, want.Permitted, allowed, asked, text)
					}
					if run != nil && run.Query != "" && run.Rule != want.Rule {
						t.Errorf("seed %d, %T of %s in %s: explained by %q, decided by %q\n%s", seed, content, person.Email, room.Title, want.Rule, run.Rule, text)
					}
					if silent := replies[0].Text == ""; silent != (want.Refused != "") {
						t.Errorf("seed %d, %T of %s in %s: silent: %v, explained as refused %q\n%s", seed, content, person.Email, room.Title, silent, want.Refused, text)
					}
				}
			}
		}
	}
	if permitted < 500 {
		t.Errorf("only %d were permitted", permitted)
	}
}
