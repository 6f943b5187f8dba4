package webex_test

import (
	"strings"
	"testing"

	"overwatch/internal/webex"
)

const activityFrame = `{"id":"e","data":{"eventType":"conversation.activity","activity":{"id":"93a958aa-f999-457e-a5a4-c02a52f222f5","verb":"VERB",` +
	`"actor":{"entryUUID":"12345678-1234-1234-1234-1234567890ab","type":"PERSON"},"object":{"objectType":"comment"},` +
	`"target":{"id":"bbceb1ad-43f1-3b58-9147-f14bb0c4d154","url":"TARGET"},"parent":{"type":"reply"}}},"headers":{"activity.verb":"post"},"sequenceNumber":7}`

// No frame makes the program panic or send the token to another address than Webex's.
func FuzzParseFrame(f *testing.F) {
	for _, seed := range []string{
		activityFrame, strings.ReplaceAll(activityFrame, "TARGET", "https://evil.example/conversations/bbceb1ad-43f1-3b58-9147-f14bb0c4d154"),
		`{"type":"shutdown"}`, `{"id":"1","type":"pong"}`, `{"data":{"eventType":"mercury.buffer_state"}}`, `{"data":[]}`, `{"data":{"activity":null}}`, `[]`, `x`,
		`{"data":{},"headers":{"":1,"a..b":2,"data.activity":null}}`,
	} {
		f.Add([]byte(seed))
	}
	a := newAPI(f)
	a.on("GET /u2c/catalog?format=hostmap", answer(200, `{"serviceLinks":{"wdm":"http://wdm.example/wdm","conversation":"http://conv.example/conversation/api/v1"},`+
		`"hostCatalog":{"conv.example":[{"id":"urn:TEAM:us-west-2_r:conversation"}]}}`))
	s, err := a.client().Services(f.Context(), a.url+"/u2c")
	if err != nil {
		f.Fatal(err)
	}
	me := webex.Person{ID: webex.ID{Cluster: "us", Kind: "PEOPLE", UUID: "00000000-0000-0000-0000-000000000001"}.String()}
	f.Fuzz(func(t *testing.T, text []byte) {
		frame, err := webex.ParseFrame(text)
		if err != nil {
			return
		}
		n, ok := frame.Event(s, me)
		if ok && (n.ID == "" || n.Resource == "" || n.Action != "created") {
			t.Errorf("the event is %+v", n)
		}
		if n.Lookup != "" && !strings.HasPrefix(n.Lookup, "http://conv.example/") && !strings.HasPrefix(n.Lookup, "http://wdm.example/") {
			t.Errorf("the token would go to %s", n.Lookup)
		}
	})
}
