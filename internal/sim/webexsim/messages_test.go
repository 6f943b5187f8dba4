package webexsim_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestMessageNeedsOneDestination(t *testing.T) {
	w := newWorld(t)
	room := w.sim.AddRoom("Noc", w.alice, w.bot)
	const want = "Message destination could not be determined. Provide only one destination in the roomId, toPersonEmail, or toPersonId field"
	w.refused(400, want, w.bot, "POST", "/messages", `{"text":"hello"}`)
	w.refused(400, want, w.bot, "POST", "/messages", fmt.Sprintf(`{"roomId":%q,"toPersonId":%q,"text":"hello"}`, room, w.alice.ID))
	w.refused(404, "Failed to find user with specified email address.", w.bot, "POST", "/messages", `{"toPersonEmail":"nobody@example.com","text":"hello"}`)
	w.refused(404, "Could not find a room with provided ID.", w.bob, "POST", "/messages", fmt.Sprintf(`{"roomId":%q,"text":"hello"}`, room))
	w.refused(400, "Both text and file cannot be empty.", w.bot, "POST", "/messages", `{"toPersonEmail":"nobody@example.com"}`)
	w.refused(400, "Unable to retrieve content", w.bot, "POST", "/messages", fmt.Sprintf(`{"roomId":%q,"files":["https://files.example/a.pdf"]}`, room))
}

func TestMessageToAPersonMakesTheDirectSpace(t *testing.T) {
	w := newWorld(t)
	first := w.must(w.bot, "POST", "/messages", fmt.Sprintf(`{"toPersonId":%q,"text":"hello"}`, w.alice.ID))
	second := w.must(w.alice, "POST", "/messages", `{"toPersonEmail":"overwatch@webex.bot","text":"hello"}`)
	if first.text("roomId") == "" || first.text("roomId") != second.text("roomId") || first.text("roomType") != "direct" {
		t.Errorf("got %s and %s", first.raw, second.raw)
	}
	list := w.must(w.bot, "GET", "/messages/direct"+query("personEmail", "alice@example.com"), "").items()
	if len(list) != 2 || list[0]["id"] != second.text("id") {
		t.Errorf("listed %v", list)
	}
}

func TestTextEndsAt7439Bytes(t *testing.T) {
	w := newWorld(t)
	room := w.sim.Direct(w.alice, w.bot)
	for _, field := range []string{"text", "markdown"} {
		for name, c := range map[string]struct {
			value  string
			status int
		}{
			"just":            {strings.Repeat("a", 7439), 200},
			"one too many":    {strings.Repeat("a", 7440), 400},
			"bytes not runes": {strings.Repeat("é", 3720), 400},
		} {
			t.Run(field+" "+name, func(t *testing.T) {
				if r := w.call(w.bot, "POST", "/messages", fmt.Sprintf(`{"roomId":%q,%q:%q}`, room, field, c.value)); r.status != c.status {
					t.Errorf("got %d", r.status)
				}
			})
		}
	}
}

func TestMarkdownBecomesHTMLAndText(t *testing.T) {
	w := newWorld(t)
	room := w.sim.AddRoom("Noc", w.alice, w.bot)
	outside := w.sim.AddPerson("Olga", "olga@example.com", "example")
	for _, c := range []struct{ name, markdown, html, text string }{
		{"emphasis", "**up** and *down*", "<p><strong>up</strong> and <em>down</em></p>", "up and down"},
		{"code", "`a < b`", "<p><code>a &lt; b</code></p>", "a < b"},
		{"list", "- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>", "a\nb"},
		{"link", "[x](https://x.example)", `<p><a href="https://x.example">x</a></p>`, "x"},
		{"mention by id", mentioning(w.bot, "show bgp"), `<p><spark-mention data-object-type="person" data-object-id="` + w.bot.ID + `">Overwatch</spark-mention> show bgp</p>`, "Overwatch show bgp"},
		{"mention by email", "<@personEmail:overwatch@webex.bot> hi", `<p><spark-mention data-object-type="person" data-object-id="` + w.bot.ID + `">Overwatch</spark-mention> hi</p>`, "Overwatch hi"},
		{"a name that is markup", "<@personEmail:overwatch@webex.bot|<i> hi", `<p><spark-mention data-object-type="person" data-object-id="` + w.bot.ID + `">&lt;i</spark-mention> hi</p>`, "<i hi"},
		{"everybody", "<@all> hi", `<p><spark-mention data-object-type="groupMention" data-group-type="all">All</spark-mention> hi</p>`, "All hi"},
		{"script", "[x](javascript:alert(1))", `<p><a href="">x</a></p>`, "x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := w.must(w.alice, "POST", "/messages", fmt.Sprintf(`{"roomId":%q,"markdown":%q}`, room, c.markdown))
			if r.text("html") != c.html || r.text("text") != c.text || r.text("markdown") != c.markdown {
				t.Errorf("got %s", r.raw)
			}
		})
	}
	r := w.must(w.alice, "POST", "/messages", fmt.Sprintf(`{"roomId":%q,"markdown":%q}`, room, mentioning(w.bot, "")+mentioning(outside, "")+"<@all>"))
	contains(t, r.raw, `"mentionedPeople":["`+w.bot.ID+`"]`) // only members can be mentioned
	contains(t, r.raw, `"mentionedGroups":["all"]`)
}

func TestListIsNewestFirst(t *testing.T) {
	w := newWorld(t)
	room := w.sim.Direct(w.alice, w.bot)
	one, two, three := w.say(w.alice, room, "one"), w.say(w.alice, room, "two"), w.say(w.bot, room, "three")
	reply := w.must(w.bot, "POST", "/messages", fmt.Sprintf(`{"roomId":%q,"parentId":%q,"text":"reply"}`, room, one)).text("id")
	at := w.must(w.bot, "GET", "/messages/"+three, "").text("created")
	for name, c := range map[string]struct {
		path string
		want []string
	}{
		"all":           {query("roomId", room), []string{reply, three, two, one}},
		"max":           {query("roomId", room, "max", "1"), []string{reply}},
		"beforeMessage": {query("roomId", room, "beforeMessage", three), []string{two, one}},
		"before":        {query("roomId", room, "before", at), []string{two, one}},
		"parentId":      {query("roomId", room, "parentId", one), []string{reply}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, m := range w.must(w.bot, "GET", "/messages"+c.path, "").items() {
				got = append(got, m["id"].(string))
			}
			same(t, "messages", got, c.want)
		})
	}
	w.refused(400, "Required String parameter 'roomId' is not present", w.bot, "GET", "/messages", "")
}

func TestBotsListOnlyWhatMentionsThem(t *testing.T) {
	w := newWorld(t)
	room := w.sim.AddRoom("Noc", w.alice, w.bob, w.bot)
	unseen := w.say(w.alice, room, "between us")
	seen := w.say(w.alice, room, mentioning(w.bot, "help"))
	if r := w.call(w.bot, "GET", "/messages"+query("roomId", room), ""); r.status != 403 {
		t.Errorf("without mentionedPeople: got %d %s", r.status, r.raw)
	}
	if r := w.call(w.bot, "GET", "/messages"+query("roomId", room, "mentionedPeople", w.alice.ID), ""); r.status != 400 {
		t.Errorf("with others' mentions: got %d %s", r.status, r.raw)
	}
	for _, who := range []string{"me", w.bot.ID} {
		list := w.must(w.bot, "GET", "/messages"+query("roomId", room, "mentionedPeople", who), "").items()
		if len(list) != 1 || list[0]["id"] != seen {
			t.Errorf("listed %v", list)
		}
	}
	if n := len(w.must(w.bob, "GET", "/messages"+query("roomId", room), "").items()); n != 2 {
		t.Errorf("a person lists %d", n)
	}
	w.refused(404, "Could not find message with provided ID.", w.bot, "GET", "/messages/"+unseen, "")
	w.must(w.bob, "GET", "/messages/"+unseen, "")
}

func TestRepliesHangAtTheRoot(t *testing.T) {
	w := newWorld(t)
	room, elsewhere := w.sim.AddRoom("Noc", w.alice, w.bot), w.sim.AddRoom("Lab", w.alice, w.bot)
	root := w.say(w.alice, room, "the bot can't read this")
	post := func(who, parent, text string) reply {
		return w.send(who, "POST", "/messages", "application/json", strings.NewReader(fmt.Sprintf(`{"roomId":%q,"parentId":%q,"markdown":%q}`, room, parent, text)))
	}
	asked := post(w.alice.Token, root, mentioning(w.bot, "help"))
	if asked.text("parentId") != root {
		t.Fatalf("got %s", asked.raw)
	}
	if r := post(w.bot.Token, root, "in the thread it was asked in"); r.text("parentId") != root {
		t.Errorf("the bot's answer: %s", r.raw)
	}
	if r := post(w.bot.Token, asked.text("id"), "to a reply"); r.text("parentId") != root {
		t.Errorf("a reply to a reply: %s", r.raw)
	}
	w.refused(404, "Could not find the parent message.", w.alice, "POST", "/messages", fmt.Sprintf(`{"roomId":%q,"parentId":%q,"text":"x"}`, elsewhere, root))
	w.refused(400, "Expect base64 ID or UUID.", w.alice, "POST", "/messages", fmt.Sprintf(`{"roomId":%q,"parentId":"x","text":"x"}`, room))
}

func TestTenEditsAndNoneOfCards(t *testing.T) {
	w := newWorld(t)
	room := w.sim.Direct(w.alice, w.bot)
	plain := w.say(w.bot, room, "working")
	edit := func(i int) string { return fmt.Sprintf(`{"roomId":%q,"markdown":"**%d**"}`, room, i) }
	for i := range 10 {
		r := w.must(w.bot, "PUT", "/messages/"+plain, edit(i))
		if r.text("text") != fmt.Sprint(i) || r.text("updated") == "" {
			t.Errorf("edit %d: %s", i, r.raw)
		}
	}
	w.refused(400, "A message can be edited 10 times.", w.bot, "PUT", "/messages/"+plain, edit(11))
	card := w.must(w.bot, "POST", "/messages", cardMessage(room, smallCard)).text("id")
	w.refused(400, "Editing messages with attachments or files is unsupported.", w.bot, "PUT", "/messages/"+card, edit(1))
	w.refused(403, "Only the author can edit a message.", w.alice, "PUT", "/messages/"+plain, edit(1))
}

func TestDeleteOnlyOwn(t *testing.T) {
	w := newWorld(t)
	room := w.sim.Direct(w.alice, w.bot)
	id := w.say(w.bot, room, "working")
	w.refused(403, "Only the author can delete a message.", w.alice, "DELETE", "/messages/"+id, "")
	if r := w.call(w.bot, "DELETE", "/messages/"+id, ""); r.status != http.StatusNoContent || len(r.raw) != 0 {
		t.Errorf("got %d %q", r.status, r.raw)
	}
	w.refused(404, "Could not find message with provided ID.", w.bot, "GET", "/messages/"+id, "")
	w.refused(404, "Could not find message with provided ID.", w.bot, "DELETE", "/messages/"+id, "")
}

func form(t *testing.T, fields map[string]string, files ...string) (contentType string, body *bytes.Buffer) {
	t.Helper()
	body = &bytes.Buffer{}
	f := multipart.NewWriter(body)
	for k, v := range fields {
		if err := f.WriteField(k, v); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range files {
		part, err := f.CreateFormFile("files", name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write([]byte("device,vrf\nr1,blue\n")); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f.FormDataContentType(), body
}

func TestFileIsUploadedAndFetched(t *testing.T) {
	w := newWorld(t)
	room := w.sim.AddRoom("Noc", w.alice, w.bot, w.other)
	kind, body := form(t, map[string]string{"roomId": room, "markdown": "all *rows*"}, "rows.csv")
	posted := w.send(w.bot.Token, "POST", "/messages", kind, body)
	files, _ := posted.object["files"].([]any)
	if posted.status != 200 || len(files) != 1 || posted.text("text") != "all rows" {
		t.Fatalf("got %d %s", posted.status, posted.raw)
	}
	address := files[0].(string)
	if !strings.HasPrefix(address, w.base+"/contents/") {
		t.Fatalf("the file is at %s", address)
	}
	got := w.send(w.alice.Token, "GET", address, "", nil)
	if string(got.raw) != "device,vrf\nr1,blue\n" || got.header.Get("Content-Disposition") != `attachment; filename="rows.csv"` ||
		got.header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("got %v %q", got.header, got.raw)
	}
	for name, token := range map[string]string{"nobody": "", "not a member": w.bob.Token, "a bot not mentioned": w.other.Token} {
		if r := w.send(token, "GET", address, "", nil); r.status == 200 {
			t.Errorf("%s reads the file", name)
		}
	}
	public := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/rows.csv" {
			http.NotFound(out, r)
		}
		_, _ = io.WriteString(out, "device,vrf\n")
	}))
	defer public.Close()
	for files, good := range map[string]bool{
		`"` + public.URL + `/rows.csv"`: true, `["` + public.URL + `/rows.csv"]`: true, `["` + public.URL + `/gone"]`: false, `"http://192.0.2.1/x"`: false, `7`: false,
		`["` + public.URL + `/rows.csv","` + public.URL + `/rows.csv"]`: false, `"` + public.URL + "\\u0000" + `"`: false,
	} {
		linked := w.send(w.bot.Token, "POST", "/messages", "application/json", strings.NewReader(`{"roomId":"`+room+`","files":`+files+`}`))
		if linked.status != map[bool]int{true: 200, false: 400}[good] {
			t.Errorf("%s: %d %s", files, linked.status, linked.raw)
		}
		if !good {
			continue
		}
		if got := w.send(w.alice.Token, "GET", linked.object["files"].([]any)[0].(string), "", nil); string(got.raw) != "device,vrf\n" {
			t.Errorf("%s: got %q", files, got.raw)
		}
	}
	kind, body = form(t, map[string]string{"roomId": room}, "a.csv", "b.csv")
	if r := w.send(w.bot.Token, "POST", "/messages", kind, body); r.status != 400 {
		t.Errorf("two files: %d", r.status)
	}
	w.must(w.bot, "DELETE", "/messages/"+posted.text("id"), "")
	if r := w.send(w.alice.Token, "GET", address, "", nil); r.status != 404 {
		t.Errorf("the file of a deleted message: %d", r.status)
	}
}
