package redact

import (
	"regexp"
	"strings"

	"github.com/sirupsen/logrus"
)

// Redactor masks secrets. It is immutable and safe for concurrent use; a nil *Redactor masks nothing.
type Redactor struct{ own []*regexp.Regexp }

// New returns a redactor that also masks what the patterns of a site match: the last group that took
// part in the match, or the whole match without one.
func New(own ...*regexp.Regexp) *Redactor { return &Redactor{own} }

// Text returns a text with its secrets masked.
func (r *Redactor) Text(s string) string {
	if r == nil || s == "" {
		return s
	}
	for range maxPasses {
		masked := r.pass(s)
		if masked == s {
			break
		}
		s = masked
	}
	return s
}

// maxPasses bounds how often a text is searched again: a mask may end a secret that ran over it, and
// what follows is then read anew.
const maxPasses = 8

func (r *Redactor) pass(s string) string {
	var t *text
	switch {
	case suspicious(s):
		t = newText(s)
		commands.commandsIn(t)
		t.assignmentsIn()
		t.proseIn()
		t.shapesIn()
	case len(r.own) == 0:
		return s
	default:
		t = &text{s: s}
	}
	for _, p := range r.own {
		for _, m := range p.FindAllStringSubmatchIndex(s, -1) {
			t.secret(lastGroup(m))
		}
	}
	return t.masked()
}

// lastGroup returns the last group that took part in a match, or else the whole match.
func lastGroup(m []int) span {
	for i := len(m) - 2; i > 0; i -= 2 {
		if m[i] >= 0 {
			return span{m[i], m[i+1]}
		}
	}
	return span{m[0], m[1]}
}

// hints are in every text that holds a secret, by their first letter: without one a text isn't read.
var hints = func() (table ['z' + 1][]string) {
	for h := range strings.FieldsSeq(`pass pwd psk priv pmk secret session-key snmp set-key standby server spi key communit credential cak cookie auth token trap
		bearer vrrp glbp nhrp isis idtoken md5 mab akia eyj ghp_ gho_ ghs_ ghu_ github_pat glpat xox nbt_ sk- sk_ :// digest`) {
		table[h[0]] = append(table[h[0]], h)
	}
	return table
}()

// suspicious reports whether a text may hold a secret. Nearly all values of devices don't.
func suspicious(s string) bool {
	if strings.IndexByte(s, '$') >= 0 {
		return true
	}
	for i := 0; i+1 < len(s); i++ {
		c := s[i] | ' ' // in lower case, if it is a letter
		if c > 'z' {
			continue
		}
		for _, h := range hints[c] {
			if s[i+1]|' ' == h[1]|' ' && len(s)-i >= len(h) && strings.EqualFold(s[i:i+len(h)], h) {
				return true
			}
		}
	}
	return false
}

// Value returns a value of decoded JSON with its secrets masked, in place where it is an object or a
// list: leaves that are secrets by their names and places, and secrets in texts. places are the paths
// at which the value may be, such as native/snmp-server.
func (r *Redactor) Value(v any, places ...string) any {
	if r == nil {
		return v
	}
	switch v := v.(type) {
	case map[string]any:
		return r.Members(v, places...)
	case []any:
		for i := range v {
			v[i] = r.Value(v[i], places...)
		}
		return v
	case nil, bool:
		return v
	case string:
		if v != "" && leafAt(places) {
			return Mask
		}
		return r.Text(v)
	}
	if leafAt(places) {
		return Mask
	}
	return v
}

// Members returns an object of decoded JSON as Value does.
func (r *Redactor) Members(members map[string]any, places ...string) map[string]any {
	if r == nil {
		return members
	}
	inner := make([]string, max(1, len(places)))
	for name, v := range members {
		for i := range inner {
			if inner[i] = name; len(places) > 0 && places[i] != "" {
				inner[i] = places[i] + "/" + name
			}
		}
		members[name] = r.Value(v, inner...)
	}
	return members
}

// leafAt reports whether one of several paths is that of a secret.
func leafAt(places []string) bool {
	for _, p := range places {
		if Leaf(p) {
			return true
		}
	}
	return false
}

// Levels implements logrus.Hook.
func (r *Redactor) Levels() []logrus.Level { return logrus.AllLevels }

// Fire implements logrus.Hook: it masks secrets in what is logged.
func (r *Redactor) Fire(e *logrus.Entry) error {
	e.Message = r.Text(e.Message)
	for name, v := range e.Data {
		switch v := v.(type) {
		case string:
			e.Data[name] = r.Text(v)
		case error:
			if text, masked := v.Error(), r.Text(v.Error()); masked != text {
				e.Data[name] = masked
			}
		}
	}
	return nil
}
