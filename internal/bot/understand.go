package bot

import (
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"overwatch/internal/button"
	"overwatch/internal/form"
	"overwatch/internal/ifname"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
)

// longestWord is how many parts a query's word has at most.
const longestWord = 3

// intent is what a text means: a form unless something better was understood.
type intent struct {
	do      button.Do
	query   *query.Template
	devices []inventory.Device
	targets []string // what named the devices
	inputs  map[string]any
	format  string
	filter  query.Filter
	compare bool
	unknown []string // words that mean nothing here
	asked   bool     // it is a question
	yesNo   bool     // it is a question that yes or no answers
}

func (in intent) target() string { return strings.Join(in.targets, ",") }

// understand reads a text. The order of query, devices and format doesn't matter; the longest word of a
// query wins, so that one query's word may begin with another's. What follows a bar is a filter.
func (s *scope) understand(text string) intent { return s.read(text, true) }

// understandExactly reads a text in which names aren't completed.
func (s *scope) understandExactly(text string) intent { return s.read(text, false) }

func (s *scope) read(text string, complete bool) intent {
	text, filter, _ := strings.Cut(clean(text), "|")
	words := s.unaddressed(tokens(text))
	in := intent{do: button.Form, inputs: map[string]any{}}
	in.format, words = takeAny(words, formats)
	in.readFilter(filter)
	if do, ok := readOwn(text, words); ok {
		in.do = do
		return in
	}
	word, words := takeAny(words, comparing)
	in.compare = word != ""
	if len(words) > 0 {
		in.yesNo = slices.Contains([]string{"is", "are", "was", "were", "does", "do"}, strings.ToLower(words[0]))
		in.asked = in.yesNo || slices.Contains([]string{"what", "what's", "whats", "which", "how", "how's", "whose"}, strings.ToLower(words[0]))
	}
	in.query, words = s.takeQuery(words)
	if in.query != nil {
		words = in.takeNamedInputs(joinInterfaces(words))
	}
	return s.takeRest(in, words, complete)
}

// greetings may stand before the name of the bot.
var greetings = set("hey hi hello ok okay dear there good morning afternoon evening")

// unaddressed returns the words without the bot's name at the beginning, or all of them if it is the name of a
// device as well.
func (s *scope) unaddressed(words []string) []string {
	rest := words
	for len(rest) > 0 && greetings[strings.ToLower(rest[0])] {
		rest = rest[1:]
	}
	for _, name := range s.names {
		parts := tokens(clean(name))
		if n := len(parts); n > 0 && n < len(rest) && strings.EqualFold(strings.Join(parts, " "), strings.Join(rest[:n], " ")) {
			if _, isDevice := s.inventory.Get(rest[0]); n > 1 || !isDevice {
				return rest[n:]
			}
		}
	}
	return words
}

// readFilter reads what follows the bar; a format may stand at its end.
func (in *intent) readFilter(text string) {
	words := strings.Fields(text)
	if last := len(words) - 1; last >= 0 {
		if f := strings.ToLower(strings.Trim(words[last], ".,;!?")); slices.Contains(formats, f) {
			in.format, words = f, words[:last]
			if last > 0 && words[last-1] == "|" {
				words = words[:last-1]
			}
		}
	}
	in.filter = query.ParseFilter(strings.Join(words, " "))
}

// readOwn returns what a text does that is one of the bot's own words, with noise around it at most. A
// question mark alone asks for help, as on a device.
func readOwn(text string, words []string) (button.Do, bool) {
	if trimmed := strings.ReplaceAll(text, " ", ""); len(words) == 0 && trimmed != "" && strings.Trim(trimmed, "?") == "" {
		return button.Help, true
	}
	if len(words) != 1 {
		words = slices.DeleteFunc(slices.Clone(words), isNoise)
	}
	if len(words) != 1 {
		return "", false
	}
	return ownWord(words[0])
}

// takeAny takes the first token that is one of words.
func takeAny(tokens, words []string) (string, []string) {
	for i, t := range tokens {
		if word := strings.ToLower(t); slices.Contains(words, word) {
			return word, slices.Concat(tokens[:i], tokens[i+1:])
		}
	}
	return "", tokens
}

// takeQuery returns the query of the longest run of tokens that is a word, and the other tokens. Of
// several it is the one that has the others as names of its inputs, as in route 10.1.1.1 vrf MGMT,
// else the first.
func (s *scope) takeQuery(tokens []string) (*query.Template, []string) {
	for n := min(longestWord, len(tokens)); n > 0; n-- {
		var found *query.Template
		var at int
		for i := 0; i+n <= len(tokens); i++ {
			t, ok := s.catalog.ByWord(strings.Join(tokens[i:i+n], " "))
			if ok && (found == nil || hasInput(t, tokens[at])) {
				found, at = t, i
			}
		}
		if found != nil {
			return found, slices.Concat(tokens[:at], tokens[at+n:])
		}
	}
	return nil, tokens
}

func hasInput(t *query.Template, id string) bool {
	return slices.ContainsFunc(t.Inputs, func(in form.Input) bool { return strings.EqualFold(in.ID, id) })
}

// joinInterfaces joins the type of an interface and its number, as in GigabitEthernet 1. The word interface or
// port in front is dropped.
func joinInterfaces(words []string) []string {
	var joined []string
	for i := 0; i < len(words); i++ {
		if next := i + 1; next < len(words) && slices.Contains([]string{"interface", "int", "port"}, strings.ToLower(words[i])) {
			if _, ok := ifname.Type(strings.TrimRight(words[next], "0123456789/.:")); ok {
				continue
			}
		}
		if _, ok := ifname.Type(words[i]); ok && i+1 < len(words) && ifname.IsNumber(words[i+1]) {
			joined = append(joined, words[i]+words[i+1])
			i++
			continue
		}
		joined = append(joined, words[i])
	}
	return joined
}

// takeNamedInputs gives the word behind an input's id, as in vrf MGMT, to that input.
func (in *intent) takeNamedInputs(words []string) []string {
	for _, input := range in.query.Inputs {
		for i := 0; i+1 < len(words); i++ {
			if strings.EqualFold(words[i], input.ID) {
				in.inputs[input.ID] = words[i+1]
				words = slices.Concat(words[:i], words[i+2:])
				break
			}
		}
	}
	return words
}

// takeRest takes devices from the words that are left, and then what else the query can use. Words may
// name devices in several ways: the first way that leaves no word over is taken, else the first one.
func (s *scope) takeRest(in intent, words []string, complete bool) intent {
	var best *intent
	for _, names := range s.namings(words, complete) {
		this := in
		this.inputs = maps.Clone(in.inputs)
		var rest []string
		for _, w := range words {
			if target, ok := names[w]; ok {
				this.targets = append(this.targets, target)
			} else {
				rest = append(rest, w)
			}
		}
		selection, err := s.inventory.Select(this.target())
		if err != nil {
			continue
		}
		this.devices = selection.Devices
		this.unknown = this.takeWords(rest)
		if len(this.unknown) == 0 {
			best = &this
			break
		}
		if best == nil {
			best = &this
		}
	}
	if best == nil {
		in.unknown = in.takeWords(words)
		return in
	}
	if best.query != nil && len(best.unknown) == 0 {
		best.do = button.Run
	}
	return *best
}

// namings returns the ways in which words may name devices, each by word with what it names: exact names,
// patterns and groups with their kind; these and groups by their name alone; one exact name that is a
// word people write around queries; and with complete, the beginning of one device's name.
func (s *scope) namings(words []string, complete bool) []map[string]string {
	exact, groups, noisy, begun := map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}
	for _, w := range words {
		selection, err := s.inventory.Select(w)
		if err != nil {
			continue
		}
		_, known := s.inventory.Get(w)
		switch explicit := known || strings.ContainsAny(w, ":*?["); {
		case explicit && isNoise(w):
			noisy = map[string]string{w: selection.Name}
		case explicit:
			exact[w] = selection.Name
			if !s.isLanguage(w) {
				groups[w] = selection.Name
			}
		case s.isLanguage(w):
		case strings.Contains(selection.Name, ":"):
			groups[w] = selection.Name
		case complete && len(begun) == 0:
			begun[w] = selection.Name
		}
	}
	return slices.DeleteFunc([]map[string]string{exact, groups, noisy, begun}, func(m map[string]string) bool { return len(m) == 0 })
}

// isLanguage reports whether a word means something by itself. The beginning of a device's name never
// wins over such a word.
func (s *scope) isLanguage(word string) bool {
	word = strings.ToLower(word)
	_, state := states[word]
	_, own := ownWord(word)
	_, query := s.catalog.ByWord(word)
	return state || own || query || noise[word] || negations[word] || slices.Contains(details, word)
}

// takeWords takes the words that a decided query can use, and returns those left over.
func (in *intent) takeWords(words []string) []string {
	if in.query == nil {
		return slices.DeleteFunc(slices.Clone(words), isNoise)
	}
	return in.takeValue(in.takeInputs(in.takeState(words)))
}

// takeState takes a word for a state, which becomes a filter unless the text is a question that yes or no
// answers: then rows in every state are the answer. It drops noise as well.
func (in *intent) takeState(words []string) (rest []string) {
	negated := ""
	for _, w := range words {
		lower := strings.ToLower(w)
		text, isState := states[lower]
		switch {
		case negations[lower] && negated == "":
			negated = w
			continue
		case isState && in.yesNo && negated == "":
			continue
		case isState && in.filter.Empty():
			if negated != "" {
				text = "exclude " + text
			}
			in.filter, negated = query.ParseFilter(text), ""
			continue
		case isNoise(w), in.asked && fillers[lower]:
			continue
		}
		rest = append(rest, w)
	}
	if negated != "" { // a word that turns the meaning around is never dropped
		rest = append(rest, negated)
	}
	return rest
}

// takeInputs gives words to the query's open inputs, in their order; an address isn't given to an input
// for a name. Detail words are dropped; while an input is open, only those typed in full.
func (in *intent) takeInputs(words []string) (rest []string) {
	for _, w := range words {
		at := slices.IndexFunc(in.query.Inputs, func(input form.Input) bool {
			_, given := in.inputs[input.ID]
			return !given && !(isAddress(w) && input.Suggest != nil)
		})
		switch {
		case slices.Contains(details, strings.ToLower(w)), at < 0 && isDetail(w):
		case at < 0:
			rest = append(rest, w)
		default:
			in.inputs[in.query.Inputs[at].ID] = w
		}
	}
	return rest
}

// takeValue makes a filter of a value that no input takes: an address, an interface, a VLAN, or what follows
// vrf.
func (in *intent) takeValue(words []string) []string {
	for i, w := range words {
		if !in.filter.Empty() {
			break
		}
		name, isInterface := ifname.Canonical(w)
		number, isVLAN := strings.CutPrefix(name, "Vlan")
		switch {
		case isVLAN: // it is a column of its own in some tables
			in.filter = query.ParseFilter(w + "|^" + number + "$")
			return slices.Concat(words[:i], words[i+1:])
		case strings.HasPrefix(in.query.Word(), "vlan") && vlan.MatchString(w):
			in.filter = query.ParseFilter("^" + w + "$")
			return slices.Concat(words[:i], words[i+1:])
		case isAddress(w) || isInterface:
			in.filter = query.ParseFilter(w)
			return slices.Concat(words[:i], words[i+1:])
		case strings.EqualFold(w, "vrf") && i+1 < len(words):
			in.filter = query.ParseFilter(words[i+1])
			return slices.Concat(words[:i], words[i+2:])
		}
	}
	return words
}

var vlan = regexp.MustCompile(`^\d{1,4}$`)

// mac is a MAC address in one of its notations.
var mac = regexp.MustCompile(`^(?i:[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}|(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2})$`)

// isAddress reports whether a word is an IP address, a prefix or a MAC address.
func isAddress(word string) bool {
	if _, err := netip.ParsePrefix(word); err == nil {
		return true
	}
	_, err := netip.ParseAddr(word)
	return err == nil || mac.MatchString(word)
}
