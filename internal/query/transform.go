package query

import (
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

// Transform describes one word that may stand under "as:" of a fact.
type Transform struct {
	Name string
	Arg  string // what stands after the colon; empty when nothing does
	Help string
	make func(arg string) (step, error)
}

// step is a transform with its argument. A nil result is an absent value.
type step interface {
	apply(v any, row record, now time.Time) any
}

type stepFunc func(v any, row record, now time.Time) any

func (f stepFunc) apply(v any, row record, now time.Time) any { return f(v, row, now) }

// Transforms returns every transform.
func Transforms() []Transform {
	return []Transform{
		{"strip", "PREFIX", "without PREFIX in front", makeStrip},
		{"match", "REGEXP", "what the first group of REGEXP matches, or all of it", makeMatch},
		{"blank", "VALUE", "nothing instead of VALUE", makeBlank},
		{"join", "SEPARATOR", "the members of a list with SEPARATOR between them", makeJoin},
		{"keys", "", "the names of a container's members", onValue(keys)},
		{"count", "", "how many members a list has", onValue(count)},
		{"upper", "", "in capital letters", onText(strings.ToUpper)},
		{"lower", "", "in small letters", onText(strings.ToLower)},
		{"u32ip", "", "a 32-bit number as an IPv4 address", onValue(u32ip)},
		{"mask", "LEAF", "an IPv4 address with the prefix length of the mask in LEAF behind it", makeMask},
		{"percent", "LEAF", "a number as a share of the one in LEAF, as 15.5 %", makePercent},
		{"unit", "UNIT", "with UNIT behind it", makeUnit},
		{"bytes", "", "a number of bytes as 1.2 GB", onNumber(func(n float64) string { return scaled(n, "B") })},
		{"bits", "", "bits a second as 1 Gbit/s", onNumber(func(n float64) string { return scaled(n, "bit/s") })},
		{"since", "[LEAF]", "the time from this one to LEAF, or to now, as 3d 4h", makeSince},
		{"unix", "", "nanoseconds since 1970 as a time", onValue(unix)},
	}
}

func compileStep(src string) (step, error) {
	name, arg, has := strings.Cut(src, ":")
	all := Transforms()
	i := slices.IndexFunc(all, func(t Transform) bool { return t.Name == name })
	switch {
	case i < 0:
		names := make([]string, len(all))
		for i, t := range all {
			names[i] = t.Name
		}
		return nil, fmt.Errorf("unknown transform %q; there are %s", name, strings.Join(names, ", "))
	case all[i].Arg == "" && has:
		return nil, fmt.Errorf("transform %s takes nothing after a colon", name)
	case all[i].Arg != "" && all[i].Arg[0] != '[' && arg == "":
		return nil, fmt.Errorf("transform %s needs its %s, as in %s:%s", name, all[i].Arg, name, all[i].Arg)
	}
	return all[i].make(arg)
}

func onValue(f func(any) any) func(string) (step, error) {
	return func(string) (step, error) {
		return stepFunc(func(v any, _ record, _ time.Time) any { return f(v) }), nil
	}
}

func onText(f func(string) string) func(string) (step, error) {
	return onValue(func(v any) any { return f(plain(v)) })
}

func onNumber(f func(float64) string) func(string) (step, error) {
	return onValue(func(v any) any {
		n, err := strconv.ParseFloat(plain(v), 64)
		if err != nil {
			return v
		}
		return f(n)
	})
}

func makeStrip(prefix string) (step, error) {
	return onText(func(s string) string { return strings.TrimPrefix(s, prefix) })("")
}

func makeBlank(value string) (step, error) {
	return onValue(func(v any) any {
		if plain(v) == value {
			return nil
		}
		return v
	})("")
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
		words := make([]string, len(list))
		for i, item := range list {
			words[i] = plain(item)
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
		return strconv.Itoa(len(list))
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
		if bits == 0 {
			return v
		}
		return fmt.Sprintf("%s/%d", plain(v), ones)
	}), nil
}

func makeUnit(unit string) (step, error) {
	return onText(func(s string) string {
		if s == "" {
			return ""
		}
		return s + " " + unit
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
		return strconv.FormatFloat(math.Round(part/of*1000)/10, 'f', -1, 64) + " %"
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
			return nil // IOS-XE says 1970 for never
		}
		to := now
		if leaf != "" {
			l, _ := row.get(leaf)
			if to, err = time.Parse(time.RFC3339, plain(l)); err != nil {
				return nil
			}
		}
		return span(to.Sub(from))
	}), nil
}

func unix(v any) any {
	n, err := strconv.ParseInt(plain(v), 10, 64)
	if err != nil {
		return v
	}
	return time.Unix(0, n).UTC().Format(time.RFC3339)
}

// span says a duration by its two largest units, as devices do.
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
