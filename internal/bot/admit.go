package bot

import (
	"cmp"
	"context"
	"fmt"
	"sync"

	"overwatch/internal/access"
	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
	"overwatch/internal/tracing"
)

// gate is what a bot is for one kind of askers: all that it offers and answers is what they may ask.
type gate struct {
	grant access.Grant
	whole *Bot // the bot with everything; nil where this one has as much

	mu    sync.Mutex
	kinds map[string]*Bot // of the whole: by what may be asked
}

// maxKinds bounds how many kinds of askers are remembered: each may have an inventory of its own.
const maxKinds = 20

func newGate() *gate { return &gate{kinds: map[string]*Bot{}} }

// admit returns the bot as it is for a person in a space, or what to say to somebody who may ask
// nothing. kind says whether it is known if the space is a direct one.
func (b *Bot) admit(ctx context.Context, p chat.Person, r chat.Room, kind bool, thread string) (*Bot, *chat.Reply) {
	refuse := func(who string, err error) *chat.Reply {
		reply := b.draws(r, thread, tracing.ID(ctx)).Error(err, nil)
		reply.Run = &chat.Run{Person: who}
		return &reply
	}
	asker, err := b.acquaint(ctx, p, r, kind)
	if err != nil {
		reply := refuse(cmp.Or(p.Email, p.ID), err)
		reply.Retry = fault.Temporary(err)
		return nil, reply
	}
	who := cmp.Or(asker.Person.Email, asker.Person.ID)
	grant := b.Access.For(asker, b.Org)
	if why := grant.Refused(); why != "" {
		do := "Ask whoever runs me."
		if b.Access.Source() == "" {
			do = "I answer people of my own organization; whoever runs me can give me other rules."
		}
		return nil, refuse(who, &fault.Error{Kind: fault.Denied, Message: "I can't answer you here: " + why + ".", Hint: do})
	}
	theirs := *b.as(grant)
	theirs.page, theirs.thread, theirs.asker, theirs.where = b.draws(r, thread, tracing.ID(ctx)), thread, who, asker.Room
	return &theirs, nil
}

// acquaint asks for what the rules look at and isn't known yet.
func (b *Bot) acquaint(ctx context.Context, p chat.Person, r chat.Room, kind bool) (access.Subject, error) {
	needs := b.Access.Needs()
	unknown := func(err error) error {
		_, hint := fault.Text(err)
		return &fault.Error{Kind: fault.Of(err), After: fault.After(err), Message: "I couldn't verify who you are, so I can't run this.", Hint: hint, Cause: err}
	}
	if needs.Email && p.Email == "" || needs.Org && p.Org == "" {
		met, err := b.Directory.Person(ctx, p.ID)
		if err != nil {
			return access.Subject{}, unknown(err)
		}
		p = met
	}
	if needs.Kind && !kind || needs.Title || needs.Foreign {
		seen, err := b.Directory.Room(ctx, r.ID, needs.Foreign)
		if err != nil {
			return access.Subject{}, unknown(err)
		}
		r = seen
	}
	return access.Subject{Person: p, Room: r}, nil
}

// as returns the bot for askers who may do the same.
func (b *Bot) as(grant access.Grant) *Bot {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := grant.Key()
	if theirs, ok := b.kinds[key]; ok {
		return theirs
	}
	o := b.Options
	o.Inventory = b.Inventory.Only(func(d inventory.Device) bool {
		for _, t := range b.Catalog.All() {
			if grant.May(named(t), d) {
				return true
			}
		}
		return false
	})
	o.Catalog = b.Catalog.Only(func(t *query.Template) bool {
		for d := range o.Inventory.All() {
			if grant.May(named(t), d) {
				return true
			}
		}
		return false
	})
	theirs := &Bot{Options: o, words: &vocabulary{o.Inventory, o.Catalog}, gate: newGate()}
	if theirs.grant = grant; o.Inventory != b.Inventory || o.Catalog != b.Catalog {
		theirs.whole = b
	}
	if len(b.kinds) == maxKinds {
		clear(b.kinds)
	}
	b.kinds[key] = theirs
	return theirs
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
	in := b.words.understand(text)
	if in.query == nil || len(in.devices) == 0 {
		return nil, &fault.Error{
			Kind: fault.Invalid, Message: fmt.Sprintf("%q isn't a query and devices that I know.", text), Hint: "Write it as in a space, such as vrf r1.",
		}
	}
	grant := policy.For(subject, b.Org)
	var list []Explanation
	for _, d := range in.devices {
		list = append(list, Explanation{in.query, d, grant.Explain(named(in.query), d)})
	}
	return list, nil
}

// named is a query as access rules see it.
func named(t *query.Template) access.Query { return access.Query{Name: t.Name, Group: t.Group} }

// may returns the reason why a query can't be asked of a device now, or nil.
func (b *Bot) may(t *query.Template, d inventory.Device) error {
	if !b.grant.May(named(t), d) {
		return denied(t, d.Name)
	}
	return b.Limits.CountDevice(d.Name)
}

// deny says that something may not be asked, and what it was.
func (b *Bot) deny(t *query.Template, devices []inventory.Device, target string) chat.Reply {
	reply := b.page.Error(denied(t, target), nil)
	reply.Run = b.record(t, devices, nil, "")
	return reply
}

func denied(t *query.Template, target string) error {
	return &fault.Error{
		Kind: fault.Denied, Message: fmt.Sprintf("You may not ask %s of %s here.", t.Title, target), Hint: "Write help to see what you can ask, devices to see whom.",
	}
}
