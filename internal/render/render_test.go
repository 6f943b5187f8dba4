package render_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"overwatch/cards"
	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
	"overwatch/internal/render"
)

func real(t testing.TB) *render.Page {
	t.Helper()
	set, err := cards.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	return render.New(set).Page("THREAD", "", nil)
}

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"GigabitEthernet1/0/1":     "GigabitEthernet1/0/1",
		"10.0.0.1":                 "10.0.0.1",
		"Default_VRF":              "Default_VRF", // within a word an underscore is no mark
		"__uplink__":               `\_\_uplink\_\_`,
		"*to* [r2](x) `c` ~s~":     "\\*to\\* \\[r2\\](x) \\`c\\` \\~s\\~",
		"<b> & &lt;":               `\<b\> & \&lt;`,
		"${name}":                  "$ {name}",
		"# x":                      `\# x`,
		"- x":                      `\- x`,
		"1. x":                     `1\. x`,
		"65000:1":                  "65000:1",
		"a\nb":                     "a b",
		`\`:                        `\\`,
		"3 - 4":                    "3 - 4",
		"https://example.com/x":    "https: //example.com/x", // no link
		"a FTP://192.0.2.1":        "a FTP: //192.0.2.1",
		"www.example.com":          "www. example.com",
		"x\u202ey\u200b\u009b\xff": "xy\ufffd",
		"<@personEmail:a@b|me>":    `\<@personEmail:a@b|me\>`, // no mention of anybody
	} {
		if got := render.Escape(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// Whatever a device says, the reply fits into a message, and no text of it is a template.
func fits(t *testing.T, r chat.Reply) {
	t.Helper()
	if len(r.Text) > 7439 || r.Text == "" {
		t.Errorf("the text has %d bytes", len(r.Text))
	}
	if r.Err != nil || r.Card == nil {
		t.Fatalf("no card: %v", r.Err)
	}
	if len(r.Card) > cards.MaxCardBytes {
		t.Errorf("the card has %d bytes", len(r.Card))
	}
	for _, p := range cards.Check(r.Card) {
		t.Errorf("the card at %s: %s", p.Pointer, p.Say)
	}
}

func TestLargeAnswersFit(t *testing.T) {
	long := strings.Repeat("long _text_ ${x} ", 2000)
	for name, change := range map[string]func(*query.Result){
		"long values":  func(r *query.Result) { each(r, func(c *query.Cell) { c.Text = long }) },
		"wide letters": func(r *query.Result) { each(r, func(c *query.Cell) { c.Text = strings.Repeat("𝔘\"\\", 5000) }) },
		"a long name":  func(r *query.Result) { r.Run.Device.Name = strings.Repeat("n", 64) },
	} {
		t.Run(name, func(t *testing.T) {
			res := vrfs(t, 10, 1_000_000)
			change(&res)
			reply := real(t).Result(res, "")
			fits(t, reply)
			if !strings.Contains(string(reply.Card), " of 1,000,000 rows.") {
				t.Error("it doesn't say how many there are")
			}
		})
	}
}

// A device's name is no Markdown either: names may have underscores between other signs.
func TestNamesOfDevicesAreNoMarkdown(t *testing.T) {
	res := vrfs(t, 1, 1)
	res.Run.Device.Name = "r1.-_x_"
	reply := real(t).Result(res, "")
	fits(t, reply)
	if !strings.Contains(string(reply.Card), `"text":"r1.-\\_x\\_"`) || !strings.Contains(reply.Text, `**r1.-\_x\_**`) {
		t.Errorf("the name isn't escaped: %s\n%s", reply.Card, reply.Text)
	}
	if !strings.Contains(string(reply.Card), `"_device":"r1.-_x_"`) {
		t.Errorf("no button carries the name as it is: %s", reply.Card)
	}
}

func each(r *query.Result, change func(*query.Cell)) {
	for _, row := range r.Rows {
		for i := range row {
			change(&row[i])
		}
	}
}

// A card that can't be drawn leaves the text.
type broken struct{}

func (broken) Expand(string, any) (json.RawMessage, error) { return nil, errors.New("broken") }

func TestTextGoesWithoutACard(t *testing.T) {
	r := render.New(broken{}).Page("THREAD", "", nil).Result(vrfs(t, 2, 2), "")
	if r.Card != nil || !strings.Contains(r.Text, "CORP-1") || r.Err == nil {
		t.Errorf("got %+v", r)
	}
}

// Causes stay in the log: what a person reads never has them.
func TestErrorsHideTheirCauses(t *testing.T) {
	err := &fault.Error{Kind: fault.Unavailable, Message: "r1 is busy.", Hint: "Wait.", Cause: errors.New("dial tcp 192.0.2.1: secret")}
	r := real(t).Error(err, nil)
	if !errors.Is(r.Err, err.Cause) {
		t.Error("the reply lost its cause")
	}
	if strings.Contains(r.Text+string(r.Card), "secret") {
		t.Errorf("the cause is shown: %s %s", r.Text, r.Card)
	}
}

func FuzzResult(f *testing.F) {
	f.Add("CORP", "65000:1", "r1")
	f.Add("${name}", "*", "r1.-_x_")
	f.Add("`", "1. x", "paris/r1")
	f.Add("\x00\xff", "\u202e", "r1")
	f.Fuzz(func(t *testing.T, a, b, device string) {
		if !inventory.ValidName(device) { // inventories have no others, and buttons carry names as they are
			return
		}
		res := vrfs(t, 3, 3)
		res.Rows[0][0].Text, res.Rows[1][2].Text, res.Run.Device.Name = a, b, device
		fits(t, real(t).Result(res, ""))
	})
}

func BenchmarkResult(b *testing.B) {
	r := real(b)
	res := vrfs(b, 10, 10)
	b.ReportAllocs()
	for b.Loop() {
		r.Result(res, "")
	}
}

// Of several devices, those that failed come first, then those with the worst rows. Rows that somebody
// searched for are shown, and devices that have none of them are named together.
func TestRowsOfSeveralDevices(t *testing.T) {
	vrf, _ := catalog(t).Get("vrf")
	survey := query.Survey{Template: vrf, Target: "all", Devices: slices.Collect(devices(t, 5).All())}
	row := func(name string, colour query.Colour) []query.Cell {
		return []query.Cell{{Text: name}, {Text: "state", Colour: colour}, {}, {}}
	}
	results := make([]query.DeviceResult, 5)
	for i, rows := range [][][]query.Cell{
		{row("fine", query.Good)}, {row("fair", query.Warning)}, {row("fine", query.Good), row("bad", query.Attention)}, {}, {},
	} {
		results[i] = query.DeviceResult{Device: survey.Devices[i], Queried: true, Total: len(rows), Read: len(rows), Ending: query.Ending{Outcome: query.Complete}}
		for _, r := range rows {
			results[i].Worst.Add(r)
		}
	}
	results[4].Err = errors.New("down")
	results[4].Ending = query.Ending{Outcome: query.NoAnswer, Reason: "r5 is down."}
	inOrder := func(text string, parts ...string) {
		t.Helper()
		rest := text
		for _, p := range parts {
			_, after, found := strings.Cut(rest, p)
			if !found {
				t.Fatalf("no %q where it belongs in:\n%s", p, text)
			}
			rest = after
		}
	}
	page := real(t)
	inOrder(page.Survey(survey, results, time.Second, false).Text, "**r5**", "**r3**", "**bad**: ✗ state", "**fine**: ✓ state", "**r2**", "**fair**: ! state", "**r1**", "**fine**", "**r4**")

	survey.Filter = query.ParseFilter("state")
	inOrder(page.Survey(survey, results, time.Second, false).Text, "**r5**", "**r3**", "**r2**", "**r1**", "No rows match on r4.")

	survey.Filter = query.Filter{}
	results[0].Total = 1000 // they don't fit any more: only what needs a look is shown
	text := page.Survey(survey, results, time.Second, false).Text
	inOrder(text, "**r3**", "**bad**", "And 1 row more.", "**r2**", "**fair**", "**r1**")
	if strings.Contains(text, "**fine**") {
		t.Errorf("rows that are fine are shown of too many:\n%s", text)
	}
}
