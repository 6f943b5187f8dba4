package local

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"

	"overwatch/internal/chat"
)

// Prefixes of keys. Numbers in keys are big endian, so that keys sort by them.
const (
	eventPrefix     = 'e' // number, digest of the id, digest of the space -> record
	progressPrefix  = 'p' // number of the event -> attempts and replies sent
	handledPrefix   = 'h' // period, digest of the id -> nothing
	deadPrefix      = 'x' // number -> inbox.Dead
	notePrefix      = 'n' // name -> note
	duePrefix       = 'd' // time, digest of the key -> chat.Event
	dueKeyPrefix    = 'k' // digest of the key -> time
	resultPrefix    = 'r' // key, 0, time, number -> packed result
	resultAgePrefix = 's' // time, number, key -> size
	probeKey        = "m/probe"
	deadSeqKey      = "m/dead" // the number of the last dead letter
)

// record is a stored event.
type record struct {
	ID    string     `json:"id,omitempty"` // tells copies apart; empty when it is the event's key
	Event chat.Event `json:"event"`
}

// id is what tells copies of the event apart.
func (r record) id() string {
	if r.ID != "" {
		return r.ID
	}
	return r.Event.Key()
}

// progress is how far the handling of an event got.
type progress struct {
	Tries int `json:"tries"`
	Sent  int `json:"sent,omitempty"`
}

// digest stands for an id in keys and in memory.
type digest [16]byte

func digestOf(id string) (d digest) {
	sum := sha256.Sum256([]byte(id))
	return digest(sum[:len(d)])
}

// spaceID stands for a space. Spaces with the same one, which is improbable, wait for each other.
type spaceID uint64

// spaceOf returns the space whose order an event keeps. Events of an unknown space wait for nothing.
func spaceOf(r record) spaceID {
	d := digestOf(cmp.Or(r.Event.Space(), r.id()))
	return spaceID(binary.BigEndian.Uint64(d[:]))
}

func number(prefix byte, n uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{prefix}, n)
}

// place is where a waiting event is stored.
type place struct {
	seq   uint64
	id    digest
	space spaceID
}

const eventKeyLen = 1 + 8 + len(digest{}) + 8

func (p place) key() []byte {
	key := make([]byte, 0, eventKeyLen)
	key = binary.BigEndian.AppendUint64(append(key, eventPrefix), p.seq)
	return binary.BigEndian.AppendUint64(append(key, p.id[:]...), uint64(p.space))
}

var errKey = errors.New("a key has the wrong length")

func parsePlace(key []byte) (p place, err error) {
	if len(key) != eventKeyLen {
		return p, errKey
	}
	p.seq = binary.BigEndian.Uint64(key[1:])
	copy(p.id[:], key[9:])
	p.space = spaceID(binary.BigEndian.Uint64(key[9+len(p.id):]))
	return p, nil
}

// Handled events are remembered in periods, which are dropped as a whole.
const (
	period      = 3 * time.Hour
	keptPeriods = 3 // with the current one, so an id is remembered for 6 to 9 hours
)

func periodOf(t time.Time) uint32 { return uint32(t.Unix() / int64(period/time.Second)) }

func handledKey(period uint32, id digest) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{handledPrefix}, period), id[:]...)
}

func millis(t time.Time) uint64 { return uint64(max(t.UnixMilli(), 0)) }

func dueAtKey(at time.Time, id digest) []byte { return append(number(duePrefix, millis(at)), id[:]...) }

func dueKey(id digest) []byte { return append([]byte{dueKeyPrefix}, id[:]...) }

// after returns the first key behind all that begin with prefix.
func after(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}

// seqOf returns the number behind the prefix of a key.
func seqOf(key []byte) uint64 { return binary.BigEndian.Uint64(key[1:]) }
