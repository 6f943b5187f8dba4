package query

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Transform describes one transform of "as:" in a fact.
type Transform struct {
	Name string
	Arg  string // the argument after the colon, in brackets when it may be left out; empty for none
	Help string
	make func(arg string) (step, error)
	Unit string // of the numbers that files have; Arg stands for the argument
}

// step is a transform with its argument. It returns nil for an absent value.
type step interface {
	apply(v any, row record, now time.Time) any
}

type stepFunc func(v any, row record, now time.Time) any

func (f stepFunc) apply(v any, row record, now time.Time) any { return f(v, row, now) }

// Transforms returns every transform.
func Transforms() []Transform {
	return []Transform{
		{"strip", "PREFIX", "without PREFIX in front", makeStrip, ""},
		{"match", "REGEXP", "the first group of REGEXP, or all that it matches", makeMatch, ""},
		{"blank", "VALUE", "nothing instead of VALUE, also in a list; 0 stands for 0.0 too, and 0.0.0.0 for ::", makeBlank, ""},
		{"join", "SEPARATOR", "the members of a list with SEPARATOR between them", makeJoin, ""},
		{"keys", "", "the names of a container's members", onValue(keys), ""},
		{"count", "", "the number of members of a list", onValue(count), ""},
		{"upper", "", "in capital letters", onText(strings.ToUpper), ""},
		{"lower", "", "in small letters", onText(strings.ToLower), ""},
		{"number", "", "a number, also where the device sends it as text; files have it as a number", onValue(asNumber), ""},
		{"u32ip", "", "a 32-bit number as an IPv4 address", onValue(u32ip), ""},
		{"mask", "LEAF", "an IPv4 address with the prefix length of the mask in LEAF", makeMask, ""},
		{"percent", "LEAF", "a number as a share of the one in LEAF, as 15.5 %; files have the number", makePercent, "%"},
		{"unit", "UNIT", "followed by UNIT; files have the number", makeUnit, "UNIT"},
		{"bytes", "", "a number of bytes as 1.2 GB; files have the bytes", onNumber(func(n float64) string { return scaled(n, "B") }), "bytes"},
		{"bits", "", "bits per second as 1 Gbit/s; files have the bits per second", onNumber(func(n float64) string { return scaled(n, "bit/s") }), "bit/s"},
		{"since", "[LEAF]", "the time from this one until LEAF, or until now, as 3d 4h; files have this time, or with LEAF the seconds", makeSince, "s"},
		{"duration", "", "a duration as IOS writes it, such as 1w2d or 09:44:21, as 1w 2d; files have the seconds", onValue(duration), "s"},
		{"unix", "", "nanoseconds since 1970 as a time; small numbers are seconds, milliseconds or microseconds", onValue(unix), ""},
	}
}

// compileStep returns the step of a transform, and the unit of the numbers that files have after it.
func compileStep(src string) (s step, unit string, err error) {
	name, arg, has := strings.Cut(src, ":")
	all := Transforms()
	i := slices.IndexFunc(all, func(t Transform) bool { return t.Name == name })
	switch {
	case i < 0:
		names := make([]string, len(all))
		for i, t := range all {
			names[i] = t.Name
		}
		return nil, "", fmt.Errorf("unknown transform %q; there are %s", name, strings.Join(names, ", "))
	case all[i].Arg == "" && has:
		return nil, "", fmt.Errorf("transform %s takes nothing after a colon", name)
	case all[i].Arg != "" && all[i].Arg[0] != '[' && arg == "":
		return nil, "", fmt.Errorf("transform %s needs its %s, as in %s:%s", name, all[i].Arg, name, all[i].Arg)
	}
	s, err = all[i].make(arg)
	return s, all[i].unit(arg), err
}

// unit returns the unit of the numbers that files have after the transform with an argument, or nothing. Since
// has one only with its argument.
func (t Transform) unit(arg string) string {
	switch {
	case t.Arg != "" && arg == "":
		return ""
	case t.Unit == t.Arg:
		return arg
	}
	return t.Unit
}

func onValue(f func(any) any) func(string) (step, error) {
	return func(string) (step, error) {
		return stepFunc(func(v any, _ record, _ time.Time) any { return f(v) }), nil
	}
}

func onText(f func(string) string) func(string) (step, error) {
	return onValue(func(v any) any { return f(plain(v)) })
}

// onNumber shows a number in another form; programs get the number.
func onNumber(f func(float64) string) func(string) (step, error) {
	return onValue(func(v any) any {
		exact, ok := number(v)
		if !ok {
			return v
		}
		n, err := exact.Float64()
		if err != nil {
			return v
		}
		return measure{f(n), exact}
	})
}

func asNumber(v any) any {
	if n, ok := number(v); ok {
		return n
	}
	return v
}

func makeStrip(prefix string) (step, error) {
	return onText(func(s string) string { return strings.TrimPrefix(s, prefix) })("")
}

func makeBlank(value string) (step, error) {
	blank := func(v any) bool { return means(plain(v), value) }
	return onValue(func(v any) any {
		if list, ok := v.([]any); ok && !emptyLeaf(list) {
			return slices.DeleteFunc(slices.Clone(list), blank)
		}
		if blank(v) {
			return nil
		}
		return v
	})("")
}

// means reports whether a text is the value, or the value as another release writes it: with capital letters,
// with other decimal places, or as the address of IPv6 that is as unspecified as that of IPv4.
func means(text, value string) bool {
	if strings.EqualFold(text, value) {
		return true
	}
	if numeric.MatchString(text) && numeric.MatchString(value) {
		a, _ := strconv.ParseFloat(text, 64)
		b, _ := strconv.ParseFloat(value, 64)
		return a == b
	}
	a, errA := netip.ParseAddr(text)
	b, errB := netip.ParseAddr(value)
	return errA == nil && errB == nil && a.IsUnspecified() && b.IsUnspecified()
}

func makeMatch(src string) (step, error) {
	re, err := regexp.Compile(src)
	if err != nil {
		return nil, fmt.Errorf("transform match: %w", err)
	}
	return onValue(func(v any) any {
		m := re.FindStringSubmatch(plain(v))
		if m == nil {
			return nil
		}
		return m[min(1, len(m)-1)]
	})("")
}

func makeJoin(separator string) (step, error) {
	return onValue(func(v any) any {
		list, ok := v.([]any)
		if !ok {
			return v
		}
		var words []string
		for _, item := range list {
			if word := plain(item); word != "" {
				words = append(words, word)
			}
		}
		return strings.Join(words, separator)
	})("")
}

func keys(v any) any {
	members, ok := v.(map[string]any)
	if !ok {
		return v
	}
	names := slices.Sorted(maps.Keys(members))
	for i, n := range names {
		names[i] = n[strings.LastIndex(n, ":")+1:]
	}
	return strings.Join(names, ", ")
}

func count(v any) any {
	if list, ok := v.([]any); ok {
		return json.Number(strconv.Itoa(len(list)))
	}
	return v
}

func u32ip(v any) any {
	n, err := strconv.ParseUint(plain(v), 10, 32)
	if err != nil {
		return v
	}
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}).String()
}

func makeMask(leaf string) (step, error) {
	return stepFunc(func(v any, row record, _ time.Time) any {
		m, _ := row.get(leaf)
		mask, err := netip.ParseAddr(plain(m))
		if err != nil || !mask.Is4() {
			return v
		}
		ones, bits := net.IPMask(mask.AsSlice()).Size()
		if address, err := netip.ParseAddr(plain(v)); err != nil || !address.Is4() || bits == 0 {
			return v
		}
		return fmt.Sprintf("%s/%d", plain(v), ones)
	}), nil
}

func makeUnit(unit string) (step, error) {
	return onValue(func(v any) any {
		text := plain(v)
		if text == "" {
			return nil
		}
		if n, ok := number(v); ok {
			return measure{text + " " + unit, n}
		}
		return text + " " + unit
	})("")
}

func makePercent(leaf string) (step, error) {
	return stepFunc(func(v any, row record, _ time.Time) any {
		whole, _ := row.get(leaf)
		part, err := strconv.ParseFloat(plain(v), 64)
		of, wrong := strconv.ParseFloat(plain(whole), 64)
		if err != nil || wrong != nil || of == 0 {
			return nil
		}
		rounded := math.Round(part/of*1000) / 10
		if math.IsNaN(rounded) || math.IsInf(rounded, 0) {
			return nil
		}
		share := strconv.FormatFloat(rounded, 'f', -1, 64)
		return measure{share + " %", json.Number(share)}
	}), nil
}

func scaled(n float64, unit string) string {
	for _, s := range []struct {
		size   float64
		prefix string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if n >= s.size {
			return strconv.FormatFloat(float64(int64(n/s.size*10))/10, 'f', -1, 64) + " " + s.prefix + unit
		}
	}
	return strconv.FormatFloat(n, 'f', -1, 64) + " " + unit
}

func makeSince(leaf string) (step, error) {
	return stepFunc(func(v any, row record, now time.Time) any {
		from, err := time.Parse(time.RFC3339, plain(v))
		if err != nil || from.Unix() <= 0 {
			return nil // IOS-XE sends 1970 for never
		}
		if leaf == "" {
			return measure{span(now.Sub(from)), from.UTC().Format(time.RFC3339)}
		}
		l, _ := row.get(leaf)
		to, err := time.Parse(time.RFC3339, plain(l))
		if err != nil {
			return nil
		}
		return lasting(to.Sub(from))
	}), nil
}

var (
	clockForm = regexp.MustCompile(`^(\d+):([0-5]\d):([0-5]\d)$`)
	unitsForm = regexp.MustCompile(`^(?:\d+[ywdhms])+$`)
	unitForm  = regexp.MustCompile(`(\d+)([ywdhms])`)
)

// duration reads 09:44:21, 2d03h, 1w2d and 1y22w, as IOS writes durations. Other text stays as it is.
func duration(v any) any {
	text := plain(v)
	if m := clockForm.FindStringSubmatch(text); m != nil {
		d, err := time.ParseDuration(m[1] + "h" + m[2] + "m" + m[3] + "s")
		if err != nil {
			return v
		}
		return lasting(d)
	}
	if !unitsForm.MatchString(text) {
		return v
	}
	const day = 24 * time.Hour
	sizes := map[string]time.Duration{"y": 365 * day, "w": 7 * day, "d": day, "h": time.Hour, "m": time.Minute, "s": time.Second}
	var d time.Duration
	for _, m := range unitForm.FindAllStringSubmatch(text, -1) {
		n, err := strconv.ParseInt(m[1], 10, 32)
		if err != nil || d > 100*365*day {
			return v
		}
		d += time.Duration(n) * sizes[m[2]]
	}
	return lasting(d)
}

// lasting is a duration: for people as devices write it, for programs in seconds.
func lasting(d time.Duration) measure {
	d = max(d, 0)
	return measure{span(d), json.Number(strconv.FormatInt(int64(d/time.Second), 10))}
}

// unix reads a time since 1970. OpenConfig has nanoseconds; some devices send seconds, milliseconds or
// microseconds, which no time of a device in nanoseconds is as small as. 0 is no time.
func unix(v any) any {
	n, err := strconv.ParseInt(plain(v), 10, 64)
	switch {
	case err != nil:
		return v
	case n <= 0:
		return nil
	case n < 1e11:
		n *= 1e9
	case n < 1e14:
		n *= 1e6
	case n < 1e17:
		n *= 1e3
	}
	return time.Unix(0, n).UTC().Format(time.RFC3339)
}

// span writes a duration in its two largest unitsForm, as devices do; a negative one is 0s.
func span(d time.Duration) string {
	if d < 0 {
		return "0s"
	}
	s := int64(d / time.Second)
	for _, u := range []struct {
		size, next int64
		name, less string
	}{{7 * 86400, 86400, "w", "d"}, {86400, 3600, "d", "h"}, {3600, 60, "h", "m"}, {60, 1, "m", "s"}} {
		if s >= u.size {
			return fmt.Sprintf("%d%s %d%s", s/u.size, u.name, s%u.size/u.next, u.less)
		}
	}
	return fmt.Sprintf("%ds", s)
}
