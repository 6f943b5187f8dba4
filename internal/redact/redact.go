// Package redact masks secrets in what devices say, before it leaves for a chat, a file or a log.
//
// It knows the forms in which IOS-XE and its like write passwords, keys and communities, as text and
// as leaves of YANG models, and patterns of a site. It is a leaf and decides nothing else. It errs on
// the side of masking: a word too much hidden is a nuisance, one too few is a leak.
package redact

import (
	"regexp"
	"strings"

	"github.com/sirupsen/logrus"
)

// Mask stands where a secret was.
const Mask = "•••"

// Redactor masks. The zero value masks the built-in forms; a nil one masks nothing.
type Redactor struct{ own []*regexp.Regexp }

// New returns a redactor that masks what the patterns of a site match, too: their last group, or all
// of it where they have none.
func New(own ...*regexp.Regexp) *Redactor { return &Redactor{own} }

// hints are in every text that one of forms matches.
var hints = []string{
	"pass", "pwd", "secret", "key", "communit", "auth", "snmp", "md5", "priv", "psk", "token", "bearer", "credential", "$", "://", "standby", "vrrp", "glbp",
}

// suspicious finds texts that may hold one of forms, quickly: nearly all of what devices say doesn't.
func suspicious(s string) bool {
	if !strings.ContainsAny(s, " =:\"$") {
		return false // a single word, such as the name of an interface
	}
	s = strings.ToLower(s)
	for _, h := range hints {
		if strings.Contains(s, h) {
			return true
		}
	}
	return false
}

// word is a secret in a line: a word, or words in quotes. A brace begins more JSON.
const word = `("[^"]*"|[^\s"'{\[][^\s"']*)`

// encrypted is the digit that says how a secret is written, as in password 7.
const encrypted = `(?:(?:encrypted|clear|plain|ascii|hex|hidden)\s+)?(?:[0-9]{1,2}\s+)?`

// forms are what secrets look like in lines of configuration and in messages. Their last group is the
// secret.
var forms = compile(
	// enable secret 9 $9$..., username x password 7 ..., neighbor x password ..., ppp chap password 0 ...
	`(?i)\b(?:pass(?:word|wd|phrase)|pwd|secret|passcode)\b["']?(?:\s*[:=]\s*|\s+)["']?`+encrypted+word,
	// key-string 7 ..., key 0 ..., pre-shared-key ..., wpa-psk ascii 0 ..., authentication-key ...
	`(?i)\b(?:key-string|key-hash|(?:pre-)?shared-key|preshared-key|(?:wpa-)?psk|encryption-key|api-?key|private-key|master-key)\b["']?(?:\s*[:=]\s*|\s+)["']?(?:local\s+|remote\s+|address\s+\S+\s+key\s+|set-key\s+)?`+encrypted+word,
	// tacacs-server key 7 ..., radius-server host x key ..., server-private x key 6 ..., key 7 ...
	`(?i)\b(?:tacacs|tacacs-server|radius|radius-server|server-private|server|address|ldap-server)\b.*?\bkey\s+`+encrypted+word,
	`(?i)(?:^|\s)key\s+[05-8]\s+`+word,
	// crypto isakmp key ... address x
	`(?i)\bisakmp\s+key\s+`+encrypted+word,
	// message-digest-key 1 md5 7 ..., ntp authentication-key 1 md5 ..., authentication mode md5 ...
	`(?i)\b(?:message-digest-key|authentication-key)\s+\d+\s+(?:md5|hmac-\S+|sha\S*|cmac-\S+)\s+`+encrypted+word,
	`(?i)\b(?:authentication|auth)\s+(?:md5|sha\S*)\s+(?:key-string\s+)?`+encrypted+word,
	`(?i)\bpriv(?:acy)?\s+(?:des|3des|aes)\S*\s+(?:(?:128|192|256)\s+)?`+encrypted+word,
	`(?i)\b(?:standby|vrrp|glbp)\s+\d+\s+authentication\s+(?:md5\s+key-(?:string|chain)\s+(?:[0-9]\s+)?|text\s+)?`+word,
	`(?i)\b(?:ospf|isis|eigrp)\s+auth(?:entication)?-key\s+`+encrypted+word,
	`(?i)\bauth(?:entication)?-key["']?\s*[:=]\s*["']?`+word,
	// snmp-server community ... RO, snmp-server host x version 2c ...
	`(?i)\bsnmp(?:-server)?\s+community\s+`+encrypted+word,
	`(?i)\bsnmp-server\s+host\s+\S+\s+(?:vrf\s+\S+\s+)?(?:(?:traps|informs)\s+)?(?:version\s+(?:1|2c|3\s+(?:no)?auth|3\s+priv)\s+)?`+word,
	`(?i)\bcommunity(?:-string|-name)?["']?\s*[:=]\s*["']?`+word,
	// what is a secret wherever it stands
	`(?i)\bbearer\s+`+word,
	`(?i)\b(?:token|credentials?)["']?\s*[:=]\s*["']?`+word,
	`(\$[0-9a-z]{1,2}\$[^\s"',;]{4,})`,
	`[a-z][a-z0-9+.-]*://[^/\s:@]+:([^/\s@]+)@`,
	`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)(?:-----END|$)`,
)

func compile(patterns ...string) (list []*regexp.Regexp) {
	for _, p := range patterns {
		list = append(list, regexp.MustCompile(p))
	}
	return list
}

// Text masks the secrets in a text.
func (r *Redactor) Text(s string) string {
	if r == nil || s == "" {
		return s
	}
	if suspicious(s) {
		for _, form := range forms {
			s = maskLast(form, s)
		}
	}
	for _, form := range r.own {
		s = maskLast(form, s)
	}
	return s
}

// maskLast masks the last group of each match, or all of it where there is none.
func maskLast(form *regexp.Regexp, s string) string {
	matches := form.FindAllStringSubmatchIndex(s, -1)
	if matches == nil {
		return s
	}
	var b strings.Builder
	from := 0
	for _, m := range matches {
		start, end := m[len(m)-2], m[len(m)-1]
		if start < from || start == end || s[start:end] == Mask {
			continue
		}
		b.WriteString(s[from:start])
		b.WriteString(Mask)
		from = end
	}
	b.WriteString(s[from:])
	return b.String()
}

// secretLeaf are names of leaves that hold secrets in the models of IOS-XE, OpenConfig and the IETF.
var secretLeaf = regexp.MustCompile(`(?i)(?:^|-)(?:password|passwd|passphrase|pass-phrase|secret|pwd|psk|key-string|shared-key|private-key|auth-key|encryption-key|` +
	`wpa-key|master-key|md5-key|auth-password|priv-password|community-string|community-name|hashed-key|key-hash|credential|token)(?:-(?:value|string|text|encrypted|hash|clear|7|9))?$|^(?:key|md5|unencrypted|secret-\S+)$`)

// secretPath are paths below which a name is the secret.
var secretPath = regexp.MustCompile(`(?i)(?:^|/)[^/]*snmp[^/]*(?:/.*)?/[^/]*community[^/]*/(?:name|community|security-name|community-config)$|(?:^|/)key-chain/.*/(?:string|value)$`)

// Leaf reports whether the leaf at a path, such as native/enable/secret/secret, is a secret as a whole.
// Names of modules and keys in the path make no difference.
func Leaf(path string) bool {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		p, _, _ = strings.Cut(p, "=")
		parts[i] = p[strings.LastIndexByte(p, ':')+1:]
	}
	return secretLeaf.MatchString(parts[len(parts)-1]) || secretPath.MatchString(strings.Join(parts, "/"))
}

// Members masks the secrets in a row as JSON has it, in place: leaves that are secrets by their names,
// and texts. It returns the row.
func (r *Redactor) Members(members map[string]any) map[string]any {
	if r == nil {
		return members
	}
	for name, v := range members {
		members[name] = r.value(name, v)
	}
	return members
}

func (r *Redactor) value(name string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		return r.Members(v)
	case []any:
		for i := range v {
			v[i] = r.value(name, v[i])
		}
		return v
	case nil, bool:
		return v
	case string:
		if Leaf(name) && v != "" {
			return Mask
		}
		return r.Text(v)
	}
	if Leaf(name) {
		return Mask
	}
	return v
}

// Levels implements logrus.Hook.
func (r *Redactor) Levels() []logrus.Level { return logrus.AllLevels }

// Fire implements logrus.Hook: what is logged is masked.
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
