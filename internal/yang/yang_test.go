package yang_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"overwatch/internal/yang"
)

func split(path string) []string {
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}

// resourceOf returns the resource that an answer is to: its first member.
func resourceOf(answer string) string {
	if _, name, ok := strings.Cut(answer, `{"`); ok {
		name, _, _ = strings.Cut(name, `"`)
		return name
	}
	return "m:a"
}

// read returns the wanted leaves of every row, an absent one as "-".
func read(t *testing.T, answer, path string, names ...string) [][]string {
	t.Helper()
	rows := [][]string{}
	_, err := yang.Rows(strings.NewReader(answer), resourceOf(answer), split(path), func(r yang.Row) error {
		rows = append(rows, leaves(t, r, names...))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// leaves returns leaves of a row as JSON, an absent one as "-".
func leaves(t *testing.T, r yang.Row, names ...string) []string {
	t.Helper()
	cells := []string{}
	for _, name := range names {
		v, ok := r.Get(name)
		if !ok {
			cells = append(cells, "-")
			continue
		}
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		cells = append(cells, string(b))
	}
	return cells
}

func TestRows(t *testing.T) {
	for name, c := range map[string]struct {
		answer, path string
		leaves       []string
		want         [][]string
	}{
		"a list":                   {`{"m:vrf":{"definition":[{"name":"A","rd":"1:1"},{"name":"B"}]}}`, "definition", []string{"name", "rd"}, [][]string{{`"A"`, `"1:1"`}, {`"B"`, "-"}}},
		"one object for a list":    {`{"m:vrf":{"definition":{"name":"A"}}}`, "definition", []string{"name"}, [][]string{{`"A"`}}},
		"no list":                  {`{"m:vrf":{}}`, "definition", nil, [][]string{}},
		"an empty list":            {`{"m:vrf":{"definition":[]}}`, "definition", nil, [][]string{}},
		"a list of null":           {`{"m:vrf":{"definition":[null]}}`, "definition", nil, [][]string{}},
		"nothing":                  {" \n", "definition", nil, [][]string{}},
		"null":                     {`null`, "definition", nil, [][]string{}},
		"an empty object":          {`{}`, "definition", nil, [][]string{}},
		"the member itself":        {`{"m:interface":[{"name":"Gi1"}]}`, "", []string{"name"}, [][]string{{`"Gi1"`}}},
		"the member as object":     {`{"m:system":{"version":"17"}}`, "", []string{"version"}, [][]string{{`"17"`}}},
		"a leaf":                   {`{"m:hostname":"r1"}`, "", []string{"hostname"}, [][]string{{`"r1"`}}},
		"a leaf-list":              {`{"m:a":{"b":["x","y"]}}`, "b", []string{"b"}, [][]string{{`"x"`}, {`"y"`}}},
		"module names":             {`{"m:a":{"n:b":[{"o:c":1,"o:d":{"p:e":true}}]}}`, "q:b", []string{"c", "x:d/e"}, [][]string{{"1", "true"}}},
		"a number of 64 bits":      {`{"m:a":{"n":18446744073709551615}}`, "", []string{"n"}, [][]string{{"18446744073709551615"}}},
		"nested lists":             {`{"m:a":{"vrf":[{"name":"X","entry":[{"ip":"1"},{"ip":"2"}]},{"name":"Y"},{"name":"Z","entry":[{"ip":"3"}]}]}}`, "vrf/entry", []string{"name", "ip"}, [][]string{{`"X"`, `"1"`}, {`"X"`, `"2"`}, {`"Z"`, `"3"`}}},
		"a name of its own wins":   {`{"m:a":{"vrf":[{"name":"X","entry":[{"name":"own"}]}]}}`, "vrf/entry", []string{"name"}, [][]string{{`"own"`}}},
		"containers on the way":    {`{"m:a":{"b":{"id":7,"c":{"d":[{"e":1}]}}}}`, "b/c/d", []string{"id", "e"}, [][]string{{"7", "1"}}},
		"a named list around it":   {`{"m:a":{"vrf":[{"name":"X","entry":[{"name":"own"}]}]}}`, "vrf/entry", []string{"name", "vrf/name", "m:vrf/n:name", "entry/name", "a/name"}, [][]string{{`"own"`, `"X"`, `"X"`, `"own"`, "-"}}},
		"two named lists":          {`{"m:a":{"vrf":[{"name":"X","p":{"proto":[{"name":"bgp","peers":{"peer":[{"name":"p1"}]}}]}}]}}`, "vrf/p/proto/peers/peer", []string{"vrf/name", "proto/name", "peer/name"}, [][]string{{`"X"`, `"bgp"`, `"p1"`}}},
		"a container of the name":  {`{"m:a":{"vrf":[{"name":"X","entry":[{"vrf":{"name":"inner"}}]}]}}`, "vrf/entry", []string{"vrf/name"}, [][]string{{`"inner"`}}},
		"keys after the list":      {`{"m:a":{"vrf":[{"entry":[{"ip":"1"},{"ip":"2"}],"name":"X"},{"entry":{"ip":"3"},"name":"Y"}]}}`, "vrf/entry", []string{"ip", "name"}, [][]string{{`"1"`, `"X"`}, {`"2"`, `"X"`}, {`"3"`, `"Y"`}}},
		"keys after two lists":     {`{"m:a":{"vrf":[{"af":[{"entry":[{"ip":"1"}],"kind":"v4"}],"name":"X"}]}}`, "vrf/af/entry", []string{"ip", "kind", "name"}, [][]string{{`"1"`, `"v4"`, `"X"`}}},
		"keys in no order":         {`{"m:a":{"vrf":[{"name":"X","af":[{"entry":[{"ip":"1"}],"kind":"v4"},{"kind":"v6","entry":[{"ip":"2"}]}]}]}}`, "vrf/af/entry", []string{"ip", "kind", "name"}, [][]string{{`"1"`, `"v4"`, `"X"`}, {`"2"`, `"v6"`, `"X"`}}},
		"a list within the row":    {`{"m:a":{"r":[{"i":[{"n":"x"},{"n":"y"}]}]}}`, "r", []string{"i/n"}, [][]string{{`["x","y"]`}}},
		"one entry within the row": {`{"m:a":{"r":[{"i":[{"n":"x"}]}]}}`, "r", []string{"i/n"}, [][]string{{`"x"`}}},
		"an empty leaf":            {`{"m:a":{"r":[{"on":[null]}]}}`, "r", []string{"on"}, [][]string{{"[null]"}}},
		"other members":            {`{"m:a":{"big":{"x":[1,2,{"y":3}]},"r":[{"n":1}],"z":[[]]}}`, "r", []string{"n"}, [][]string{{"1"}}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, read(t, c.answer, c.path, c.leaves...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Servers wrap a resource in different ways; what comes out is the same.
func TestWrapping(t *testing.T) {
	two := [][]string{{`"Ethernet1"`, `"UP"`}, {`"Loopback100"`, `"DOWN"`}}
	one := [][]string{{`"Ethernet1"`, `"UP"`}}
	const (
		list  = `[{"name":"Ethernet1","state":{"oper-status":"UP"}},{"name":"Loopback100","state":{"oper-status":"DOWN"}}]`
		entry = `"name":"Ethernet1","state":{"oper-status":"UP"}`
	)
	for name, c := range map[string]struct {
		resource, path, answer string
		want                   [][]string
	}{
		"the RFC":                                 {"oc-if:interfaces", "interface", `{"oc-if:interfaces":{"interface":` + list + `}}`, two},
		"without the container":                   {"oc-if:interfaces", "interface", `{"oc-if:interface":` + list + `}`, two},
		"without modules":                         {"oc-if:interfaces", "interface", `{"interface":` + list + `}`, two},
		"with the prefix for a module":            {"openconfig-interfaces:interfaces", "interface", `{"oc-if:interface":` + list + `}`, two},
		"other members first":                     {"m:interfaces", "interface", `{"m:config":{"x":1},"m:count":2,"m:interface":` + list + `}`, two},
		"metadata first":                          {"m:interfaces", "interface", `{"@m:interfaces":{"x":1},"m:interfaces":{"interface":` + list + `}}`, two},
		"one entry for a list":                    {"m:interfaces", "interface", `{"m:interface":{` + entry + `}}`, one},
		"a list":                                  {"m:interfaces/interface", "", `{"m:interface":` + list + `}`, two},
		"a list and nothing around it":            {"m:interfaces/interface", "", list, two},
		"the content of a container of lists":     {"m:interfaces", "interface", `[{"interface":` + list + `}]`, two},
		"an entry in a list":                      {"m:interfaces/interface=Ethernet1", "", `{"m:interface":[{` + entry + `}]}`, one},
		"an entry as an object":                   {"m:interfaces/interface=Ethernet1", "", `{"m:interface":{` + entry + `}}`, one},
		"an entry's own leaves":                   {"m:interfaces/interface=Ethernet1", "", `{` + entry + `}`, one},
		"an entry's own leaves, containers first": {"m:interfaces/interface=Ethernet1", "", `{"m:config":{"mtu":0},"m:name":"Ethernet1","m:state":{"oper-status":"UP"}}`, one},
		"below an entry's own leaves":             {"m:a/b=1", "interface", `{"m:id":1,"m:interface":` + list + `}`, two},
		"rooted at the top":                       {"m:interfaces/interface=Ethernet1", "", `{"m:interfaces":{"interface":[{` + entry + `}]}}`, one},
		"rooted at the top, and down":             {"m:top/interfaces", "interface", `{"m:top":{"interfaces":{"interface":` + list + `}}}`, two},
		"a key that is called like the list":      {"m:names/name=Ethernet1", "", `{"m:name":"Ethernet1","m:state":{"oper-status":"UP"}}`, one},
		"a list that is called like its parent":   {"m:interface", "interface", `{"m:interface":` + list + `}`, two},
		"in the datastore":                        {"m:interfaces", "interface", `{"ietf-restconf:data":{"m:interfaces":{"interface":` + list + `}}}`, two},
		"an entry in the datastore":               {"m:interfaces/interface=Ethernet1", "", `{"ietf-restconf:data":{"m:interfaces":{"interface":[{` + entry + `}]}}}`, one},
		"a container called data":                 {"m:data", "interface", `{"m:data":{"interface":` + list + `}}`, two},
		"a list called data":                      {"m:top", "data/interface", `{"m:data":{"interface":` + list + `}}`, two},
		"nothing in the content":                  {"m:interfaces", "interface", `{"m:config":{}}`, [][]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			var rows [][]string
			_, err := yang.Rows(strings.NewReader(c.answer), c.resource, split(c.path), func(r yang.Row) error {
				rows = append(rows, leaves(t, r, "name", "state/oper-status"))
				return nil
			})
			if diff := cmp.Diff(c.want, append([][]string{}, rows...)); diff != "" || err != nil {
				t.Error(diff, err)
			}
		})
	}
	for answer, want := range map[string]string{`{"m:hostname":"r1"}`: `"r1"`, `"r1"`: `"r1"`, `{"m:system":{"hostname":"r1"}}`: `"r1"`} {
		_, err := yang.Rows(strings.NewReader(answer), "m:system/hostname", nil, func(r yang.Row) error {
			if got := leaves(t, r, "hostname"); got[0] != want {
				t.Errorf("%s: got %v", answer, got)
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

// One odd byte in a text doesn't lose the response, wherever the reader cuts it.
func TestOddBytesInTexts(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a control character":     {"to \x01Paris", "to \ufffdParis"},
		"a raw line break":        {"to\r\nParis", "to\ufffd\ufffdParis"},
		"a raw tab":               {"to\tParis", "to\ufffdParis"},
		"a bad escape":            {`C:\Paris \x41`, `C:\Paris \x41`},
		"an escape of a control":  {"a\\\x02b", "a\\\ufffdb"},
		"a short \\u":             {`\u12`, "\u1200"},
		"a short \\u, and more":   {`\u12\qz`, "\u1200\\qz"},
		"a byte that isn't UTF-8": {"Z\xfcrich", "Z\ufffdrich"},
		"good escapes":            {`\"\\\/\b\f\n\r\t\u00e9`, "\"\\/\b\f\n\r\té"},
		"a backslash at the end":  {`a\\`, `a\`},
	} {
		t.Run(name, func(t *testing.T) {
			answer := `{"m:a":{"r":[{"n":1,"d":"` + c.text + `"},{"n":2}]}}`
			for _, in := range []io.Reader{strings.NewReader(answer), iotest.OneByteReader(strings.NewReader(answer)), iotest.DataErrReader(strings.NewReader(answer))} {
				var got []any
				n := 0
				repaired, err := yang.Rows(in, "m:a", []string{"r"}, func(r yang.Row) error {
					n++
					if d, ok := r.Get("d"); ok {
						got = append(got, d)
					}
					return nil
				})
				if err != nil || n != 2 || len(got) != 1 || got[0] != c.want {
					t.Errorf("got %q in %d rows, %v", got, n, err)
				}
				if fine := json.Valid([]byte(answer)) && utf8.ValidString(answer); repaired == fine {
					t.Errorf("repaired is %t", repaired)
				}
			}
		})
	}
}

// What isn't JSON outside texts either, but can only mean one thing.
func TestOddBytesBetweenTexts(t *testing.T) {
	for name, answer := range map[string]string{
		"a byte order mark":  "\ufeff{\"m:a\":{\"r\":[{\"n\":1},{\"n\":2}]}}",
		"NUL at the end":     "{\"m:a\":{\"r\":[{\"n\":1},{\"n\":2}]}}\n\x00\x00",
		"blanks of no break": "{\"m:a\":\u00a0{\"r\":[{\"n\":1},\v{\"n\":2}]}}",
		"words of C":         `{"m:a":{"x":(null),"r":[{"n":1,"y":(null)},{"n":2,"z":[(null), 1]}]}}`,
		"no number":          `{"m:a":{"r":[{"n":1,"y":NaN,"z":-Infinity},{"n":2,"y":Infinity}],"x":NaN}}`,
	} {
		t.Run(name, func(t *testing.T) {
			for _, in := range []io.Reader{strings.NewReader(answer), iotest.OneByteReader(strings.NewReader(answer))} {
				var got []string
				repaired, err := yang.Rows(in, "m:a", []string{"r"}, func(r yang.Row) error {
					got = append(got, leaves(t, r, "n")...)
					return nil
				})
				if err != nil || !repaired || !slices.Equal(got, []string{"1", "2"}) {
					t.Errorf("got %v, repaired %t, %v", got, repaired, err)
				}
			}
		})
	}
}

func TestBrokenAnswersSayWhere(t *testing.T) {
	large := strings.Repeat("x", 2<<20)
	deep := `{"m:a":` + strings.Repeat(`{"a":`, 70) + "1" + strings.Repeat("}", 70) + "}"
	for name, c := range map[string]struct{ answer, want string }{
		"cut off":      {`{"m:a":{"r":[{"n":1},{"n":`, "cut off after"},
		"a web page":   {"<html>", "broken at byte 0"},
		"a list":       {"[1]", "isn't a JSON object"},
		"a comma less": {`{"m:a":{"r":[{"n":1} {"n":2}]}}`, "broken at byte"},
		"a word cut":   {"nul", "cut off after"},
		"a tail":       {`{"m:a":{"r":[{"n":1}]}} <html>`, "broken at byte"},
		"two answers":  {`{"m:a":{"r":[{"n":1}]}} {}`, "something follows its end"},
		"too deep":     {deep, "nested more than 64 deep"},
		"too large":    {`{"m:a":{"r":[{"n":["` + strings.Repeat(strings.Repeat("x", 1000)+`","`, 1100) + `"]}]}}`, "larger than"},
		"a large leaf": {`{"m:a":{"r":[{"n":"` + large + `"}]}}`, "larger than"},
		"a large key":  {`{"m:a":{"k":"` + large + `","r":[{"n":1}]}}`, "larger than"},
		"a large name": {`{"m:a":{"r":[{"` + large + `":1}]}}`, "larger than"},
		"large others": {`{"m:a":{"other":["` + large + `"],"r":[{"n":1}]}}`, "larger than"},
		"many keys":    {`{"m:a":{` + strings.Repeat(`"k":"`+strings.Repeat("x", 1000)+`",`, 1100) + `"r":[{"n":1}]}}`, "larger than"},
	} {
		t.Run(name, func(t *testing.T) {
			path := []string{"r"}
			if name == "too deep" {
				path = nil
			}
			_, err := yang.Rows(strings.NewReader(c.answer), "m:a", path, func(yang.Row) error { return nil })
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
}

func TestErrorsKeepTheirIdentity(t *testing.T) {
	want := errors.New("mine")
	answer := `{"m:a":{"r":[{"n":1},{"n":2}]}}`
	n := 0
	if _, err := yang.Rows(strings.NewReader(answer), "m:a", []string{"r"}, func(yang.Row) error { n++; return want }); err != want || n != 1 {
		t.Errorf("of yield: got %v after %d rows", err, n)
	}
	reader := io.MultiReader(strings.NewReader(answer[:20]), iotest.ErrReader(want))
	if _, err := yang.Rows(reader, "m:a", []string{"r"}, func(yang.Row) error { return nil }); !errors.Is(err, want) {
		t.Errorf("of the reader: got %v", err)
	}
}

// A connection that breaks before an answer, or behind one, isn't an answer that ends.
func TestOnlyTheEndIsTheEnd(t *testing.T) {
	broke := fmt.Errorf("r1 broke off: %w", io.EOF)
	for _, before := range []string{"", " ", `{"m:a":{"r":[{"n":1}]}}`} {
		reader := io.MultiReader(strings.NewReader(before), iotest.ErrReader(broke))
		if _, err := yang.Rows(reader, "m:a", []string{"r"}, func(yang.Row) error { return nil }); !errors.Is(err, broke) {
			t.Errorf("after %q: got %v", before, err)
		}
	}
}

// endless is an answer with rows as long as somebody reads it.
type endless struct {
	buf  bytes.Buffer
	read int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.buf.Len() == 0 {
		if e.read == 0 {
			e.buf.WriteString(`{"m:a":{"id":7,"b":{"r":[{"n":0}`)
		}
		e.buf.WriteString(`,{"n":"0123456789"}`)
	}
	n, err := e.buf.Read(p)
	e.read += n
	return n, err
}

// A row is there as soon as its bytes are, however long the answer, and it isn't kept.
func TestRowsStream(t *testing.T) {
	const some, row, ahead = 200_000, len(`,{"n":"0123456789"}`), 64 << 10
	enough := errors.New("enough")
	in, n := &endless{}, 0
	_, err := yang.Rows(in, "m:a", []string{"b", "r"}, func(r yang.Row) error {
		if n++; in.read > n*row+ahead {
			t.Fatalf("%d bytes were read for %d rows", in.read, n)
		}
		if id, _ := r.Get("id"); id != json.Number("7") {
			t.Fatalf("row %d doesn't see the leaf above it: %v", n, id)
		}
		if n == some {
			return enough
		}
		return nil
	})
	if err != enough || n != some {
		t.Errorf("got %d rows and %v", n, err)
	}
}

// Rows wait for a key that may come behind them, but not for more than there is room, and not where the
// response is cut.
func TestRowsThatWaitForAKey(t *testing.T) {
	entry := `{"d":"` + strings.Repeat("x", 100_000) + `"}`
	large := `{"m:a":{"b":[{"r":[` + entry + strings.Repeat(","+entry, 30) + `],"k":1}]}}`
	in := &counted{r: strings.NewReader(large)}
	first, n := 0, 0
	if _, err := yang.Rows(in, "m:a", []string{"b", "r"}, func(yang.Row) error {
		if n++; n == 1 {
			first = in.n
		}
		return nil
	}); err != nil || n != 31 || first > 2<<20 {
		t.Errorf("%d rows, the first after %d bytes, %v", n, first, err)
	}
	n = 0
	if _, err := yang.Rows(strings.NewReader(`{"m:a":{"b":[{"r":[{"n":1},{"n":2},{"n":`), "m:a", []string{"b", "r"}, func(yang.Row) error { n++; return nil }); err == nil || n != 2 {
		t.Errorf("of a response that is cut there are %d rows, %v", n, err)
	}
	enough := errors.New("enough")
	n = 0
	if _, err := yang.Rows(strings.NewReader(`{"m:a":{"b":[{"r":[{"n":1},{"n":2}],"k":1}]}}`), "m:a", []string{"b", "r"}, func(yang.Row) error { n++; return enough }); err != enough || n != 1 {
		t.Errorf("of yield: %v after %d rows", err, n)
	}
}

type counted struct {
	r io.Reader
	n int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

// What was read to its end leaves a connection to be used again.
func TestAnswersAreReadToTheirEnd(t *testing.T) {
	for _, answer := range []string{"", "null \n", `{"m:a":{"r":[{"n":1}]}}` + strings.Repeat(" \n", 5000)} {
		in := strings.NewReader(answer)
		if _, err := yang.Rows(in, "m:a", []string{"r"}, func(yang.Row) error { return nil }); err != nil || in.Len() > 0 {
			t.Errorf("%.30q: %d bytes are left, %v", answer, in.Len(), err)
		}
	}
}

func TestEscapeKey(t *testing.T) {
	for in, want := range map[string]string{
		"GigabitEthernet1/0/1": "GigabitEthernet1%2F0%2F1",
		"2001:db8::1":          "2001%3Adb8%3A%3A1",
		"a,b=c d?e#f&g":        "a%2Cb%3Dc%20d%3Fe%23f%26g",
		"Vlan-1.0_~":           "Vlan-1.0_~",
		"é%":                   "%C3%A9%25",
		"":                     "",
	} {
		if got := yang.EscapeKey(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func answerOf(rows int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"ietf-routing:rib":{"routes":{"route":[`)
	for i := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"destination-prefix":"10.%d.%d.0/24","route-preference":20,"metric":%d,"source-protocol":"cisco-routing-ext:bgp","active":[null],"next-hop":{"outgoing-interface":"GigabitEthernet1","next-hop-address":"192.0.2.1"}}`, i/256%256, i%256, i)
	}
	b.WriteString(`]}}}`)
	return b.Bytes()
}

func BenchmarkRows(b *testing.B) {
	answer := answerOf(10_000)
	b.SetBytes(int64(len(answer)))
	b.ReportAllocs()
	resource := resourceOf(string(answer))
	for b.Loop() {
		n := 0
		_, err := yang.Rows(bytes.NewReader(answer), resource, []string{"routes", "route"}, func(r yang.Row) error {
			_, _ = r.Get("destination-prefix")
			n++
			return nil
		})
		if err != nil || n != 10_000 {
			b.Fatal(err, n)
		}
	}
}

// BenchmarkTokens is as fast as reading can be: every token is looked at and nothing is kept.
func BenchmarkTokens(b *testing.B) {
	answer := answerOf(10_000)
	b.SetBytes(int64(len(answer)))
	b.ReportAllocs()
	for b.Loop() {
		dec := jsontext.NewDecoder(bytes.NewReader(answer))
		for {
			if _, err := dec.ReadToken(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkWholeAnswer is what Rows is measured against: encoding/json into memory.
func BenchmarkWholeAnswer(b *testing.B) {
	answer := answerOf(10_000)
	b.SetBytes(int64(len(answer)))
	b.ReportAllocs()
	for b.Loop() {
		var v any
		if err := json.Unmarshal(answer, &v); err != nil {
			b.Fatal(err)
		}
	}
}
