package phrase

import (
	"slices"
	"strings"
)

// namings returns the ways in which words may name devices, each by word with what it names: exact names,
// patterns and groups with their kind; these and groups by their name alone; one exact name that is a
// word people write around queries; and with complete, the beginning of one device's name. reads reports
// whether a word is part of a command.
func (g *Grammar) namings(words []string, complete bool, reads func(string) bool) []map[string]string {
	exact, groups, noisy, begun := map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}
	for _, w := range words {
		selection, err := g.inventory.Select(w)
		if err != nil {
			continue
		}
		_, known := g.inventory.Get(w)
		switch explicit := known || strings.ContainsAny(w, ":*?["); {
		case explicit && isNoise(w):
			noisy = map[string]string{w: selection.Name}
		case explicit:
			exact[w] = selection.Name
			if !g.isLanguage(w) {
				groups[w] = selection.Name
			}
		case g.isLanguage(w):
		case strings.Contains(selection.Name, ":"):
			groups[w] = selection.Name
		case complete && len(begun) == 0 && !isDetail(w) && !reads(w):
			begun[w] = selection.Name
		}
	}
	return slices.DeleteFunc([]map[string]string{exact, groups, noisy, begun}, func(m map[string]string) bool { return len(m) == 0 })
}

// isLanguage reports whether a word means something by itself. The beginning of a device's name never
// wins over such a word.
func (g *Grammar) isLanguage(word string) bool {
	word = strings.ToLower(word)
	_, own := ownWord(word)
	_, query := g.catalog.ByWord(word)
	return own || query || noise[word] || nouns[word] || negations[word] || good[word] || bad[word] || unwell[word] || slices.Contains(details, word)
}
