package cards_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"overwatch/cards"
)

// checkedAsJSON wants Check to find in a card what it finds in the same one written by
// encoding/json, which sorts names and writes each once.
func checkedAsJSON(t *testing.T, card []byte) {
	t.Helper()
	if len(card) > cards.MaxCardBytes {
		t.Skip("the length is a problem of its own")
	}
	got := cards.Check(card)
	var v any
	if err := json.Unmarshal(card, &v); err != nil {
		want := []cards.Problem{{Say: "not JSON: " + err.Error()}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got)\n%s", card, diff)
		}
		return
	}
	sorted, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if len(sorted) > cards.MaxCardBytes {
		t.Skip("the length is a problem of its own")
	}
	if diff := cmp.Diff(cards.Check(sorted), got); diff != "" {
		t.Errorf("%q (-want +got)\n%s", card, diff)
	}
}

// TestCheckReads is about JSON, not about cards.
func TestCheckReads(t *testing.T) {
	body := func(member string) string {
		return `{"body":[{"text":"a","type":"TextBlock",` + member + `}],"type":"AdaptiveCard","version":"1.3"}`
	}
	deep := func(n int) string {
		return body(`"x":` + strings.Repeat("[", n) + strings.Repeat("]", n))
	}
	tests := []struct {
		name, card string
		want       []string // "pointer: what"
	}{
		{"blanks", " {\r\n\"type\"\t: \"AdaptiveCard\" , \"version\" :\"1.3\" , \"body\":[ ] } \n", nil},
		{"names in any order", `{"version":"1.3","z":1,"type":"AdaptiveCard","a":1}`, []string{"/a: AdaptiveCard has no a in version 1.3", "/z: AdaptiveCard has no z in version 1.3"}},
		{"the last of a name", `{"type":"TextBlock","type":"AdaptiveCard","version":1,"version":"1.3","body":{},"body":[]}`, nil},
		{"escapes", `{"body":[{"\u0074ype":"Text\u0042lock","text":"\"\\\/\b\ud83d\ude00"}],"type":"AdaptiveCard","version":"1\u002e3"}`, nil},
		{"escaped expression", body(`"xa":1,"text":"\u0024{a}"`), []string{"/body/0/text: the text still holds ${: some clients would expand it again", "/body/0/xa: TextBlock has no xa in version 1.3"}},
		{"half a surrogate", body(`"weight":"\ud800"`), []string{"/body/0/weight: \"\ufffd\" must be one of default, lighter, bolder"}},
		{"not UTF-8", body("\"weight\":\"\xff\xfe\""), []string{"/body/0/weight: \"\ufffd\ufffd\" must be one of default, lighter, bolder"}},
		{"name not UTF-8", body("\"x\xff\":1"), []string{"/body/0/x\ufffd: TextBlock has no x\ufffd in version 1.3"}},
		{"numbers", body(`"w":-0.5e-2,"maxLines":1E1`), []string{"/body/0/w: TextBlock has no w in version 1.3"}},
		{"number too large", body(`"x":1e999`), []string{": not JSON: json: cannot unmarshal number 1e999 into Go value of type float64"}},
		{"leading zero", body(`"x":01`), []string{": not JSON: invalid character '1' after object key:value pair"}},
		{"bad word", body(`"x":nul`), []string{": not JSON: invalid character '}' in literal null (expecting 'l')"}},
		{"bad escape", body(`"x":"\x"`), []string{": not JSON: invalid character 'x' in string escape code"}},
		{"control character", body("\"x\":\"\t\""), []string{": not JSON: invalid character '\\t' in string literal"}},
		{"something after", `{} {}`, []string{": not JSON: invalid character '{' after top-level value"}},
		{"NUL after", "{}\x00", []string{": not JSON: invalid character '\\x00' after top-level value"}},
		{"comma at the end", `{"a":[1,],}`, []string{": not JSON: invalid character ']' looking for beginning of value"}},
		{"empty", ``, []string{": not JSON: unexpected end of JSON input"}},
		{"ends in a text", `{"a`, []string{": not JSON: unexpected end of JSON input"}},
		{"deep", deep(9_990), []string{"/body/0/x: TextBlock has no x in version 1.3"}},
		{"too deep", deep(10_000), []string{": not JSON: invalid character '[' exceeded max depth"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, p := range cards.Check([]byte(tt.card)) {
				got = append(got, p.Pointer+": "+p.Say)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			checkedAsJSON(t, []byte(tt.card))
		})
	}
}

func FuzzCheckReads(f *testing.F) {
	set, err := cards.Load(nil)
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range set.Names() {
		for _, s := range set.Samples(name) {
			card, err := set.Expand(name, s.Data)
			if err != nil {
				f.Fatal(err)
			}
			f.Add([]byte(card))
			f.Add([]byte(s.Data))
		}
	}
	f.Fuzz(checkedAsJSON)
}
