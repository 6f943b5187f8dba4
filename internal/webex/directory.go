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
	lookAgain    = time.Minute // who is in a space, which somebody may join at any time
)

// acquaintances remembers people, so that pressing ten buttons doesn't ask ten times who pressed, and
// spaces likewise.
type acquaintances[T any] struct {
	mu    sync.Mutex
	known map[string]acquaintance[T]
}

type acquaintance[T any] struct {
	met   T
	until time.Time
}

// Person returns who has an id, which is all that a press tells: GET /people/{id}, unless that was
// asked within the last ten minutes. Fetch doesn't call it, since not all access rules need it.
func (v *Messenger) Person(ctx context.Context, id string) (chat.Person, error) {
	if p, ok := v.people.recall(UUID(id)); ok {
		return p, nil
	}
	p, err := v.client.Person(ctx, id)
	if err != nil {
		return chat.Person{}, err
	}
	met := chat.Person{ID: p.ID, Email: p.Email(), Name: p.DisplayName, Org: UUID(p.OrgID)}
	v.people.remember(UUID(id), met, rememberFor)
	return met, nil
}

// Room returns the space of an id with its title: GET /rooms/{id}, unless that was asked within the
// last ten minutes. With foreign it also looks who is in it, page by page until somebody of another
// organization is found: GET /memberships, unless that was asked within the last minute.
func (v *Messenger) Room(ctx context.Context, id string, foreign bool) (chat.Room, error) {
	room, ok := v.rooms.recall(id)
	if !ok {
		r, err := v.client.Room(ctx, id)
		if err != nil {
			return chat.Room{}, err
		}
		room = chat.Room{ID: id, Direct: r.Type == "direct", Title: r.Title}
		v.rooms.remember(id, room, rememberFor)
	}
	if !foreign {
		return room, nil
	}
	if room.Foreign, ok = v.foreign.recall(id); ok {
		return room, nil
	}
	for m, err := range v.client.Memberships(ctx, id) {
		if err != nil {
			return chat.Room{}, err
		}
		if !SamePerson(m.PersonID, v.me.ID) && UUID(m.PersonOrgID) != UUID(v.me.OrgID) {
			room.Foreign = true
			break
		}
	}
	v.foreign.remember(id, room.Foreign, lookAgain)
	return room, nil
}

func (a *acquaintances[T]) recall(key string) (T, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	known, ok := a.known[key]
	return known.met, ok && time.Now().Before(known.until)
}

func (a *acquaintances[T]) remember(key string, met T, d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known == nil || len(a.known) >= rememberMost {
		a.known = map[string]acquaintance[T]{} // starting over is simpler than choosing, and costs one call each
	}
	a.known[key] = acquaintance[T]{met, time.Now().Add(d)}
}
