package cards_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"overwatch/cards"
)

var (
	oracleN    = flag.Int("oracle.n", 6000, "how many random templates to compare with the official engine")
	oracleSeed = flag.Uint64("oracle.seed", 1, "seed of the random templates")
)

// official is a node process with the official template engine and renderer: see
// testdata/official/oracle.cjs for what it is asked.
type official struct {
	in  io.Writer
	out *bufio.Reader
}

func startOfficial(t *testing.T) *official {
	t.Helper()
	dir := filepath.Join("testdata", "official")
	missing := func(what string) {
		t.Helper()
		if os.Getenv("CI") == "true" {
			t.Fatal(what)
		}
		t.Skip(what)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		missing("node isn't installed, so there is nothing to compare with")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "adaptivecards-templating")); err != nil {
		missing("the official engine isn't there: run make test, or npm ci in cards/testdata/official")
	}
	cmd := exec.Command(node, "oracle.cjs")
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close() // node ends with its input
		if err := cmd.Wait(); err != nil {
			t.Errorf("node: %v\n%s", err, stderr.Bytes())
		}
	})
	return &official{in: in, out: bufio.NewReader(out)}
}

type answer struct {
	Card   any      `json:"card"`
	Error  string   `json:"error"`
	Events []string `json:"events"`
}

func (o *official) ask(t *testing.T, question map[string]json.RawMessage) answer {
	t.Helper()
	line, err := json.Marshal(question)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.in.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
	if line, err = o.out.ReadBytes('\n'); err != nil {
		t.Fatal(err)
	}
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	return a
}

// same compares our expansion with the official one.
func (o *official) same(t *testing.T, template, data json.RawMessage, got []byte) bool {
	t.Helper()
	var ours any
	if err := json.Unmarshal(got, &ours); err != nil {
		t.Errorf("our expansion isn't JSON: %v: %s", err, got)
		return false
	}
	want := o.ask(t, map[string]json.RawMessage{"template": template, "data": data})
	diff := cmp.Diff(want.Card, ours)
	if want.Error == "" && diff == "" {
		return true
	}
	t.Errorf("not the same as the official engine %s (-official +ours)\n%s\ntemplate %s\ndata %s", want.Error, diff, template, data)
	return false
}

// TestOfficialEngine expands the built-in cards with both engines.
func TestOfficialEngine(t *testing.T) {
	o := startOfficial(t)
	eachSample(t, func(t *testing.T, name string, sample cards.Sample, expanded json.RawMessage) {
		src, err := os.ReadFile(name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		o.same(t, src, sample.Data, expanded)
	})
}

// TestOfficialRenderer lets the official renderer judge the built-in cards at version 1.3.
func TestOfficialRenderer(t *testing.T) {
	o := startOfficial(t)
	bad := o.ask(t, map[string]json.RawMessage{"check": json.RawMessage(in(`{"type":"Table"}`))})
	if len(bad.Events) != 1 || !strings.Contains(bad.Events[0], "Table") {
		t.Fatalf("the renderer reported no problem: %+v", bad)
	}
	eachSample(t, func(t *testing.T, _ string, _ cards.Sample, expanded json.RawMessage) {
		if a := o.ask(t, map[string]json.RawMessage{"check": expanded}); a.Error != "" || len(a.Events) > 0 {
			t.Errorf("the renderer says %q %s", a.Events, a.Error)
		}
	})
}

// eachSample runs a subtest for each built-in card with each of its samples.
func eachSample(t *testing.T, test func(t *testing.T, name string, sample cards.Sample, expanded json.RawMessage)) {
	t.Helper()
	set, err := cards.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range set.Names() {
		for _, sample := range set.Samples(name) {
			t.Run(name+"/"+sample.Name, func(t *testing.T) {
				expanded, err := set.Expand(name, sample.Data)
				if err != nil {
					t.Fatal(err)
				}
				test(t, name, sample, expanded)
			})
		}
	}
}

// TestOfficialEngineRandom makes up templates and data, and wants this: what we accept, the official
// engine expands to the same JSON.
func TestOfficialEngineRandom(t *testing.T) {
	o := startOfficial(t)
	g := generator{rand.New(rand.NewPCG(*oracleSeed, 0))}
	var same, refused, unsatisfied, different int
	for range *oracleN {
		template, data := encode(t, map[string]any{"card": g.value(4), "more": g.object(3)}), encode(t, g.dataObject(3))
		tpl, err := cards.Compile("random.json", template)
		if err != nil {
			refused++
			continue
		}
		got, err := tpl.Expand(data)
		if err != nil {
			unsatisfied++
			continue
		}
		if o.same(t, template, data, got) {
			same++
			continue
		}
		if different++; different == 5 {
			t.Fatal("and so on")
		}
	}
	t.Logf("seed %d: same %d, refused by Compile %d, by Expand %d", *oracleSeed, same, refused, unsatisfied)
	if same < *oracleN/20 {
		t.Errorf("only %d of %d were compared: the generator makes too much that is refused", same, *oracleN)
	}
}

func encode(t *testing.T, v any) json.RawMessage {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// generator makes up templates of the subset and a little beyond, and data that often fits.
type generator struct{ *rand.Rand }

func (g generator) pick(of ...string) string { return of[g.IntN(len(of))] }

// field is a name that data may have. Some are keywords or properties of JavaScript's objects.
func (g generator) field() string {
	if g.IntN(25) == 0 {
		return g.pick("Name", "length", "constructor", "toString", "if", "count", "exists", "and", "_x", "gone")
	}
	return g.pick("a", "b", "name", "rows", "list", "ok", "n", "site")
}

func (g generator) dataText() string {
	return g.pick("", "x", "two words", "${a}", "a\"b", "back\\slash", "tick`s", "line\nbreak", "é😀", "<b>&amp;", "{{DATE(1)}}", "$", "}", "\u0001\u007f\u2028", "1", "true")
}

func (g generator) dataValue(depth int) any {
	k := g.IntN(10)
	if depth == 0 {
		k = g.IntN(7)
	}
	switch {
	case k < 3:
		return g.dataText()
	case k < 5:
		return []float64{0, 1, 2, 42, -7, 1.5, 0.1, 1e6, 123456789012, 3.14159, 1e-6, 1e-7, 2.5e-10, -0.25, 1<<53 - 1}[g.IntN(15)]
	case k < 7:
		return []any{true, false, true, nil}[g.IntN(4)]
	case k < 9:
		list := []any{}
		for range g.IntN(4) {
			list = append(list, g.dataValue(depth-1))
		}
		return list
	}
	return g.dataObject(depth - 1)
}

func (g generator) dataObject(depth int) map[string]any {
	o := map[string]any{}
	for _, name := range []string{"a", "b", "name", "rows", "list", "ok", "n", "site", "if", "count", "_x"} {
		if g.IntN(6) > 0 {
			o[name] = g.dataValue(depth)
		}
	}
	if g.IntN(4) > 0 { // make it fit
		rows := []any{}
		for range g.IntN(4) {
			if depth > 0 {
				rows = append(rows, g.dataObject(depth-1))
			}
		}
		o["rows"], o["ok"], o["n"], o["name"] = rows, g.IntN(2) == 0, g.IntN(5), g.dataText()
	}
	return o
}

func (g generator) path() string {
	p := g.field()
	switch g.IntN(10) {
	case 0:
		return "$root." + p
	case 1:
		return "$data." + p
	case 2:
		return p + "." + g.field()
	case 3:
		return fmt.Sprintf("%s[%d]", p, g.IntN(3))
	case 4:
		return fmt.Sprintf("%s[%d].%s", p, g.IntN(2), g.field())
	case 5:
		return g.pick("$index", "$data", "$index")
	}
	return p
}

// condition is an expression that is often true or false.
func (g generator) condition(depth int) string {
	if depth == 0 {
		return "ok"
	}
	blank := g.pick("", " ")
	switch g.IntN(10) {
	case 0:
		return "!" + g.condition(depth-1)
	case 1:
		return g.condition(depth-1) + blank + g.pick("&&", "||") + blank + g.condition(depth-1)
	case 2:
		return "(" + g.condition(depth-1) + ")"
	case 3:
		return "exists(" + blank + g.pick("Name", "site.Ok", g.path(), g.path()) + blank + ")"
	case 4:
		return "empty(" + g.pick("rows", "name", g.path()) + ")"
	case 5:
		return "n" + blank + g.pick("<", "<=", ">", ">=") + blank + g.expression(depth-1)
	case 6:
		return "count(rows)" + blank + g.pick("==", "!=", ">") + blank + g.pick("0", "1", "2.0")
	case 7:
		return g.expression(depth-1) + blank + g.pick("==", "!=") + blank + g.expression(depth-1)
	case 8:
		return "name" + blank + g.pick("==", "!=") + blank + g.pick("''", "'x'", "'two words'")
	}
	return g.pick("ok", "true", "false")
}

func (g generator) expression(depth int) string {
	if depth == 0 {
		return g.pick("n", "name", "ok", g.path())
	}
	switch g.IntN(9) {
	case 0, 1:
		return g.condition(depth)
	case 2:
		return "if(" + g.condition(depth-1) + ", " + g.expression(depth-1) + "," + g.expression(depth-1) + ")"
	case 3:
		return "count(" + g.pick("rows", g.path()) + ")"
	case 4:
		return g.pick("'x'", "''", "'two words'", "'}'", "'{'", "'${a}'", "'é'", "'$'", "'a,(b'")
	case 5:
		return g.pick("0", "1", "42", "1.5", "1.50", "007", "true", "string(n)", "n + 1", "null")
	}
	return g.path()
}

func (g generator) text() string {
	hole := func(depth int) string { return "${" + g.pick("", " ") + g.expression(depth) + g.pick("", " ") + "}" }
	switch g.IntN(6) {
	case 0:
		return g.pick("plain", "", "a `tick`", "b\\c", "$x", "{y}", "$", "${", "$ {x}", "\u2028<é>")
	case 1:
		return g.pick("pre ", "$", "$$", "{", "'", "\"", "é ", "\n") + hole(1) + g.pick("", " post", "}", " $", "\n", "\"q\"", "'x'", "$")
	case 2:
		return hole(1) + g.pick("/", "", " ") + hole(0)
	}
	return hole(g.IntN(4))
}

func (g generator) value(depth int) any {
	k := g.IntN(8)
	if depth == 0 {
		k = g.IntN(4)
	}
	switch {
	case k < 3:
		return g.text()
	case k < 4:
		return []any{1.0, -2.5, true, nil, "text", false}[g.IntN(6)]
	case k < 6:
		list := []any{}
		for range g.IntN(4) {
			list = append(list, g.value(depth-1))
		}
		return list
	}
	return g.object(depth - 1)
}

func (g generator) object(depth int) map[string]any {
	o := map[string]any{}
	for range 1 + g.IntN(3) {
		o[g.pick("type", "text", "items", "facts", "data", "é")] = g.value(max(depth, 0))
	}
	if g.IntN(3) == 0 {
		o["$data"] = "${" + g.pick("rows", "$root.rows", "list", "site", g.path()) + "}"
	}
	if g.IntN(4) == 0 {
		o["$when"] = "${" + g.condition(2) + "}"
	}
	return o
}
