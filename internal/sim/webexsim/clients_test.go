package webexsim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"overwatch/internal/sim/webexsim"
)

// What other people's clients read and send, beyond the documented basics.

// webex_bot and the JavaScript SDK read the tags of every activity's target; without them they fail.
func TestEveryActivityHasWhatClientsRead(t *testing.T) {
	w := newWorld(t)
	l := w.foreign(w.alice).open("a")
	defer l.conn.CloseNow()
	made := w.must(w.alice, "POST", "/rooms", `{"title":"NOC","isLocked":true}`)
	group := made.text("id")
	member := w.must(w.alice, "POST", "/memberships", fmt.Sprintf(`{"roomId":%q,"personId":%q}`, group, w.bot.ID)).text("id")
	message := w.say(w.alice, group, "hello")
	w.must(w.alice, "PUT", "/memberships/"+member, `{"isModerator":true,"isRoomHidden":false}`)
	w.must(w.alice, "PUT", "/memberships/"+member, `{"isModerator":false}`)
	w.must(w.alice, "PUT", "/rooms/"+group, `{"title":"NOC 2"}`)
	w.must(w.alice, "PUT", "/rooms/"+group, `{"title":"NOC 2","isLocked":false}`)
	w.must(w.alice, "DELETE", "/messages/"+message, "")
	w.must(w.alice, "DELETE", "/memberships/"+member, "")
	kind, body := form(t, map[string]string{"roomId": group}, "a.csv")
	if r := w.send(w.alice.Token, "POST", "/messages", kind, body); r.status != http.StatusOK {
		t.Fatal(r.status)
	}
	tags := "[LOCKED]"
	for _, verb := range []string{"create", "add", "post", "assignModerator", "unassignModerator", "update", "unlock", "delete", "leave", "share", "update"} {
		a := l.activity(verb)
		if verb == "unlock" {
			tags = "[]"
		}
		if got := a.at("activity.target.tags"); got != tags {
			t.Errorf("%s: tags %s, want %s", verb, got, tags)
		}
		for _, path := range []string{"activity.id", "activity.url", "activity.published", "activity.target.url", "activity.actor.entryUUID", "activity.actor.emailAddress", "activity.actor.orgId"} {
			if a.at(path) == "" {
				t.Errorf("%s has no %s: %s", verb, path, a.raw)
			}
		}
		if strings.Contains(string(a.raw), "malwareQuarantineState") && (a.at("activity.object.contentCategory") != "documents" || a.at("activity.object.url") == "") {
			t.Errorf("%s of a file: %s", verb, a.raw)
		}
	}
}

// A creator gets one create with itself in it: the Node framework waits for it after POST /rooms.
func TestCreatorGetsACreate(t *testing.T) {
	w := newWorld(t)
	l := w.foreign(w.bot).open("a")
	defer l.conn.CloseNow()
	room := w.must(w.bot, "POST", "/rooms", `{"title":"NOC"}`).text("id")
	made := l.activity("create")
	if id("ROOM", made.at("activity.object.id")) != room || made.at("activity.object.tags") != "[]" || !strings.Contains(string(made.raw), `"participants":{"items":[{`) {
		t.Errorf("got %s", made.raw)
	}
}

// go-cisco-webex-teams ends paths with a slash.
func TestSlashAtTheEnd(t *testing.T) {
	w := newWorld(t)
	room := w.must(w.alice, "POST", "/rooms/", `{"title":"NOC"}`).text("id")
	w.must(w.alice, "POST", "/memberships/", fmt.Sprintf(`{"roomId":%q,"personId":%q}`, room, w.bot.ID))
	card := w.must(w.bot, "POST", "/messages/", cardMessage(room, smallCard)).text("id")
	action := w.must(w.alice, "POST", "/attachment/actions/", press(card, `{}`)).text("id")
	w.must(w.bot, "POST", "/webhooks/", `{"name":"n","targetUrl":"http://hook.example/","resource":"messages","event":"created"}`)
	for _, path := range []string{"/rooms/", "/webhooks/", "/memberships/", "/people/me/", "/rooms/" + room + "/", "/messages/" + card + "/", "/attachment/actions/" + action + "/"} {
		w.must(w.bot, "GET", path, "")
	}
	w.must(w.alice, "GET", "/messages/?roomId="+room, "")
}

func TestPeopleHaveWhatClientsRead(t *testing.T) {
	w := newWorld(t)
	stranger := w.sim.AddPerson("Eve", "eve@elsewhere.example", "elsewhere.example")
	me := w.must(w.bot, "GET", "/people/me", "")
	for _, key := range []string{"avatar", "created", "lastModified", "lastActivity", "status", "orgId", "nickName"} {
		if me.text(key) == "" {
			t.Errorf("people/me has no %s", key)
		}
	}
	other := w.must(w.bot, "GET", "/people/"+stranger.ID, "")
	if other.text("avatar") == "" || other.text("lastModified") == "" || other.text("status") != "" || other.text("lastActivity") != "" {
		t.Errorf("presence is only for one's own organization: %s", other.raw)
	}
	if n := len(w.must(w.bot, "GET", "/people?email=eve@elsewhere.example", "").items()); n != 0 {
		t.Errorf("%d people of another organization by email", n)
	}
	if list := w.must(w.bot, "GET", "/people?email=alice@example.com&excludeStatus=true", "").items(); len(list) != 1 || list[0]["status"] != nil {
		t.Errorf("without status: %v", list)
	}
	w.refused(403, "Only administrators can list people by orgId, roles or locationId.", w.bot, "GET", "/people?displayName=A&roles=x", "")
	w.refused(400, "At most 85 ids can be listed.", w.bot, "GET", "/people?id="+strings.Repeat("x,", 85)+"x", "")
}

func TestModerators(t *testing.T) {
	w := newWorld(t)
	made := w.must(w.alice, "POST", "/rooms", `{"title":"NOC","isLocked":true,"isAnnouncementOnly":true,"description":"d","isPublic":true}`)
	if made.object["isLocked"] != true || made.object["isAnnouncementOnly"] != true || made.object["isPublic"] != true || made.text("description") != "d" || made.text("madePublic") == "" {
		t.Errorf("made %s", made.raw)
	}
	room := made.text("id")
	w.must(w.alice, "POST", "/memberships", fmt.Sprintf(`{"roomId":%q,"personId":%q}`, room, w.bob.ID))
	const no = "Only a moderator of the space can do this."
	w.refused(403, no, w.bob, "POST", "/memberships", fmt.Sprintf(`{"roomId":%q,"personId":%q}`, room, w.bot.ID))
	w.refused(403, no, w.bob, "PUT", "/rooms/"+room, `{"title":"Mine"}`)
	w.refused(403, no, w.bob, "POST", "/messages", fmt.Sprintf(`{"roomId":%q,"text":"hello"}`, room))
	bob := w.must(w.alice, "GET", "/memberships?roomId="+room+"&personEmail=bob@example.com", "").items()[0]
	e := w.receiver()
	w.hook(w.alice, e, "memberships", "updated", "")
	if m := w.must(w.alice, "PUT", "/memberships/"+bob["id"].(string), `{"isModerator":true,"isRoomHidden":false}`); m.object["isModerator"] != true {
		t.Errorf("got %s", m.raw)
	}
	same(t, "reported", e.names(w), []string{"memberships/updated"})
	w.must(w.bob, "POST", "/messages", fmt.Sprintf(`{"roomId":%q,"text":"hello"}`, room))
	direct := w.sim.Direct(w.alice, w.bob)
	mine := w.must(w.alice, "GET", "/memberships?roomId="+direct+"&personEmail=alice@example.com", "").items()[0]["id"].(string)
	w.must(w.alice, "PUT", "/memberships/"+mine, `{"isModerator":false,"isRoomHidden":true}`)
	w.say(w.bob, direct, "look")
	if m := w.must(w.alice, "GET", "/memberships/"+mine, ""); m.object["isRoomHidden"] != false {
		t.Error("a new message doesn't show the hidden space again")
	}
}

// Every parameter that the description names is honoured or refused.
func TestParametersAreHonouredOrRefused(t *testing.T) {
	w := newWorld(t)
	room := w.sim.AddRoom("NOC", w.alice, w.bot)
	noTeam := encodeID("us", "TEAM", "00000000-0000-4000-8000-000000000001")
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/rooms?type=nonsense", "", 400},
		{"GET", "/rooms?sortBy=nonsense", "", 400},
		{"GET", "/rooms?teamId=" + noTeam, "", 404},
		{"GET", "/rooms?teamId=nonsense", "", 400},
		{"GET", "/rooms?orgPublicSpaces=true", "", 200},
		{"GET", "/rooms?orgPublicSpaces=true&type=group", "", 400},
		{"GET", "/rooms?orgPublicSpaces=perhaps", "", 400},
		{"GET", "/rooms?from=yesterday", "", 400},
		{"GET", "/rooms?max=1001", "", 400},
		{"GET", "/rooms?max=0", "", 400},
		{"GET", "/rooms/" + room + "/meetingInfo", "", 200},
		{"POST", "/rooms", `{"title":"x","teamId":"nonsense"}`, 400},
		{"POST", "/rooms", `{"title":"x","isAnnouncementOnly":true}`, 400},
		{"POST", "/rooms", `{"title":"x","isPublic":true}`, 400},
		{"GET", "/memberships?personEmail=alice@example.com", "", 400},
		{"GET", "/memberships?roomId=" + room + "&personId=nonsense", "", 400},
		{"POST", "/memberships", fmt.Sprintf(`{"roomId":%q}`, room), 400},
		{"GET", "/messages?roomId=" + room + "&mentionedPeople=me&max=101", "", 400},
		{"GET", "/messages?roomId=" + room + "&mentionedPeople=me&max=100", "", 200},
		{"GET", "/messages?roomId=" + room + "&mentionedPeople=me&parentId=nonsense", "", 400},
		{"GET", "/messages?roomId=" + room + "&mentionedPeople=me," + w.alice.ID, "", 400},
		{"GET", "/messages/direct", "", 400},
		{"GET", "/webhooks?ownedBy=org", "", 200},
		{"GET", "/webhooks?ownedBy=me", "", 400},
		{"POST", "/webhooks", `{"name":"n","targetUrl":"http://hook.example/","resource":"messages","event":"created","ownedBy":"org"}`, 400},
		{"POST", "/webhooks", `{"name":"n","targetUrl":"http://hook.example/","resource":"messages","event":"created","filter":"nonsense=1"}`, 400},
		{"POST", "/webhooks", `{"name":"n","targetUrl":"http://hook.example/","resource":"memberships","event":"created","filter":"hasFiles=true"}`, 400},
		{"POST", "/webhooks", `{"name":"n","targetUrl":"http://hook.example/","resource":"messages","event":"created","filter":"roomType=both"}`, 400},
		{"PUT", "/rooms", `{}`, 405},
		{"PATCH", "/people/me", `{}`, 405},
		{"DELETE", "/messages", "", 405},
	} {
		if r := w.call(w.bot, c.method, c.path, c.body); r.status != c.status {
			t.Errorf("%s %s %s: got %d %s, want %d", c.method, c.path, c.body, r.status, r.text("message"), c.status)
		}
	}
}

func TestPublicSpacesAreListedByTime(t *testing.T) {
	w := newWorld(t)
	first := w.must(w.alice, "POST", "/rooms", `{"title":"1","isPublic":true,"description":"d"}`)
	second := w.must(w.alice, "POST", "/rooms", `{"title":"2","isPublic":true,"description":"d"}`)
	w.must(w.alice, "POST", "/rooms", `{"title":"3"}`)
	ids := func(more string) (list []string) {
		for _, item := range w.must(w.bob, "GET", "/rooms?orgPublicSpaces=true"+more, "").items() {
			list = append(list, item["id"].(string))
		}
		return list
	}
	same(t, "all", ids(""), []string{second.text("id"), first.text("id")})
	same(t, "later ones", ids("&from="+first.text("madePublic")), []string{second.text("id")})
	same(t, "earlier ones", ids("&to="+second.text("madePublic")), []string{first.text("id")})
}

func TestTokenSchemeIgnoresCase(t *testing.T) {
	w := newWorld(t)
	for scheme, want := range map[string]int{"bearer ": 200, "BEARER ": 200, "": 401, "Basic ": 401} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.base+"/people/me", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", scheme+w.bot.Token)
		resp, err := w.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%q: got %d, want %d", scheme, resp.StatusCode, want)
		}
	}
}

func TestCardWithAnUpload(t *testing.T) {
	w := newWorld(t)
	room := w.sim.Direct(w.alice, w.bot)
	kind, body := form(t, map[string]string{
		"roomId": room, "markdown": "x", "attachments": `[{"contentType":"application/vnd.microsoft.card.adaptive","content":` + smallCard + `}]`,
	}, "a.csv")
	r := w.send(w.bot.Token, "POST", "/messages", kind, body)
	if cards, _ := r.object["attachments"].([]any); r.status != http.StatusOK || len(cards) != 1 {
		t.Errorf("got %d %s", r.status, r.raw)
	}
	kind, body = form(t, map[string]string{"roomId": room, "attachments": "nonsense"}, "a.csv")
	if r := w.send(w.bot.Token, "POST", "/messages", kind, body); r.status != http.StatusBadRequest {
		t.Errorf("got %d %s", r.status, r.raw)
	}
}

func TestFaultOfCards(t *testing.T) {
	w := newWorld(t)
	room := w.sim.Direct(w.alice, w.bot)
	w.sim.Fail(webexsim.Fault{Who: w.bot.Email, Card: true, Status: 400})
	w.say(w.bot, room, "text")
	if r := w.call(w.bot, "POST", "/messages", cardMessage(room, smallCard)); r.status != 400 {
		t.Errorf("got %d", r.status)
	}
	w.must(w.bot, "POST", "/messages", cardMessage(room, smallCard))
}
