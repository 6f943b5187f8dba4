package button_test

import (
	"crypto/rand"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"overwatch/internal/button"
	"overwatch/internal/secret"
)

var (
	oldKey = secret.New("the key of last year")
	newKey = secret.New("the key of this year")
	start  = time.Date(2026, 11, 23, 8, 20, 32, 0, time.UTC)
)

func seals(t testing.TB, now *time.Time, keys ...secret.Text) *button.Seals {
	t.Helper()
	s, err := button.NewSeals(24*time.Hour, func() time.Time { return *now }, keys...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// submitted is a button's data as it comes back, with what was entered.
func submitted(data map[string]string, entered ...string) map[string]any {
	all := map[string]any{}
	for k, v := range data {
		all[k] = v
	}
	for i := 0; i < len(entered); i += 2 {
		all[entered[i]] = entered[i+1]
	}
	return all
}

// What isn't what a button carries, where it was drawn and before it expires, isn't opened.
func TestSeals(t *testing.T) {
	now := start
	s := seals(t, &now, newKey, oldKey)
	data := map[string]string{"_ow": "1", "_do": "run", "_query": "vrf", "_in_vrf": "MGMT"}
	seal := s.Card("ROOM")
	other := map[string]string{"_ow": "1", "_do": "file"}
	seal(data)
	seal(other)
	change := func(f func(map[string]any)) map[string]any {
		all := submitted(data)
		f(all)
		return all
	}
	last := data[button.SealKey][len(data[button.SealKey])-2:]
	for name, c := range map[string]struct {
		inputs     map[string]any
		room, card string
		want       error
	}{
		"as drawn":           {submitted(data), "ROOM", "CARD", nil},
		"pressed again":      {submitted(data), "ROOM", "CARD", nil},
		"another button":     {submitted(other), "ROOM", "CARD", nil},
		"something entered":  {submitted(data, "device", "r1", "vrf", "CORP"), "ROOM", "CARD", nil},
		"another value":      {change(func(m map[string]any) { m["_query"] = "bgp" }), "ROOM", "CARD", button.ErrAltered},
		"something more":     {change(func(m map[string]any) { m["_device"] = "r1" }), "ROOM", "CARD", button.ErrAltered},
		"something less":     {change(func(m map[string]any) { delete(m, "_in_vrf") }), "ROOM", "CARD", button.ErrAltered},
		"another type":       {change(func(m map[string]any) { m["_query"] = []any{"vrf"} }), "ROOM", "CARD", button.ErrAltered},
		"values slipped":     {change(func(m map[string]any) { m["_do"], m["_query"] = "runvrf", "" }), "ROOM", "CARD", button.ErrAltered},
		"another's seal":     {change(func(m map[string]any) { m[button.SealKey] = other[button.SealKey] }), "ROOM", "CARD", button.ErrAltered},
		"a longer life":      {change(func(m map[string]any) { m[button.SealKey] = "____" + data[button.SealKey][4:] }), "ROOM", "CARD", button.ErrAltered},
		"half a seal":        {change(func(m map[string]any) { m[button.SealKey] = data[button.SealKey][:10] }), "ROOM", "CARD", button.ErrAltered},
		"no seal at all":     {change(func(m map[string]any) { delete(m, button.SealKey) }), "ROOM", "CARD", button.ErrUnsealed},
		"a seal of a number": {change(func(m map[string]any) { m[button.SealKey] = 1.0 }), "ROOM", "CARD", button.ErrUnsealed},
		"a seal with more":   {change(func(m map[string]any) { m[button.SealKey] = data[button.SealKey] + last }), "ROOM", "CARD", button.ErrAltered},
		"nothing":            {nil, "ROOM", "CARD", button.ErrUnsealed},
		"another space":      {submitted(data), "ELSEWHERE", "CARD", button.ErrAltered},
		"another card":       {submitted(data), "ROOM", "ANOTHER", button.ErrForeign},
	} {
		t.Run(name, func(t *testing.T) {
			if err := s.Open(submitted(data), "ROOM", "CARD"); err != nil { // the first press
				t.Fatal(err)
			}
			if err := s.Open(c.inputs, c.room, c.card); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	now = start.Add(24 * time.Hour)
	if err := s.Open(submitted(data), "ROOM", "CARD"); err != nil {
		t.Errorf("on its last hour: %v", err)
	}
	now = start.Add(26 * time.Hour)
	if err := s.Open(submitted(data), "ROOM", "CARD"); !errors.Is(err, button.ErrExpired) {
		t.Errorf("afterwards: %v", err)
	}
}

// Keys can be changed without cards going stale, and replicas with the same keys open each other's.
func TestKeysRotate(t *testing.T) {
	now := start
	before, during, after := seals(t, &now, oldKey), seals(t, &now, newKey, oldKey), seals(t, &now, newKey)
	old, fresh := map[string]string{"_do": "run"}, map[string]string{"_do": "run"}
	before.Card("ROOM")(old)
	during.Card("ROOM")(fresh)
	for name, c := range map[string]struct {
		s    *button.Seals
		data map[string]string
		want error
	}{
		"an old card, two keys":  {during, old, nil},
		"a new card, the new":    {after, fresh, nil},
		"an old card, the new":   {after, old, button.ErrAltered},
		"a new card, the old":    {before, fresh, button.ErrAltered},
		"an old card, a replica": {seals(t, &now, oldKey), old, nil},
	} {
		if err := c.s.Open(submitted(c.data), "ROOM", "CARD"); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := button.NewSeals(time.Hour, time.Now, secret.New("short")); err == nil {
		t.Error("a short key is taken")
	}
	if _, err := button.NewSeals(time.Hour, time.Now); err == nil {
		t.Error("no key is taken")
	}
}

func FuzzOpen(f *testing.F) {
	now := start
	s := seals(f, &now, secret.New(rand.Text())) // another one in each process
	data := map[string]string{"_do": "run", "_query": "vrf"}
	s.Card("ROOM")(data)
	good := maps.Clone(data)
	f.Add("_query", "bgp", data[button.SealKey])
	f.Add("_x", "", strings.Repeat("A", 35))
	f.Fuzz(func(t *testing.T, key, value, seal string) {
		all := submitted(good)
		all[key], all[button.SealKey] = value, seal
		same := good[key] == value || !strings.HasPrefix(key, "_") || key == button.SealKey
		if err := s.Open(all, "ROOM", "CARD"); err == nil && !(same && seal == good[button.SealKey]) {
			t.Errorf("%q: %q opens with %q", key, value, seal)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	now := start
	s := seals(b, &now, newKey)
	b.ReportAllocs()
	for b.Loop() {
		data := map[string]string{"_ow": "1", "_do": "run", "_query": "vrf", "_device": "r1", "_thread": strings.Repeat("x", 80)}
		s.Card("ROOM")(data)
		if err := s.Open(submitted(data), "ROOM", "CARD"); err != nil {
			b.Fatal(err)
		}
	}
}
