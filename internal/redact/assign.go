package redact

import (
	"strings"
)

// assignmentsIn notes what follows the name of a secret and = or :, as in DB_PASSWORD=x,
// {"password": "x"}, api_key: x or Authorization: Basic x.
func (t *text) assignmentsIn() {
	until := 0 // the end of the value before
	for i, w := range t.words {
		at, sign := t.sign(w.to)
		if sign == 0 || w.from < until {
			continue
		}
		name := w.lower
		switch {
		case name == "authorization" || name == "proxy-authorization" || name == "x-authorization":
			until = t.authorization(at)
			continue
		case name == "cookie" || name == "set-cookie":
			t.secret(t.line(at))
			until = t.line(at).to
			continue
		case i > 0 && t.words[i-1].lower == "community" && (name == "name" || name == "string" || name == "securityname"):
			t.secret(t.run(at, ",;"))
			continue
		case name == "community":
			if s := t.run(at, ",;&"); !communityNumber(t.s[s.from:s.to]) {
				t.secret(s)
			}
			continue
		case i > 0 && name == "key" && keyKinds[t.words[i-1].lower] && t.s[t.words[i-1].to] == ' ': // shared key: x
		case !secretName(t.s[w.from:w.to]):
			continue
		}
		if sign == ':' && t.readers(i) {
			continue
		}
		until = t.assigned(at)
	}
}

// sign returns where the value behind = or : begins, and which sign it is; 0 for none. A quote may close
// the name, and an arrow is a sign as well.
func (t *text) sign(at int) (value int, sign byte) {
	if at < len(t.s) && strings.IndexByte("\"'`]", t.s[at]) >= 0 {
		at++
	}
	if at+1 < len(t.s) && t.s[at] == '\\' && t.s[at+1] == '"' { // JSON in JSON
		at += 2
	}
	at = t.blanks(at)
	if at >= len(t.s) || t.s[at] != '=' && t.s[at] != ':' {
		return 0, 0
	}
	sign = t.s[at]
	at++
	for at < len(t.s) && strings.IndexByte("=:>", t.s[at]) >= 0 {
		at++
	}
	if sign == ':' && strings.HasPrefix(t.s[at:], "//") {
		return 0, 0
	}
	return t.blanks(at), sign
}

// assigned notes the value at a place and returns where it ends. JSON goes on behind a brace, and how a
// secret is written isn't one.
func (t *text) assigned(at int) (end int) {
	if at < len(t.s) && strings.IndexByte("{[", t.s[at]) >= 0 {
		return at
	}
	if strings.HasPrefix(t.s[at:], `\"`) {
		if n := strings.Index(t.s[at+2:], `\"`); n >= 0 {
			t.secret(span{at + 2, at + 2 + n})
			return at + 2 + n
		}
	}
	s := t.run(at, "&,;")
	if len(t.s) > s.from && s.from == at { // without quotes
		s = t.trimmed(s)
		v := strings.ToLower(t.s[s.from:s.to])
		if next := t.blanks(s.to); next > s.to && next < len(t.s) && (len(v) <= 2 && isNumber(v) || writtenAs[v]) {
			s = t.trimmed(t.run(next, "&,;"))
			v = strings.ToLower(t.s[s.from:s.to])
		}
		if v == "null" || v == "true" || v == "false" || notSecret[v] && !weak[v] {
			return s.to
		}
	}
	t.secret(s)
	return s.to
}

// trimmed leaves out brackets and quotes at the end that belong to the text around a value.
func (t *text) trimmed(s span) span {
	for s.to > s.from && strings.IndexByte(")}]>", t.s[s.to-1]) >= 0 && !strings.ContainsAny(t.s[s.from:s.to-1], "({[<") {
		s.to--
	}
	if s.to > s.from && strings.IndexByte("\"'`", t.s[s.to-1]) >= 0 && strings.IndexByte(t.s[s.from:s.to-1], t.s[s.to-1]) < 0 {
		s.to--
	}
	return s
}

// schemes are those of HTTP's Authorization (RFC 9110, 11).
var schemes = set("basic bearer digest token negotiate ntlm apikey hoba mutual vapid scram-sha-256 aws4-hmac-sha256")

// authorization notes the credentials behind Authorization: and returns where they end.
func (t *text) authorization(at int) (end int) {
	stop := ",;"
	if at < len(t.s) && (t.s[at] == '"' || t.s[at] == '\'') {
		stop += t.s[at : at+1]
		at++
	}
	scheme := t.run(at, stop+"'")
	next := t.blanks(scheme.to)
	var s span
	switch word := strings.ToLower(t.s[scheme.from:scheme.to]); {
	case word == "digest" || strings.HasPrefix(word, "aws4-"):
		s = t.line(next)
	case schemes[word]:
		s = t.trimmed(t.run(next, stop))
	case notSecret[word]:
		return scheme.to
	default:
		s = t.trimmed(scheme)
	}
	t.secret(s)
	return s.to
}

// communityNumber reports whether a value is a community of BGP, such as 64500:100 or no-export.
func communityNumber(v string) bool {
	switch strings.ToLower(v) {
	case "no-export", "no-advertise", "local-as", "internet", "gshut", "none", "additive", "extended", "standard", "both", "large":
		return true
	}
	return strings.Trim(v, "0123456789:") == "" && v != ""
}
