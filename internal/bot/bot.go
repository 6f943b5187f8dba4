package bot

import (
	"context"
	"fmt"
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/internal/access"
	"overwatch/internal/archive"
	"overwatch/internal/button"
	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/phrase"
	"overwatch/internal/query"
	"overwatch/internal/render"
)

// Options are the parts of a bot. Those that a terminal lacks may be nil, as they say.
type Options struct {
	Name      string // that people address it by in a direct space; may be empty
	Inventory *inventory.Inventory
	Catalog   *query.Catalog
	Runner    *query.Runner
	Render    *render.Renderer
	Archive   archive.Store
	Activity  *Activity
	Access    *access.Policy
	Directory Directory     // for what the rules of Access look at
	Org       string        // the bot's own organization
	Seals     *button.Seals // nil where cards can't be pressed, as in a terminal
	// History returns the latest runs of a person, newest first; nil where none are kept.
	History func(person string, limit int) []chat.PastRun
	// Same returns what is common to all ways to write the id of a space or a message; nil where there is
	// one way only.
	Same     func(id string) string
	Limits   *access.Limits  // nil for none
	Unsealed func(why error) // called for presses that no card offers; may be nil
	Log      logrus.FieldLogger
	Now      func() time.Time
}

// Directory looks up people and spaces. It is expected to cache.
type Directory interface {
	// Person returns the person with an id, with email and organization.
	Person(ctx context.Context, id string) (chat.Person, error)
	// Room returns the space with an id, with its title; with foreign, also whether there are people of
	// other organizations in it.
	Room(ctx context.Context, id string, foreign bool) (chat.Room, error)
}

// Bot replies to people. It never changes and is safe for concurrent use; new devices or queries make a
// new one.
type Bot struct {
	o      Options
	scopes *scopes
}

// New returns a bot. A query with one of the bot's own words is an error.
func New(o Options) (*Bot, error) {
	if err := phrase.Check(o.Catalog); err != nil {
		return nil, err
	}
	names := []string{o.Name, "overwatch", "bot"}
	all := &scope{names: names, inventory: o.Inventory, catalog: o.Catalog, grammar: phrase.New(o.Catalog, o.Inventory, names)}
	return &Bot{o, &scopes{all: all, byKey: map[string]*scope{}}}, nil
}

// same returns what is common to all ways to write an id.
func (b *Bot) same(id string) string {
	if b.o.Same == nil {
		return id
	}
	return b.o.Same(id)
}

// draws returns the page for one event of a space.
func (b *Bot) draws(room, thread, trace string) *render.Page {
	if b.o.Seals == nil {
		return b.o.Render.Page(thread, trace, nil)
	}
	return b.o.Render.Page(thread, trace, b.o.Seals.Card(b.same(room)))
}

// Explanation is the decision of the access rules about one device.
type Explanation struct {
	Query  *query.Template
	Device inventory.Device
	access.Explanation
}

// Explain returns the decision of policy for each device of a typed query, and why. The subject must
// have everything that the rules look at.
func (b *Bot) Explain(subject access.Subject, policy *access.Policy, text string) ([]Explanation, error) {
	in := b.scopes.all.grammar.Read(text)
	if in.Query == nil || len(in.Devices) == 0 {
		return nil, &fault.Error{
			Kind: fault.Invalid, Message: fmt.Sprintf("%q isn't a query with devices.", text), Hint: "Type it as in a space, such as vrf r1.",
		}
	}
	grant := policy.For(subject, b.o.Org)
	var list []Explanation
	for _, d := range in.Devices {
		list = append(list, Explanation{in.Query, d, grant.Explain(named(in.Query), d)})
	}
	return list, nil
}
