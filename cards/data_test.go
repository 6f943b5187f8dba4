package cards_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"overwatch/cards"
)

type (
	named   string
	upper   string
	pointed string
	inner   struct{ A, B string }

	plain struct {
		Zone   string `json:"zone"`
		Untag  int
		Hidden string `json:"-"`
		own    string
		Rows   []inner          `json:"rows"`
		Any    any              `json:"any"`
		Counts map[named]uint16 `json:"counts"`
		Kids   []plain          `json:"kids"`
		Half   float64          `json:"half"`
		On     bool             `json:"on"`
	}
)

func (u upper) MarshalText() ([]byte, error)    { return []byte(strings.ToUpper(string(u))), nil }
func (p *pointed) MarshalJSON() ([]byte, error) { return []byte(`{"pointed":true}`), nil }

// sameAsJSON compares the value and the error of both ways, and reports whether the short one was taken.
func sameAsJSON(t *testing.T, data any) (directly bool) {
	t.Helper()
	got, directly, gotErr := cards.Convert(data)
	want, wantErr := cards.ThroughJSON(data)
	if got != want || fmt.Sprint(gotErr) != fmt.Sprint(wantErr) {
		t.Errorf("%T becomes %s, %v; through JSON %s, %v", data, got, gotErr, want, wantErr)
	}
	return directly
}

func TestDirect(t *testing.T) {
	for _, data := range []any{
		nil, true, time.Second, "a<b>&\u2028\x00\"", named("x"), int8(-3), uint64(math.MaxUint64), int64(math.MinInt64), int64(1<<53 + 1), uint64(1<<63 + 1025),
		0.1, 1e-7, 1e21, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Copysign(0, -1),
		[]string(nil),
		[]string{},
		[]string{"a", "é"},
		[]any{nil, 1, "x", []any{}, map[string]any{}},
		[]int8{1, 2},
		map[string]string(nil),
		map[string]string{},
		map[named]any{"b": nil, "a": []bool{true}, "": 1},
		inner{"a", "b"},
		struct{}{},
		menuData(), resultData(),
		plain{Zone: "z", Untag: 1, Hidden: "h", own: "o", Rows: []inner{{"a", "b"}}, Any: []inner{}, Counts: map[named]uint16{"x": 1}, Kids: []plain{{}, {Any: 2.5}}},
	} {
		if !sameAsJSON(t, data) {
			t.Errorf("%#v goes through JSON", data)
		}
	}
}

func TestThroughJSON(t *testing.T) {
	loop := []any{nil}
	loop[0] = loop
	text := "x"
	for _, data := range []any{
		json.RawMessage(`{"b":[1,null,{"d":1,"c":"\ud800"}],"a":1,"a":2}`), json.RawMessage(`{`), json.RawMessage(`{"a":1e999}`), json.RawMessage(nil),
		json.Number("12"), json.Number("x"), time.Unix(0, 0).UTC(), upper("a"),
		[]pointed{"a"},
		struct{ P pointed }{"a"},
		[]byte("abc"),
		[2]int{1, 2},
		"a\xff\xfeb", "\xed\xa0\x80",
		map[string]int{"a\xff": 1},
		map[string]int{"\xff": 1, "\xfe": 2, "\ufffd": 3},
		[]string{"ok", "\xff"},
		math.NaN(), math.Inf(-1), float32(0.1), complex(1, 1), func() {}, make(chan int), uintptr(7),
		&text, (*string)(nil), &inner{"a", "b"},
		[]*inner{nil, {"a", "b"}},
		map[int]string{2: "b", 10: "a"},
		map[upper]string{"a": "b"},
		map[json.Number]int{"1": 2},
		map[bool]int{true: 1},
		struct{ inner }{inner{"a", "b"}},
		struct {
			*inner
			C int
		}{C: 1},
		struct {
			A string `json:"a,omitempty"`
		}{},
		struct {
			A int `json:",string"`
		}{1},
		struct {
			A time.Time `json:"a,omitzero"`
		}{},
		struct {
			A int `json:"b c"`
			B int `json:"é"`
		}{1, 2},
		struct { // of two fields with one name, encoding/json takes the tagged one
			A int
			B int `json:"A"`
		}{1, 2},
		struct{ M json.Marshaler }{},
		struct{ M any }{time.Unix(0, 0).UTC()},
		loop,
	} {
		if sameAsJSON(t, data) {
			t.Errorf("%T doesn't go through JSON", data)
		}
	}
}

// Data may be nested more deeply than what goes the direct way.
func TestDirectDepth(t *testing.T) {
	var data any = "x"
	for range 300 {
		data = []any{map[string]any{"a": data}}
		sameAsJSON(t, data)
	}
}

func TestDirectSamples(t *testing.T) {
	set, err := cards.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range set.Names() {
		for _, s := range set.Samples(name) {
			var data any
			if err := json.Unmarshal(s.Data, &data); err != nil {
				t.Fatal(err)
			}
			sameAsJSON(t, s.Data)
			sameAsJSON(t, data)
		}
	}
}

func FuzzDirect(f *testing.F) {
	f.Add([]byte(data), "r1", int64(3), uint64(4), 0.5)
	f.Add([]byte(`{"a":[{"b":null}],"a":"\ud800"}`), "\xff", int64(math.MinInt64), uint64(math.MaxUint64), math.NaN())
	f.Fuzz(func(t *testing.T, encoded []byte, s string, i int64, u uint64, half float64) {
		var v any
		_ = json.Unmarshal(encoded, &v) // nil does too
		sameAsJSON(t, plain{
			Zone: s, Untag: int(i), Any: v, Half: half, On: i < 0, Rows: []inner{{A: s}},
			Counts: map[named]uint16{named(s): uint16(u), "x": 1}, Kids: []plain{{Any: u}, {Any: map[string]string{s: s, "a": string(encoded)}}},
		})
	})
}
