package button

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"
	"sync"
	"time"

	"overwatch/internal/secret"
)

// SealKey is the member of a button's data that holds its seal.
const SealKey = "_seal"

// Why a seal isn't good.
var (
	ErrUnsealed = errors.New("without a seal")
	ErrAltered  = errors.New("altered")
	ErrForeign  = errors.New("of another card or space")
	ErrExpired  = errors.New("expired")
)

// Seals binds what a button carries to what it was drawn for: anybody in a space can post anything to
// a card, and what they post must be what the card offered, in the space it stands in. What is
// entered in a card isn't sealed.
type Seals struct {
	keys     []secret.Text // the first one seals, any of them opens
	lifetime time.Duration
	now      func() time.Time

	coders []sync.Pool // of *coder, by key

	mu    sync.Mutex
	cards map[string]string // by a card's mark, the message it was first pressed in
}

// A seal is the hour in which it expires, a mark of the card, and a code over both and all that is
// sealed.
const (
	hourBytes = 4
	markBytes = 6
	codeBytes = 16
	maxCards  = 10_000
)

// MinKey is how long a key must be, in bytes.
const MinKey = 16

// NewSeals returns seals with these keys, the newest first. Cards can be pressed for lifetime, in
// steps of hours.
func NewSeals(lifetime time.Duration, now func() time.Time, keys ...secret.Text) (*Seals, error) {
	for _, k := range keys {
		if len(k.Reveal()) < MinKey {
			return nil, fmt.Errorf("a key for cards must have %d characters or more", MinKey)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("there is no key for cards")
	}
	return &Seals{keys: keys, coders: make([]sync.Pool, len(keys)), lifetime: lifetime, now: now, cards: map[string]string{}}, nil
}

// Card returns what seals the buttons of one card in a space.
func (s *Seals) Card(room string) func(data map[string]string) {
	head := make([]byte, hourBytes+markBytes)
	binary.BigEndian.PutUint32(head, hour(s.now().Add(s.lifetime))+1)
	_, _ = rand.Read(head[hourBytes:]) // it never fails
	return func(data map[string]string) {
		data[SealKey] = base64.RawURLEncoding.EncodeToString(append(slices.Clone(head), s.code(0, head, room, data)...))
	}
}

func hour(t time.Time) uint32 { return uint32(t.Unix() / 3600) }

// Open says whether what was submitted to a card in a space is what one of its buttons carries: all
// members whose names begin with an underscore.
func (s *Seals) Open(submitted map[string]any, room, card string) error {
	text, _ := submitted[SealKey].(string)
	if text == "" {
		return ErrUnsealed
	}
	data := map[string]string{}
	for key, value := range submitted {
		v, ok := value.(string)
		switch {
		case !strings.HasPrefix(key, "_") || key == SealKey:
		case !ok:
			return ErrAltered
		default:
			data[key] = v
		}
	}
	seal, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(seal) != hourBytes+markBytes+codeBytes {
		return ErrAltered
	}
	head := seal[:hourBytes+markBytes]
	good := false
	for key := range s.keys {
		good = good || hmac.Equal(s.code(key, head, room, data), seal[len(head):])
	}
	switch {
	case !good:
		return ErrAltered // or of another space
	case hour(s.now()) >= binary.BigEndian.Uint32(head):
		return ErrExpired
	case !s.first(string(head[hourBytes:]), card):
		return ErrForeign
	}
	return nil
}

// first reports whether a card's mark hasn't been seen in another message. It is remembered by this
// process only, and not for ever: in the space it was made for, a button asks nothing that its
// presser may not ask anyway.
func (s *Seals) first(mark, card string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.cards[mark]; ok {
		return known == card
	}
	if len(s.cards) == maxCards {
		clear(s.cards)
	}
	s.cards[mark] = card
	return true
}

// coder computes codes with one key; those of many cards share some.
type coder struct {
	mac  hash.Hash
	all  []byte
	name []string
}

// code is the code over all that is sealed; every part has its length in front, so that none can run
// into the next.
func (s *Seals) code(key int, head []byte, room string, data map[string]string) []byte {
	c, _ := s.coders[key].Get().(*coder)
	if c == nil {
		c = &coder{mac: hmac.New(sha256.New, []byte(s.keys[key].Reveal()))}
	}
	defer s.coders[key].Put(c)
	c.mac.Reset()
	c.all, c.name = c.all[:0], c.name[:0]
	c.part("overwatch card 1")
	c.part(string(head))
	c.part(room)
	for name := range data {
		c.name = append(c.name, name)
	}
	slices.Sort(c.name)
	for _, name := range c.name {
		c.part(name)
		c.part(data[name])
	}
	_, _ = c.mac.Write(c.all) // it never fails
	return c.mac.Sum(nil)[:codeBytes]
}

func (c *coder) part(p string) {
	c.all = append(binary.BigEndian.AppendUint32(c.all, uint32(len(p))), p...)
}
