package cards_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"overwatch/cards"
)

func files(pairs ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return out
}

const (
	note     = `{"type":"AdaptiveCard","version":"1.3","body":[{"type":"TextBlock","text":"${text}"}]}`
	noteBold = `{"type":"AdaptiveCard","version":"1.3","body":[{"type":"TextBlock","text":"${text}","weight":"bolder"}]}`
)

func notes() fstest.MapFS {
	return files("note.json", note, "note.data.json", `{"text":"hello"}`, "note.empty.data.json", `{"text":""}`,
		"did-you-mean.json", note, "did-you-mean.data.json", `{"text":"r1?"}`)
}

func TestBuiltIn(t *testing.T) {
	set, err := cards.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range set.Names() {
		if len(set.Samples(name)) == 0 {
			t.Errorf("%s has no samples", name)
		}
	}
	if len(set.Names()) == 0 {
		t.Error("no cards")
	}
}

func TestLoad(t *testing.T) {
	set, err := cards.LoadFrom(notes(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"did-you-mean", "note"}, set.Names()); diff != "" {
		t.Errorf("names (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"default", "empty"}, sampleNames(set, "note")); diff != "" {
		t.Errorf("samples (-want +got)\n%s", diff)
	}
	if got := set.Samples("gone"); got != nil {
		t.Errorf("samples of no card: %v", got)
	}
}

func sampleNames(set *cards.Set, card string) []string {
	var names []string
	for _, s := range set.Samples(card) {
		names = append(names, s.Name)
	}
	return names
}

func TestOverlay(t *testing.T) {
	set, err := cards.LoadFrom(notes(), files("note.json", noteBold, "note.data.json", `{"text":"ours"}`, "note.long.data.json", `{"text":"long"}`,
		".DS_Store", "x", "..data/note.json", "x"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := set.Expand("note", map[string]string{"text": "<hi>"})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"body":[{"text":"<hi>","type":"TextBlock","weight":"bolder"}],"type":"AdaptiveCard","version":"1.3"}`
	if string(got) != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if diff := cmp.Diff([]string{"default", "empty", "site/default", "site/long"}, sampleNames(set, "note")); diff != "" {
		t.Errorf("samples (-want +got)\n%s", diff)
	}
	other, err := set.Expand("did-you-mean", map[string]string{"text": "r1?"})
	if err != nil || strings.Contains(string(other), "weight") {
		t.Errorf("the other card changed too: %s, %v", other, err)
	}
}

func TestLoadRefuses(t *testing.T) {
	builtin := func(pairs ...string) fs.FS { return files(pairs...) }
	tests := []struct {
		name             string
		builtin, overlay fs.FS
		want             string
	}{
		{"no sample", builtin("a.json", note), nil, "built-in a.json: the card has no sample a.data.json"},
		{"variant only", builtin("a.json", note, "a.b.data.json", `{"text":""}`), nil, "built-in a.json: the card has no sample a.data.json"},
		{"no card", builtin("a.data.json", `{}`), nil, "built-in a.json: the samples have no card"},
		{
			"broken sample", builtin("a.json", note, "a.data.json", "{\n\"text\":,}"), nil,
			"built-in a.data.json:2:8: not JSON: invalid character ',' looking for beginning of value\nbuilt-in a.json: the card has no sample a.data.json",
		},
		{
			"sample lacks a field", builtin("a.json", note, "a.data.json", `{}`), nil,
			"built-in a.json:1:75: /body/0/text: with sample default: text: the data has no text here, the object is empty",
		},
		{
			"bad card", builtin("a.json", `{"type":"AdaptiveCard","version":"1.4","body":[{"type":"TextBlock"}]}`, "a.data.json", `{}`), nil,
			"built-in a.json: /body/0: with sample default: TextBlock needs text\nbuilt-in a.json: /version: with sample default: the version must be \"1.3\"",
		},
		{"overlay of nothing", notes(), files("note.json", note, "notes.json", note), "notes.json: there is no card notes to lay this over, only did-you-mean, note"},
		{"overlay sample of nothing", notes(), files("notes.data.json", `{}`), "notes.data.json: there is no card notes to lay this over, only did-you-mean, note"},
		{
			"overlay of another kind", notes(), files("note.yaml", "", "note.json~", "", "sub/note.json", note, "note.a.b.data.json", "{}", "note.default.data.json", "{}", "note.old.json", "{}"),
			"note.a.b.data.json: " + neither + "\nnote.default.data.json: " + neither + "\nnote.json~: " + neither + "\nnote.old.json: " + neither + "\nnote.yaml: " + neither + "\nsub: " + neither,
		},
		{"overlay outside the subset", notes(), files("note.json", "{\n  \"x\": \"${a+b}\"}"), "note.json:2:8: /x: ${a+b}: there is no + here: compute it in the view model"},
		{
			"overlay wants what the built-in sample lacks", notes(), files("note.json", strings.Replace(note, "text}", "txt}", 1), "note.data.json", `{"txt":"x"}`),
			"note.json:1:75: /body/0/text: with sample default: txt: the data has no txt here, only text\nnote.json:1:75: /body/0/text: with sample empty: txt: the data has no txt here, only text",
		},
		{
			"overlay fails its own sample", notes(), files("note.json", note, "note.odd.data.json", `{"text":["x"]}`),
			"note.json: /body/0/text: with sample site/odd: must be a text, not a list",
		},
		{"all files at once", notes(), files("note.json", `{`, "did-you-mean.json", `[]`), "did-you-mean.json:1:1: a card is an object\nnote.json:1:2: not JSON: unexpected end of JSON input"},
		{"no directory", notes(), unreadable{}, "cards: the directory can't be read: open .: file does not exist"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := cards.LoadFrom(tt.builtin, tt.overlay)
			wantError(t, err, tt.want)
		})
	}
}

const neither = "this is neither a card (NAME.json) nor a sample (NAME.data.json, NAME.VARIANT.data.json)"

// unreadable is a directory that isn't there.
type unreadable struct{}

func (unreadable) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func TestSetExpandRefuses(t *testing.T) {
	set, err := cards.LoadFrom(notes(), files("note.json", note))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, card string
		data       any
		want       string
	}{
		{"unknown card", "nope", nil, "nope.json: there is no such card, only did-you-mean, note"},
		{"missing field", "note", map[string]any{"txt": 1}, "note.json:1:75: /body/0/text: text: the data has no text here, only txt"},
		{"bad outcome", "did-you-mean", map[string]any{"text": 1}, "built-in did-you-mean.json: /body/0/text: must be a text, not a number"},
		{"unescaped text", "note", map[string]any{"text": "${x}"}, "note.json: /body/0/text: the text still holds ${: some clients would expand it again"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := set.Expand(tt.card, tt.data)
			wantError(t, err, tt.want)
		})
	}
}
