package bot

import (
	"fmt"
	"slices"
	"strings"

	"overwatch/internal/button"
	"overwatch/internal/fault"
	"overwatch/internal/form"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
	"overwatch/internal/render"
)

// own are the bot's own words and what they do.
var own = map[string]button.Do{
	"help": button.Help, "?": button.Help, "queries": button.Help,
	"devices": button.Devices,
	"history": button.History,
	"more":    button.More,
	"cancel":  button.Cancel, "stop": button.Cancel,
}

// noise are words that people write around a question. A device or an input may still be called so.
var noise = []string{"show", "sh", "get", "me", "the", "of", "on", "for", "from", "at", "in", "to", "and", "with", "a", "please", "all", "ip", "as"}

// formats are words that ask for a file.
var formats = []string{"csv", "json"}

// comparing are words that ask what differs.
var comparing = []string{"diff", "compare"}

// including are words that may stand behind the bar of a filter, as on a device.
var including = []string{"include", "inc", "i", "grep"}

// longestWord is how many parts a query's word has at most.
const longestWord = 3

// vocabulary understands text by the names of devices and the words of queries.
type vocabulary struct {
	inventory *inventory.Inventory
	catalog   *query.Catalog
}

// check refuses a query's word that would hide one of the bot's own.
func (v *vocabulary) check() error {
	reserved := slices.Concat(formats, comparing)
	for w := range own {
		reserved = append(reserved, w)
	}
	slices.Sort(reserved)
	for _, w := range reserved {
		if t, ok := v.catalog.ByWord(w); ok {
			return &fault.Error{
				Kind: fault.Invalid, Message: fmt.Sprintf("%s: the word %q is the bot's own", t.File, w), Hint: "Choose another word.",
			}
		}
	}
	return nil
}

// intent is what a text asks for: a form unless something better was understood.
type intent struct {
	do      button.Do
	query   *query.Template
	devices []inventory.Device
	targets []string // what named the devices
	inputs  map[string]any
	format  string
	filter  query.Filter
	compare bool
	unknown string // the words that mean nothing
	likely  []render.Suggestion
}

func (in intent) target() string { return strings.Join(in.targets, ",") }

// problem says which words weren't understood beside those that were.
func (in intent) problem() string {
	if in.unknown == "" || (in.query == nil && len(in.devices) == 0) {
		return ""
	}
	return fmt.Sprintf("I don't know what %q means here.", in.unknown)
}

// understand reads a text. The order of query, devices and format doesn't matter; the longest word of
// a query wins, so that one query's word may begin with another's. What follows a bar is a filter.
func (v *vocabulary) understand(text string) intent {
	text, filter, _ := strings.Cut(text, "|")
	tokens := split(text)
	in := intent{do: button.Form, inputs: map[string]any{}, filter: filterOf(filter)}
	format, tokens := takeAny(tokens, formats)
	in.format = format
	if len(tokens) == 1 {
		for word, do := range own {
			if query.Fold(word) == query.Fold(tokens[0]) {
				in.do = do
				return in
			}
		}
	}
	word, tokens := takeAny(tokens, comparing)
	in.compare = word != ""
	in.query, tokens = v.takeQuery(tokens)
	if in.query != nil {
		tokens = in.takeNamedInputs(tokens)
	}
	tokens = v.takeDevices(&in, tokens)
	rest := slices.DeleteFunc(tokens, isNoise)
	if in.query != nil {
		rest = in.takeInputs(rest)
	}
	in.unknown = strings.Join(rest, " ")
	switch {
	case in.query != nil && len(in.devices) > 0 && len(rest) == 0:
		in.do = button.Run
	case len(rest) > 0:
		in.likely = v.likely(in, rest)
	}
	return in
}

func isNoise(token string) bool { return slices.Contains(noise, strings.ToLower(token)) }

// filterOf reads what stands behind the bar.
func filterOf(text string) query.Filter {
	words := strings.Fields(text)
	if len(words) > 1 && slices.Contains(including, strings.ToLower(words[0])) {
		words = words[1:]
	}
	text = strings.Join(words, " ")
	if runes := []rune(text); len(runes) > maxFilter {
		text = string(runes[:maxFilter])
	}
	return query.Including(text)
}

// maxFilter is how long a filter may be, in characters.
const maxFilter = 100

// split cuts a text into words without the punctuation around them.
func split(text string) []string {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' || r == '\u00a0' })
	var tokens []string
	for _, w := range words {
		if trimmed := strings.Trim(w, "!?.;:\"'“”„`"); trimmed != "" {
			tokens = append(tokens, trimmed)
		} else if w == "?" {
			tokens = append(tokens, w)
		}
	}
	return tokens
}

// takeQuery returns the query of the longest run of tokens that is a word, and the other tokens. Of
// several it is the one that has the others as names of its inputs, as in route 10.1.1.1 vrf MGMT,
// else the first.
func (v *vocabulary) takeQuery(tokens []string) (*query.Template, []string) {
	for n := min(longestWord, len(tokens)); n > 0; n-- {
		var found *query.Template
		var at int
		for i := 0; i+n <= len(tokens); i++ {
			t, ok := v.catalog.ByWord(strings.Join(tokens[i:i+n], " "))
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

// takeDevices takes the devices that are named exactly, or by a group's kind and name, or by a
// pattern; else one group by its name alone; else one device by an unmistakable beginning.
func (v *vocabulary) takeDevices(in *intent, tokens []string) []string {
	exactly := func(t string) bool {
		_, known := v.inventory.Get(t)
		return known || strings.ContainsAny(t, ":*?[")
	}
	anything := func(string) bool { return true }
	for _, try := range []struct {
		may  func(string) bool
		most int // how many
	}{
		{func(t string) bool { return exactly(t) && !isNoise(t) }, len(tokens)},
		{exactly, 1},
		{func(t string) bool { return !isNoise(t) }, 1},
		{anything, 1},
	} {
		var rest []string
		for _, t := range tokens {
			s, err := v.inventory.Select(t)
			if !try.may(t) || err != nil || len(in.targets) == try.most {
				rest = append(rest, t)
				continue
			}
			in.targets = append(in.targets, s.Name)
		}
		if len(in.targets) > 0 {
			s, _ := v.inventory.Select(in.target()) // of names that it gave itself
			in.devices = s.Devices
			return rest
		}
	}
	return tokens
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

// takeInputs gives the words to the query's other inputs in their order and returns those left over.
func (in *intent) takeInputs(words []string) []string {
	for _, input := range in.query.Inputs {
		if _, given := in.inputs[input.ID]; !given && len(words) > 0 {
			in.inputs[input.ID], words = words[0], words[1:]
		}
	}
	return words
}

// maxLikely is how many suggestions fit beside the way back to the form.
const maxLikely = 4

// likely returns what may have been meant by words that aren't understood.
func (v *vocabulary) likely(in intent, rest []string) []render.Suggestion {
	var found []render.Suggestion
	for _, word := range rest {
		switch {
		case in.query != nil && len(in.devices) == 0:
			found = append(found, v.devicesLike(in.query, word, in.inputs)...)
		case in.query == nil:
			for _, t := range v.catalog.Similar(word, maxLikely) {
				found = append(found, v.queryWith(t, in.target(), rest, word)...)
			}
		}
	}
	return found[:min(len(found), maxLikely)]
}

// queryWith suggests t, with the device where one is known or can be guessed from the other words.
func (v *vocabulary) queryWith(t *query.Template, device string, rest []string, word string) []render.Suggestion {
	if device != "" {
		return []render.Suggestion{suggest(t, device, nil)}
	}
	for _, other := range rest {
		if likely := v.devicesLike(t, other, nil); other != word && len(likely) > 0 {
			return likely
		}
	}
	return []render.Suggestion{{Title: t.Title, Press: button.Press{Do: button.Form, Query: t.Name}}}
}

// devicesLike suggests asking t of the devices that a mistyped name may mean.
func (v *vocabulary) devicesLike(t *query.Template, word string, inputs map[string]any) []render.Suggestion {
	var found []render.Suggestion
	for _, d := range v.inventory.Similar(word, maxLikely) {
		found = append(found, suggest(t, d.Name, inputs))
	}
	return found
}

func suggest(t *query.Template, device string, inputs map[string]any) render.Suggestion {
	q := query.Run{Template: t, Device: inventory.Device{Name: device}, Values: form.Entered(t.Inputs, inputs)}
	return render.Suggestion{Title: q.Typed(), Press: q.Press()}
}
