package bot_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/synctest"

	"overwatch/internal/bot"
	"overwatch/internal/chat"
)

// press presses the button of that title on a card, with what was entered.
func press(t testing.TB, b *bot.Bot, card chat.Reply, title string, entered map[string]any, working func(chat.Reply)) []chat.Reply {
	t.Helper()
	inputs := map[string]any{}
	for k, v := range buttons(t, card)[title] {
		inputs[k] = v
	}
	if len(inputs) == 0 {
		t.Fatalf("there is no button %q on %s", title, card.Card)
	}
	maps.Copy(inputs, entered)
	return b.Handle(t.Context(), chat.Submission{ID: "S-" + title, Card: "CARD", Room: chat.Room{ID: "ROOM"}, Inputs: inputs}, working)
}

// buttons are the data of a card's buttons by their titles.
func buttons(t testing.TB, r chat.Reply) map[string]map[string]string {
	t.Helper()
	var card any
	if err := json.Unmarshal(r.Card, &card); err != nil {
		t.Fatal(err)
	}
	found := map[string]map[string]string{}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			if v["type"] == "Action.Submit" {
				data := map[string]string{}
				for k, value := range v["data"].(map[string]any) {
					data[k] = value.(string)
				}
				found[v["title"].(string)] = data
			}
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(card)
	return found
}

func rows(n int, extra string) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"name":"row-%02d"}`, i))
	}
	return `{"m:a":{"r":[` + strings.Join(list, ",") + extra + `]}}`
}

// after does what replies leave to be done once they are sent.
func after(t testing.TB, replies ...chat.Reply) {
	for _, r := range replies {
		if r.After != nil {
			r.After(t.Context())
		}
	}
}

func TestPages(t *testing.T) {
	f := &fetcher{answer: rows(60, "")}
	b := newBot(t, f, "r1")
	first := say(t, b, "vrf r1")
	after(t, first)
	quiet := func(chat.Reply) {}
	second := press(t, b, first, "Next", nil, quiet)[0]
	third := press(t, b, second, "Next", nil, quiet)[0]
	for i, c := range []struct {
		reply chat.Reply
		want  string
		gone  string
	}{{first, "1 to 25 of 60 rows", "Previous"}, {second, "26 to 50 of 60 rows", "nothing"}, {third, "51 to 60 of 60 rows", "Next"}} {
		if _, there := buttons(t, c.reply)[c.gone]; !strings.Contains(string(c.reply.Card), c.want) || there {
			t.Errorf("page %d isn't %s, or has a button %s: %s", i+1, c.want, c.gone, c.reply.Text)
		}
	}
	row := press(t, b, second, "Show row", map[string]any{"row": "30", "filter": "typed, but not pressed"}, quiet)[0]
	for _, c := range []struct{ button, want string }{{"", "Row 31 of 60"}, {"Next", "Row 32 of 60"}, {"Previous", "Row 31 of 60"}, {"All rows", "26 to 50 of 60"}} {
		if c.button != "" {
			row = press(t, b, row, c.button, nil, quiet)[0]
		}
		if !strings.Contains(string(row.Card), c.want) {
			t.Errorf("%s shows %s, want %s", c.button, row.Text, c.want)
		}
	}
	if beside := press(t, b, second, "Show row", map[string]any{"row": "61"}, quiet)[0]; !strings.Contains(beside.Text, "There are 60 rows.") {
		t.Errorf("a row that isn't there: %s", beside.Text)
	}
	filtered := press(t, b, third, "Filter", map[string]any{"filter": "ROW-1"}, quiet)[0]
	if !strings.Contains(filtered.Text, "10 rows") || !strings.Contains(filtered.Text, "row-19") || strings.Contains(filtered.Text, "row-20") {
		t.Errorf("filtered it says %s", filtered.Text)
	}
	if again := press(t, b, filtered, "Filter", map[string]any{"filter": ""}, quiet)[0]; !strings.Contains(again.Text, "60 rows") {
		t.Errorf("with the filter emptied it says %s", again.Text)
	}
	if none := press(t, b, filtered, "Filter", map[string]any{"filter": "zzz"}, quiet)[0]; !strings.Contains(none.Text, "No rows match `zzz`.") {
		t.Errorf("without a match it says %s", none.Text)
	}
	if len(f.asked) != 1 {
		t.Errorf("turning pages asked the device: %v", f.asked)
	}
	if other := press(t, newBot(t, f, "r1"), first, "Next", nil, quiet)[0]; !strings.Contains(other.Text, "26 to 50") || len(f.asked) != 2 {
		t.Errorf("a bot that has no answer kept says %s after %v", other.Text, f.asked)
	}
}

func TestCompare(t *testing.T) {
	f := &fetcher{answer: rows(3, "")}
	b := newBot(t, f, "r1", "r2")
	first := say(t, b, "diff vrf r1")
	if !strings.Contains(first.Text, "No earlier answer") {
		t.Errorf("at first it says %s", first.Text)
	}
	after(t, first)
	f.answer = rows(2, `,{"name":"new"}`)
	second := say(t, b, "diff vrf r1")
	after(t, second)
	for _, want := range []string{"1 added · 1 removed", "added **new**", "removed **row-02**"} {
		if !strings.Contains(second.Text, want) {
			t.Errorf("no %q in %s", want, second.Text)
		}
	}
	if same := say(t, b, "diff vrf r1"); !strings.Contains(same.Text, "No differences.") {
		t.Errorf("without a change it says %s", same.Text)
	}
	result := say(t, b, "vrf r1")
	after(t, result)
	f.answer = rows(0, "")
	asked := len(f.asked)
	if kept := press(t, b, result, "Compare", nil, func(chat.Reply) {})[0]; !strings.Contains(kept.Text, "No differences.") || len(f.asked) != asked {
		t.Errorf("a card compares %s, and asks %v", kept.Text, f.asked[asked:])
	}
	f.of = map[string]string{"r1": rows(2, ""), "r2": rows(1, `,{"name":"other"}`)}
	two := press(t, b, second, "Compare", map[string]any{"with": "r2"}, func(chat.Reply) {})[0]
	if !strings.Contains(two.Text, "r1 → r2") || !strings.Contains(two.Text, "only on r2 **other**") || !strings.Contains(two.Text, "only on r1 **row-01**") {
		t.Errorf("two devices: %s", two.Text)
	}
	if wrong := press(t, b, second, "Compare", map[string]any{"with": "r9"}, func(chat.Reply) {})[0]; !strings.Contains(wrong.Text, `No device or group is called "r9"`) {
		t.Errorf("an unknown device: %s", wrong.Text)
	}
}

// One device's failure never hides another's answer, in the summary as in the file.
func TestSurvey(t *testing.T) {
	f := &fetcher{}
	b := newBot(t, f, "r1", "down", "core-paris")
	r := say(t, b, "vrf group:all")
	for _, want := range []string{"2 of 3 devices answered", "**r1**: answered; 1 row", "**down**: no answer; down is down.", "**core-paris**: answered; 1 row"} {
		if !strings.Contains(r.Text, want) {
			t.Errorf("no %q in %s", want, r.Text)
		}
	}
	if r.Err != nil {
		t.Errorf("it failed although two devices answered: %v", r.Err)
	}
	detail := press(t, b, r, "Show", map[string]any{"device": "core-paris"}, func(chat.Reply) {})[0]
	if outcome(detail) != "ran vrf core-paris" {
		t.Errorf("the details are %s", outcome(detail))
	}
	for format, want := range map[string][]string{
		"CSV":  {"Device,Name,Outcome\n", "r1,X,\n", "down,,No answer: down is down.\n", "core-paris,X,\n"},
		"JSON": {`{"Device": "r1", "Name": "X", "Outcome": null}`, `{"Device": "down", "Name": null, "Outcome": "No answer: down is down."}`},
	} {
		file := press(t, b, r, "All rows ("+format+")", nil, func(chat.Reply) {})[0].File
		var out strings.Builder
		if err := file.Write(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(out.String(), w) {
				t.Errorf("no %q in %s", w, out.String())
			}
		}
		if !strings.HasPrefix(file.Name, "group-all-vrf-") {
			t.Errorf("the file is called %s", file.Name)
		}
	}
	if r := say(t, newBot(t, f, "down", "r1"), "vrf down,down"); r.Err == nil {
		t.Error("one device, named twice, that is down is no error")
	}
}

func TestCancel(t *testing.T) {
	for name, event := range map[string]func(card chat.Reply) chat.Content{
		"pressed": func(card chat.Reply) chat.Content {
			inputs := map[string]any{}
			for k, v := range buttons(t, card)["Cancel"] {
				inputs[k] = v
			}
			return chat.Submission{ID: "S", Room: chat.Room{ID: "ROOM"}, Inputs: inputs}
		},
		"typed": func(chat.Reply) chat.Content {
			return chat.Message{ID: "S", Room: chat.Room{ID: "ROOM"}, Text: "cancel!"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fetcher{never: true}
				b := newBot(t, f, "r1", "r2", "core-paris")
				lines := make(chan chat.Reply, 10)
				replies := make(chan []chat.Reply)
				go func() {
					replies <- b.Handle(t.Context(), chat.Message{ID: "Q", Room: chat.Room{ID: "ROOM"}, Text: "vrf r1,r2"}, func(r chat.Reply) { lines <- r })
				}()
				line := <-lines
				if line.Text != "Querying r1 and r2…" {
					t.Errorf("meanwhile it says %q", line.Text)
				}
				ev := event(line)
				elsewhere := ev
				switch e := ev.(type) {
				case chat.Message:
					e.Room.ID = "ELSEWHERE"
					elsewhere = e
				case chat.Submission:
					e.Room.ID = "ELSEWHERE"
					elsewhere = e
				}
				b.Interrupt(elsewhere)
				synctest.Wait()
				select {
				case r := <-replies:
					t.Fatalf("somebody in another space stopped it: %v", r)
				default:
				}
				b.Interrupt(ev)
				if r := <-replies; !strings.Contains(r[0].Text, "Cancelled") || !strings.Contains(r[0].Text, "0 of 2 devices") {
					t.Errorf("it says %s", r[0].Text)
				}
				if r := b.Handle(t.Context(), ev, func(chat.Reply) {}); len(r) != 0 {
					t.Errorf("in its own turn the wish is answered with %s", r[0].Text)
				}
				if r := b.Handle(t.Context(), ev, func(chat.Reply) {}); len(r) != 1 || r[0].Text != "Nothing to cancel." {
					t.Errorf("when nothing runs it says %v", r)
				}
			})
		})
	}
}
