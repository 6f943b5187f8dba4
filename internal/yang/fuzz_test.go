package yang_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"overwatch/internal/yang"
)

// FuzzRows compares with an oracle that decodes the whole answer by encoding/json, keeping the order
// of members, and walks it: the same rows with the same leaves, and an error for what isn't JSON.
func FuzzRows(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"m:a":{"b":[{"c":1,"d":{"e":"x"}},{"c":[null]}]}}`, "b"},
		{`{"m:a":[{"b":{"c":2}}]}`, "b/c"},
		{`{"a":"x"}`, ""},
		{`{"a":{"k":1,"b":[{"n:k":"own"},{}],"k":2,"late":3}}`, "b"},
		{`{"a":{"b":[[{"c":[{"d":"\u00e9\ud800"}],"c":null}]]}}`, "b/c"},
		{"{\"a\":{\"b\":{\"c\xff\":\"\xff\"}}}", "b"},
		{`{"a":{"b":{"c":1,"n:c":2}}}`, "b"},
		{`{"a":{}} x`, "b"},
		{` `, ""},
		{`null`, ""},
		{`nul`, ""},
		{`[1]`, ""},
		{`[{"b":1},{"b":2}]`, "b"},
		{`{"t:top":{"a":[{"b":{"c":1}}]}}`, "b"},
		{`{"@m:a":{"x":1},"k":1,"b":[{"c":1}]}`, "b"},
		{`{"a":[{"a":1}]}`, "a"},
		{`{"a":[1,-2.5e3,true]}`, ""},
		{`{"r:data":{"m:a":{"b":[{"c":1}]}}}`, "b"},
		{`{"data":{"data":{"b":{"c":1}},"x":{}},"data":{"b":{"c":2}}}`, "b"},
		{`{"a":[{"b":[{"c":1},{"c":2}],"k":"late"},{"b":{"c":3},"k":"own","b":{"c":4},"k":"twice"}]}`, "b"},
		{`{"a":[{"d":[{"b":{"c":1},"k":1}],"l":2},{"d":{"b":{"c":3}}}]}`, "d/b"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, answer, path string) {
		o := oracle{}
		var got []map[string]any
		_, err := yang.Rows(strings.NewReader(answer), "t:top/m:a", split(path), func(r yang.Row) error {
			row := map[string]any{".": r.Members()}
			for _, name := range names(answer) {
				if v, ok := r.Get(name); ok {
					row[name] = v
				}
			}
			got = append(got, row)
			return nil
		})
		blank := strings.Trim(answer, " \t\r\n") == ""
		if fine := blank || json.Valid([]byte(answer)); !fine {
			odd := strings.ContainsFunc(answer, func(r rune) bool { return r < ' ' || r >= utf8.RuneSelf || strings.ContainsRune(`\NI(`, r) }) // which may be repaired
			if err == nil && !odd {
				t.Fatal("this isn't JSON, and nobody says so")
			}
			return
		}
		if blank {
			if err != nil || len(got) > 0 {
				t.Fatalf("nothing has %d rows, %v", len(got), err)
			}
			return
		}
		dec := json.NewDecoder(strings.NewReader(answer))
		dec.UseNumber()
		top := decode(t, dec)
		fits := o.response(top, split(path), names(answer))
		if err != nil {
			if fits && !strings.Contains(err.Error(), "nested") && !strings.Contains(err.Error(), "depth") {
				t.Fatal(err)
			}
			return
		}
		if !fits {
			t.Fatal("this is no object, and nobody says so")
		}
		if diff := cmp.Diff(o.rows, got); diff != "" {
			t.Error(diff)
		}
	})
}

// member is one of an object's, whose module is dropped from its name.
type member struct {
	name  string
	value any
}

// decode reads a value; objects become []member.
func decode(t *testing.T, dec *json.Decoder) any {
	token, err := dec.Token()
	if err != nil {
		t.Fatal(err)
	}
	switch token {
	case json.Delim('{'):
		object := []member{}
		for dec.More() {
			name := decode(t, dec).(string)
			object = append(object, member{local(name), decode(t, dec)})
		}
		decodeEnd(t, dec)
		return object
	case json.Delim('['):
		list := []any{}
		for dec.More() {
			list = append(list, decode(t, dec))
		}
		decodeEnd(t, dec)
		return list
	}
	return token
}

func decodeEnd(t *testing.T, dec *json.Decoder) {
	if _, err := dec.Token(); err != nil {
		t.Fatal(err)
	}
}

// names are words of an answer to ask a row for; whether they are names of members is no matter.
func names(answer string) []string {
	return strings.FieldsFunc(answer, func(r rune) bool { return r < 'a' || r > 'z' })
}

type oracle struct {
	rows    []map[string]any
	waiting []func() // which add rows at the end of an entry that began without a scalar
	keyless int
}

// response finds the rows of a response to a GET of t:top/m:a, and reports whether it can be one.
func (o *oracle) response(top any, path []string, ask []string) bool {
	switch v := top.(type) {
	case nil:
		return true
	case []any:
		for _, e := range v {
			if _, object := e.([]member); !object && len(path) > 0 {
				return false
			}
			o.step("a", e, path, nil, ask, true)
		}
		return true
	case []member:
		o.unwrap(v, path, ask)
		return true
	}
	o.step("a", top, path, nil, ask, false)
	return len(path) == 0
}

// unwrap goes by the first member that isn't metadata.
func (o *oracle) unwrap(object []member, path []string, ask []string) {
	for len(object) > 0 && strings.HasPrefix(object[0].name, "@") {
		object = object[1:]
	}
	if len(object) == 0 {
		return
	}
	first := object[0]
	_, list := first.value.([]any)
	_, inner := first.value.([]member)
	want := ""
	switch nested := list || inner || first.value == nil; {
	case nested && first.name == "a" && (!list || len(path) == 0 || local(path[0]) != "a"):
		want = "a"
	case nested && first.name == "top":
		want, path = "top", append([]string{"a"}, path...)
	case inner && first.name == "data" && (len(path) == 0 || local(path[0]) != "data"):
		for _, m := range object {
			if content, ok := m.value.([]member); ok && m.name == "data" {
				o.unwrap(content, path, ask)
			} else if m.name == "data" {
				return // which is an error
			}
		}
		return
	default:
		o.step("a", object, path, nil, ask, false)
		return
	}
	for _, m := range object {
		if m.name == want {
			o.step(m.name, m.value, path, nil, ask, false)
		}
	}
}

// step finds the rows of v. above are the scalars seen so far, the nearest last.
func (o *oracle) step(name string, v any, path []string, above []map[string]any, ask []string, entry bool) {
	if list, ok := v.([]any); ok {
		for _, e := range list {
			o.step(name, e, path, above, ask, true)
		}
		return
	}
	object, ok := v.([]member)
	switch {
	case len(path) == 0:
		own := map[string]any{name: v}
		if ok {
			own = plain(v).(map[string]any)
		} else if v == nil {
			return
		}
		levels := append(above[:len(above):len(above)], own)
		add := func() {
			row := map[string]any{".": own}
			for _, level := range levels {
				for _, name := range ask {
					if v, ok := level[name]; ok {
						row[name] = v
					}
				}
			}
			o.rows = append(o.rows, row)
		}
		if o.keyless > 0 {
			o.waiting = append(o.waiting, add)
			return
		}
		add()
	case ok:
		level := map[string]any{}
		above = append(above[:len(above):len(above)], level)
		keyless := false
		for _, m := range object {
			_, object := m.value.([]member)
			_, list := m.value.([]any)
			switch {
			case m.name == local(path[0]):
				if entry && !keyless && len(level) == 0 {
					keyless = true
					o.keyless++
				}
				o.step(m.name, m.value, path[1:], above, ask, false)
			case !object && !list:
				level[m.name] = m.value
			}
		}
		if keyless {
			if o.keyless--; o.keyless == 0 {
				for _, add := range o.waiting {
					add()
				}
				o.waiting = nil
			}
		}
	}
}

// local drops the module from a name, also behind the @ of metadata.
func local(name string) string {
	_, at := strings.CutPrefix(name, "@")
	name = name[strings.LastIndexByte(name, ':')+1:]
	if at && !strings.HasPrefix(name, "@") {
		name = "@" + name
	}
	return name
}

// plain makes maps of objects; of a name that stands twice the first counts.
func plain(v any) any {
	switch v := v.(type) {
	case []member:
		object := map[string]any{}
		for _, m := range v {
			if _, twice := object[m.name]; !twice {
				object[m.name] = plain(m.value)
			}
		}
		return object
	case []any:
		list := []any{}
		for _, e := range v {
			list = append(list, plain(e))
		}
		return list
	}
	return v
}
