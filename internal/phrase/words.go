package phrase

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"overwatch/internal/button"
	"overwatch/internal/fault"
	"overwatch/internal/query"
)

// own are the bot's own words and what they do.
var own = map[string]button.Do{
	"help": button.Help, "queries": button.Help, "commands": button.Help,
	"devices": button.Devices,
	"history": button.History,
	"more":    button.More,
	"cancel":  button.Cancel, "stop": button.Cancel, "abort": button.Cancel,
}

// noise are words that people write around a query. A device or an input may still have such a name.
var noise = set(`a an the of on for in at to from with and as by via me my i we us our you your please pls plz can could would will should
	do does did is are was were be been being am has had it its it's this that these those there now currently right just still all any every some each
	tell give have need want like know query show sho sh list display get check look see print view what what's whats which whose how how's hows
	hey hi hello thanks thank ok okay cc fyi ip ipv4 many much export download fetch pull only which whether about stuck number so if then also there's theres let let's lets seen`)

// fillers are words of questions that mean nothing once the query is decided, as in: what version is r1
// running?
var fillers = set("who running run runs busy going go goes went gone since last ago too doing high happening exist exists configured present current set using used use come called")

// details are words that follow a command on a device and change its layout or nothing at all. They are dropped
// once the query is decided, abbreviated as on a device.
var details = []string{
	"address-table", "associations", "binding", "bindings", "brief", "counters", "description", "descriptions", "detail", "details", "extended", "info",
	"information", "inline", "neighbors", "neighbours", "output", "overview", "protocol", "sorted", "state", "states", "statistics", "stats", "status", "summary", "tables", "unicast",
	"usage", "utilisation", "utilization", "verbose",
}

// nouns are what rows are called in sentences. In a command as on a device they mean something, unless the
// argument is behind them.
var nouns = set(`address addresses database entries entry interface interfaces levels link links list members member names neighborship neighborships peer peers peerings port ports
	session sessions row rows value values adjacency adjacencies one ones thing things device devices router routers switch switches box boxes host hosts hits hit`)

// minDetail is how much of a detail word must be typed.
const minDetail = 2

// negations turn what is behind them around.
var negations = set("not no non without except excluding aren't isn't arent isnt wasn't weren't don't doesn't never but")

// Words that begin questions: those that yes or no answers, and others.
var (
	yesNo = set("is are was were does do did has have isn't aren't any anything anybody anyone")
	asks  = set("what what's whats which how how's hows whose who who's when why")
)

// existential are words of questions that one row answers with yes.
var existential = set("any anything anybody anyone some there there's theres have has something")

// formats are the words for a file.
var formats = func() (words []string) {
	for _, f := range query.Formats() {
		words = append(words, string(f))
	}
	return words
}()

// comparing are the words for a comparison.
var comparing = []string{"diff", "compare"}

func set(words string) map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.Fields(words) {
		all[w] = true
	}
	return all
}

func isNoise(token string) bool { return noise[strings.ToLower(token)] }

func isDetail(token string) bool {
	token = strings.ToLower(token)
	return len(token) >= minDetail && slices.ContainsFunc(details, func(d string) bool { return strings.HasPrefix(d, token) })
}

// beginsDetail reports whether a detail begins with a letter.
func beginsDetail(letter string) bool {
	return slices.ContainsFunc(details, func(d string) bool { return strings.HasPrefix(d, letter) })
}

// labels may stand before an argument whose form says what it is.
var labels = []string{"address", "interface", "host", "neighbor", "neighbour", "peer", "port", "prefix", "network", "subnet"}

func isLabel(word string) bool {
	return len(word) >= minDetail && slices.ContainsFunc(labels, func(l string) bool { return strings.HasPrefix(l, word) })
}

// prose are words that no command as on a device has.
var prose = set("an the of in with me us my which that these those are is have has can could please pls any every")

// isShow reports whether a word is show, as short as a device takes it.
func isShow(token string) bool {
	token = strings.ToLower(token)
	return len(token) >= 2 && strings.HasPrefix("show", token)
}

// ownWord returns what one of the bot's own words does.
func ownWord(token string) (button.Do, bool) {
	for word, do := range own {
		if query.Fold(word) == query.Fold(token) {
			return do, true
		}
	}
	return "", false
}

// Check returns an error if a word of a query is one of the bot's own.
func Check(catalog *query.Catalog) error {
	reserved := slices.Sorted(slices.Values(slices.Concat(formats, comparing, slices.Collect(maps.Keys(own)))))
	for _, w := range reserved {
		if t, ok := catalog.ByWord(w); ok {
			return &fault.Error{
				Kind: fault.Invalid, Message: fmt.Sprintf("%s: the word %q is the bot's own", t.File, w), Hint: "Choose another word.",
			}
		}
	}
	return nil
}
