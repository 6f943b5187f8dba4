package bot

import (
	"fmt"
	"slices"
	"strings"

	"overwatch/internal/fault"
	"overwatch/internal/form"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
	"overwatch/internal/render"
)

// own are the bot's own words and what they do.
var own = map[string]form.Do{
	"help": form.Help, "?": form.Help, "queries": form.Help,
	"devices": form.Devices,
	"more":    form.More,
}

// noise are words that people write around a question. A device or an input may still be called so.
var noise = []string{"show", "sh", "get", "me", "the", "of", "on", "for", "from", "at", "in", "to", "a", "please", "all", "ip", "as"}

// formats are words that ask for a file.
var formats = []string{"csv", "json"}

// longestWord is how many parts a query's word has at most.
const longestWord = 3

// vocabulary understands text by the names of devices and the words of queries.
type vocabulary struct {
	inventory *inventory.Inventory
	catalog   *query.Catalog
}

// check refuses a query's word that would hide one of the bot's own.
func (v *vocabulary) check() error {
	reserved := slices.Clone(formats)
	for w := range own {
		reserved = append(reserved, w)
	}
	slices.Sort(reserved)
	for _, w := range reserved {
		if t, ok := v.catalog.ByWord(w); ok {
			return &fault.Error{
				Kind: fault.Invalid, Say: fmt.Sprintf("%s: the word %q is the bot's own", t.File, w), Do: "Choose another word.",
			}
		}
	}
	return nil
}

// intent is what a text asks for: a form unless something better was understood.
type intent struct {
	do      form.Do
	query   *query.Template
	device  string
	inputs  map[string]any
	format  string
	unknown string // the words that mean nothing
	likely  []render.Suggestion
}

// problem says which words weren't understood beside those that were.
func (in intent) problem() string {
	if in.unknown == "" || (in.query == nil && in.device == "") {
		return ""
	}
	return fmt.Sprintf("I don't know what %q means here.", in.unknown)
}

// understand reads a text. The order of query, device and format doesn't matter; the longest word of
// a query wins, so that one query's word may begin with another's.
func (v *vocabulary) understand(text string) intent {
	tokens := split(text)
	in := intent{do: form.Form, inputs: map[string]any{}}
	in.format, tokens = takeFormat(tokens)
	if len(tokens) == 1 {
		for word, do := range own {
			if query.Fold(word) == query.Fold(tokens[0]) {
				in.do = do
				return in
			}
		}
	}
	in.query, tokens = v.takeQuery(tokens)
	in.device, tokens = v.takeDevice(tokens)
	rest := slices.DeleteFunc(tokens, func(t string) bool { return slices.Contains(noise, strings.ToLower(t)) })
	if in.query != nil {
		rest = in.takeInputs(rest)
	}
	in.unknown = strings.Join(rest, " ")
	switch {
	case in.query != nil && in.device != "" && len(rest) == 0:
		in.do = form.Run
	case len(rest) > 0:
		in.likely = v.likely(in, rest)
	}
	return in
}

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

// takeQuery returns the query of the longest run of tokens that is a word, and the other tokens.
func (v *vocabulary) takeQuery(tokens []string) (*query.Template, []string) {
	for n := min(longestWord, len(tokens)); n > 0; n-- {
		for i := 0; i+n <= len(tokens); i++ {
			if t, ok := v.catalog.ByWord(strings.Join(tokens[i:i+n], " ")); ok {
				return t, slices.Concat(tokens[:i], tokens[i+n:])
			}
		}
	}
	return nil, tokens
}

// takeDevice returns the device that is named exactly, else by an unmistakable beginning.
func (v *vocabulary) takeDevice(tokens []string) (string, []string) {
	meaningful := func(t string) bool { return !slices.Contains(noise, strings.ToLower(t)) }
	always := func(string) bool { return true }
	for _, try := range []struct {
		may  func(string) bool
		find func(string) (inventory.Device, bool)
	}{{meaningful, v.inventory.Get}, {always, v.inventory.Get}, {meaningful, v.inventory.Find}} {
		for i, t := range tokens {
			if d, ok := try.find(t); ok && try.may(t) {
				return d.Name, slices.Concat(tokens[:i], tokens[i+1:])
			}
		}
	}
	return "", tokens
}

func takeFormat(tokens []string) (string, []string) {
	for i, t := range tokens {
		if f := strings.ToLower(t); slices.Contains(formats, f) {
			return f, slices.Concat(tokens[:i], tokens[i+1:])
		}
	}
	return "", tokens
}

// takeInputs gives the words to the query's inputs in their order and returns those left over. An
// input that begins with its own id, as in vrf MGMT, takes the word after it.
func (in *intent) takeInputs(words []string) []string {
	for _, input := range in.query.Inputs {
		for i := 0; i+1 < len(words); i++ {
			if strings.EqualFold(words[i], input.ID) {
				in.inputs[input.ID] = words[i+1]
				words = slices.Concat(words[:i], words[i+2:])
				break
			}
		}
	}
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
		case in.query != nil && in.device == "":
			found = append(found, v.devicesLike(in.query, word, in.inputs)...)
		case in.query == nil:
			for _, t := range v.catalog.Similar(word, maxLikely) {
				found = append(found, v.queryWith(t, in.device, rest, word)...)
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
	return []render.Suggestion{{Title: t.Title, Press: form.Press{Do: form.Form, Query: t.Name}}}
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
	values := form.Values{}
	for _, in := range t.Inputs {
		if s, ok := inputs[in.ID].(string); ok {
			values[in.ID] = s
		}
	}
	q := query.Question{Template: t, Device: inventory.Device{Name: device}, Values: values}
	return render.Suggestion{Title: q.Typed(), Press: q.Press("")} // the thread is known where it is drawn
}

// fileName keeps letters, digits, dots and dashes of a device's name.
func fileName(device string) string {
	return strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || r == ':' {
			return '-'
		}
		return r
	}, device)
}
