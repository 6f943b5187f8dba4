package bot

import (
	"fmt"
	"sync"

	"overwatch/internal/access"
	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/phrase"
	"overwatch/internal/query"
)

// scope is what one kind of person may use in one space. It never changes.
type scope struct {
	names     []string // that people address the bot by
	grant     access.Grant
	inventory *inventory.Inventory // devices that at least one query may be run on
	catalog   *query.Catalog       // queries that may be run on at least one device
	grammar   *phrase.Grammar      // of these
	limited   bool                 // the bot has more devices or queries than these
}

// narrow returns the part of s that grant permits.
func (s *scope) narrow(grant access.Grant) *scope {
	n := &scope{names: s.names, grant: grant}
	n.inventory = s.inventory.Only(func(d inventory.Device) bool {
		for _, t := range s.catalog.All() {
			if grant.May(named(t), d) {
				return true
			}
		}
		return false
	})
	n.catalog = s.catalog.Only(func(t *query.Template) bool {
		for d := range n.inventory.All() {
			if grant.May(named(t), d) {
				return true
			}
		}
		return false
	})
	n.grammar = phrase.New(n.catalog, n.inventory, n.names)
	n.limited = s.inventory.Len() > 0 && (n.inventory != s.inventory || n.catalog != s.catalog)
	return n
}

// named is a query as access rules see it.
func named(t *query.Template) access.Query { return access.Query{Name: t.Name, Group: t.Group} }

// may returns nil if a query may be run on a device, or why not.
func (s *scope) may(t *query.Template, d inventory.Device) error {
	if s.grant.May(named(t), d) {
		return nil
	}
	return denied(t, d.Name)
}

func denied(t *query.Template, device string) error {
	return &fault.Error{
		Kind: fault.Denied, Message: fmt.Sprintf("You aren't allowed to run %s on %s here.", t.Title, device),
		Hint: "Type help for your queries, devices for your devices.",
	}
}

// unknown returns the error for text that names nothing in the scope. In a limited scope it is the same for
// a name that is hidden and for one that doesn't exist, so that nobody learns which names are hidden. t is
// the query that devices were named for; nil if none was.
func (s *scope) unknown(t *query.Template, text string) error {
	hint := "Type help for queries, devices for devices."
	switch {
	case s.limited && t != nil:
		return &fault.Error{
			Kind: fault.Denied, Hint: hint,
			Message: fmt.Sprintf("You aren't allowed to run %s on %s here, or there is no such device.", t.Title, text),
		}
	case s.limited:
		return &fault.Error{Kind: fault.Denied, Message: fmt.Sprintf("I don't know \"%s\", or you aren't allowed to use it here.", text), Hint: hint}
	case t != nil:
		return &fault.Error{Kind: fault.NotFound, Message: fmt.Sprintf("No device or group is called \"%s\".", text), Hint: hint}
	}
	return &fault.Error{Kind: fault.NotFound, Message: fmt.Sprintf("I don't know what \"%s\" means here.", text), Hint: hint}
}

// empty returns an error if there is no device in the scope.
func (s *scope) empty() error {
	switch {
	case s.inventory.Len() > 0:
		return nil
	case s.limited:
		return &fault.Error{Kind: fault.Denied, Message: "There is no device that you may query here.", Hint: "Access is given by the people who run this bot."}
	}
	return &fault.Error{
		Kind: fault.NotFound, Message: "There are no devices in the inventory.", Hint: "The people who run this bot can see why with overwatch check and in its log.",
	}
}

// maxScopes bounds how many scopes are kept: each may have an inventory of its own.
const maxScopes = 20

// scopes keeps scopes by the key of their grant. Safe for concurrent use.
type scopes struct {
	all *scope // everything the bot has

	mu    sync.Mutex
	byKey map[string]*scope
}

func (c *scopes) find(grant access.Grant) *scope {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := grant.Key()
	if s, ok := c.byKey[key]; ok {
		return s
	}
	if len(c.byKey) == maxScopes {
		clear(c.byKey)
	}
	s := c.all.narrow(grant)
	c.byKey[key] = s
	return s
}
