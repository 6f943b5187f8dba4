package webexsim_test

import (
	"encoding/json"
	"testing"

	"overwatch/internal/sim/webexsim"
)

// Whatever is posted, the simulation answers with its own JSON and never with a defect of its own.
func FuzzPost(f *testing.F) {
	paths := []string{"/v1/messages", "/v1/attachment/actions", "/v1/webhooks", "/v1/memberships", "/v1/rooms"}
	for i, body := range []string{
		`{"toPersonEmail":"overwatch@webex.bot","markdown":"**a** <@all> <@personId:x|y> [l](u)"}`,
		press("x", `{"a":1}`),
		`{"name":"n","targetUrl":"http://127.0.0.1:1/","resource":"messages","event":"all","filter":"a=b&"}`,
		`{"roomId":"","personEmail":"bob@example.com"}`,
		`{"title":"Noc"}`,
	} {
		f.Add(uint8(i), body)
	}
	f.Add(uint8(0), `{"toPersonEmail":"overwatch@webex.bot","text":"x","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":`+smallCard+`}]}`)
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		path := paths[int(which)%len(paths)]
		sim := webexsim.New(webexsim.Options{})
		defer sim.Close()
		alice := sim.AddPerson("Alice", "alice@example.com", "example")
		sim.Direct(alice, sim.AddBot("Overwatch", "overwatch@webex.bot", "example"))
		rec := ask(sim, alice, "POST", path, body)
		if rec.Code != 200 && (rec.Code < 400 || rec.Code > 499) {
			t.Errorf("%s %s: %d %s", path, body, rec.Code, rec.Body)
		}
		if !json.Valid(rec.Body.Bytes()) {
			t.Errorf("%s %s: answer isn't JSON: %s", path, body, rec.Body)
		}
	})
}

// Ids come from the wire, too.
func FuzzMessageID(f *testing.F) {
	for _, seed := range []string{"", "me", "Y2lzY29zcGFyazovL3VzL01FU1NBR0UvOTJkYjNiZTAtNDNiZC0xMWU2LThhZTktZGQ1YjNkZmM1NjVk", "92db3be0-43bd-11e6-8ae9-dd5b3dfc565d", "%zz", "=="} {
		f.Add(seed)
	}
	sim := webexsim.New(webexsim.Options{})
	f.Cleanup(sim.Close)
	alice := sim.AddPerson("Alice", "alice@example.com", "example")
	room := sim.Direct(alice, sim.AddBot("Overwatch", "overwatch@webex.bot", "example"))
	f.Fuzz(func(t *testing.T, id string) {
		rec := ask(sim, alice, "GET", "/v1/messages"+query("roomId", room, "beforeMessage", id, "parentId", id), "")
		if rec.Code != 200 && rec.Code != 400 && rec.Code != 404 {
			t.Errorf("%q: %d %s", id, rec.Code, rec.Body)
		}
	})
}
