package bot

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
var noise = set(`a an the of on for in at to from with and as by via me my i we us our you your please pls plz can could would will
	do does did is are was were be been am it its it's this that these those there now currently right just still all any every some
	tell give have need want query show sho sh list display get check look see print view what what's whats which how how's hows whose
	hey hi hello thanks thank ok okay ip ipv4`)

// fillers are words of questions that mean nothing once the query is decided, as in: what version is r1
// running?
var fillers = set("running busy much many high doing going")

// details are words that follow a command on a device and change its layout or nothing at all. They are
// dropped once the query is decided, abbreviated as on a device.
var details = []string{
	"address", "address-table", "addresses", "associations", "binding", "bindings", "brief", "counters", "database", "description",
	"descriptions", "detail", "details", "dynamic", "info", "information", "inline", "members", "neighbors", "neighbours", "output",
	"ports", "protocol", "sorted", "state", "states", "statistics", "status", "summary", "table", "unicast", "verbose",
}

// minDetail is how much of a detail word must be typed.
const minDetail = 2

// states are words for a state, and the text that rows in this state have.
var states = map[string]string{
	"down": "down", "dead": "down", "broken": "down", "notconnect": "down",
	"up": "up", "connected": "up",
	"idle": "idle", "established": "established", "full": "full", "failed": "fail", "disabled": "disabled", "err-disabled": "err",
}

// negations turn the state behind them around.
var negations = set("not no without except aren't isn't")

// formats are the words for a file.
var formats = []string{"csv", "json"}

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

// ownWord returns what one of the bot's own words does.
func ownWord(token string) (button.Do, bool) {
	for word, do := range own {
		if query.Fold(word) == query.Fold(token) {
			return do, true
		}
	}
	return "", false
}

// checkWords returns an error if a word of a query is one of the bot's own.
func checkWords(catalog *query.Catalog) error {
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
