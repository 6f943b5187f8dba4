package redact

import "maps"

// nouns are what a sentence calls a secret, with the word before where one isn't enough.
var nouns = set("password passwd passphrase passcode pwd pass secret psk community token")

// verbs stand between the name of a secret and the secret.
var verbs = set("is was be becomes are to as of -> =>")

// links go with verbs: the password is now x, was set to x, will be x.
var links = set("now set changed still will always currently just reset")

// functionWords are no secrets in a command either: its words may be those of a sentence.
var functionWords = set(`a an the this that these those it its his her our your their my no not none any all each every some other another same
	and or but nor if then than so when while until unless because since before after during once where which who what how why
	is was are were be been being has have had do does did can can't could should would may might must will won't shall
	in on at by for from of off to with without within into onto over under up down out via per about against between through as
	required none default rollover encryption`)

// weak are words that people take as passwords, and that are often in sentences about passwords.
var weak = set("admin test lab router switch default server device network user login public private master access")

// notSecret are words that follow the name of a secret in sentences. A secret that is such a word stays
// readable in a sentence and behind = or :, but not in a command.
var notSecret = join(functionWords, set(`wrong incorrect invalid expired expires expire required requires missing empty blank unset unknown correct ok okay good bad weak strong short
	long too very default new old current previous next first last own changed change changes changing reset resets resetting rotated rotation rotate
	rotates stored kept saved sent used use uses using needed needs need given set sets setting configured configure encrypted encryption hashed hash
	masked hidden shown visible printed logged written read reads accepted refused rejected denied failed fails failure failures mismatch match matches
	matched differs policy policies manager management vault safe store storage file files prompt prompts recovery protection protected authentication
	authenticated auth login logins user users username account accounts admin administrator name names type types level levels length strength
	complexity history age aging lifetime expiry timeout attempts attempt retries retry guess guessing spray spraying list lists database table field
	fields box form page screen check checks checked checking test tests tested testing audit leak leaked leaks free less based protocol server servers
	device devices router switch switches network ticket tickets request requests response responses error errors warning warnings message option
	options method mode format string strings text word words line lines hint hints update updates updated expiration notification
	notifications disabled enabled disable enable only also again already still now here there yes please ask see contact call email mail
	sauce service services santa project room lab agent key keys chain chains number numbers value values rules rule holder ring bucket buckets
	rate based member members attribute attributes cost delay bandwidth standard extended both large export import count received sent rollover fallback
	unencrypted cleartext plain plaintext clear lock locked unlock recovered forgotten lost shared pending waiting exists removed deleted cleared
	added created generated assigned expected entered typed provided supplied obtained bypass bypassed reuse reused synced sync
	true false null nil n/a na tbd todo inside outside below above internal external documented elsewhere sealed`))

// join returns a set of the words of several.
func join(sets ...map[string]bool) map[string]bool {
	all := map[string]bool{}
	for _, s := range sets {
		maps.Copy(all, s)
	}
	return all
}

// readersVerbs make "password" the object of a sentence about reading one, which names no secret.
var readersVerbs = set("read reads see sees steal steals intercept intercepts sniff capture learn guess guesses obtain know knows log logs print prints leak leaks send sends get gets")

// readers reports whether a sentence such as "anybody can read the password: r1" ends with word i.
func (t *text) readers(i int) bool {
	for n := 1; n <= 3 && i-n >= 0; n++ {
		if w := t.words[i-n]; readersVerbs[w.lower] {
			return true
		}
	}
	return false
}

// proseIn notes secrets in sentences: the password is x, with secret x, community string x.
func (t *text) proseIn() {
	for i, w := range t.words {
		if t.read[i] || !nouns[w.lower] && !compoundSecret(w.lower) || t.readers(i) {
			continue
		}
		if _, sign := t.sign(w.to); sign != 0 {
			continue
		}
		j := i + 1
		if j < len(t.words) && (t.words[j].lower == "string" || t.words[j].lower == "name" && w.lower == "community") {
			j++
		}
		strong, phrase := false, j > i+1 || compoundSecret(w.lower)
		for n := 0; n < 4 && j < len(t.words) && (verbs[t.words[j].lower] || links[t.words[j].lower]); n++ {
			strong = strong || verbs[t.words[j].lower]
			j++
		}
		if j >= len(t.words) || t.read[j] || !t.adjacent(j-1) || t.words[j].first && !t.words[i].first {
			continue
		}
		if (w.lower == "pass" || w.lower == "token" || w.lower == "community") && !phrase && !(strong && w.lower != "community") {
			continue // pass 3 of 5, token ring, BGP community
		}
		at, typed := t.value(j)
		s := t.run(at, "")
		quoted := s.from > at
		if !quoted {
			s = t.sentenceEnd(s)
		}
		first := t.words[j].lower
		if s.to <= s.from || !typed && !quoted && (notSecret[first] && !(strong && weak[first]) || communityNumber(first) && w.lower == "community") {
			continue
		}
		if !typed && !quoted && strong && t.continues(s) {
			continue // the secret is that ...
		}
		t.secret(s)
	}
}

// compoundSecret reports whether a word ends with the name of a secret, as area-password or
// shared-secret do.
func compoundSecret(w string) bool {
	for i := len(w) - 1; i > 0; i-- {
		if w[i] == '-' || w[i] == '_' || w[i] == '/' {
			return nouns[w[i+1:]] && w[i+1:] != "pass" && w[i+1:] != "token" && w[i+1:] != "community"
		}
	}
	return false
}

// adjacent reports whether only blanks, a quote or an arrow are between word i and the next, or a colon behind a
// verb, as in the password is: x.
func (t *text) adjacent(i int) bool {
	for _, r := range t.s[t.words[i].to:t.words[i+1].from] {
		if !isBlank(r) && r != '"' && r != '\'' && r != '`' && r != '=' && r != '>' && r != '(' && (r != ':' || !verbs[t.words[i].lower]) {
			return false
		}
	}
	return true
}

// sentenceEnd leaves out the point or comma that ends a sentence or a part of it.
func (t *text) sentenceEnd(s span) span {
	for s.to > s.from+1 && (t.s[s.to-1] == ',' || t.s[s.to-1] == ';' || t.s[s.to-1] == ')' || t.s[s.to-1] == '.') {
		s.to--
	}
	return s
}

// continues reports whether a plain word is followed by the rest of a sentence that has it as a verb or
// an adjective, as in "the secret is knowing when to stop".
func (t *text) continues(s span) bool {
	v := t.s[s.from:s.to]
	return len(v) > 4 && v[len(v)-3:] == "ing" && t.blanks(s.to) < len(t.s)
}
