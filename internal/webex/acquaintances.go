package webex

import (
	"context"
	"sync"
	"time"

	"overwatch/internal/chat"
)

// How long a person is remembered, and how many are. Emails and names change rarely.
const (
	rememberFor  = 10 * time.Minute
	rememberMost = 1000
)

// acquaintances remembers people, so that pressing ten buttons doesn't ask ten times who pressed.
type acquaintances struct {
	mu     sync.Mutex
	people map[string]acquaintance // by UUID
}

type acquaintance struct {
	person chat.Person
	until  time.Time
}

// Person returns who has an id, which is all that a press tells: GET /people/{id}, unless that was
// asked within the last ten minutes. Hydrate doesn't call it, since most answers don't need it.
func (v *Conversation) Person(ctx context.Context, id string) (chat.Person, error) {
	if p, ok := v.known.recall(id); ok {
		return p, nil
	}
	p, err := v.client.Person(ctx, id)
	if err != nil {
		return chat.Person{}, err
	}
	met := chat.Person{ID: p.ID, Email: p.Email(), Name: p.DisplayName, Org: p.OrgID}
	v.known.remember(id, met)
	return met, nil
}

func (a *acquaintances) recall(id string) (chat.Person, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	met, ok := a.people[personUUID(id)]
	return met.person, ok && time.Now().Before(met.until)
}

func (a *acquaintances) remember(id string, p chat.Person) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.people) >= rememberMost {
		clear(a.people) // starting over is simpler than choosing, and costs one call each
	}
	a.people[personUUID(id)] = acquaintance{p, time.Now().Add(rememberFor)}
}
