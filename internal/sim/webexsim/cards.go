package webexsim

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// maxCard is how large a card may be, in bytes. Webex documents no number; this one is often told.
const maxCard = 22 << 10

// checkCard refuses what Webex's servers refuse. What its clients don't draw is in remarks.
func checkCard(content json.RawMessage) error {
	var card struct {
		Type    string `json:"type"`
		Version string `json:"version"`
	}
	switch err := json.Unmarshal(content, &card); {
	case err != nil || card.Type != "AdaptiveCard" || card.Version == "":
		return fail(http.StatusBadRequest, "One (or more) of the arguments is invalid.")
	case len(content) > maxCard:
		return fail(http.StatusBadRequest, "Unable to share content to room")
	}
	return nil
}

// maxActions is how many actions of one list Webex's clients draw.
const maxActions = 5

// remarks says what of a card Webex accepts and people then don't see, for the inspector.
func remarks(content json.RawMessage) []string {
	var card map[string]any
	if json.Unmarshal(content, &card) != nil {
		return nil
	}
	var notes []string
	if version, _ := card["version"].(string); !slices.Contains([]string{"1.0", "1.1", "1.2", "1.3"}, version) {
		notes = append(notes, fmt.Sprintf("The card is of version %q: Webex draws up to 1.3 and shows the message's text instead.", version))
	}
	return append(notes, elementRemarks(card)...)
}

func elementRemarks(element any) []string {
	var notes []string
	switch element := element.(type) {
	case []any:
		for _, e := range element {
			notes = append(notes, elementRemarks(e)...)
		}
	case map[string]any:
		if actions, _ := element["actions"].([]any); len(actions) > maxActions {
			notes = append(notes, fmt.Sprintf("A list has %d actions: Webex draws the first %d.", len(actions), maxActions))
		}
		kind, _ := element["type"].(string)
		address, _ := element["url"].(string)
		switch {
		case slices.Contains([]string{"Table", "Media", "Action.Execute"}, kind):
			notes = append(notes, "Webex doesn't draw "+kind+".")
		case kind == "Image" && strings.HasPrefix(address, "http"):
			// The simulation has no Internet: refusing would be as wrong as fetching.
			notes = append(notes, "Webex fetches each image itself and refuses the card if it can't; the simulation doesn't try.")
		}
		for _, key := range slices.Sorted(maps.Keys(element)) {
			notes = append(notes, elementRemarks(element[key])...)
		}
	}
	return notes
}
