package cli

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"overwatch/internal/access"
	"overwatch/internal/app"
	"overwatch/internal/chat"
	"overwatch/internal/config"
	"overwatch/internal/webex"
)

type accessCommand struct {
	Explain explainCommand `cmd:"" help:"Show which access rule decides whether somebody may run a query."`
	Spaces  spacesCommand  `cmd:"" help:"List the ids and titles of the bot's group spaces, for access rules."`
}

type explainCommand struct {
	Email   string   `arg:"" help:"Who runs it, such as someone@example.com."`
	Words   string   `arg:"" help:"The query as it is typed, such as \"vrf r1\"."`
	Space   []string `sep:"none" env:"-" placeholder:"SPACE" help:"Id or title of the group space; repeat it to give both. Default: a direct space."`
	Foreign bool     `env:"-" help:"The person is of another organization than the bot."`
	config.Engine
}

func (c *explainCommand) Run(ctx context.Context, t *terminal) error {
	a, err := app.LoadEngine(ctx, c.Engine, t.logger(c.Engine))
	if err != nil {
		return err
	}
	defer a.Close()
	list, err := a.Explain(c.subject(), c.Words)
	if err != nil {
		return err
	}
	for _, e := range list {
		decision := "denied"
		if e.Permitted {
			decision = "permitted"
		}
		fmt.Fprintf(t.out, "%s on %s for %s: %s\n", e.Query.Title, e.Device.Name, c.Email, decision)
		for _, s := range e.Steps {
			fmt.Fprintf(t.out, "  %s\n", c.line(s))
		}
		switch {
		case e.Refused != "":
			fmt.Fprintf(t.out, "  foreign-spaces: refuse: %s\n", e.Refused)
		case e.Rule == "":
			fmt.Fprintln(t.out, "  no rule matches, so it is denied")
		}
	}
	return nil
}

// subject returns who the decision is about.
func (c *explainCommand) subject() access.Subject {
	s := access.Subject{
		Person: chat.Person{Email: c.Email, Org: app.OwnOrganization},
		Room:   chat.Room{Direct: len(c.Space) == 0, Foreign: c.Foreign},
	}
	if c.Foreign {
		s.Person.Org = "another"
	}
	for _, space := range c.Space {
		if access.IsRoomID(space) {
			s.Room.ID = strings.TrimSpace(space)
		} else {
			s.Room.Title = space
		}
	}
	return s
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
	case s.Why != "":
		b.WriteString("applies to " + s.Why)
	case s.Permits:
		b.WriteString("matches, so it is permitted")
	default:
		b.WriteString("matches, so it is denied")
	}
	return b.String()
}

type spacesCommand struct {
	Webex webex.Config `embed:""`
}

func (c *spacesCommand) Run(ctx context.Context, t *terminal) error {
	token, err := config.Secret("webex-bot-token", c.Webex.WebexBotToken, c.Webex.WebexBotTokenFile)
	if err != nil {
		return err
	}
	client, err := webex.New(webex.Options{BaseURL: c.Webex.WebexAPIURL, Token: token})
	if err != nil {
		return err
	}
	defer client.Close()
	table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tTITLE")
	for room, err := range client.Rooms(ctx) {
		if err != nil {
			return err
		}
		if room.Type == "group" {
			fmt.Fprintf(table, "%s\t%s\n", room.ID, room.Title)
		}
	}
	return table.Flush()
}
