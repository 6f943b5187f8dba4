package cli

import (
	"fmt"
	"io/fs"
	"os"
	"strings"

	"overwatch/cards"
	"overwatch/internal/fault"
)

type cardsCommand struct {
	Name   string `arg:"" optional:"" help:"Name of the card. Default: list all names."`
	Sample string `env:"-" placeholder:"NAME" help:"Sample data to use. Default: the first sample."`
	Cards  string `placeholder:"DIR" help:"Directory with your own cards, in addition to the built-in ones or replacing them."`
}

func (c *cardsCommand) Run(t *terminal) error {
	var site fs.FS
	if c.Cards != "" {
		site = os.DirFS(c.Cards)
	}
	set, err := cards.Load(site)
	if err != nil {
		return &fault.Error{Kind: fault.Invalid, Message: err.Error(), Hint: "Fix the problems listed above."}
	}
	if c.Name == "" {
		for _, name := range set.Names() {
			var samples []string
			for _, s := range set.Samples(name) {
				samples = append(samples, s.Name)
			}
			fmt.Fprintf(t.out, "%-14s %s\n", name, strings.Join(samples, ", "))
		}
		return nil
	}
	for _, s := range set.Samples(c.Name) {
		if c.Sample != "" && c.Sample != s.Name {
			continue
		}
		card, err := set.Expand(c.Name, s.Data)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(t.out, "%s\n", card)
		return err
	}
	return &fault.Error{
		Kind: fault.Invalid, Message: strings.TrimSpace(fmt.Sprintf("there is no card %s %s", c.Name, c.Sample)), Hint: "overwatch cards lists them.",
	}
}
