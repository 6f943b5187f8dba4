package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"overwatch/internal/chat"
)

// Record is one query, or with the outcome Gap a place where records are missing.
type Record struct {
	Seq     uint64    `json:"seq"` // counts from 1
	At      time.Time `json:"at"`  // when the event was received
	Trace   string    `json:"trace,omitempty"`
	Space   string    `json:"space"` // its id
	Pressed bool      `json:"pressed,omitempty"`
	chat.Run
	Outcome string `json:"outcome"`       // as in the metrics
	Why     string `json:"why,omitempty"` // the error that the person was shown, or what is missing
	MS      int64  `json:"ms"`            // from the event to the reply
	Prev    string `json:"prev"`          // the hash of the record before
	Hash    string `json:"hash"`          // of this record without it; the last member
}

// Gap is the outcome of a record that isn't a query: it says which records in front of it are damaged or
// missing.
const Gap = "gap"

// Limits of a record. Together they keep a line below 256 KiB, however its characters are escaped.
const (
	maxDevices = 20 // devices, decisions and inputs that are listed
	maxName    = 256
	maxText    = 1024
)

// bounded returns the record within the limits.
func (r Record) bounded() Record {
	for _, s := range []*string{&r.Trace, &r.Space, &r.Person, &r.Query, &r.Target, &r.Filter, &r.Format, &r.Rule, &r.Outcome, &r.Why} {
		*s = clip(*s, maxText)
	}
	if n := len(r.Devices) - maxDevices; n > 0 {
		r.Devices, r.MoreDevices = r.Devices[:maxDevices], r.MoreDevices+n
	}
	r.Devices = slices.Clone(r.Devices)
	for i, d := range r.Devices {
		r.Devices[i] = clip(d, maxName)
	}
	r.Decisions = slices.Clone(r.Decisions[:min(len(r.Decisions), maxDevices)])
	for i, d := range r.Decisions {
		r.Decisions[i] = chat.Decision{Device: clip(d.Device, maxName), Allowed: d.Allowed, Rule: clip(d.Rule, maxName)}
	}
	inputs := map[string]string{}
	for _, id := range slices.Sorted(maps.Keys(r.Inputs)) {
		if len(inputs) == maxDevices {
			break
		}
		inputs[clip(id, maxName)] = clip(r.Inputs[id], maxName)
	}
	r.Inputs = inputs
	if r.At = r.At.UTC().Truncate(time.Millisecond); r.At.Year() < 0 || r.At.Year() > 9999 { // RFC 3339 has no others
		r.At = time.Unix(0, 0).UTC()
	}
	return r
}

// clip returns a text of at most limit bytes.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	cut := limit - len("…")
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return strings.Clone(s[:cut]) + "…"
}

// ending is how a line ends in front of its hash and behind it.
const (
	beforeHash = `"hash":"`
	afterHash  = `"}`
)

// encode sets the hash of the record and returns its line, with the line break.
func (r *Record) encode() ([]byte, error) {
	r.Hash = ""
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	r.Hash = sum(text)
	text = append(bytes.TrimSuffix(text, []byte(afterHash)), r.Hash...)
	return append(text, afterHash+"\n"...), nil
}

// sum returns the hash of a line with an empty hash.
func sum(text []byte) string {
	s := sha256.Sum256(text)
	return hex.EncodeToString(s[:])
}

// Reasons why a line isn't a record.
var (
	errNoRecord = errors.New("not a record")
	errChanged  = errors.New("the record was changed")
)

// decode returns the record in a line without its line break. All bytes of the line are verified.
func decode(line []byte) (r Record, err error) {
	body, closed := bytes.CutSuffix(line, []byte(afterHash))
	if !closed || len(body) < 2*sha256.Size {
		return Record{}, errNoRecord
	}
	text, hash := body[:len(body)-2*sha256.Size], body[len(body)-2*sha256.Size:]
	if !bytes.HasSuffix(text, []byte(beforeHash)) || json.Unmarshal(line, &r) != nil {
		return Record{}, errNoRecord
	}
	if sum(append(text[:len(text):len(text)], afterHash...)) != string(hash) || r.Hash != string(hash) {
		return Record{}, errChanged
	}
	return r, nil
}
