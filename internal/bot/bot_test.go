package bot_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/cards"
	"overwatch/internal/access"
	"overwatch/internal/archive"
	"overwatch/internal/bot"
	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
	"overwatch/internal/render"
)

// fetcher answers every request with one row, and notes what was asked.
type fetcher struct {
	answer string            // instead of that row
	of     map[string]string // the same by device
	never  bool              // it doesn't answer at all

	mu    sync.Mutex
	asked []string
}

func (f *fetcher) Turn(context.Context, inventory.Device) (func(), error) { return func() {}, nil }

func (f *fetcher) Fetch(ctx context.Context, d inventory.Device, path, _ string) (io.ReadCloser, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, d.Name+" "+path)
	if f.never {
		f.mu.Unlock()
		<-ctx.Done()
		f.mu.Lock()
		return nil, ctx.Err()
	}
	if d.Name == "down" {
		return nil, &fault.Error{Kind: fault.Unavailable, Message: "down is down."}
	}
	answer := cmp.Or(f.of[d.Name], f.answer, `{"m:a":{"r":[{"name":"X"}]}}`)
	return io.NopCloser(strings.NewReader(answer)), nil
}

func template(words, more string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("title: Title of " + strings.Trim(strings.Split(words, ",")[0], "[]") + "\nwords: " + words + "\n" + more +
		"platforms: {ios-xe: {requests: [{get: 'm:a', rows: r}], facts: [{title: Name, from: name, heading: true}]}}\n")}
}

func newBot(t testing.TB, f *fetcher, names ...string) *bot.Bot {
	t.Helper()
	return newBotOn(t, f, names...)
}

func newBotOn(t testing.TB, f query.Fetcher, names ...string) *bot.Bot {
	t.Helper()
	var devices []inventory.Device
	for _, n := range names {
		d := inventory.Device{Name: n, Platform: "ios-xe"}
		if place, ok := strings.CutPrefix(n, "core-"); ok {
			d.Groups = []string{"edge", "site:" + place}
		}
		devices = append(devices, d)
	}
	inv, err := inventory.New(devices)
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := query.Load(fstest.MapFS{
		"vrf.yaml":       template("[vrf]", "order: 1\n"),
		"interface.yaml": template("[interfaces, int]", "order: 2\n"),
		"bgp.yaml":       template("[bgp]", ""),
		"bgpsum.yaml":    template("[bgp summary]", ""),
		"route.yaml":     template("[route]", "inputs: [{id: prefix, rules: 'required,cidr'}, {id: vrf, value: default, suggest: {query: vrf, fact: Name}}]\n"),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	set, err := cards.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	b, err := bot.New(bot.Options{
		Inventory: inv, Catalog: catalog, Archive: archive.NewMemory(), Activity: bot.NewActivity(), Access: access.Everything(), Render: render.New(set), Runner: query.NewRunner(f, time.Now), Log: log, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func say(t testing.TB, b *bot.Bot, text string) chat.Reply {
	t.Helper()
	replies := b.Handle(t.Context(), chat.Message{ID: "M", Text: text}, func(chat.Reply) {})
	if len(replies) != 1 {
		t.Fatalf("%q: %d replies", text, len(replies))
	}
	return replies[0]
}

// What is understood of a text: the typed equivalent of what ran, or how the answer begins.
func TestUnderstanding(t *testing.T) {
	b := newBot(t, &fetcher{}, "r1", "r2", "bgp", "core-paris", "core-berlin", "show", "down")
	for text, want := range map[string]string{
		"vrf r1":                         "ran vrf r1",
		"r1 vrf":                         "ran vrf r1",
		"  VRFS\t R1 \n":                 "ran vrf r1",
		"show me the vrfs of r1, please": "ran vrf r1",
		"vrf: r1?":                       "ran vrf r1",
		"\u201cvrf\u201d r1!":            "ran vrf r1",
		"Interface r1":                   "ran interfaces r1",
		"int core-p":                     "ran interfaces core-paris", // the only one that begins so
		"bgp summary r1":                 "ran bgp summary r1",        // the longer word wins
		"bgp r1":                         "ran bgp r1",
		"bgp bgp":                        "ran bgp bgp", // a query and a device of one name
		"vrf show":                       "ran vrf show",
		"route 10.0.0.0/8 r1":            "ran route 10.0.0.0/8 r1",
		"route r1 10.0.0.0/8 vrf MGMT":   "ran route 10.0.0.0/8 vrf MGMT r1", // an input may be named
		"route 10.0.0.0/8 MGMT r1":       "ran route 10.0.0.0/8 vrf MGMT r1",
		"route r1":                       "form: Prefix is needed.",
		"route r1 10.0.0.0":              "form: Prefix isn't right.",
		"vrf r1 csv":                     "file r1-vrf-",
		"JSON vrf r1":                    "file r1-vrf-",
		"route ${x} r1":                  "form: Prefix can't have ${ in it.",
		"vrf":                            "form",
		"r1":                             "form",
		"core":                           "form",
		"hello":                          "form",
		"":                               "form",
		"😀":                              "form",
		"vfr r1":                         "mean vrf r1",
		"vrf r11":                        "mean vrf r1",
		"vrf core":                       "mean vrf core-berlin",
		"vfr r11":                        "mean vrf r1",
		"intrefaces":                     "mean Title of interfaces",
		"vrf nonsense99":                 `form: No device or group is called "nonsense99".`,
		"10.0.0.0/8 vrf MGMT r1 route":   "ran route 10.0.0.0/8 vrf MGMT r1", // vrf is a query as well
		"vrf r1 r2":                      "ran vrf r1,r2",
		"vrf r1, R2 and r1":              "ran vrf r1,r2",
		"vrf core-*":                     "ran vrf core-*",
		"vrf site:paris":                 "ran vrf core-paris", // it has one device
		"vrf group:edge":                 "ran vrf group:edge",
		"vrf edge":                       "ran vrf group:edge",
		"vrf edge down":                  "ran vrf group:edge | down",
		"vrf group:all":                  "ran vrf group:all",
		"vrf role:nobody":                `form: No device or group is called "role:nobody".`,
		"vrf r1 | include x":             "ran vrf r1 | x",
		"vrf r1|X":                       "ran vrf r1 | X",
		"diff vrf r1":                    "differs diff vrf r1",
		"compare r2 vrf r1":              "differs diff vrf r2 r1",
		"diff vrf r1 r2 down":            "form: To compare, type diff, a query, and one device or two.",
		"cancel":                         "Nothing to cancel.",
		"help":                           "**Queries**",
		"HELP!":                          "**Queries**",
		"?":                              "**Queries**",
		"devices":                        "**Devices**",
		"device":                         "**Devices**",
	} {
		t.Run(text, func(t *testing.T) {
			if got := outcome(say(t, b, text)); !strings.HasPrefix(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// outcome says a reply in short.
func outcome(r chat.Reply) string {
	_, typed, ran := strings.Cut(string(r.Card), "Typed: `")
	switch {
	case r.File != nil:
		return "file " + r.File.Name
	case ran:
		typed, _, _ = strings.Cut(typed, "`")
		if strings.HasPrefix(typed, "diff ") {
			return "differs " + typed
		}
		return "ran " + typed
	case strings.Contains(r.Text, "Did you mean"):
		_, first, _ := strings.Cut(r.Text, "Did you mean `")
		first, _, _ = strings.Cut(first, "`")
		return "mean " + first
	case strings.Contains(r.Text, "Type a query and a device") && !strings.HasPrefix(r.Text, "**"):
		if r.Err != nil {
			say, _ := fault.Text(r.Err)
			return "form: " + say
		}
		return "form"
	}
	return r.Text
}

func TestRepliesStayInTheThread(t *testing.T) {
	b := newBot(t, &fetcher{}, "r1", "down")
	for _, text := range []string{"vrf r1", "vrf down", "hello", "help", "devices", "vrf r11", "vrf r1 csv"} {
		for thread, want := range map[string]string{"": "M", "ROOT": "ROOT"} {
			r := b.Handle(t.Context(), chat.Message{ID: "M", Thread: thread, Text: text}, func(chat.Reply) {})[0]
			if r.Thread != want {
				t.Errorf("%q in thread %q is answered in %q", text, thread, r.Thread)
			}
			// A button carries the thread, so that nothing has to be looked up when it is pressed.
			if r.Card != nil && !strings.Contains(string(r.Card), fmt.Sprintf(`"_thread":%q`, want)) {
				t.Errorf("%q: the card's buttons don't know the thread %s", text, want)
			}
		}
	}
	r := b.Handle(t.Context(), chat.Submission{Card: "CARD", Inputs: map[string]any{"_ow": "1", "_do": "help"}}, func(chat.Reply) {})[0]
	if r.Thread != "CARD" {
		t.Errorf("a press of a card without a thread is answered in %q", r.Thread)
	}
}

func TestDevicesAreAskedOnceAndOnlyWhenAllIsRight(t *testing.T) {
	f := &fetcher{}
	b := newBot(t, f, "r1")
	var lines []string
	working := func(r chat.Reply) { lines = append(lines, r.Text+" in "+r.Thread) }
	b.Handle(t.Context(), chat.Message{ID: "M", Text: "vrf r1"}, working)
	if len(f.asked) != 1 || f.asked[0] != "r1 m:a" {
		t.Errorf("asked %v", f.asked)
	}
	if len(lines) != 1 || lines[0] != "Querying r1… in M" {
		t.Errorf("said %v meanwhile", lines)
	}
	for _, text := range []string{"hello", "vrf", "vrf r11", "help", "vrf r1 json"} {
		b.Handle(t.Context(), chat.Message{ID: "M", Text: text}, func(chat.Reply) {})
	}
	if len(f.asked) != 1 {
		t.Errorf("asked %v although nothing was to be asked", f.asked[1:])
	}
}

func TestFile(t *testing.T) {
	b := newBot(t, &fetcher{}, "r1", "a/b", "down")
	r := say(t, b, "vrf a/b csv")
	var out strings.Builder
	if err := r.File.Write(t.Context(), &out); err != nil || out.String() != "\ufeffName\nX\n" {
		t.Errorf("wrote %q, %v", out.String(), err)
	}
	if strings.Contains(r.File.Name, "/") || r.File.Type != "text/csv" {
		t.Errorf("the file is %s of %s", r.File.Name, r.File.Type)
	}
	r = say(t, b, "vrf down json")
	err := r.File.Write(t.Context(), io.Discard)
	if instead := r.File.Failed(err); !strings.Contains(instead.Text, "down is down.") || instead.Thread != "M" {
		t.Errorf("instead of the file it says %+v", instead)
	}
}

// A large inventory is searched, or narrowed by group; a press without a device shows the group's.
func TestLargeInventory(t *testing.T) {
	var names []string
	for i := range 300 {
		names = append(names, fmt.Sprintf("r%03d", i))
	}
	b := newBot(t, &fetcher{}, names...)
	if card := string(say(t, b, "hello").Card); !strings.Contains(card, `"type":"Input.Text"`) || strings.Contains(card, "r250") {
		t.Errorf("the form of 300 devices is %s", card)
	}
	press := func(inputs map[string]any) chat.Reply {
		inputs["_ow"], inputs["_do"], inputs["_query"] = "1", "run", "vrf"
		return b.Handle(t.Context(), chat.Submission{Card: "C", Inputs: inputs}, func(chat.Reply) {})[0]
	}
	if got := outcome(press(map[string]any{"device": "r250"})); got != "ran vrf r250" {
		t.Errorf("a searched device: %s", got)
	}
	if got := outcome(press(map[string]any{"device": "r25"})); got != "mean vrf r250" {
		t.Errorf("the beginning of several: %s", got)
	}
}

func TestGreeting(t *testing.T) {
	b := newBot(t, &fetcher{}, "r1")
	for direct, want := range map[bool]string{true: "Type anything to get the form", false: "I only see messages that @mention me"} {
		r := b.Handle(t.Context(), chat.Arrival{Room: chat.Room{Direct: direct}}, func(chat.Reply) {})[0]
		if !strings.Contains(r.Text, want) || r.Thread != "" {
			t.Errorf("direct %v: %q in thread %q", direct, r.Text, r.Thread)
		}
	}
}

func TestWordsOfTheBotsOwn(t *testing.T) {
	for _, word := range []string{"help", "csv", "device", "more"} {
		catalog, err := query.Load(fstest.MapFS{"mine.yaml": template("["+word+"]", "")}, nil)
		if err != nil {
			t.Fatal(err)
		}
		inv, err := inventory.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = bot.New(bot.Options{Inventory: inv, Catalog: catalog})
		if say, _ := fault.Text(err); !strings.HasPrefix(say, "templates/mine.yaml: the word ") {
			t.Errorf("%s: %v", word, err)
		}
	}
}

// Where the device is known, its own values are offered to choose from.
func TestSuggestions(t *testing.T) {
	f := &fetcher{answer: rows(2, "")}
	b := newBot(t, f, "r1", "down")
	form := say(t, b, "route r1")
	if card := string(form.Card); !strings.Contains(card, `"value":"row-01"`) || !strings.Contains(card, `"value":"default"`) || strings.Contains(card, "Prefix is needed.\",\"type\"") {
		t.Errorf("the form is %s", card)
	}
	if card := string(say(t, b, "route down").Card); !strings.Contains(card, `"id":"vrf"`) || strings.Contains(card, "row-01") {
		t.Errorf("the form of a device that is down is %s", card)
	}
}

// However long a text is that isn't understood, or a name that isn't known, there is a card.
func TestLongTextsHaveACard(t *testing.T) {
	b := newBot(t, &fetcher{}, "r1")
	for _, text := range []string{"r1 " + strings.Repeat("\x01", 7000), "vrf r1," + strings.Repeat("\u200b", 2400), strings.Repeat("\xf7", 5000) + " *"} {
		if r := say(t, b, text); r.Card == nil || r.Text == "" {
			t.Errorf("%.20q has no card: %v", text, r.Err)
		}
	}
}

func FuzzUnderstanding(f *testing.F) {
	b := newBot(f, &fetcher{}, "r1", "r2", "core-paris")
	for _, text := range []string{"vrf r1", "show vrf on r1 csv", "route 1.1.1.1/32 r1 vrf X", "?!", "\u00a0", "r1 r1 vrf vrf", "r1 " + strings.Repeat("\x01", 7000)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := b.Handle(t.Context(), chat.Message{ID: "M", Text: text}, func(chat.Reply) {})[0]
		if r.Text == "" || len(r.Text) > 7439 {
			t.Errorf("%q: a text of %d bytes", text, len(r.Text))
		}
		if r.Card == nil && r.File == nil {
			t.Errorf("%q: no card: %v", text, r.Err)
		}
	})
}

// A form, however many devices there are.
func BenchmarkForm(b *testing.B) {
	for _, n := range []int{10, 1000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var names []string
			for i := range n {
				names = append(names, fmt.Sprintf("site-%05d-router", i))
			}
			o := newBot(b, &fetcher{}, names...)
			b.ReportAllocs()
			for b.Loop() {
				say(b, o, "hello")
			}
		})
	}
}
