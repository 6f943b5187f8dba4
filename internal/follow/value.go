package follow

import (
	"sync"
	"time"
)

// lookEvery is how often the files of a Value are looked at, at most.
const lookEvery = 5 * time.Second

// Value is read from files, and read again when it is used after they have changed. Safe for
// concurrent use.
type Value[T any] struct {
	read func() (T, error)

	mu     sync.Mutex
	value  T
	files  Files // when value was read
	looked time.Time
}

// Read reads a value from the files at these paths. The error is that of read.
func Read[T any](read func() (T, error), paths ...string) (*Value[T], error) {
	v := &Value[T]{read: read, files: Stat(paths...), looked: time.Now()}
	var err error
	v.value, err = read()
	return v, err
}

// Get returns the value, at most five seconds behind its files. While they can't be read, being gone
// or half written, it returns the last good value.
func (v *Value[T]) Get() T {
	v.mu.Lock()
	defer v.mu.Unlock()
	if time.Since(v.looked) < lookEvery {
		return v.value
	}
	v.looked = time.Now()
	now := v.files.Now()
	if now.Equal(v.files) {
		return v.value
	}
	if value, err := v.read(); err == nil {
		v.value, v.files = value, now
	}
	return v.value
}
