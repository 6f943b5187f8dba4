package cards_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"overwatch/cards"
)

// data is what the tables below expand with.
const data = `{
	"name": "r1", "n": 3, "half": 0.5, "tiny": 1e-7, "on": true, "off": false, "nothing": null, "blank": "",
	"quotes": "say \"hi\"\\\n\tthere\u0001", "html": "<b>&", "hostile": "${name} {{DATE(1)}}",
	"site": {"town": "Ghent", "rooms": [{"name": "attic"}, {"name": "cellar"}]},
	"rows": [{"v": 1, "up": true}, {"v": 2, "up": false}, {"v": 3, "up": true}],
	"one": [{"v": 9}], "none": [], "words": ["a", "b"], "mixed": [1, null, [2]]
}`

func TestExpand(t *testing.T) {
	tests := []struct{ name, template, want string }{
		{"plain", `{"b": [1, -0.0, 1.50, "x", true, null, {}], "a": {}}`, `{"a":{},"b":[1,0,1.5,"x",true,{}]}`},
		{"text", `{"x": "${name}"}`, `{"x":"r1"}`},
		{"number keeps its type", `{"x": "${n}", "y": "${half}"}`, `{"x":3,"y":0.5}`},
		{"flag keeps its type", `{"x": "${on}"}`, `{"x":true}`},
		{"object whole", `{"x": "${site}"}`, `{"x":{"rooms":[{"name":"attic"},{"name":"cellar"}],"town":"Ghent"}}`},
		{"within a text", `{"x": "${name} has ${n}, ${half}, ${tiny}, ${on}${blank}."}`, `{"x":"r1 has 3, 0.5, 1e-7, true."}`},
		{"special characters", `{"x": "\"${quotes}\"", "y": "${html}"}`, `{"x":"\"say \"hi\"\\\n\tthere\u0001\"","y":"<b>&"}`},
		{"data is no template", `{"x": "${hostile}", "y": "> ${hostile}"}`, `{"x":"${name} {{DATE(1)}}","y":"> ${name} {{DATE(1)}}"}`},
		{"path", `{"x": "${site.rooms[1].name}", "y": "${$root.site.town}", "z": "${$data.name}"}`, `{"x":"cellar","y":"Ghent","z":"r1"}`},
		{"dollar signs and braces", `{"x": "$ {} $$ ${name}}", "y": "$x"}`, `{"x":"$ {} $$ r1}","y":"$x"}`},
		{"backslash without expression", `{"x": "a\\b` + "`" + `"}`, `{"x":"a\\b` + "`" + `"}`},

		{
			"repeat", `{"x": [{"$data": "${rows}", "v": "${v}", "i": "${$index}", "n": "${$root.n}"}]}`,
			`{"x":[{"i":0,"n":3,"v":1},{"i":1,"n":3,"v":2},{"i":2,"n":3,"v":3}]}`,
		},
		{"repeat texts", `{"x": [{"$data": "${words}", "v": "${$data}!"}]}`, `{"x":[{"v":"a!"},{"v":"b!"}]}`},
		{"repeat none", `{"x": [{"$data": "${none}", "v": "${v}"}]}`, `{"x":[]}`},
		{"repeat beside others", `{"x": ["a", {"$data": "${one}", "v": "${v}"}, "z"]}`, `{"x":["a",{"v":9},"z"]}`},
		{"repeat as property, none", `{"x": {"$data": "${none}", "v": "${v}"}}`, `{"x":null}`},
		{"repeat as property, one", `{"x": {"$data": "${one}", "v": "${v}"}}`, `{"x":{"v":9}}`},
		{"repeat as property, several", `{"x": {"$data": "${rows}", "v": "${v}"}}`, `{"x":[{"v":1},{"v":2},{"v":3}]}`},
		{
			"scope of an object", `{"x": {"$data": "${site}", "t": "${town}", "r": [{"$data": "${rooms}", "n": "${name}"}]}}`,
			`{"x":{"r":[{"n":"attic"},{"n":"cellar"}],"t":"Ghent"}}`,
		},
		{"repeat and when", `{"x": [{"$data": "${rows}", "$when": "${up}", "v": "${v}"}]}`, `{"x":[{"v":1},{"v":3}]}`},
		{"when in a list", `{"x": [{"$when": "${off}"}, {"$when": "${on}", "v": 1}]}`, `{"x":[{"v":1}]}`},
		{"when as property", `{"x": {"$when": "${off}"}, "y": {"$when": "${on}"}}`, `{"x":null,"y":{}}`},
		{
			"list spliced into a list", `{"x": ["${words}", ["c", "${mixed}"]], "y": "${mixed}"}`,
			`{"x":["a","b","c",1,null,[2]],"y":[1,null,[2]]}`,
		},

		{"equal", `{"x": "${name == 'r1'}", "y": "${n != 3}", "z": "${name == n}"}`, `{"x":true,"y":false,"z":false}`},
		{"ordered", `{"x": ["${n < 3}", "${n <= 3}", "${n > 2.5}", "${n >= 4}"]}`, `{"x":[false,true,true,false]}`},
		{"logic", `{"x": ["${on && off}", "${off || on}", "${!off}", "${!!off}", "${on && (n == 1 || n == 3)}"]}`, `{"x":[false,true,true,false,true]}`},
		{"and binds tighter than or", `{"x": "${on || off && off}"}`, `{"x":true}`},
		{"right side idle", `{"x": ["${off && gone}", "${on || gone}", "${exists(gone) && gone.far == 1}"]}`, `{"x":[false,true,false]}`},
		{"if", `{"x": "${if(n > 2, 'many', gone)}", "y": "${if(off, 1, if(on, '}', 3))}"}`, `{"x":"many","y":"}"}`},
		{
			"exists", `{"x": ["${exists(name)}", "${exists(gone)}", "${exists(nothing)}", "${exists(site.rooms[7].name)}", "${exists(off)}"]}`,
			`{"x":[true,false,false,false,true]}`,
		},
		{
			"count and empty", `{"x": ["${count(rows)}", "${count(none) == 0}", "${empty(none)}", "${empty(name)}", "${empty(blank)}"]}`,
			`{"x":[3,true,true,false,true]}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tpl, err := cards.Compile("t.json", []byte(tt.template))
			if err != nil {
				t.Fatal(err)
			}
			got, err := tpl.Expand(json.RawMessage(data))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestCompileRefuses(t *testing.T) {
	tests := []struct{ name, template, want string }{
		{"empty file", ``, `t.json:1:1: not JSON: unexpected end of JSON input`},
		{"not JSON", "{\n  \"x\": é\n}", `t.json:2:8: not JSON: invalid character 'Ã' looking for beginning of value`},
		{"ends early", "{\n  \"x\": [1,", `t.json:2:11: not JSON: unexpected end of JSON input`},
		{"not UTF-8", "{\"é\": \"\xff\"}", `t.json:1:8: not JSON: this byte isn't UTF-8`},
		{"a list", `[]`, `t.json:1:1: a card is an object`},
		{"name twice", "{\"x\": 1,\n \"x\": 2}", `t.json:2:2: /x: x is set twice`},
		{"big number", `{"x": [9007199254740992]}`, `t.json:1:8: /x/0: the number is beyond 2^53: write it as text`},
		{"huge number", `{"x": 1e999}`, `t.json:1:7: /x: the number is beyond 2^53: write it as text`},
		{
			"too deep", `{"x": ` + strings.Repeat("[", 80) + strings.Repeat("]", 80) + `}`,
			`t.json:1:70: /x` + strings.Repeat("/0", 63) + `: nested too deeply`,
		},
		{"expression in a name", `{"${x}": 1}`, `t.json:1:2: /${x}: a name can't hold an expression`},
		{"reserved name", `{"a/b~": {"$host": 1}}`, `t.json:1:11: /a~1b~0/$host: there is no $host, only $data, $when and $schema`},
		{"data inline", `{"x": [{"$data": [1]}]}`, `t.json:1:9: /x/0/$data: $data is one ${path}, as in ${devices}`},
		{"data expression", `{"x": [{"$data": "${if(a, b, c)}"}]}`, `t.json:1:18: /x/0/$data: $data is one ${path}, as in ${devices}`},
		{"when literal", `{"x": [{"$when": true}]}`, `t.json:1:9: /x/0/$when: $when is one ${condition}, as in ${count(rows) > 0}`},
		{"when constant", `{"x": [{"$when": "${true}"}]}`, `t.json:1:18: /x/0/$when: true doesn't change: write it without ${ }`},
		{"when mixed", `{"x": [{"$when": "is ${a}"}]}`, `t.json:1:9: /x/0/$when: $when is one ${condition}, as in ${count(rows) > 0}`},
		{"when on the card", `{"$when": "${a}"}`, `t.json:1:11: /$when: $data and $when aren't allowed on the card itself`},
		{"data on the card", `{"$data": "${a}"}`, `t.json:1:11: /$data: $data and $when aren't allowed on the card itself`},
		{"backslash", `{"x": "a\\b ${c}"}`, "t.json:1:7: /x: a string with ${ } can't hold a backtick or a backslash"},
		{"backtick", "{\"x\": \"`${c}`\"}", "t.json:1:7: /x: a string with ${ } can't hold a backtick or a backslash"},
		{"constant", `{"x": "${'a'}"}`, `t.json:1:7: /x: "a" doesn't change: write it without ${ }`},
		{"no end", `{"x": "${a"}`, `t.json:1:7: /x: ${a: } is missing at the end`},
		{"nothing", `{"x": "${}"}`, `t.json:1:7: /x: ${}: expected a field, a value or a function, found '}'`},
		{"arithmetic", `{"x": "${n+1}"}`, `t.json:1:7: /x: ${n+1}: there is no + here: compute it in the view model`},
		{"negative number", `{"x": "${n == -1}"}`, `t.json:1:7: /x: ${n == -1}: there is no - here: compute it in the view model`},
		{"single ampersand", `{"x": "${a & b}"}`, `t.json:1:7: /x: ${a & b}: there is no & here: compute it in the view model`},
		{"single equals", `{"x": "${a = 1}"}`, `t.json:1:7: /x: ${a = 1}: there is no = here: == compares`},
		{"double quotes", `{"x": "${a == \"b\"}"}`, `t.json:1:7: /x: ${a == "b"}: texts go in ' ', not in " "`},
		{"text without end", `{"x": "${a == 'b}"}`, `t.json:1:7: /x: ${a == 'b}: the text in ' ' has no end`},
		{"line break in a text", `{"x": "${a == 'b\n'}"}`, "t.json:1:7: /x: ${a == 'b\n'}: the text in ' ' holds a line break or another control character"},
		{"two comparisons", `{"x": "${a > b != c}"}`, `t.json:1:7: /x: ${a > b != c}: > and != side by side: put parentheses around one of them`},
		{"parenthesis open", `{"x": "${(a}"}`, `t.json:1:7: /x: ${(a}: expected ), found '}'`},
		{"unknown function", `{"x": "${string(n)}"}`, `t.json:1:7: /x: ${string(n)}: there is no function string here, only count, empty, exists, if: compute it in the view model`},
		{"too few arguments", `{"x": "${if(a, b)}"}`, `t.json:1:7: /x: ${if(a, b)}: if takes a condition and two values: expected ,, found ')'`},
		{"too many arguments", `{"x": "${count(a, b)}"}`, `t.json:1:7: /x: ${count(a, b)}: count takes one path: expected ), found ','`},
		{"no path", `{"x": "${exists('a')}"}`, `t.json:1:7: /x: ${exists('a')}: exists needs a path: expected a field, found '\''`},
		{"index exists", `{"x": "${exists($index)}"}`, `t.json:1:7: /x: ${exists($index)}: exists needs a path: $index is a number, not a field`},
		{"unknown name", `{"x": "${$host.x}"}`, `t.json:1:7: /x: ${$host.x}: there is no $host, only $root, $data and $index`},
		{"null", `{"x": "${a == null}"}`, `t.json:1:7: /x: ${a == null}: there is no null here: use exists(path)`},
		{"True", `{"x": "${a == True}"}`, `t.json:1:7: /x: ${a == True}: write true in small letters`},
		{"bad index", `{"x": "${a.b[-1]}"}`, `t.json:1:7: /x: ${a.b[-1]}: [ ] takes a number from 0, as in a.b[0]`},
		{"name in brackets", `{"x": "${a['b']}"}`, `t.json:1:7: /x: ${a['b']}: [ ] takes a number from 0, as in a[0]`},
		{"dot at the end", `{"x": "${a.}"}`, `t.json:1:7: /x: ${a.}: a. must be followed by a field`},
		{"no number", `{"x": "${a == 1.}"}`, `t.json:1:7: /x: ${a == 1.}: 1. is no number`},
		{"big constant", `{"x": "${a == 9007199254740992}"}`, `t.json:1:7: /x: ${a == 9007199254740992}: 9007199254740992 is beyond 2^53`},
		{"expression too deep", `{"x": "${` + strings.Repeat("(", 80) + `a"}`, `t.json:1:7: /x: ${` + strings.Repeat("(", 60) + `...: the expression is nested too deeply`},
		{"all at once", "{\"x\": \"${a+b}\",\n\"y\": \"${c\"}", "t.json:1:7: /x: ${a+b}: there is no + here: compute it in the view model\n" +
			"t.json:2:6: /y: ${c: } is missing at the end"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := cards.Compile("t.json", []byte(tt.template))
			wantError(t, err, tt.want)
		})
	}
}

func TestExpandRefuses(t *testing.T) {
	tests := []struct{ name, template, want string }{
		{"missing", `{"x": "${site.gone}"}`, `t.json:1:7: /x: site.gone: the data has no gone here, only rooms, town`},
		{"missing among many", `{"x": "${Name}"}`, `t.json:1:7: /x: Name: the data has no Name here, only blank, half, hostile, html, mixed, n, name, none, nothing, off, on, one, ...`},
		{"missing in a text", `{"x": "a ${site.gone}"}`, `t.json:1:7: /x: site.gone: the data has no gone here, only rooms, town`},
		{"missing in an element", `{"x": [{"$data": "${rows}", "v": "${w}"}]}`, `t.json:1:34: /x/0/v: w: the data has no w here, only up, v ($index 0)`},
		{"no such element", `{"x": "${rows[3]}"}`, `t.json:1:7: /x: rows[3]: the list has no element 3, its length is 3`},
		{"element of an object", `{"x": "${site[0]}"}`, `t.json:1:7: /x: site[0]: [0] needs a list, but the data has an object`},
		{"element of a text", `{"x": "${name[0]}"}`, `t.json:1:7: /x: name[0]: [0] needs a list, but the data has a text`},
		{"field of a list", `{"x": "${rows.length}"}`, `t.json:1:7: /x: rows.length: length needs an object, but the data has a list`},
		{"field of null", `{"x": "${nothing.x}"}`, `t.json:1:7: /x: nothing.x: x needs an object, but the data has null`},
		{"null", `{"x": "${nothing}"}`, `t.json:1:7: /x: the data has null here`},
		{"null in a text", `{"x": "a ${nothing}"}`, `t.json:1:7: /x: null can't be put into a text`},
		{"list in a text", `{"x": "a ${rows}"}`, `t.json:1:7: /x: a list can't be put into a text`},
		{"repeat null", `{"x": [{"$data": "${nothing}"}]}`, `t.json:1:18: /x/0/$data: the data has null here`},
		{"index without list", `{"x": "${$index}"}`, `t.json:1:7: /x: $index has a value only within a list that $data repeats`},
		{"when not a flag", `{"x": [{"$data": "${rows}", "$when": "${v}"}]}`, `t.json:1:38: /x/0/$when: a condition must be true or false, not a number ($index 0)`},
		{"logic not of flags", `{"x": "${on && name}"}`, `t.json:1:7: /x: a condition must be true or false, not a text`},
		{"if not of a flag", `{"x": "${if(n, 1, 2)}"}`, `t.json:1:7: /x: a condition must be true or false, not a number`},
		{"order of texts", `{"x": "${name < 'z'}"}`, `t.json:1:7: /x: < compares numbers, not a text with a text`},
		{"equality of lists", `{"x": "${rows == rows}"}`, `t.json:1:7: /x: == compares texts, numbers, true and false, not a list with a list`},
		{"count of a text", `{"x": "${count(name)}"}`, `t.json:1:7: /x: count(name) doesn't work on a text`},
		{"empty of a number", `{"x": "${empty(n)}"}`, `t.json:1:7: /x: empty(n) doesn't work on a number`},
		{"letter case in exists", `{"x": "${exists(site.Town)}"}`, `t.json:1:7: /x: site.Town: the data's name is town, letter case matters`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tpl, err := cards.Compile("t.json", []byte(tt.template))
			if err != nil {
				t.Fatal(err)
			}
			_, err = tpl.Expand(json.RawMessage(data))
			wantError(t, err, tt.want)
		})
	}
}

func TestExpandRefusesData(t *testing.T) {
	tests := []struct {
		name string
		data any
		want string
	}{
		{"not an object", []int{1}, `t.json: the data must be an object`},
		{"nil", nil, `t.json: the data must be an object`},
		{"not encodable", map[string]any{"x": math.NaN()}, `t.json: the data can't be encoded: json: unsupported value: NaN`},
		{"big number", map[string]any{"rows": []any{map[string]any{"octets": uint64(math.MaxUint64)}}}, `t.json: the data's /rows/0/octets is beyond 2^53: send it as text`},
		{"letter case alone", map[string]any{"row": map[string]any{"Name": 1, "name": 2}}, `t.json: the data's /row has names that differ in letter case alone: Name, name`},
	}
	tpl, err := cards.Compile("t.json", []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tpl.Expand(tt.data)
			wantError(t, err, tt.want)
		})
	}
}

// TestExpandTogether is for the race detector.
func TestExpandTogether(t *testing.T) {
	tpl, err := cards.Compile("t.json", []byte(`{"x": [{"$data": "${rows}", "v": "${v}"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got, err := tpl.Expand(json.RawMessage(data))
			if err != nil || string(got) != `{"x":[{"v":1},{"v":2},{"v":3}]}` {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
	wg.Wait()
}

func TestErrorSaysWhere(t *testing.T) {
	_, err := cards.Compile("t.json", []byte("{\n\"x\": [\"${1 +}\"]}"))
	var e *cards.Error
	if !errors.As(err, &e) {
		t.Fatalf("%T is no *Error", err)
	}
	want := cards.Error{File: "t.json", Line: 2, Column: 7, Pointer: "/x/0", Say: "${1 +}: there is no + here: compute it in the view model"}
	if diff := cmp.Diff(want, *e); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s", want)
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
