package redact

import (
	"regexp"
	"strings"
)

// shapes are secrets that are recognized wherever they are: by hashes of crypt(3), the prefixes of
// tokens, a JWT (RFC 7519) and private keys (RFC 7468). The last group is the secret.
var shapes = []*regexp.Regexp{
	regexp.MustCompile(`(\$[0-9a-z]{1,2}\$[^\s"',;]{4,})`),
	regexp.MustCompile(`(?i)\bbearer\s+([A-Za-z0-9._~+/-]*[0-9._][A-Za-z0-9._~+/=-]{6,}|[A-Za-z0-9._~+/-]{20,}=*)`),
	regexp.MustCompile(`\b(eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?)`),
	regexp.MustCompile(`\b((?:ghp|gho|ghs|ghu|github_pat|glpat|xox[abprs]|nbt|sk|AKIA)[_-]?[A-Za-z0-9][A-Za-z0-9._-]{15,})\b`),
	regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)(?:-----END|$)`),
}

// login is a URL with a user and a password, which may have slashes and at signs in it.
var login = regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*)://([^\s/:@"'<>]*):([^\s"'<>]+)@[^\s@"'<>]`)

// mailLogin is a login in front of a server without a scheme, as EEM has it.
var mailLogin = regexp.MustCompile(`(?i)\bserver\s+["']?[^\s:@"']+:([^\s"']+)@[^\s@"']`)

// shapesIn notes secrets that are recognized by their own form, and logins in URLs.
func (t *text) shapesIn() {
	if strings.Contains(t.s, "$") || strings.Contains(t.s, "eyJ") || strings.Contains(t.s, "PRIVATE KEY") || strings.ContainsAny(t.s, "_-") || containsFold(t.s, "bearer") || strings.Contains(t.s, "AKIA") {
		for _, shape := range shapes {
			for _, m := range shape.FindAllStringSubmatchIndex(t.s, -1) {
				t.secret(span{m[2], m[3]})
			}
		}
	}
	if !strings.Contains(t.s, "@") {
		return
	}
	for _, m := range login.FindAllStringSubmatchIndex(t.s, -1) {
		user, password := t.s[m[4]:m[5]], t.s[m[6]:m[7]]
		port, _, path := strings.Cut(password, "/")
		if path && isNumber(port) && strings.ContainsAny(user, ".") || strings.HasPrefix(user, "[") {
			continue // https://host.example:8443/joe@example.com
		}
		t.secret(span{m[6], m[7]})
	}
	for _, m := range mailLogin.FindAllStringSubmatchIndex(t.s, -1) {
		t.secret(span{m[2], m[3]})
	}
}

// containsFold reports whether s has part, which is in lower case, whatever the case.
func containsFold(s, part string) bool {
	for i := 0; i+len(part) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(part)], part) {
			return true
		}
	}
	return false
}
