package phrase

import (
	"slices"
	"strings"
)

// walk is how far words lead into the tree.
type walk struct {
	words   []string // all words
	used    []bool   // those that are part of the command
	count   int      // how many
	ends    *node    // the last place at which a query is decided; nil for none
	values  []string // of the arguments up to there
	say     int      // the row of unserved that the command has, from 1
	last    *node    // where the walk stopped
	stuck   int      // the word at which it stopped
	several []string // keywords that this word may mean
}

// walk follows words through the tree. skip reports what may stand between keywords: names of devices, and
// words without a meaning. The first keyword has to be typed with least letters.
func (n *node) walk(words []string, least int, skip func(string) bool) walk {
	w := walk{words: words, used: make([]bool, len(words)), last: n}
	used := make([]bool, len(words))
	var values []string
	adjacent, skipped := true, -1
	mark := func(i int) { used[i], adjacent = true, true }
	for i := 0; i < len(words); i++ {
		w.stuck = i
		word := words[i]
		// The type of an interface and its number go before a keyword that is abbreviated.
		if i+1 < len(words) && w.last.inFull(strings.ToLower(word)) == nil {
			if one, ok := join(word, words[i+1]); ok {
				if slot := w.last.slot(one, true); slot != nil {
					w.last, values = slot, append(values, one)
					mark(i)
					i++
					mark(i)
					w.reach(used, values)
					continue
				}
			}
		}
		exact := w.last.inFull(strings.ToLower(word)) != nil
		if !exact && skip(word) {
			adjacent = false
			continue
		}
		next, several := w.last.follow(word)
		if next != nil && (exact || len(word) >= least || w.last != n) {
			w.last = next
			mark(i)
			i = skipHyphen(next, words, i, mark)
			w.reach(used, values)
			continue
		}
		if slot := w.last.slot(word, adjacent); slot != nil {
			w.last, values = slot, append(values, word)
			mark(i)
			w.reach(used, values)
			continue
		}
		if len(several) > 0 && (w.ends == nil || !isDetail(word)) {
			w.several = several
			return w
		}
		if isNoise(word) || w.last != n && (isDetail(word) || nouns[strings.ToLower(word)] && w.ends != nil || fillers[strings.ToLower(word)]) {
			if skipped < 0 && !isNoise(word) {
				skipped = i
			}
			continue
		}
		return w
	}
	w.stuck = len(words)
	if w.ends == nil && skipped >= 0 { // a detail of nothing
		w.stuck = skipped
	}
	return w
}

// skipHyphen skips the rest of a keyword with a hyphen that was typed with a blank.
func skipHyphen(n *node, words []string, i int, mark func(int)) int {
	keyword := n.words[len(n.words)-1]
	first, rest, ok := strings.Cut(keyword, "-")
	if ok && i+1 < len(words) && strings.HasPrefix(first, strings.ToLower(words[i])) && len(words[i+1]) > 2 && strings.HasPrefix(rest, strings.TrimSuffix(strings.ToLower(words[i+1]), "s")) {
		mark(i + 1)
		return i + 1
	}
	return i
}

// reach notes a place at which a query is decided.
func (w *walk) reach(used []bool, values []string) {
	if w.last.say > 0 {
		w.say = w.last.say
	}
	if w.last.ends == nil {
		return
	}
	w.ends, w.values, w.say = w.last, slices.Clone(values), 0
	copy(w.used, used)
	w.count = 0
	for _, u := range used {
		if u {
			w.count++
		}
	}
}

// rest returns the words that aren't part of the command.
func (w *walk) rest() (rest []string) {
	for i, word := range w.words {
		if !w.used[i] {
			rest = append(rest, word)
		}
	}
	return rest
}

// slot returns the argument of a node that takes a word. One that takes any word needs it directly behind the
// keyword.
func (n *node) slot(word string, adjacent bool) *node {
	for _, s := range n.slots {
		if s.takes.accepts(word) && (s.takes != anyWord || adjacent && !meansElse(word)) {
			return s
		}
	}
	return nil
}

// meansElse reports whether a word has a meaning of its own, so that it is no name that somebody gave.
func meansElse(word string) bool {
	lower := strings.ToLower(word)
	return noise[lower] || negations[lower] || good[lower] || bad[lower] || isDetail(lower) || nouns[lower]
}
