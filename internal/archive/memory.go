package archive

import (
	"context"
	"slices"
	"sync"
)

// Limits of a Memory.
const (
	memoryKeys = 100
	memoryEach = 5 // entries of one key
)

// Memory is a Store that lasts as long as the process. It is for the terminal and for tests.
type Memory struct {
	mu      sync.Mutex
	keys    []string // oldest first
	entries map[string][][]byte
}

// NewMemory returns an empty Memory.
func NewMemory() *Memory { return &Memory{entries: map[string][][]byte{}} }

// Put implements Store.
func (m *Memory) Put(_ context.Context, key string, packed []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.entries[key] == nil {
		if m.keys = append(m.keys, key); len(m.keys) > memoryKeys {
			delete(m.entries, m.keys[0])
			m.keys = m.keys[1:]
		}
	}
	list := slices.Insert(m.entries[key], 0, packed)
	m.entries[key] = list[:min(len(list), memoryEach)]
	return nil
}

// List implements Store.
func (m *Memory) List(_ context.Context, key string) ([][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.entries[key]), nil
}
