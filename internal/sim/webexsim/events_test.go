package webexsim_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestBotGetsOnlyMentionsInGroups(t *testing.T) {
	w := newWorld(t)
	room, direct := w.sim.AddRoom("Noc", w.alice, w.bot), w.sim.Direct(w.alice, w.bot)
	e := w.receiver()
	w.hook(w.bot, e, "messages", "created", "")
	w.say(w.alice, room, "between us")
	w.say(w.alice, room, "<@all> hello")
	want := []string{w.say(w.alice, room, mentioning(w.bot, "help")), w.say(w.alice, direct, "help")}
	var got []string
	for _, h := range e.all(w) {
		got = append(got, h.data("id"))
	}
	same(t, "received", got, want)
}

func TestOwnMessagesAreEchoed(t *testing.T) {
	w := newWorld(t)
	room := w.sim.AddRoom("Noc", w.alice, w.bot)
	e := w.receiver()
	w.hook(w.bot, e, "messages", "created", "")
	id := w.say(w.bot, room, "hello")
	if list := e.all(w); len(list) != 1 || list[0].data("id") != id || list[0].data("personId") != w.bot.ID {
		t.Errorf("received %v", list)
	}
}

func TestMembershipWhenAdded(t *testing.T) {
	w := newWorld(t)
	room := w.sim.AddRoom("Noc", w.alice)
	e := w.receiver()
	w.hook(w.bot, e, "memberships", "all", "")
	id := w.must(w.alice, "POST", "/memberships", fmt.Sprintf(`{"roomId":%q,"personId":%q}`, room, w.bot.ID)).text("id")
	list := e.all(w)
	if len(list) != 1 || list[0].name() != "memberships/created" || list[0].data("personId") != w.bot.ID || list[0].object["actorId"] != w.alice.ID {
		t.Fatalf("received %v", list)
	}
	w.sim.Direct(w.bob, w.bot)
	same(t, "a direct space tells of both", e.names(w), []string{"memberships/created", "memberships/created"})
	w.must(w.bot, "DELETE", "/memberships/"+id, "")
	same(t, "leaving is told to who leaves", e.names(w), []string{"memberships/deleted"})
	w.say(w.alice, room, "alone again")
	same(t, "nothing is told afterwards", e.names(w), nil)
}

// Members of a space that is deleted are told that they left it.
func TestDeletedSpaceEndsMemberships(t *testing.T) {
	w := newWorld(t)
	room := w.sim.AddRoom("Noc", w.bot, w.alice)
	e := w.receiver()
	w.hook(w.bot, e, "memberships", "deleted", `,"filter":"personId=`+w.bot.ID+`"`)
	w.must(w.alice, "DELETE", "/rooms/"+room, "")
	list := e.all(w)
	if len(list) != 1 || list[0].data("personId") != w.bot.ID || list[0].object["actorId"] != w.alice.ID {
		t.Errorf("received %v", list)
	}
	w.refused(404, "Could not find a room with provided ID.", w.bot, "GET", "/rooms/"+room, "")
}

func TestPressIsToldOnlyToTheCardsAuthor(t *testing.T) {
	w := newWorld(t)
	room := w.sim.AddRoom("Noc", w.alice, w.bot, w.other)
	mine, others := w.receiver(), w.receiver()
	w.hook(w.bot, mine, "attachmentActions", "created", `,"secret":"s3cret"`)
	w.hook(w.other, others, "attachmentActions", "created", "")
	firehose := w.receiver()
	w.hook(w.bot, firehose, "all", "all", "")
	card := w.must(w.bot, "POST", "/messages", cardMessage(room, smallCard)).text("id")
	id := w.must(w.alice, "POST", "/attachment/actions", press(card, `{"act":"vrf"}`)).text("id")
	list := mine.all(w)
	if len(list) != 1 || list[0].data("id") != id || list[0].data("messageId") != card {
		t.Fatalf("received %v", list)
	}
	if _, there := list[0].object["data"].(map[string]any)["inputs"]; there {
		t.Error("the webhook carries the inputs")
	}
	same(t, "another bot", others.names(w), nil)
	same(t, "the firehose", firehose.names(w), []string{"messages/created"})
}

func TestFirehose(t *testing.T) {
	w := newWorld(t)
	e := w.receiver()
	w.hook(w.bot, e, "all", "all", "")
	room := w.sim.Direct(w.alice, w.bot)
	id := w.say(w.bot, room, "one")
	w.must(w.bot, "PUT", "/messages/"+id, fmt.Sprintf(`{"roomId":%q,"text":"two"}`, room))
	w.must(w.bot, "DELETE", "/messages/"+id, "")
	group := w.sim.AddRoom("Noc", w.alice, w.bot)
	w.must(w.bot, "PUT", "/rooms/"+group, `{"title":"NOC"}`)
	same(t, "received in order", e.names(w), []string{
		"rooms/created", "memberships/created", "memberships/created", "messages/created", "messages/updated", "messages/deleted",
		"rooms/created", "memberships/created", "memberships/created", "rooms/updated",
	})
}

// The members stand in the order of the guide, the body is compact and & isn't escaped, since some
// receivers check the signature over JSON they wrote again.
func TestEnvelopeAndSignature(t *testing.T) {
	w := newWorld(t)
	room := w.sim.AddRoom("Noc", w.alice, w.bot)
	e := w.receiver()
	hook := w.hook(w.bot, e, "messages", "created", `,"filter":"roomType=group&mentionedPeople=me","secret":"s3cret"`)
	id := w.say(w.alice, room, mentioning(w.bot, "show the *text*"))
	list := e.all(w)
	if len(list) != 1 {
		t.Fatalf("received %v", list)
	}
	h := list[0]
	mac := hmac.New(sha1.New, []byte("s3cret"))
	mac.Write(h.body)
	if want := hex.EncodeToString(mac.Sum(nil)); h.signature != want {
		t.Errorf("signature %q, want %q", h.signature, want)
	}
	if h.kind != "application/json" {
		t.Errorf("content type %q", h.kind)
	}
	order := regexp.MustCompile(`^\{"id":"[^"]+","name":"n","targetUrl":"[^"]+","resource":"messages","event":"created","filter":"roomType=group&mentionedPeople=me",` +
		`"orgId":"[^"]+","createdBy":"[^"]+","appId":"[^"]+","ownedBy":"creator","status":"active","created":"[^"]+","actorId":"[^"]+","data":\{.*\}\}$`)
	if !order.Match(h.body) {
		t.Errorf("body is %s", h.body)
	}
	if h.object["id"] != hook || h.object["actorId"] != w.alice.ID || h.object["createdBy"] != w.bot.ID || h.data("id") != id {
		t.Errorf("body is %s", h.body)
	}
	for _, hidden := range []string{"s3cret", "show the", `"text"`, `"html"`, `"markdown"`} {
		if strings.Contains(string(h.body), hidden) {
			t.Errorf("%s is in %s", hidden, h.body)
		}
	}
	plain := w.receiver()
	w.hook(w.bot, plain, "messages", "deleted", "")
	own := w.say(w.bot, room, "x")
	w.must(w.bot, "DELETE", "/messages/"+own, "")
	if list := plain.all(w); len(list) != 1 || list[0].signature != "" || strings.Contains(string(list[0].body), `"filter"`) {
		t.Errorf("without secret and filter: %v", list)
	}
}

func TestFilters(t *testing.T) {
	w := newWorld(t)
	group, direct := w.sim.AddRoom("Noc", w.alice, w.bob, w.bot), w.sim.Direct(w.alice, w.bot)
	ears := map[string]*receiver{}
	for _, c := range []struct{ resource, filter string }{
		{"messages", "roomType=direct"},
		{"messages", "roomType=group&mentionedPeople=me"},
		{"messages", "roomId=" + group},
		{"messages", "personId=" + w.bob.ID},
		{"messages", "personEmail=ALICE@example.com"},
		{"messages", "mentionedPeople=" + w.bob.ID + "," + w.bot.ID},
		{"messages", "hasFiles=true"},
		{"messages", "hasFiles=false&roomType=direct"},
		{"messages", "hasAttachments=true"},
		{"memberships", "isModerator=false&personEmail=carol@example.com"},
		{"rooms", "type=group&isLocked=false"},
	} {
		e := w.receiver()
		ears[c.resource+" "+c.filter] = e
		w.hook(w.bot, e, c.resource, "all", fmt.Sprintf(`,"filter":%q`, c.filter))
	}
	w.say(w.alice, direct, "1")
	w.say(w.alice, group, mentioning(w.bot, "2"))
	w.say(w.bob, group, mentioning(w.bot, "3"))
	w.must(w.bot, "POST", "/messages", cardMessage(group, smallCard))
	kind, body := form(t, map[string]string{"roomId": direct}, "a.csv")
	if r := w.send(w.alice.Token, "POST", "/messages", kind, body); r.status != 200 {
		t.Fatal(r.status)
	}
	carol := w.sim.AddPerson("Carol", "carol@example.com", "example")
	w.must(w.alice, "POST", "/memberships", fmt.Sprintf(`{"roomId":%q,"personId":%q}`, group, carol.ID))
	w.must(w.alice, "PUT", "/rooms/"+group, `{"title":"NOC"}`)
	want := map[string]int{
		"messages roomType=direct":                                    2,
		"messages roomType=group&mentionedPeople=me":                  2,
		"messages roomId=" + group:                                    3,
		"messages personId=" + w.bob.ID:                               1,
		"messages personEmail=ALICE@example.com":                      3,
		"messages mentionedPeople=" + w.bob.ID + "," + w.bot.ID:       2,
		"messages hasFiles=true":                                      1,
		"messages hasFiles=false&roomType=direct":                     1,
		"messages hasAttachments=true":                                1,
		"memberships isModerator=false&personEmail=carol@example.com": 1,
		"rooms type=group&isLocked=false":                             1,
	}
	for name, e := range ears {
		if got := len(e.all(w)); got != want[name] {
			t.Errorf("%s: received %d, want %d", name, got, want[name])
		}
	}
}

func TestWebhooksAreKeptPerToken(t *testing.T) {
	w := newWorld(t)
	e := w.receiver()
	id := w.hook(w.bot, e, "messages", "created", `,"filter":"roomType=direct"`)
	if n := len(w.must(w.bot, "GET", "/webhooks", "").items()); n != 1 {
		t.Errorf("the owner lists %d", n)
	}
	if n := len(w.must(w.other, "GET", "/webhooks", "").items()); n != 0 {
		t.Errorf("another lists %d", n)
	}
	w.refused(404, "The requested resource could not be found.", w.other, "DELETE", "/webhooks/"+id, "")
	// PUT changes name, target, secret; nothing else, and it never disables.
	r := w.must(w.bot, "PUT", "/webhooks/"+id, fmt.Sprintf(`{"name":"new","targetUrl":%q,"event":"deleted","filter":"x=y","status":"inactive"}`, e.url))
	if r.text("name") != "new" || r.text("event") != "created" || r.text("filter") != "roomType=direct" || r.text("status") != "active" {
		t.Errorf("got %s", r.raw)
	}
	if r := w.call(w.bot, "DELETE", "/webhooks/"+id, ""); r.status != http.StatusNoContent {
		t.Errorf("delete: %d", r.status)
	}
	w.say(w.alice, w.sim.Direct(w.alice, w.bot), "hello")
	same(t, "a deleted webhook receives", e.names(w), nil)
}

func TestWebhooksRefused(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ body, want string }{
		{`{"targetUrl":"http://x/","resource":"messages","event":"created"}`, "name cannot be empty"},
		{`{"name":"n","resource":"messages","event":"created"}`, "targetUrl cannot be null"},
		{`{"name":"n","targetUrl":"ftp://x/","resource":"messages","event":"created"}`, "targetUrl isn't an http or https URL."},
		{`{"name":"n","targetUrl":"http://x/","resource":"cards","event":"created"}`, `Unknown resource "cards".`},
		{`{"name":"n","targetUrl":"http://x/","resource":"attachmentActions","event":"deleted"}`, `Resource "attachmentActions" has no event "deleted".`},
	} {
		t.Run(c.want, func(t *testing.T) { w.refused(400, c.want, w.bot, "POST", "/webhooks", c.body) })
	}
}

func TestHundredFailuresInFiveMinutesDisable(t *testing.T) {
	w := newWorld(t)
	room := w.sim.Direct(w.alice, w.bot)
	e := w.receiver()
	id := w.hook(w.bot, e, "messages", "created", "")
	status := func() string { return w.must(w.bot, "GET", "/webhooks/"+id, "").text("status") }
	fail := func(n int) {
		t.Helper()
		for range n {
			w.say(w.alice, room, "x")
		}
		w.quiet()
	}
	enable := func() {
		w.must(w.bot, "PUT", "/webhooks/"+id, fmt.Sprintf(`{"name":"n","targetUrl":%q,"status":"active"}`, e.url))
	}
	e.answer(http.StatusInternalServerError)
	fail(99)
	w.pass(6 * time.Minute)
	fail(99)
	if status() != "active" {
		t.Fatal("disabled although the failures are further apart than five minutes")
	}
	fail(1)
	if status() != "inactive" {
		t.Fatal("still active after a hundred failures")
	}
	e.all(w)
	fail(1)
	same(t, "a disabled webhook receives", e.names(w), nil)
	w.pass(time.Minute)
	enable()
	fail(1)
	if status() != "inactive" {
		t.Fatal("enabled again within five minutes, it survived a failure")
	}
	w.pass(6 * time.Minute)
	enable()
	fail(99)
	if status() != "active" {
		t.Fatal("enabled again after five minutes, it has no hundred failures")
	}
	e.answer(http.StatusOK)
	e.all(w)
	fail(1)
	same(t, "an enabled webhook receives", e.names(w), []string{"messages/created"})
}

func TestDeliveriesMisbehaveOnRequest(t *testing.T) {
	w := newWorld(t)
	room := w.sim.Direct(w.alice, w.bot)
	e := w.receiver()
	w.hook(w.bot, e, "messages", "created", `,"secret":"s3cret"`)
	receive := func(n int) (ids []string, list []received, want []string) {
		for range n {
			want = append(want, w.say(w.alice, room, "x"))
		}
		list = e.all(w)
		for _, h := range list {
			ids = append(ids, h.data("id"))
		}
		return ids, list, want
	}
	t.Run("twice", func(t *testing.T) {
		w.sim.DeliverTwice(1)
		ids, _, want := receive(2)
		same(t, "received", ids, []string{want[0], want[0], want[1]})
	})
	t.Run("out of order", func(t *testing.T) {
		w.sim.DeliverLate(1)
		ids, _, want := receive(3)
		same(t, "received", ids, []string{want[1], want[0], want[2]})
	})
	t.Run("forged", func(t *testing.T) {
		w.sim.DeliverForged(1)
		_, list, _ := receive(2)
		for i, wrong := range []bool{true, false} {
			mac := hmac.New(sha1.New, []byte("s3cret"))
			mac.Write(list[i].body)
			if (list[i].signature != hex.EncodeToString(mac.Sum(nil))) != wrong || len(list[i].signature) != 40 {
				t.Errorf("delivery %d has the signature %s", i, list[i].signature)
			}
		}
	})
}

// A webhook that doesn't answer delays neither the caller nor other webhooks.
func TestDeliveriesAreApart(t *testing.T) {
	w := newWorld(t)
	room := w.sim.Direct(w.alice, w.bot)
	reached, release := make(chan struct{}), make(chan struct{})
	stuck := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(reached)
		<-release
	})}
	w.serve(stuck)
	w.must(w.bot, "POST", "/webhooks", fmt.Sprintf(`{"name":"stuck","targetUrl":"http://%s/","resource":"messages","event":"created"}`, stuck.Addr))
	e := w.receiver()
	w.hook(w.bot, e, "messages", "created", "")
	id := w.say(w.alice, room, "x")
	<-reached
	w.eventually(func() bool { e.mu.Lock(); defer e.mu.Unlock(); return len(e.got) == 1 })
	close(release)
	w.quiet()
	if raw, err := json.Marshal(e.got[0].object["data"]); err != nil || !strings.Contains(string(raw), id) {
		t.Errorf("received %s (%v)", raw, err)
	}
}
