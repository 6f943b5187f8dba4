package access

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"overwatch/internal/fault"
)

// LimitsConfig holds the settings of rate limits.
type LimitsConfig struct {
	PersonRate int `default:"60" placeholder:"N" validate:"min=0" help:"Queries per minute that one person may run. 0: no limit."`
	SpaceRate  int `default:"120" placeholder:"N" validate:"min=0" help:"Queries per minute that may be run in one space. 0: no limit."`
	DeviceRate int `default:"120" placeholder:"N" validate:"min=0" help:"Queries per minute that may be run on one device. 0: no limit."`
}

// replyFactor is how many more replies without a query, such as help or a form, a person or a space
// gets than queries.
const replyFactor = 4

// Limits are the rate limits of one process. They are safe for concurrent use; a nil *Limits has none.
type Limits struct {
	person, space           *meters // of queries
	personReply, spaceReply *meters
	device                  *meters
	now                     func() time.Time
}

// NewLimits returns limits that nobody has used yet.
func NewLimits(c LimitsConfig, now func() time.Time) *Limits {
	return &Limits{
		person: newMeters(c.PersonRate), space: newMeters(c.SpaceRate), device: newMeters(c.DeviceRate),
		personReply: newMeters(replyFactor * c.PersonRate), spaceReply: newMeters(replyFactor * c.SpaceRate), now: now,
	}
}

// CountRun counts a query that a person runs in a space, on however many devices. Over a limit it
// returns a fault of kind RateLimited that says when to retry.
func (l *Limits) CountRun(person, space string) error {
	if l == nil {
		return nil
	}
	return l.count(l.person, person, l.space, space)
}

// CountReply counts a reply that runs no query: help, devices, history, a form, a suggestion, a
// refusal. Its limits are four times those of CountRun; the error is the same.
func (l *Limits) CountReply(person, space string) error {
	if l == nil {
		return nil
	}
	return l.count(l.personReply, person, l.spaceReply, space)
}

// CountDevice counts a query to a device, by any person. The error is the same as of CountRun.
func (l *Limits) CountDevice(name string) error {
	if l == nil {
		return nil
	}
	if wait := l.device.take(name, l.now()); wait > 0 {
		return overLimit(name+" has hit its rate limit.", wait)
	}
	return nil
}

func (l *Limits) count(people *meters, person string, spaces *meters, space string) error {
	if wait := people.take(person, l.now()); wait > 0 {
		return overLimit("You've hit your rate limit.", wait)
	}
	if wait := spaces.take(space, l.now()); wait > 0 {
		return overLimit("This space has hit its rate limit.", wait)
	}
	return nil
}

func overLimit(message string, wait time.Duration) error {
	seconds := int(math.Ceil(wait.Seconds()))
	unit := "seconds"
	if seconds == 1 {
		unit = "second"
	}
	return &fault.Error{Kind: fault.RateLimited, Message: message, Hint: fmt.Sprintf("Try again in %d %s.", seconds, unit), After: wait}
}

// meters are token buckets by name.
type meters struct {
	each  rate.Limit
	burst int

	mu     sync.Mutex
	byName map[string]*rate.Limiter // lower case
}

// maxMeters bounds how many names are kept. Full buckets are dropped first, which loses nothing.
const maxMeters = 10_000

// newMeters returns buckets that fill at perMinute and hold half of it; nil for no limit.
func newMeters(perMinute int) *meters {
	if perMinute == 0 {
		return nil
	}
	return &meters{each: rate.Limit(float64(perMinute) / 60), burst: max(1, perMinute/2), byName: map[string]*rate.Limiter{}}
}

// take takes a token from a bucket, or returns how long it takes until the bucket has one.
func (m *meters) take(name string, now time.Time) time.Duration {
	if m == nil || name == "" {
		return 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	name = strings.ToLower(name)
	bucket := m.byName[name]
	if bucket == nil {
		m.drop(now)
		bucket = rate.NewLimiter(m.each, m.burst)
		m.byName[name] = bucket
	}
	r := bucket.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// drop makes room for one more name. The caller must hold mu.
func (m *meters) drop(now time.Time) {
	if len(m.byName) < maxMeters {
		return
	}
	for name, bucket := range m.byName {
		if bucket.TokensAt(now) >= float64(m.burst) {
			delete(m.byName, name)
		}
	}
	if len(m.byName) >= maxMeters {
		clear(m.byName)
	}
}
