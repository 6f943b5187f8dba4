package webex_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"overwatch/internal/fault"
	"overwatch/internal/webex"
)

const catalog = `{"serviceLinks":{"wdm":"http://wdm.example/wdm/api/v1","conversation":"http://conv.example/conversation/api/v1"},` +
	`"hostCatalog":{"conv.example":[{"host":"conv.example","id":"REGION:conversation"}]},"format":"hostmap"}`

// services are those of a catalog whose conversations are in a region.
func services(t testing.TB, region string) (*webex.Client, webex.Services) {
	t.Helper()
	a := newAPI(t).on("GET /u2c/catalog?format=hostmap", answer(http.StatusOK, strings.ReplaceAll(catalog, "REGION", region)))
	c := a.client()
	s, err := c.Services(t.Context(), a.url+"/u2c/")
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

func TestServices(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		say  string
	}{
		"no links":             {`{}`, "Webex's catalog has no address for its service"},
		"no conversation":      {`{"serviceLinks":{"wdm":"http://wdm.example/"}}`, "Webex's catalog has no address for its service conversation."},
		"a link without TLS":   {strings.ReplaceAll(catalog, "http://wdm", "ftp://wdm"), "Webex's catalog has no address for its service wdm."},
		"a link to nowhere":    {strings.ReplaceAll(catalog, "http://wdm.example", ""), "Webex's catalog has no address for its service wdm."},
		"a page instead of it": {`<html>`, "Webex's response can't be read."},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t).on("GET /u2c/catalog?format=hostmap", answer(http.StatusOK, c.body))
			_, err := a.client().Services(t.Context(), a.url+"/u2c")
			if say, _ := fault.Text(err); !strings.HasPrefix(say, c.say) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A registration at an address that isn't Webex's never gets the token.
func TestForeignRegistrations(t *testing.T) {
	c, s := services(t, "urn:TEAM:us-east-2_a")
	for _, at := range []string{"http://evil.example/devices/1", "https://wdm.example/devices/1", "//evil.example/", ":", ""} {
		r := webex.Registration{URL: at, SocketURL: "ws://mercury.example/1", Name: "x"}
		if _, err := c.Refresh(t.Context(), s, r); fault.Of(err) != fault.Unavailable {
			t.Errorf("refresh at %q: %v", at, err)
		}
		if err := c.Unregister(t.Context(), s, r); fault.Of(err) != fault.Unavailable {
			t.Errorf("unregister at %q: %v", at, err)
		}
	}
	for _, at := range []string{"http://mercury.example/", "ftp://x", ":", ""} {
		if _, err := c.OpenSocket(t.Context(), s, webex.Registration{SocketURL: at}); fault.Of(err) != fault.Unavailable {
			t.Errorf("a socket at %q: %v", at, err)
		}
	}
}

// What activities mean.
func TestEventsOfFrames(t *testing.T) {
	const (
		me    = "00000000-0000-0000-0000-000000000001"
		alice = "00000000-0000-0000-0000-000000000002"
		room  = "bbceb1ad-43f1-3b58-9147-f14bb0c4d154"
		act   = "92db3be0-43bd-11e6-8ae9-dd5b3dfc565d"
	)
	frame := func(activity string) string {
		return `{"id":"e1","sequenceNumber":4,"data":{"eventType":"conversation.activity","activity":{"id":"` + act + `",` + activity +
			`,"target":{"id":"` + room + `","url":"http://conv.example/conversation/api/v1/conversations/` + room + `"}}}}`
	}
	actor := func(uuid, kind string) string { return `"actor":{"entryUUID":"` + uuid + `","type":"` + kind + `"}` }
	person := actor(alice, "PERSON")
	created := func(object string) string {
		return `{"data":{"eventType":"conversation.activity","activity":{"id":"` + act + `","verb":"create","object":{` + object +
			`"participants":{"items":[{"entryUUID":"` + me + `"}]}},` + person + `}}}`
	}
	id := func(cluster, kind, uuid string) string {
		return webex.ID{Cluster: cluster, Kind: kind, UUID: uuid}.String()
	}
	for name, c := range map[string]struct {
		text   string
		want   string // resource and id, or nothing
		lookup string
	}{
		"a message":                   {frame(`"verb":"post",` + person), "messages " + id("us", "MESSAGE", act), "messages/" + act},
		"a reply":                     {frame(`"verb":"post","parent":{"id":"x","type":"reply"},` + person), "messages " + id("us", "MESSAGE", act), "messages/" + act},
		"a file":                      {frame(`"verb":"share","object":{"objectType":"content"},` + person), "messages " + id("us", "MESSAGE", act), "messages/" + act},
		"a press":                     {frame(`"verb":"cardAction","object":{"objectType":"submit","inputs":"eyJ..x"},` + person), "attachmentActions " + id("us", "ATTACHMENT_ACTION", act), "attachment/actions/" + act},
		"the bot is added":            {frame(`"verb":"add","object":{"entryUUID":"` + me + `"},` + person), "memberships " + id("us", "MEMBERSHIP", me+":"+room), ""},
		"a space is made":             {frame(`"verb":"create","object":{"participants":{"items":[{"entryUUID":"` + alice + `"},{"entryUUID":"` + me + `"}]}},` + person), "memberships " + id("us", "MEMBERSHIP", me+":"+room), ""},
		"the truth is in the headers": {strings.Replace(frame(`"verb":"acknowledge",`+person), `"sequenceNumber":4`, `"headers":{"activity.verb":"post"}`, 1), "messages " + id("us", "MESSAGE", act), "messages/" + act},
		"a space as the object":       {created(`"id":"` + room + `","url":"http://conv.example/conversation/api/v1/conversations/` + room + `","objectType":"conversation",`), "memberships " + id("us", "MEMBERSHIP", me+":"+room), ""},
		"its address alone":           {created(`"url":"http://conv.example/conversation/api/v1/conversations/` + room + `",`), "memberships " + id("us", "MEMBERSHIP", me+":"+room), ""},
		"a space without an id":       {created(``), "", ""},
		"an edit":                     {frame(`"verb":"post","parent":{"id":"x","type":"edit"},` + person), "", ""},
		"a scanned file":              {frame(`"verb":"update",` + person), "", ""},
		"a deletion":                  {frame(`"verb":"delete",` + person), "", ""},
		"somebody else is added":      {frame(`"verb":"add","object":{"entryUUID":"` + alice + `"},` + person), "", ""},
		"the bot itself":              {frame(`"verb":"post",` + actor(me, "BOT")), "", ""},
		"another bot":                 {frame(`"verb":"post",` + actor(alice, "BOT")), "", ""},
		"an unknown event":            {`{"data":{"eventType":"apheleia.subscription_update"}}`, "", ""},
		"nothing":                     {`{}`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, s := services(t, "urn:TEAM:us-east-2_a")
			f, err := webex.ParseFrame([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			n, ok := f.Event(s, webex.Person{ID: id("us", "PEOPLE", me)})
			got := ""
			if ok {
				got = n.Resource + " " + n.ID
				if n.Room != id("us", "ROOM", room) || n.Action != "created" || n.At.IsZero() {
					t.Errorf("it is %+v", n)
				}
				if c.lookup != "" && n.Lookup != "http://conv.example/conversation/api/v1/"+c.lookup {
					t.Errorf("it is looked up at %q", n.Lookup)
				}
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	t.Run("in another cluster", func(t *testing.T) {
		_, s := services(t, "urn:TEAM:us-west-2_r")
		f, err := webex.ParseFrame([]byte(frame(`"verb":"post",` + person)))
		if err != nil {
			t.Fatal(err)
		}
		n, ok := f.Event(s, webex.Person{ID: id("us", "PEOPLE", me)})
		if want := id("urn:TEAM:us-west-2_r", "MESSAGE", act); !ok || n.ID != want || f.ID != "e1" || f.Sequence != 4 {
			t.Errorf("got %s", fmt.Sprintf("%+v of %+v", n, f))
		}
	})
	for _, text := range []string{``, `[]`, `"x"`, `{"data":{"activity":7}}`} {
		if f, err := webex.ParseFrame([]byte(text)); err == nil {
			t.Errorf("%q is a frame: %+v", text, f)
		}
	}
}
