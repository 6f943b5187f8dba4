// Package audit keeps one record for each question that was asked: append-only lines of JSON, each
// bound to the one before by its hash, so that a record that was changed or taken out shows.
//
// It writes what it is told and reads it back; it decides nothing and knows no Webex. The inbox's
// worker tells it through internal/app, and overwatch audit reads.
package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"overwatch/internal/chat"
)

// Record is one question.
type Record struct {
	Seq     uint64    `json:"seq"` // counts from 1
	At      time.Time `json:"at"`  // when it was heard
	Trace   string    `json:"trace,omitempty"`
	Space   string    `json:"space"` // its id
	Pressed bool      `json:"pressed,omitempty"`
	chat.Run
	Outcome string `json:"outcome"`       // as the metrics have it
	Why     string `json:"why,omitempty"` // what the person was told instead of an answer
	MS      int64  `json:"ms"`            // from when it was heard to the answer
	Prev    string `json:"prev"`          // the hash of the record before
	Hash    string `json:"hash"`          // of this one without it
}

// line returns the record as a line of JSON without the hash, and the hash: that of this line.
func (r Record) line() (text []byte, hash string) {
	r.Hash = ""
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // of strings, numbers and times there is none
	}
	s := sha256.Sum256(text)
	return text, hex.EncodeToString(s[:])
}

// sum is the hash of a record: that of its JSON with an empty hash.
func (r Record) sum() string {
	_, hash := r.line()
	return hash
}
