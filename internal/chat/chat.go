// Package chat defines the types of a conversation that transports, the inbox, the bot and the Webex
// client share: events, their content, people, spaces, runs and replies.
//
// It depends on no chat service, web framework or queue. Every package may import it.
package chat

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"time"
)

// Event says that something happened, by ids only; the worker fetches the content later. Transports
// receive events and the inbox stores them.
type Event struct {
	Resource string    `json:"resource"`           // messages, attachmentActions or memberships
	Action   string    `json:"event"`              // created, deleted, ...
	ID       string    `json:"id"`                 // the resource's public id
	UUID     string    `json:"uuid,omitempty"`     // the part of ID that all transports agree on; empty: all of it
	Room     string    `json:"room,omitempty"`     // the space it happened in; empty when unknown
	RoomUUID string    `json:"roomUuid,omitempty"` // the part of Room that all transports agree on; empty: all of it
	Actor    string    `json:"actor,omitempty"`    // the person who acted; empty when unknown
	At       time.Time `json:"at"`                 // when it was received
	Lookup   string    `json:"lookup,omitempty"`   // where to look up the id if ID turns out to be wrong; empty if that isn't possible
}

// Key returns the same text for all copies of an event, whichever transport received it and however its
// id is written.
func (e Event) Key() string { return e.Resource + "/" + e.Action + "/" + cmp.Or(e.UUID, e.ID) }

// Space returns the same text for all events of a space, however the space's id is written. It is empty
// if the space is unknown.
func (e Event) Space() string { return cmp.Or(e.RoomUUID, e.Room) }

// Person is somebody in a space. Only ID is always known.
type Person struct {
	ID    string
	Email string
	Name  string
	Org   string
	Bot   bool // known to be one
}

// Room is a space. A direct one has one person and the bot.
type Room struct {
	ID      string
	Direct  bool
	Title   string // empty when unknown
	Foreign bool   // a member belongs to another organization than the bot
}

// Content is a Message, a Submission or an Arrival.
type Content interface{ event() }

// Message is something a person wrote to the bot.
type Message struct {
	ID     string
	Room   Room
	Person Person
	Text   string // plain text without the mention of the bot
	Thread string // the id of the thread's root; empty when the message starts its own
	Format string // of the file with the rows, for a terminal: csv, xlsx, json or text; empty for a card
}

// Submission is a pressed button of a card.
type Submission struct {
	ID     string
	Room   Room
	Person Person    // who pressed; may differ from the person who requested the card
	Card   string    // the id of the message that holds the card
	At     time.Time // when it was pressed; zero when unknown
	Inputs map[string]any
}

// Arrival means that the bot was added to a space.
type Arrival struct {
	ID   string
	Room Room
}

func (Message) event()    {}
func (Submission) event() {}
func (Arrival) event()    {}

// Reply is one message to send. It always has a text, because not every client draws cards; a Reply without
// text isn't sent and is only recorded in the audit log.
type Reply struct {
	Text   string          // Markdown
	Card   json.RawMessage // an Adaptive Card, or nil
	File   *File           // a file, or nil; never together with a card
	Thread string          // the root of the thread to reply in; empty starts a new one
	Err    error           // why the run failed, for callers with an exit code; nil if it succeeded
	Retry  bool            // nothing was done because of Err, which is temporary: handling the content again may succeed, else this reply is sent
	Run    *Run            // the run, for the audit log; nil if the reply belongs to none

	// After is called once the reply was sent, for work that the person doesn't have to wait for. It may be nil.
	After func(context.Context)
}

// Run is a query for devices as the bot understood it, and the decision of the access rules.
type Run struct {
	Person      string            `json:"person"`            // email, or the id if the email isn't known
	Query       string            `json:"query,omitempty"`   // empty for a person who may run no query
	Target      string            `json:"target,omitempty"`  // the text that named the devices
	Compare     bool              `json:"compare,omitempty"` // with the previous result, or two devices with each other
	Devices     []string          `json:"devices,omitempty"`
	MoreDevices int               `json:"more_devices,omitempty"` // beyond those in Devices
	Inputs      map[string]string `json:"inputs,omitempty"`
	Filter      string            `json:"filter,omitempty"`
	Format      string            `json:"format,omitempty"`    // csv, xlsx or json for a file
	Allowed     bool              `json:"allowed"`             // for at least one of the devices
	Rule        string            `json:"rule,omitempty"`      // the rule that decided for the first of them
	Decisions   []Decision        `json:"decisions,omitempty"` // for each device, if they differ
}

// Decision says whether a query may be run on one device, and which access rule decided.
type Decision struct {
	Device  string `json:"device"`
	Allowed bool   `json:"allowed"`
	Rule    string `json:"rule,omitempty"`
}

// PastRun is an earlier run and its outcome.
type PastRun struct {
	At      time.Time
	Room    string // the id of the space
	Run     Run
	Outcome string
}

// File is a file that is written while it is sent, so that it is never held in memory.
type File struct {
	Name  string // with its extension
	Type  string // media type
	Write func(context.Context, io.Writer) error
	// Failed returns the reply to send instead if Write returned an error, which came from the device and
	// not from Webex.
	Failed func(error) Reply
}
