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

// LimitsConfig are the settings of how much may be asked.
type LimitsConfig struct {
	PersonRate int `default:"60" placeholder:"N" validate:"min=0" help:"How many questions a minute a person may ask. 0 is any number."`
	SpaceRate  int `default:"120" placeholder:"N" validate:"min=0" help:"How many questions a minute may be asked in a space. 0 is any number."`
	DeviceRate int `default:"120" placeholder:"N" validate:"min=0" help:"How many questions a minute a device is asked. 0 is any number."`
}

// Limits bound how often is asked. They are those of one process; a nil one has none.
type Limits struct {
	person, space, device *meters
	now                   func() time.Time
}

// NewLimits returns limits that start full.
func NewLimits(c LimitsConfig, now func() time.Time) *Limits {
	return &Limits{newMeters(c.PersonRate), newMeters(c.SpaceRate), newMeters(c.DeviceRate), now}
}

// Ask counts a question of a person in a space. The error is a fault of kind RateLimited that says when
// the next one may be asked.
func (l *Limits) Ask(person, space string) error {
	if l == nil {
		return nil
	}
	if wait := l.person.take(person, l.now()); wait > 0 {
		return slower("You ask faster than I may answer one person.", wait)
	}
	if wait := l.space.take(space, l.now()); wait > 0 {
		return slower("More is asked in this space than I may answer.", wait)
	}
	return nil
}

// Device counts a question to a device, whoever asks it.
func (l *Limits) Device(name string) error {
	if l == nil {
		return nil
	}
	if wait := l.device.take(name, l.now()); wait > 0 {
		return slower(name+" is asked more often than it should be.", wait)
	}
	return nil
}

func slower(say string, wait time.Duration) error {
	seconds := int(math.Ceil(wait.Seconds()))
	unit := "seconds"
	if seconds == 1 {
		unit = "second"
	}
	return &fault.Error{Kind: fault.RateLimited, Message: say, Hint: fmt.Sprintf("Try again in %d %s.", seconds, unit), After: wait}
}

// meters are token buckets by name.
type meters struct {
	each  rate.Limit
	burst int

	mu     sync.Mutex
	byName map[string]*rate.Limiter // lower case
}

// maxMeters bounds how many names are remembered. Full buckets are forgotten first, which loses nothing.
const maxMeters = 10_000

// newMeters returns buckets for so many a minute, half of which may come at once; nil for any number.
func newMeters(perMinute int) *meters {
	if perMinute == 0 {
		return nil
	}
	return &meters{each: rate.Limit(float64(perMinute) / 60), burst: max(1, perMinute/2), byName: map[string]*rate.Limiter{}}
}

// take takes from a bucket, or says how long it takes until there is something in it.
func (m *meters) take(name string, now time.Time) time.Duration {
	if m == nil || name == "" {
		return 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	name = strings.ToLower(name)
	bucket := m.byName[name]
	if bucket == nil {
		m.forget(now)
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

func (m *meters) forget(now time.Time) {
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
