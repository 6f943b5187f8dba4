package button

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-playground/validator/v10"

	"overwatch/internal/fault"
)

// Press is what a button of a card means. Data puts it into the card, Read takes it from what
// was submitted. Nothing in it can be trusted: anybody in the space can post anything.
type Press struct {
	Do     Do     `validate:"oneof=run row file compare form more help devices history cancel"`
	Query  string `validate:"max=64"`   // a template's name
	Device string `validate:"max=1024"` // what names one device or several, or what was typed into the search field
	Group  string `validate:"max=128"`  // of devices, in forms of large inventories
	Format string `validate:"omitempty,oneof=csv xlsx json"`
	Filter string `validate:"max=256"` // what rows have to hold
	// Question is what the person wants to know about the rows.
	Question string `validate:"max=256"`
	From     int    `validate:"min=0"`   // how many rows stand before the page
	Answer   string `validate:"max=32"`  // the kept answer that the card shows
	With     string `validate:"max=128"` // the device to compare with
	Survey   string `validate:"max=256"` // the running question to several devices
	Thread   string `validate:"max=256"` // the root of the thread the card stands in; empty when the card is the root
	Inputs   map[string]any
}

// Do is what a button does.
type Do string

// What buttons do.
const (
	Run     Do = "run"     // ask the device, or turn to a page of a kept answer
	Row     Do = "row"     // show one row in full: the one that was chosen, or the one after From
	File    Do = "file"    // ask and send all rows as a file
	Compare Do = "compare" // what changed since the answer before, or what differs from another device
	Cancel  Do = "cancel"  // stop asking several devices
	Form    Do = "form"    // show the form
	More    Do = "more"    // show the form with all queries
	Help    Do = "help"    // say what can be asked
	Devices Do = "devices" // list the devices
	History Do = "history" // list what this person asked
)

// The members of a button's data start with an underscore, since an input of the same name would
// replace them in some clients and be replaced in others. DeviceInput and the ones after it are the cards' own
// inputs.
const (
	version     = "1"
	versionKey  = "_ow"
	doKey       = "_do"
	queryKey    = "_query"
	deviceKey   = "_device"
	formatKey   = "_format"
	filterKey   = "_filter"
	questionKey = "_question"
	fromKey     = "_from"
	answerKey   = "_answer"
	withKey     = "_with"
	surveyKey   = "_survey"
	threadKey   = "_thread"
	inputPrefix = "_in_"

	DeviceInput = "device"
	GroupInput  = "group"
	FilterInput = "filter"
	RowInput    = "row"
	WithInput   = "with"
)

var ownInputs = []string{DeviceInput, GroupInput, FilterInput, RowInput, WithInput}

// Reserved reports whether an input's id belongs to the cards themselves, so that no query may use it.
func Reserved(id string) bool { return slices.Contains(ownInputs, id) }

// entry is what a button carries for something that can be entered beside it as well.
type entry struct{ pressed, entered string }

// Data returns the data of the button. All its members are strings.
func (p Press) Data() map[string]string {
	data := map[string]string{versionKey: version, doKey: string(p.Do)}
	for key, value := range map[string]string{
		queryKey: p.Query, deviceKey: p.Device, formatKey: p.Format, filterKey: p.Filter, questionKey: p.Question,
		answerKey: p.Answer, withKey: p.With, surveyKey: p.Survey, threadKey: p.Thread,
	} {
		if value != "" {
			data[key] = value
		}
	}
	if p.From > 0 {
		data[fromKey] = strconv.Itoa(p.From)
	}
	for id, value := range p.Inputs {
		data[inputPrefix+id] = fmt.Sprint(value)
	}
	return data
}

// Read reads what was submitted: a button's data merged with the inputs of the card. The error
// is a fault of kind Invalid.
func Read(submitted map[string]any) (Press, error) {
	if v, ok := submitted[versionKey].(string); !ok || v != version {
		return Press{}, unreadable(fmt.Errorf("%s is %v", versionKey, submitted[versionKey]))
	}
	p := Press{Inputs: map[string]any{}}
	var do, from, row string
	var device, filter, with entry
	for key, into := range map[string]*string{
		doKey: &do, queryKey: &p.Query, formatKey: &p.Format, fromKey: &from, answerKey: &p.Answer, questionKey: &p.Question, surveyKey: &p.Survey, threadKey: &p.Thread,
		deviceKey: &device.pressed, DeviceInput: &device.entered, filterKey: &filter.pressed, FilterInput: &filter.entered,
		withKey: &with.pressed, WithInput: &with.entered, GroupInput: &p.Group, RowInput: &row,
	} {
		value, sent := submitted[key]
		s, ok := value.(string)
		if sent && !ok {
			return Press{}, unreadable(fmt.Errorf("%s is a %T", key, value))
		}
		*into = strings.TrimSpace(s)
	}
	p.Do, p.Device, p.With = Do(do), cmp.Or(device.entered, device.pressed), cmp.Or(with.entered, with.pressed)
	p.Filter = filter.pressed
	if p.Do == Row { // of the rows that the card shows
		from = cmp.Or(row, from)
	} else if _, shown := submitted[FilterInput]; shown { // one that was emptied is meant to be empty
		p.Filter = filter.entered
	}
	if from != "" {
		n, err := strconv.Atoi(from)
		if err != nil {
			return Press{}, unreadable(fmt.Errorf("%s is %q", fromKey, from))
		}
		p.From = n
	}
	for key, value := range submitted {
		if id, ok := strings.CutPrefix(key, inputPrefix); ok {
			p.Inputs[id] = value
		}
	}
	for key, value := range submitted { // what was entered goes before what the button carries
		if !strings.HasPrefix(key, "_") && !slices.Contains(ownInputs, key) {
			p.Inputs[key] = value
		}
	}
	if err := validate.Struct(p); err != nil {
		return Press{}, unreadable(err)
	}
	return p, nil
}

// validate is safe for concurrent use.
var validate = validator.New(validator.WithRequiredStructEnabled())

func unreadable(cause error) error {
	return &fault.Error{
		Kind: fault.Invalid, Message: "I can't read what this card sent.",
		Hint: "It may be from an older version of me: use the new form below.", Cause: cause,
	}
}
