package webexsim_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestAuthorization(t *testing.T) {
	w := newWorld(t)
	const want = "The request requires a valid access token set in the Authorization request header."
	for name, token := range map[string]string{"none": "", "unknown": "nobody"} {
		t.Run(name, func(t *testing.T) {
			r := w.send(token, "GET", "/people/me", "", nil)
			if r.status != http.StatusUnauthorized || r.text("message") != want {
				t.Errorf("got %d %s", r.status, r.raw)
			}
			if r.text("trackingId") == "" || r.text("trackingId") != r.header.Get("TrackingID") {
				t.Errorf("trackingId %q, header %q", r.text("trackingId"), r.header.Get("TrackingID"))
			}
			errors, _ := r.object["errors"].([]any)
			if len(errors) != 1 || errors[0].(map[string]any)["description"] != want {
				t.Errorf("errors are %v", r.object["errors"])
			}
		})
	}
}

func TestTrackingIDIsMadeOrEchoed(t *testing.T) {
	w := newWorld(t)
	if got := w.must(w.bot, "GET", "/people/me", "").header.Get("TrackingID"); !strings.HasPrefix(got, "ROUTER_") {
		t.Errorf("made %q", got)
	}
	req, err := http.NewRequestWithContext(t.Context(), "GET", w.base+"/people/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("trackingid", "mine_1")
	resp, err := w.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if got := resp.Header.Get("TrackingID"); got != "mine_1" {
		t.Errorf("echoed %q", got)
	}
}

// The vectors are those of the facts: id of 12345678-1234-1234-1234-1234567890ab and so on.
func TestIDs(t *testing.T) {
	w := newWorld(t)
	room := w.sim.AddRoom("Noc", w.alice, w.bot)
	if !regexp.MustCompile(`^[A-Za-z0-9_-]+$`).MatchString(w.bot.ID) || !strings.HasPrefix(w.bot.ID, "Y2lzY29zcGFyazovL3VzL1BFT1BMRS8") {
		t.Errorf("the id %q isn't base64url of ciscospark://us/PEOPLE/ without padding", w.bot.ID)
	}
	for name, id := range map[string]string{"public": w.bot.ID, "padded": w.bot.ID + "==", "bare": w.bot.UUID} {
		t.Run(name, func(t *testing.T) {
			if got := w.must(w.alice, "GET", "/people/"+id, "").text("id"); got != w.bot.ID {
				t.Errorf("got %q", got)
			}
		})
	}
	w.refused(400, "Expect base64 ID or UUID.", w.alice, "GET", "/rooms/nonsense", "")
	w.refused(400, "Expect base64 ID or UUID.", w.alice, "GET", "/messages/"+room, "")
	if again := newWorld(t); again.bot.ID != w.bot.ID || again.bot.Token != w.bot.Token {
		t.Error("the same email makes another id or token in another run")
	}
	if parts := strings.Split(w.bot.Token, "_"); len(parts) != 3 || parts[1] != "P0A1" {
		t.Errorf("the token isn't of three parts")
	}
}

func TestUnknownPathAndContentType(t *testing.T) {
	w := newWorld(t)
	w.refused(404, "The requested resource could not be found.", w.bot, "GET", "/nothing", "")
	r := w.send(w.bot.Token, "POST", "/messages", "text/plain", strings.NewReader("{}"))
	if r.status != 415 || r.text("message") != "Content type 'text/plain' not supported" {
		t.Errorf("got %d %s", r.status, r.raw)
	}
	if r := w.call(w.bot, "POST", "/messages", `{"roomId":`); r.status != 400 {
		t.Errorf("half an object: got %d", r.status)
	}
}

func TestPeople(t *testing.T) {
	w := newWorld(t)
	me := w.must(w.bot, "GET", "/people/me", "")
	if me.text("type") != "bot" || me.text("displayName") != "Overwatch" || me.text("orgId") != w.bot.OrgID {
		t.Errorf("me is %s", me.raw)
	}
	if !regexp.MustCompile(`^2026-11-23T08:00:00\.\d{3}Z$`).MatchString(me.text("created")) {
		t.Errorf("created is %q", me.text("created"))
	}
	missing := "Y2lzY29zcGFyazovL3VzL1BFT1BMRS8xMjM0NTY3OC0xMjM0LTEyMzQtMTIzNC0xMjM0NTY3ODkwYWI"
	for name, c := range map[string]struct {
		path string
		want []string
	}{
		"a batch":               {"/people" + query("id", w.alice.ID+","+w.bot.ID), []string{w.alice.ID, w.bot.ID}},
		"a batch, slash before": {"/people/" + query("id", w.alice.ID, "showAllTypes", "false"), []string{w.alice.ID}},
		"with a missing one":    {"/people" + query("id", missing+","+w.bob.ID), []string{w.bob.ID}},
		"by email":              {"/people" + query("email", "BOB@example.com"), []string{w.bob.ID}},
		"by unknown email":      {"/people" + query("email", "nobody@example.com"), nil},
		"by name":               {"/people" + query("displayName", "ali"), []string{w.alice.ID}},
	} {
		t.Run(name, func(t *testing.T) {
			r := w.must(w.bot, "GET", c.path, "")
			var got []string
			for _, item := range r.items() {
				got = append(got, item["id"].(string))
			}
			same(t, "people", got, c.want)
			if strings.Contains(c.path, missing) {
				contains(t, r.raw, `"notFoundIds":["`+missing+`"]`)
			}
		})
	}
}

func TestAddPersonTwiceIsOnePerson(t *testing.T) {
	w := newWorld(t)
	room := w.sim.AddRoom("Noc", w.alice, w.bot)
	if again := w.sim.AddPerson("Somebody", "Alice@example.com", "example"); again.ID != w.alice.ID || again.Token != w.alice.Token {
		t.Errorf("got %+v", again)
	}
	w.must(w.alice, "GET", "/rooms/"+room, "")
}

func TestRooms(t *testing.T) {
	w := newWorld(t)
	first := w.sim.AddRoom("Noc", w.alice, w.bot)
	second := w.sim.AddRoom("Noc", w.alice, w.bot)
	direct := w.sim.Direct(w.alice, w.bot)
	if first == second {
		t.Error("two spaces of one title are one")
	}
	if again := w.sim.Direct(w.bot, w.alice); again != direct {
		t.Error("two people have two direct spaces")
	}
	w.say(w.alice, first, "hello")
	list := func(who, path string) []string {
		var ids []string
		for _, r := range w.send(who, "GET", path, "", nil).items() {
			ids = append(ids, r["id"].(string))
		}
		return ids
	}
	same(t, "newest activity first", list(w.bot.Token, "/rooms"), []string{first, direct, second})
	same(t, "newest first", list(w.bot.Token, "/rooms?sortBy=created"), []string{direct, second, first})
	same(t, "direct ones", list(w.bot.Token, "/rooms?type=direct"), []string{direct})
	same(t, "others' aren't listed", list(w.bob.Token, "/rooms"), nil)
	w.refused(404, "Could not find a room with provided ID.", w.bob, "GET", "/rooms/"+first, "")
	if got := w.must(w.bot, "GET", "/rooms/"+direct, "").text("title"); got != "Alice Adams" {
		t.Errorf("the bot sees the direct space as %q", got)
	}
	made := w.must(w.bob, "POST", "/rooms", `{"title":"Mine"}`).text("id")
	if got := w.must(w.bob, "PUT", "/rooms/"+made, `{"title":"Ours"}`).text("title"); got != "Ours" {
		t.Errorf("title is %q", got)
	}
	said := w.say(w.bob, made, "gone soon")
	if r := w.call(w.bob, "DELETE", "/rooms/"+made, ""); r.status != 204 || len(r.raw) != 0 {
		t.Errorf("delete: %d %q", r.status, r.raw)
	}
	w.refused(404, "Could not find message with provided ID.", w.bob, "GET", "/messages/"+said, "")
}

func TestMemberships(t *testing.T) {
	w := newWorld(t)
	room := w.sim.AddRoom("Noc", w.alice, w.bot)
	body := fmt.Sprintf(`{"roomId":%q,"personEmail":"bob@example.com"}`, room)
	m := w.must(w.alice, "POST", "/memberships", body)
	w.refused(409, "Person is already in the room.", w.alice, "POST", "/memberships", body)
	if m.text("personId") != w.bob.ID || m.text("roomType") != "group" || m.text("personDisplayName") != "Bob Brown" {
		t.Errorf("got %s", m.raw)
	}
	if got := w.must(w.bot, "GET", "/memberships/"+m.text("id")+"=", "").text("id"); got != m.text("id") {
		t.Errorf("got %q", got)
	}
	if n := len(w.must(w.bot, "GET", "/memberships"+query("roomId", room), "").items()); n != 3 {
		t.Errorf("%d members", n)
	}
	if n := len(w.must(w.bot, "GET", "/memberships"+query("roomId", room, "personEmail", "bob@example.com"), "").items()); n != 1 {
		t.Errorf("%d members are bob", n)
	}
	if r := w.call(w.bob, "DELETE", "/memberships/"+m.text("id"), ""); r.status != 204 {
		t.Errorf("delete: %d %s", r.status, r.raw)
	}
	w.refused(404, "Could not find a room with provided ID.", w.bob, "GET", "/rooms/"+room, "")
	w.refused(404, "Failed to find user with specified email address.", w.alice, "POST", "/memberships",
		fmt.Sprintf(`{"roomId":%q,"personEmail":"nobody@example.com"}`, room))
}

// Pages are followed as a client does it: by the one Link there is, with everything asked for kept.
func TestPagesAreLinked(t *testing.T) {
	w := newWorld(t)
	room := w.sim.AddRoom("Noc", w.alice, w.bot)
	var want []string
	for i := range 5 {
		want = append([]string{w.say(w.alice, room, mentioning(w.bot, fmt.Sprint(i)))}, want...)
	}
	link := regexp.MustCompile(`^<(http://[^>]+)>; rel="next"$`)
	address := w.base + "/messages" + query("roomId", room, "mentionedPeople", "me", "max", "2")
	var got []string
	for pages := 1; ; pages++ {
		r := w.must(w.bot, "GET", address, "")
		for _, m := range r.items() {
			got = append(got, m["id"].(string))
		}
		links := r.header.Values("Link")
		if len(links) == 0 {
			if pages != 3 {
				t.Errorf("%d pages", pages)
			}
			break
		}
		next := link.FindStringSubmatch(links[0])
		if len(links) != 1 || next == nil || !strings.Contains(next[1], "mentionedPeople=me") || !strings.HasPrefix(next[1], w.base) {
			t.Fatalf("links are %q", links)
		}
		address = next[1]
	}
	same(t, "messages over the pages", got, want)
}
