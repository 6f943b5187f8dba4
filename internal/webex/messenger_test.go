package webex_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/webex"
)

const (
	botUUID   = "12345678-1234-1234-1234-1234567890ab"
	botID     = "Y2lzY29zcGFyazovL3VzL1BFT1BMRS8xMjM0NTY3OC0xMjM0LTEyMzQtMTIzNC0xMjM0NTY3ODkwYWI"
	otherUUID = "99999999-1234-1234-1234-1234567890ab"
)

var bot = webex.Person{ID: botID, DisplayName: "C++ (bot) [x]*"}

func TestFetch(t *testing.T) {
	created := func(resource, actor string) chat.Event {
		return chat.Event{Resource: resource, Action: "created", ID: "i", Actor: actor}
	}
	for _, tc := range []struct {
		name   string
		n      chat.Event
		call   string // the only one; empty for none
		answer string
		want   chat.Content
	}{
		{
			"direct message", created("messages", "p"), "GET /messages/i", `{"id":"i","roomId":"r","roomType":"direct","text":"vrf r1","personId":"p","personEmail":"a@example.com"}`,
			chat.Message{ID: "i", Room: chat.Room{ID: "r", Direct: true}, Person: chat.Person{ID: "p", Email: "a@example.com"}, Text: "vrf r1"},
		},
		{
			"in a thread of a group", created("messages", "p"), "GET /messages/i", `{"id":"i","parentId":"q","roomId":"r","roomType":"group","text":"C++ (bot) [x]* vrf r1","html":"<p><spark-mention data-object-type=\"person\" data-object-id=\"` + botID + `\">C++ (bot) [x]*</spark-mention> vrf r1</p>","mentionedPeople":["` + botID + `"],"personId":"p"}`,
			chat.Message{ID: "i", Room: chat.Room{ID: "r"}, Person: chat.Person{ID: "p"}, Text: "vrf r1", Thread: "q"},
		},
		{"a group without a mention", created("messages", "p"), "GET /messages/i", `{"id":"i","roomId":"r","roomType":"group","text":"vrf r1","personId":"p"}`, nil},
		{"a group that mentions somebody else", created("messages", "p"), "GET /messages/i", `{"id":"i","roomId":"r","roomType":"group","text":"Bob vrf r1","mentionedPeople":["` + otherUUID + `"],"personId":"p"}`, nil},
		{"my own", created("messages", botID), "", "", nil},
		{"my own, by UUID", created("messages", botUUID), "", "", nil},
		{"my own, the actor unknown", created("messages", ""), "GET /messages/i", `{"id":"i","roomId":"r","roomType":"direct","text":"vrf r1","personId":"` + botID + `="}`, nil},
		{"another bot's", created("messages", "p"), "GET /messages/i", `{"id":"i","roomId":"r","roomType":"direct","text":"vrf r1","personId":"p","personEmail":"Echo@Webex.bot"}`, nil},
		{"an old bot's", created("messages", "p"), "GET /messages/i", `{"id":"i","roomId":"r","roomType":"direct","text":"vrf r1","personId":"p","personEmail":"echo@sparkbot.io"}`, nil},
		{"deleted", chat.Event{Resource: "messages", Action: "deleted", ID: "i"}, "", "", nil},

		{
			"press", created("attachmentActions", "p"), "GET /attachment/actions/i", `{"id":"i","type":"submit","messageId":"m","inputs":{"device":"r1","n":1.5,"ok":true,"more":[null]},"personId":"p","roomId":"r"}`,
			chat.Submission{ID: "i", Room: chat.Room{ID: "r"}, Person: chat.Person{ID: "p"}, Card: "m", Inputs: map[string]any{"device": "r1", "n": 1.5, "ok": true, "more": []any{nil}}},
		},
		{
			"a press without inputs", created("attachmentActions", "p"), "GET /attachment/actions/i", `{"id":"i","messageId":"m","personId":"p","roomId":"r"}`,
			chat.Submission{ID: "i", Room: chat.Room{ID: "r"}, Person: chat.Person{ID: "p"}, Card: "m"},
		},
		{"my own press", created("attachmentActions", botUUID), "", "", nil},
		{"my own press, the actor unknown", created("attachmentActions", ""), "GET /attachment/actions/i", `{"id":"i","messageId":"m","personId":"` + botID + `","roomId":"r"}`, nil},

		{"I was added", created("memberships", "p"), "GET /memberships/i", `{"id":"i","roomId":"r","roomType":"group","personId":"` + botID + `"}`, chat.Arrival{ID: "i", Room: chat.Room{ID: "r"}}},
		{"a direct space", created("memberships", "p"), "GET /memberships/i", `{"id":"i","roomId":"r","roomType":"direct","personId":"` + botID + `"}`, chat.Arrival{ID: "i", Room: chat.Room{ID: "r", Direct: true}}},
		{"somebody was added", created("memberships", "p"), "GET /memberships/i", `{"id":"i","roomId":"r","personId":"p"}`, nil},
		{"an unknown resource", created("rooms", "p"), "", "", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := newAPI(t)
			calls := 0
			if tc.call != "" {
				a.on(tc.call, answer(http.StatusOK, tc.answer))
				calls = 1
			}
			got, err := webex.NewMessenger(webex.NewDirectory(a.client(), bot)).Fetch(t.Context(), tc.n)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			if a.total() != calls {
				t.Errorf("%d calls, want %d", a.total(), calls)
			}
		})
	}
}

// What Webex refuses keeps its kind, and there is no event that only looks like none.
func TestFetchFails(t *testing.T) {
	for resource, call := range map[string]string{
		"messages": "GET /messages/i", "attachmentActions": "GET /attachment/actions/i", "memberships": "GET /memberships/i",
	} {
		t.Run(resource, func(t *testing.T) {
			a := newAPI(t).on(call, answer(http.StatusNotFound, ""))
			if resource == "memberships" { // are looked up
				a.on("GET /memberships", answer(http.StatusOK, `{"items":[]}`))
			}
			ev, err := webex.NewMessenger(webex.NewDirectory(a.client(), bot)).Fetch(t.Context(), chat.Event{Resource: resource, Action: "created", ID: "i", Actor: "p"})
			if ev != nil || fault.Of(err) != fault.NotFound {
				t.Errorf("got %v, %v", ev, err)
			}
		})
	}
}

// An id with the wrong cluster is found in the list of the bot's memberships.
func TestArrivalOfAnotherCluster(t *testing.T) {
	id := func(cluster string) string {
		return webex.ID{Cluster: cluster, Kind: "MEMBERSHIP", UUID: botUUID + ":" + otherUUID}.String()
	}
	a := newAPI(t).
		on("GET /memberships/"+id("us"), answer(http.StatusNotFound, "")).
		on("GET /memberships", answer(http.StatusOK, `{"items":[{"id":"another"},{"id":"`+id("urn:TEAM:us-west-2_r")+`"}]}`)).
		on("GET /memberships/"+id("urn:TEAM:us-west-2_r"), answer(http.StatusOK, `{"id":"i","roomId":"r","roomType":"group","personId":"`+botID+`"}`))
	got, err := webex.NewMessenger(webex.NewDirectory(a.client(), bot)).Fetch(t.Context(), chat.Event{Resource: "memberships", Action: "created", ID: id("us")})
	if diff := cmp.Diff(chat.Content(chat.Arrival{ID: "i", Room: chat.Room{ID: "r"}}), got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestMentions(t *testing.T) {
	me := func(inside string) string {
		return `<spark-mention data-object-type="person" data-object-id="` + botID + `">` + inside + `</spark-mention>`
	}
	bob := `<spark-mention data-object-type="person" data-object-id="` + otherUUID + `">Bob</spark-mention>`
	for _, tc := range []struct{ name, bot, html, text, want string }{
		{"in front", "", `<p>` + me("Overwatch") + ` vrf r1</p>`, "", "vrf r1"},
		{"at the end", "", `<p>vrf r1 ` + me("Overwatch") + `</p>`, "", "vrf r1"},
		{"in the middle, without blanks", "", `<p>vrf` + me("Overwatch") + `r1</p>`, "", "vrf r1"},
		{"by UUID", "", `<p><spark-mention data-object-id="` + botUUID + `">Overwatch</spark-mention> vrf r1</p>`, "", "vrf r1"},
		{"a name made of a pattern", "C++ (bot) [x]*", me("C++ (bot) [x]*") + ` vrf r1`, "", "vrf r1"},
		{"a name that is a word of a question", "vrf", me("vrf") + ` vrf r1`, "", "vrf r1"},
		{"a nickname", "Overwatch", me("Over") + ` vrf r1`, "", "vrf r1"},
		{"tags inside", "", me(`<b>Over<i>watch</i></b>`) + ` vrf r1`, "", "vrf r1"},
		{"mentions inside", "", me(`Over`+bob+`watch`) + ` vrf r1`, "", "vrf r1"},
		{"twice", "", me("Overwatch") + ` vrf ` + me("Overwatch") + ` r1`, "", "vrf r1"},
		{"somebody else, too", "", me("Overwatch") + ` vrf r1 ` + bob, "", "vrf r1"},
		{"everybody, too", "", me("Overwatch") + ` <spark-mention data-object-type="groupMention" data-group-type="all">All</spark-mention> vrf`, "", "vrf"},
		{"entities", "", me("Overwatch") + `&nbsp;vrf &lt;r1&gt; &amp; r2`, "", "vrf <r1> & r2"},
		{"lines", "", `<p>` + me("Overwatch") + ` a</p><p>b<br>c<br/>d</p><ul><li>e</li><li>f</li></ul><div>g</div>`, "", "a\nb\nc\nd\ne\nf\ng"},
		{"nothing else", "", `<p>` + me("Overwatch") + `</p>`, "", ""},
		{"not closed", "", `<p>vrf r1 <spark-mention data-object-id="` + botID + `">Over`, "", "vrf r1"},
		{"somebody else whose name is a word of a question", "", me("Overwatch") + ` vrf ` + strings.Replace(bob, "Bob", "interfaces r2", 1) + ` r1`, "", "vrf r1"},
		{"somebody else first", "", bob + me("Overwatch") + ` vrf r1`, "", "vrf r1"},
		{"a mention without an id", "", me("Overwatch") + ` vrf r1 <spark-mention>Bob</spark-mention>`, "", "vrf r1"},
		{"a quote", "", `<blockquote>vrf r2</blockquote>` + me("Overwatch") + ` r1`, "", "r1"},
		{"a quote within a quote", "", `<blockquote>a<blockquote>vrf r2</blockquote>b</blockquote><p>` + me("Overwatch") + ` vrf r1</p>`, "", "vrf r1"},
		{"a quote after it", "", me("Overwatch") + ` vrf r1<blockquote><p>vrf r2</p>`, "", "vrf r1"},
		{"a quote with a mention", "", me("Overwatch") + ` vrf r1<blockquote>` + bob + ` vrf r2</blockquote>`, "", "vrf r1"},
		{"a quote closed twice", "", `<blockquote>vrf r2</blockquote></blockquote>` + me("Overwatch") + ` vrf r1`, "", "vrf r1"},
		{"nothing but a quote", "", me("Overwatch") + `<blockquote>vrf r2</blockquote>`, "", ""},
		{"no HTML, somebody else, too", "Overwatch", "", "Overwatch vrf r1 Bob Brown", "vrf r1"},
		{"no HTML, somebody else with an @", "Overwatch", "", "Overwatch vrf r1 @Bob Brown csv", "vrf r1 csv"},
		{"no HTML, somebody else's name within a word", "Overwatch", "", "Overwatch vrf xBob Brown Bob Brown", "vrf xBob Brown"},
		{"crossed out", "", me("Overwatch") + ` vrf <s>r2</s> <del>r3</del><strike>r4</strike>r1`, "", "vrf r1"},
		{"a table and a rule", "", me("Overwatch") + `<table><tr><td>vrf</td><th>r1</th></tr></table><hr><details><summary>a</summary>b</details>`, "", "vrf\nr1\na\nb"},
		{"what isn't shown", "", me("Overwatch") + `<style>a{}</style><script>vrf r2</script><!-- vrf r3 --> vrf r1`, "", "vrf r1"},
		{"a word in parts", "", me("Overwatch") + ` v<b>r</b>f <u>r</u><wbr>1`, "", "vrf r1"},
		{"a link", "", me("Overwatch") + ` vrf <a href="https://r2.example">r1</a>`, "", "vrf r1"},
		{"code", "", me("Overwatch") + `<pre><code class="text">r1#show vrf` + "\n" + `r1#</code></pre>`, "", "r1#show vrf\nr1#"},
		{"no HTML, in the middle", "Overwatch", "", "vrf Overwatch r1", "vrf r1"},
		{"no HTML, at the end", "Overwatch", "", "vrf r1 @Overwatch", "vrf r1"},
		{"no HTML, a quote", "Overwatch", "", "> vrf r2\n>> vrf r3\nOverwatch vrf r1", "vrf r1"},
		{"no HTML, nothing but a bullet", "Overwatch", "", "> Overwatch vrf r1", "> vrf r1"},
		{"closed once more", "", me("Overwatch") + `</spark-mention></spark-mention> vrf r1`, "", "vrf r1"},
		{"no HTML", "Overwatch", "", "Overwatch vrf r1", "vrf r1"},
		{"no HTML, a name made of a pattern", "C++ (bot) [x]*", "", "C++ (bot) [x]* vrf r1", "vrf r1"},
		{"no HTML, a name that is a word of a question", "vrf", "", "vrf vrf r1", "vrf r1"},
		{"no HTML, a nickname, and a name that a word begins with", "vr", "", "vrf r1", "vrf r1"},
		{"no HTML, the name alone", "Overwatch", "", " Overwatch ", ""},
		{"no HTML, no name", "", "", "vrf r1", "vrf r1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			body, err := json.Marshal(webex.Message{ID: "i", RoomType: "group", HTML: tc.html, Text: tc.text, PersonID: "p", MentionedPeople: []string{otherUUID, botID}})
			if err != nil {
				t.Fatal(err)
			}
			c := newAPI(t).on("GET /messages/i", answer(http.StatusOK, string(body))).
				may("GET /people/"+otherUUID, answer(http.StatusOK, `{"id":"`+otherUUID+`","displayName":"Bob Brown"}`)).client()
			ev, err := webex.NewMessenger(webex.NewDirectory(c, webex.Person{ID: botID, DisplayName: tc.bot})).Fetch(t.Context(), chat.Event{Resource: "messages", Action: "created", ID: "i"})
			if m, ok := ev.(chat.Message); err != nil || !ok || m.Text != tc.want {
				t.Errorf("got %+v, %v; want %q", ev, err, tc.want)
			}
		})
	}
}

// Direct spaces are read like group spaces, and whatever form the text comes in.
func TestDirectMessages(t *testing.T) {
	for name, tc := range map[string]struct{ message, want string }{
		"text":                  {`"text":"a\n  b  <c>"`, "a\n  b  <c>"},
		"a quote":               {`"text":"vrf r2 r1","html":"<blockquote>vrf r2</blockquote>r1"`, "r1"},
		"HTML alone":            {`"html":"<p>vrf <b>r1</b></p>"`, "vrf r1"},
		"Markdown alone":        {`"markdown":"> vrf r2\n\n**vrf** ` + "`r1`" + `"`, "vrf r1"},
		"a mention of ours":     {`"markdown":"<@personId:` + botID + `|Overwatch> vrf r1 <@personEmail:bob@example.com>"`, "vrf r1"},
		"a mention by email":    {`"markdown":"<@personEmail:Bot@Example.com> vrf r1"`, "vrf r1"},
		"Markdown of all kinds": {"\"markdown\":\"[vrf](https://r2.example) _core_a_1_ *r1* ~~r2~~ core-* sw-* &lt;x&gt; \\\\* **b**\"", "vrf core_a_1 r1 core-* sw-* <x> * b"},
		"a quote as text":       {`"text":"> vrf r2\nvrf r1"`, "vrf r1"},
		"nothing":               {`"files":["x"]`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := newAPI(t).on("GET /messages/i", answer(http.StatusOK, `{"id":"i","roomType":"direct","personId":"p",`+tc.message+`}`)).client()
			content, err := webex.NewMessenger(webex.NewDirectory(c, bot)).Fetch(t.Context(), chat.Event{Resource: "messages", Action: "created", ID: "i"})
			if m, ok := content.(chat.Message); err != nil || !ok || m.Text != tc.want {
				t.Errorf("got %+v, %v", content, err)
			}
		})
	}
}

// What Webex leaves out of a message is found elsewhere.
func TestIncompleteMessages(t *testing.T) {
	mention := `<spark-mention data-object-type=\"person\" data-object-id=\"` + botID + `\">Overwatch</spark-mention>`
	for name, tc := range map[string]struct{ message, roomType, want string }{
		"mentioned by HTML alone":              {`"roomType":"group","text":"Overwatch vrf r1","html":"` + mention + ` vrf r1"`, "", "vrf r1"},
		"mentioned by Markdown alone":          {`"roomType":"group","markdown":"<@personId:` + botID + `> vrf r1"`, "", "vrf r1"},
		"mentioned in a quote alone":           {`"roomType":"group","html":"<blockquote>` + mention + ` vrf r2</blockquote>thanks","mentionedPeople":["` + botID + `"]`, "", "none"},
		"no type of space, mentioned":          {`"text":"Overwatch vrf r1","html":"` + mention + ` vrf r1"`, "", "vrf r1"},
		"no type of space, a direct one":       {`"text":"vrf r1"`, "direct", "vrf r1"},
		"no type of space, a group":            {`"text":"vrf r1"`, "group", "none"},
		"a name that isn't known any more":     {`"roomType":"group","text":"C++ (bot) [x]* vrf r1","mentionedPeople":["` + botID + `","` + otherUUID + `"]`, "", "vrf r1"},
		"HTML without any mention, but listed": {`"roomType":"group","html":"vrf r1","mentionedPeople":["` + botID + `"]`, "", "vrf r1"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newAPI(t).on("GET /messages/i", answer(http.StatusOK, `{"id":"i","roomId":"r","personId":"p",`+tc.message+`}`)).
				may("GET /people/"+otherUUID, answer(http.StatusNotFound, "")).
				may("GET /rooms/r", answer(http.StatusOK, `{"id":"r","type":"`+tc.roomType+`"}`)).client()
			content, err := webex.NewMessenger(webex.NewDirectory(c, bot)).Fetch(t.Context(), chat.Event{Resource: "messages", Action: "created", ID: "i"})
			got := "none"
			if m, ok := content.(chat.Message); ok {
				got = m.Text
			}
			if err != nil || got != tc.want {
				t.Errorf("got %q, %v; want %q", got, err, tc.want)
			}
		})
	}
}

// A response that can't be read today can't be read tomorrow.
func TestUnreadableContentIsFinal(t *testing.T) {
	for _, body := range []string{`{"id":"i","inputs":"x"}`, `{"id":7}`, `[]`, `"x"`, `{"id":`, ``, `<html>`} {
		for resource, call := range map[string]string{"messages": "GET /messages/i", "attachmentActions": "GET /attachment/actions/i", "memberships": "GET /memberships/i"} {
			if resource != "attachmentActions" && strings.Contains(body, "inputs") {
				continue
			}
			c := newAPI(t).on(call, answer(http.StatusOK, body)).client()
			content, err := webex.NewMessenger(webex.NewDirectory(c, bot)).Fetch(t.Context(), chat.Event{Resource: resource, Action: "created", ID: "i"})
			if content != nil || err == nil || fault.Temporary(err) {
				t.Errorf("%s %s: got %+v, %v", call, body, content, err)
			}
		}
	}
}

// Where only some may write, the hint is to make the bot one of them.
func TestSpacesTheBotMayNotWriteIn(t *testing.T) {
	for room, want := range map[string]string{
		`{"title":"News","isAnnouncementOnly":true}`: "moderator",
		`{"title":"News","isLocked":true}`:           "moderator",
		`{"title":"News","isReadOnly":true}`:         "direct space",
		`{"title":"News"}`:                           "member",
	} {
		c := newAPI(t).on("POST /messages", answer(http.StatusForbidden, `{"message":"not allowed"}`)).on("GET /rooms/r", answer(http.StatusOK, room)).client()
		_, err := webex.NewMessenger(webex.NewDirectory(c, bot)).Send(t.Context(), "r", chat.Reply{Text: "hi"})
		var api *webex.APIError
		if _, hint := fault.Text(err); fault.Of(err) != fault.Denied || !strings.Contains(hint, want) || !errors.As(err, &api) {
			t.Errorf("%s: %v, %q", room, err, hint)
		}
	}
}

func TestSendDirect(t *testing.T) {
	c := newAPI(t).on("POST /messages", func(w http.ResponseWriter, r *http.Request) {
		if diff := cmp.Diff(parse(t, `{"toPersonId":"p","markdown":"hi"}`), decode(t, r.Body)); diff != "" {
			t.Error(diff)
		}
		answer(http.StatusOK, `{"id":"m"}`)(w, r)
	}).client()
	if id, err := webex.NewMessenger(webex.NewDirectory(c, bot)).SendDirect(t.Context(), "p", chat.Reply{Text: "hi", Thread: "of another space"}); id != "m" || err != nil {
		t.Errorf("got %q, %v", id, err)
	}
}

func TestSend(t *testing.T) {
	card := json.RawMessage(`{"type":"AdaptiveCard"}`)
	for _, tc := range []struct {
		name   string
		reply  chat.Reply
		status []int // of the answers, in their order
		sent   []string
		want   fault.Kind
	}{
		{"text", chat.Reply{Text: "hi"}, []int{200}, []string{`{"roomId":"r","markdown":"hi"}`}, ""},
		{"a card in a thread", chat.Reply{Text: "hi", Card: card, Thread: "q"}, []int{200}, []string{`{"roomId":"r","parentId":"q","markdown":"hi","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":{"type":"AdaptiveCard"}}]}`}, ""},
		{"the thread is gone", chat.Reply{Text: "hi", Thread: "q"}, []int{404, 200}, []string{`{"roomId":"r","parentId":"q","markdown":"hi"}`, `{"roomId":"r","markdown":"hi"}`}, ""},
		{"the thread is none", chat.Reply{Text: "hi", Thread: "q"}, []int{400, 200}, []string{`{"roomId":"r","parentId":"q","markdown":"hi"}`, `{"roomId":"r","markdown":"hi"}`}, ""},
		{"the space is gone", chat.Reply{Text: "hi", Thread: "q"}, []int{404, 404}, []string{`{"roomId":"r","parentId":"q","markdown":"hi"}`, `{"roomId":"r","markdown":"hi"}`}, fault.NotFound},
		{"refused without a thread", chat.Reply{Text: "hi"}, []int{400}, []string{`{"roomId":"r","markdown":"hi"}`}, fault.Invalid},
		{"too many in a thread", chat.Reply{Text: "hi", Thread: "q"}, []int{429}, []string{`{"roomId":"r","parentId":"q","markdown":"hi"}`}, fault.RateLimited},
		{"a card is refused", chat.Reply{Text: "hi", Card: card}, []int{422}, []string{`{"roomId":"r","markdown":"hi","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":{"type":"AdaptiveCard"}}]}`}, fault.Invalid},
		{"not allowed in a thread", chat.Reply{Text: "hi", Thread: "q"}, []int{403}, []string{`{"roomId":"r","parentId":"q","markdown":"hi"}`}, fault.Denied},
		{"too long", chat.Reply{Text: strings.Repeat("x", 7440)}, []int{200}, []string{`{"roomId":"r","markdown":"` + strings.Repeat("x", 7435) + `\n…"}`}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var sent []any
			a := newAPI(t).may("GET /rooms/r", answer(http.StatusNotFound, ""))
			a.on("POST /messages", func(w http.ResponseWriter, r *http.Request) {
				sent = append(sent, decode(t, r.Body))
				answer(tc.status[min(len(sent), len(tc.status))-1], `{"id":"m"}`)(w, r)
			})
			id, err := webex.NewMessenger(webex.NewDirectory(a.client(), bot)).Send(t.Context(), "r", tc.reply)
			if fault.Of(err) != tc.want || err == nil && id != "m" {
				t.Errorf("got %q, %v", id, err)
			}
			var want []any
			for _, body := range tc.sent {
				want = append(want, parse(t, body))
			}
			if diff := cmp.Diff(want, sent); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSendFile(t *testing.T) {
	a := newAPI(t).on("POST /messages", func(w http.ResponseWriter, r *http.Request) {
		file, header, err := r.FormFile("files")
		if err != nil {
			t.Error(err)
			return
		}
		if body, err := io.ReadAll(file); err != nil || string(body) != "a,b\n" || header.Filename != "rows.csv" || r.FormValue("parentId") != "q" {
			t.Errorf("got %q as %q in %q, %v", body, header.Filename, r.FormValue("parentId"), err)
		}
		answer(http.StatusOK, `{"id":"m"}`)(w, r)
	})
	id, err := webex.NewMessenger(webex.NewDirectory(a.client(), bot)).Send(t.Context(), "r", chat.Reply{Text: "rows", Thread: "q", File: &chat.File{
		Name: "rows.csv", Type: "text/csv",
		Write: func(_ context.Context, out io.Writer) error { _, err := io.WriteString(out, "a,b\n"); return err },
	}})
	if err != nil || id != "m" {
		t.Errorf("got %q, %v", id, err)
	}
}

func TestRemove(t *testing.T) {
	for status, want := range map[int]fault.Kind{204: "", 404: "", 403: fault.Denied, 503: fault.Unavailable} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			a := newAPI(t).on("DELETE /messages/m", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
			if err := webex.NewMessenger(webex.NewDirectory(a.client(), bot)).Remove(t.Context(), "m"); fault.Of(err) != want {
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
}

func TestPersonIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, status := 0, http.StatusServiceUnavailable
		v := webex.NewDirectory(client(t, webex.Options{Transport: tripper(func(r *http.Request) (*http.Response, error) {
			calls++
			return &http.Response{
				StatusCode: status, Header: http.Header{}, Request: r,
				Body: io.NopCloser(strings.NewReader(`{"id":"` + botID + `","emails":["a@example.com"],"displayName":"Ann","orgId":"o"}`)),
			}, nil
		})}), bot)
		ask := func(id string, want int) {
			t.Helper()
			p, err := v.Person(t.Context(), id)
			if (err == nil) != (status == http.StatusOK) || calls != want {
				t.Errorf("got %+v, %v after %d calls, want %d", p, err, calls, want)
			}
			if err == nil && p != (chat.Person{ID: botID, Email: "a@example.com", Name: "Ann", Org: "o"}) {
				t.Errorf("got %+v", p)
			}
		}
		ask(botID, 1)
		status = http.StatusOK // a failure isn't remembered
		ask(botID, 2)
		ask(botUUID, 2)
		ask(otherUUID, 3)
		time.Sleep(10 * time.Minute) // the bubble's time
		ask(botID, 4)
	})
}
