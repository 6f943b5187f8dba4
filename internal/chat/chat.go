// Package chat has the neutral nouns of a conversation: what was heard, who said it and where, and
// what is said back. Transports, the inbox, the bot and the Webex client speak in these words.
//
// It is a leaf: it knows neither Webex nor Echo nor a queue, and every package may import it.
package chat

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"time"
)

// Event says that something happened, by ids only: content is fetched later, by whoever answers.
// It is what a transport receives and what the inbox keeps.
type Event struct {
	Resource string    `json:"resource"`         // messages, attachmentActions or memberships
	Action   string    `json:"event"`            // created, deleted, ...
	ID       string    `json:"id"`               // the resource's public id
	UUID     string    `json:"uuid,omitempty"`   // the part of ID that all transports agree on; empty: all of it
	Room     string    `json:"room,omitempty"`   // the space it happened in; empty when unknown
	Actor    string    `json:"actor,omitempty"`  // the person who acted; empty when unknown
	At       time.Time `json:"at"`               // when it was received
	Lookup   string    `json:"lookup,omitempty"` // where its id can be asked for, should ID turn out to be wrong; empty when it can't
}

// Key is the same for all copies of an event, no matter which transport received it and how it wrote
// the id.
func (n Event) Key() string { return n.Resource + "/" + n.Action + "/" + cmp.Or(n.UUID, n.ID) }

// Person is somebody in a space. Only ID is always known.
type Person struct {
	ID    string
	Email string
	Name  string
	Org   string
}

// Room is a space. In a direct one there are one person and the bot.
type Room struct {
	ID      string
	Direct  bool
	Title   string // empty when unknown
	Foreign bool   // somebody in it is known to be of another organization than the bot
}

// Content is a Message, a Submission or an Arrival.
type Content interface{ event() }

// Message is something a person wrote to the bot.
type Message struct {
	ID     string
	Room   Room
	Person Person
	Text   string // plain text; the mention of the bot has been taken out
	Thread string // the id of the thread's root; empty when the message starts its own
	Format string // of the file with the rows, for a terminal: csv, json or text; empty for a card
}

// Submission is a pressed button of a card.
type Submission struct {
	ID     string
	Room   Room
	Person Person    // who pressed, which need not be who asked for the card
	Card   string    // the id of the message that holds the card
	At     time.Time // when it was pressed; zero when unknown
	Inputs map[string]any
}

// Arrival says that the bot was added to a space.
type Arrival struct {
	ID   string
	Room Room
}

func (Message) event()    {}
func (Submission) event() {}
func (Arrival) event()    {}

// Reply is one message to send. Text is always there, since not every client draws cards; a Reply without
// text isn't sent, and is for the record alone.
type Reply struct {
	Text   string          // Markdown
	Card   json.RawMessage // an Adaptive Card, or nil
	File   *File           // a file, or nil; never beside a card
	Thread string          // the root of the thread to answer in; empty starts a new one
	Err    error           // why the question wasn't answered, for callers with an exit code; nil when it was
	Retry  bool            // nothing was done because of Err, which is temporary: handling the content again may succeed, else this reply is sent
	Run    *Run            // what was asked, for the record; nil when it was nothing of a device

	// After is called once the reply was sent, for what the person needn't wait for; it may be nil.
	After func(context.Context)
}

// Run is a question to devices as it was understood, and what the access rules say of it.
type Run struct {
	Person      string            `json:"person"`            // email, or the id where that isn't known
	Query       string            `json:"query,omitempty"`   // empty for somebody who may ask nothing
	Target      string            `json:"target,omitempty"`  // what named the devices
	Compare     bool              `json:"compare,omitempty"` // with the answer before, or of two devices
	Devices     []string          `json:"devices,omitempty"`
	MoreDevices int               `json:"more_devices,omitempty"` // beyond those in Devices
	Inputs      map[string]string `json:"inputs,omitempty"`
	Filter      string            `json:"filter,omitempty"`
	Format      string            `json:"format,omitempty"`    // csv or json for a file
	Allowed     bool              `json:"allowed"`             // of any of the devices
	Rule        string            `json:"rule,omitempty"`      // that decided about the first of them
	Decisions   []Decision        `json:"decisions,omitempty"` // of each device, where they differ
}

// Decision says whether a query may be run on one device, and which access rule decided.
type Decision struct {
	Device  string `json:"device"`
	Allowed bool   `json:"allowed"`
	Rule    string `json:"rule,omitempty"`
}

// PastRun is a question that was asked earlier, and what became of it.
type PastRun struct {
	At      time.Time
	Room    string // the space it was asked in
	Run     Run
	Outcome string
}

// File is a file that is written while it is sent, so that its size doesn't matter.
type File struct {
	Name  string // with its ending
	Type  string // media type
	Write func(context.Context, io.Writer) error
	// Failed is what to say instead when Write returned an error: the device is to blame then, and
	// not the way to the space.
	Failed func(error) Reply
}
