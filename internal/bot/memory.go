package bot

import (
	"context"
	"slices"
	"sync"
)

// Memory is an Archive that lasts as long as the process and keeps a few answers, for the terminal
// and for tests.
type Memory struct {
	mu   sync.Mutex
	keys []string // the oldest first
	kept map[string][][]byte
}

// Limits of a Memory.
const (
	memoryKeys    = 100
	memoryHistory = 5
)

// NewMemory returns an empty one.
func NewMemory() *Memory { return &Memory{kept: map[string][][]byte{}} }

// Put implements Archive.
func (m *Memory) Put(_ context.Context, key string, packed []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept[key] == nil {
		if m.keys = append(m.keys, key); len(m.keys) > memoryKeys {
			delete(m.kept, m.keys[0])
			m.keys = m.keys[1:]
		}
	}
	list := slices.Insert(m.kept[key], 0, packed)
	m.kept[key] = list[:min(len(list), memoryHistory)]
	return nil
}

// List implements Archive.
func (m *Memory) List(_ context.Context, key string) ([][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.kept[key]), nil
}
