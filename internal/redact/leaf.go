package redact

import (
	"regexp"
	"strings"
	"sync"
)

// leaves are leaves that hold a secret though their names don't say so, or not everywhere. Paths have no
// prefixes and no keys. Names that say so, such as auth-password, are those of secretName.
var leaves = compileLeaves([]leafRule{
	{`snmp[^/]*(/.*)?/(community|community-config|community-map-list|ip-(vrf-)?community(-port)?)/(name|community|community-or-user|security-name)`, "Cisco-IOS-XE-snmp: config-snmp-server-grouping"},
	{`community-or-user`, "Cisco-IOS-XE-snmp: snmp-server/host"},
	{`(auth|encrypted|user|permission|permisssion|auth-config)/(.*/)?md5`, "Cisco-IOS-XE-snmp, -bgp, -ospf-obsolete: router-snmp-grouping"},
	{`(password|secret|key-string|authentication-key|[a-z0-9-]+-key|[a-z0-9-]+-password|[a-z0-9-]+-secret|password-[a-z]+)/(text|string|word|value|line|key|hash|clear-key|0|5|6|7|8|9)`, "Cisco-IOS-XE-bgp: neighbor/password/text; -hsrp and -ospf: key-string/string; -native: password/clear-key"},
	{`(standby|vrrp|glbp)[^/]*/(.*/)?authentication/(word|text|string|key-string)`, "Cisco-IOS-XE-hsrp: standby-list/authentication/word"},
	{`nhrp/(.*/)?authentication`, "Cisco-IOS-XE-nhrp: ip/nhrp/authentication"},
	{`key-chain/(.*/)?(string|value|keystring|hexadecimal-string)`, "ietf-key-chain: key-chain/key/key-string"},
	{`(aaa|radius|tacacs|tacacs-plus|crypto|isakmp|ikev2|keyring|server|authentication|pac|key|chain|ntp|macsec|mka|cts|ldap|wpa|peer|client|group)/(.*/)?key`, "Cisco-IOS-XE-aaa: server/key/key; -crypto: isakmp/key; ietf-ospf: authentication/key"},
	{`key|md5|preshared-key|hashed-key|md5-key`, "Cisco-IOS-XE-aaa, -crypto, -ntp: leaves named only by what they are"},
})

// notLeaves are leaves that a rule above or secretName would take for a secret.
var notLeaves = compileLeaves([]leafRule{
	{`tunnel/(.*/)?key`, "Cisco-IOS-XE-tunnel: the number that identifies a GRE tunnel"},
	{`(authentication|rip)/mode/(text|md5)`, "Cisco-IOS-XE-interfaces: ip/rip/authentication/mode: a choice"},
	{`(method|file|image|install|package|digest)[^/]*/(.*/)?md5`, "Cisco-IOS-XE-eap: method/md5: a choice; checksums of files"},
})

// secretCommunity is a leaf with an SNMP community; communityOfRoutes are those of BGP.
var (
	secretCommunity   = regexp.MustCompile(`(?:^|/)community$`)
	communityOfRoutes = regexp.MustCompile(`(?:^|/)[^/]*(?:bgp|route|routing|rib|policy|vlan|vpn|evpn|set|match|prefix)[^/]*/`)
)

type leafRule struct {
	path   string // a regular expression that fits the end of a path
	source string // a YANG module and what it is about there
}

func compileLeaves(rules []leafRule) (list []*regexp.Regexp) {
	for _, r := range rules {
		list = append(list, regexp.MustCompile(`(?i)(?:^|/)(?:`+r.path+`)$`))
	}
	return list
}

func matchesAny(list []*regexp.Regexp, path string) bool {
	for _, p := range list {
		if p.MatchString(path) {
			return true
		}
	}
	return false
}

// leafHints are in the name of every leaf that a rule of leaves or secretName takes for a secret.
var leafHints = []string{"pass", "pwd", "secret", "key", "token", "psk", "pmk", "cak", "credential", "communit", "md5", "unencrypted", "authentication"}

// leafNames are short names that are secrets in some places.
var leafNames = set("name text string word value line hash security-name hexadecimal-string 0 5 6 7 8 9")

// answers are what Leaf found before: an answer of a device asks the same of each of its rows.
var answers = memo{of: make(map[string]bool)}

type memo struct {
	mu sync.RWMutex
	of map[string]bool
}

// maxAnswers and maxPath bound what is remembered, whatever names a device makes up: at most 2 MB.
const maxAnswers, maxPath = 10_000, 200

// Leaf reports whether the leaf at a path, such as native/enable/secret/secret, holds a secret. Prefixes
// of modules and keys in the path make no difference.
func Leaf(path string) bool {
	answers.mu.RLock()
	secret, known := answers.of[path]
	answers.mu.RUnlock()
	if known {
		return secret
	}
	secret = leaf(path)
	if len(path) <= maxPath {
		answers.mu.Lock()
		if len(answers.of) >= maxAnswers {
			clear(answers.of)
		}
		answers.of[strings.Clone(path)] = secret
		answers.mu.Unlock()
	}
	return secret
}

func leaf(path string) bool {
	name := path[strings.LastIndexByte(path, '/')+1:]
	name, _, _ = strings.Cut(name, "=")
	name = strings.ToLower(name[strings.LastIndexByte(name, ':')+1:])
	if !leafNames[name] && !containsAny(name, leafHints) {
		return false
	}
	parts := strings.Split(path, "/")
	for i, p := range parts {
		p, _, _ = strings.Cut(p, "=")
		parts[i] = p[strings.LastIndexByte(p, ':')+1:]
	}
	path = strings.Join(parts, "/")
	switch {
	case matchesAny(notLeaves, path):
		return false
	case secretCommunity.MatchString(path):
		return !communityOfRoutes.MatchString(path)
	}
	return secretName(name) || matchesAny(leaves, path)
}

func containsAny(s string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}
