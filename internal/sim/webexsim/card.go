package webexsim

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxCard is the maximum size of a card in bytes. Webex doesn't document it; this is a common estimate.
const maxCard = 22 << 10

// checkCard returns the error with which Webex refuses a card.
func checkCard(content json.RawMessage) error {
	var card struct {
		Type    string `json:"type"`
		Version string `json:"version"`
	}
	switch err := json.Unmarshal(content, &card); {
	case err != nil || card.Type != "AdaptiveCard" || card.Version == "":
		return invalidArgument()
	case len(content) > maxCard:
		return badRequest("Unable to share content to room")
	}
	return nil
}

// maxActions is how many actions of one list Webex's clients show.
const maxActions = 5

// cardNotes describes parts of a card that Webex accepts but doesn't show, for the inspector.
func cardNotes(content json.RawMessage) []string {
	var card map[string]any
	if json.Unmarshal(content, &card) != nil {
		return nil
	}
	var notes []string
	if version, _ := card["version"].(string); !slices.Contains([]string{"1.0", "1.1", "1.2", "1.3"}, version) {
		notes = append(notes, fmt.Sprintf("Card version %q: Webex supports up to 1.3 and shows the text of the message instead.", version))
	}
	return append(notes, elementNotes(card)...)
}

func elementNotes(element any) []string {
	var notes []string
	switch element := element.(type) {
	case []any:
		for _, e := range element {
			notes = append(notes, elementNotes(e)...)
		}
	case map[string]any:
		if actions, _ := element["actions"].([]any); len(actions) > maxActions {
			notes = append(notes, fmt.Sprintf("A list has %d actions: Webex shows the first %d.", len(actions), maxActions))
		}
		kind, _ := element["type"].(string)
		address, _ := element["url"].(string)
		switch {
		case slices.Contains([]string{"Table", "Media", "Action.Execute"}, kind):
			notes = append(notes, "Webex doesn't show "+kind+".")
		case kind == "Image" && strings.HasPrefix(address, "http"):
			// The simulation has no Internet access, so it neither fetches nor refuses images.
			notes = append(notes, "Webex refuses the card if it can't fetch an image; the simulation doesn't check.")
		}
		for _, key := range slices.Sorted(maps.Keys(element)) {
			notes = append(notes, elementNotes(element[key])...)
		}
	}
	return notes
}
