package jetstream

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"

	"overwatch/internal/chat"
)

// names are the streams and subjects of the bots with one prefix.
type names struct{ prefix string }

func (n names) stream(name string) string { return n.prefix + "-" + name }

// space is where events of a space are. Events of an unknown one wait for nothing.
func (n names) space(e chat.Event, id string) string {
	return n.prefix + ".inbox." + digest(cmp.Or(e.Space(), id))
}

// record is where the ledger has an id.
func (n names) record(id string) string { return n.prefix + ".done." + digest(id) }

func (n names) dead() string { return n.prefix + ".dead" }

// announcements is where all replicas are told of every event, before its turn comes.
func (n names) announcements() string { return n.prefix + ".announce" }

// schedule is where the due event with a key waits, and due where it appears when its time has come.
func (n names) schedule(key string) string { return n.prefix + ".schedule." + digest(key) }
func (n names) due(key string) string      { return n.prefix + ".due." + digest(key) }

// result is where the kept results of a key are.
func (n names) result(key string) string { return n.prefix + ".answers." + key }

func (n names) audit() string { return n.prefix + ".audit" }

// digest stands for a text in a subject.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}
