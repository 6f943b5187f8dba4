package webex

import (
	"context"
	"sync"
	"time"

	"overwatch/internal/chat"
)

// How long lookups are cached. Emails and names change rarely; anybody may join a space at any time.
const (
	lookupTTL  = 10 * time.Minute
	membersTTL = time.Minute
	cacheSize  = 1000 // entries
)

// cache keeps values until they expire. The zero value is ready to use. Safe for concurrent use.
type cache[T any] struct {
	mu      sync.Mutex
	entries map[string]entry[T]
}

type entry[T any] struct {
	value   T
	expires time.Time
}

func (c *cache[T]) get(key string) (T, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[key]
	return e.value, ok && time.Now().Before(e.expires)
}

// put adds a value. A full cache is emptied first, which costs one request per entry in use.
func (c *cache[T]) put(key string, value T, ttl time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil || len(c.entries) >= cacheSize {
		c.entries = map[string]entry[T]{}
	}
	c.entries[key] = entry[T]{value, time.Now().Add(ttl)}
}

// Directory looks up people and spaces and caches what it finds. Errors aren't cached. Safe for
// concurrent use.
type Directory struct {
	client  *Client
	me      Person
	people  cache[chat.Person] // by UUID
	rooms   cache[Room]        // by UUID
	foreign cache[bool]        // by UUID of the space
}

// NewDirectory returns the directory of the bot me.
func NewDirectory(c *Client, me Person) *Directory {
	return &Directory{client: c, me: me}
}

// Person returns the person with an id: GET /people/{id}, cached for ten minutes.
func (d *Directory) Person(ctx context.Context, id string) (chat.Person, error) {
	if p, ok := d.people.get(UUID(id)); ok {
		return p, nil
	}
	found, err := d.client.Person(ctx, id)
	if err != nil {
		return chat.Person{}, err
	}
	p := chat.Person{ID: found.ID, Email: found.Email(), Name: found.DisplayName, Org: UUID(found.OrgID), Bot: found.Type == "bot" || isBot(found.Email())}
	d.people.put(UUID(id), p, lookupTTL)
	return p, nil
}

// Room returns the space with an id and its title: GET /rooms/{id}, cached for ten minutes. With
// foreign it also finds out whether a member is of another organization: GET /memberships, cached
// for a minute.
func (d *Directory) Room(ctx context.Context, id string, foreign bool) (chat.Room, error) {
	found, err := d.room(ctx, id)
	if err != nil {
		return chat.Room{}, err
	}
	room := chat.Room{ID: id, Direct: found.Type == "direct", Title: found.Title}
	if foreign {
		room.Foreign, err = d.hasForeign(ctx, id)
	}
	return room, err
}

func (d *Directory) room(ctx context.Context, id string) (Room, error) {
	if r, ok := d.rooms.get(UUID(id)); ok {
		return r, nil
	}
	r, err := d.client.Room(ctx, id)
	if err == nil {
		d.rooms.put(UUID(id), r, lookupTTL)
	}
	return r, err
}

// hasForeign reports whether a space has a person of another organization than the bot's.
func (d *Directory) hasForeign(ctx context.Context, id string) (foreign bool, err error) {
	if foreign, ok := d.foreign.get(UUID(id)); ok {
		return foreign, nil
	}
	for m, err := range d.client.Memberships(ctx, id) {
		if err != nil {
			return false, err
		}
		// A bot is only given the messages that mention it, so it doesn't read the replies to others.
		if !isBot(m.PersonEmail) && UUID(m.PersonOrgID) != UUID(d.me.OrgID) {
			foreign = true
			break
		}
	}
	d.foreign.put(UUID(id), foreign, membersTTL)
	return foreign, nil
}
