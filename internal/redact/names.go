package redact

import (
	"strings"
	"unicode"
)

// secretWords end the names of secrets, such as db_password, provision-secret or accessToken.
var secretWords = set(`password passwd passphrase passcode pass pwd secret token psk pmk cak credential credentials idtoken
	keystring apikey unencrypted`)

// keyKinds in front of "key" make a name that of a secret; a key-id, a key-chain or a tunnel key isn't.
var keyKinds = set(`api auth authentication private shared preshared secret encryption master wpa wep server session pac local clear
	cipher hmac md5 digest signing access hashed bind message`)

// wrappers may follow the name of a secret, as in password-hashed, key-string or secret-value.
var wrappers = set(`string text value encrypted hashed hash clear octet ascii hex config old new plain plaintext cleartext`)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// secretName reports whether a name of a leaf, a variable or a parameter is that of a secret. Hyphens,
// underscores, dots, capital letters and digits at the end separate its words.
func secretName(name string) bool {
	words := nameWords(name)
	n := len(words)
	for n > 1 && (wrappers[words[n-1]] || isNumber(words[n-1])) && words[n-1] != "key" {
		n--
	}
	if n == 0 {
		return false
	}
	last := words[n-1]
	switch {
	case secretWords[last], strings.HasSuffix(last, "password"), strings.HasSuffix(last, "passwd"), strings.HasSuffix(last, "apikey"):
		return true
	case last == "key" && n > 1:
		return keyKinds[words[n-2]]
	case last == "key":
		return len(words) > 1 && !isNumber(words[1]) // key-string, key-value, key-hash
	case last == "community":
		return len(words) > n || n > 1 && words[n-2] == "snmp" // community-string, snmp_community
	}
	return false
}

// nameWords splits a name into its words, in lower case: dbPassword1 is db, password, 1.
func nameWords(name string) []string {
	var words []string
	from := 0
	end := func(to int) {
		if to > from {
			words = append(words, strings.ToLower(name[from:to]))
		}
		from = to
	}
	var before rune
	for i, r := range name {
		switch {
		case r == '-' || r == '_' || r == '.' || r == ' ':
			end(i)
			from = i + 1
		case unicode.IsUpper(r) && unicode.IsLower(before), unicode.IsDigit(r) && unicode.IsLetter(before) && isNumber(name[i:]):
			end(i)
		}
		before = r
	}
	end(len(name))
	return words
}

func isNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
