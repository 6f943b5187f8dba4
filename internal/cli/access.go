package cli

import (
	"context"
	"fmt"
	"strings"

	"overwatch/internal/access"
	"overwatch/internal/app"
	"overwatch/internal/chat"
	"overwatch/internal/config"
)

type accessCommand struct {
	Explain explainCommand `cmd:"" help:"Say which access rule decides whether somebody may ask something."`
}

type explainCommand struct {
	Email   string `arg:"" help:"Who asks, such as someone@example.com."`
	Words   string `arg:"" help:"What they ask, such as \"vrf r1\"."`
	Space   string `env:"-" placeholder:"SPACE" help:"Where: the title or the id of a group space. Without it, in a direct one."`
	Foreign bool   `env:"-" help:"They are of another organization than the bot."`
	config.Asking
}

func (c *explainCommand) Run(ctx context.Context, t *terminal) error {
	a, err := app.LoadAnswering(ctx, c.Asking, t.logger(c.Asking))
	if err != nil {
		return err
	}
	defer a.Close()
	asker := access.Asker{
		Person: chat.Person{Email: c.Email, Org: app.OwnOrganization},
		Room:   chat.Room{ID: c.Space, Title: c.Space, Direct: c.Space == "", Foreign: c.Foreign},
	}
	if c.Foreign {
		asker.Person.Org = "another"
	}
	list, err := a.Explain(asker, c.Words)
	if err != nil {
		return err
	}
	for _, e := range list {
		last := access.Step{}
		if len(e.Steps) > 0 {
			last = e.Steps[len(e.Steps)-1]
		}
		decision := "denied"
		if last.Fits && last.Permits {
			decision = "permitted"
		}
		fmt.Fprintf(t.out, "%s on %s for %s: %s\n", e.Query.Title, e.Device.Name, c.Email, decision)
		for _, s := range e.Steps {
			fmt.Fprintf(t.out, "  %s\n", c.line(s))
		}
		if !last.Fits {
			fmt.Fprintln(t.out, "  no rule fits, so the answer is no")
		}
	}
	return nil
}

func (c *explainCommand) line(s access.Step) string {
	var b strings.Builder
	if s.Line > 0 {
		fmt.Fprintf(&b, "%s:%d: ", c.Access, s.Line)
	}
	verb := "deny"
	if s.Permits {
		verb = "permit"
	}
	fmt.Fprintf(&b, "%s %q: ", verb, s.Rule)
	switch {
	case !s.Fits:
		b.WriteString(s.Why)
	case s.Permits:
		b.WriteString("fits, so the answer is yes")
	default:
		b.WriteString("fits, so the answer is no")
	}
	return b.String()
}
