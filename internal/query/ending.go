package query

import (
	"cmp"
	"strings"

	"overwatch/internal/fault"
)

// Outcome is what a result allows to conclude: besides rows that are complete there are four outcomes, and
// people read a different sentence for each.
type Outcome string

// The outcomes.
const (
	Complete Outcome = ""           // every row is there
	None     Outcome = "none"       // there are no rows, for certain: the device returned an empty list
	Unknown  Outcome = "can't tell" // the device returned nothing and may not support the data
	Cut      Outcome = "truncated"  // rows are missing at the end
	NoAnswer Outcome = "no answer"  // the query failed
)

// Ending is how a result ended.
type Ending struct {
	Outcome Outcome `json:"outcome,omitempty"`
	Reason  string  `json:"reason,omitempty"` // one or two sentences for people, whenever the outcome isn't Complete
	Note    string  `json:"note,omitempty"`   // what is missing in the rows there are, or empty
}

// Sentence returns what people read about the outcome, or nothing when the rows are complete.
func (e Ending) Sentence() string {
	switch e.Outcome {
	case Unknown:
		return "Can't tell: " + e.Reason
	case Cut:
		return "Truncated: " + e.Reason
	case NoAnswer:
		return "No answer: " + e.Reason
	}
	return e.Reason
}

// remarks returns what people read below the rows: what is missing in them, and the outcome.
func (e Ending) remarks() (list []string) {
	for _, remark := range []string{e.Note, e.Sentence()} {
		if remark != "" {
			list = append(list, remark)
		}
	}
	return list
}

// sheetRemarks is remarks for a sheet, where no rows say by themselves that there are none.
func (e Ending) sheetRemarks() []string {
	if e.Outcome == None {
		e = Ending{Note: e.Note}
	}
	return e.remarks()
}

// noRows returns the ending of a result without rows: err is nil, or a fault of kind NotFound.
func (q Run) noRows(err error) Ending {
	if err == nil {
		return Ending{Outcome: None, Reason: q.Template.Empty}
	}
	message, hint := fault.Text(err)
	if keys := q.keys(); len(keys) > 0 {
		hint = "It has no " + strings.Join(keys, ", ") + ", or its release doesn't support this data."
	}
	if since := q.Template.Since(q.Device.Platform); since != "" {
		hint = strings.TrimSpace(hint + " This data needs " + since + " or later.")
	}
	return Ending{Outcome: Unknown, Reason: strings.TrimSpace(cmp.Or(message, "There is no data for this query.") + " " + hint)}
}

// keys returns the values that a person entered and that are keys in the path of the resource.
func (q Run) keys() (list []string) {
	if v := q.Template.platforms[q.Device.Platform]; v != nil {
		for _, id := range v.primary.resource.inputs {
			list = append(list, q.Values[id])
		}
	}
	return list
}

// failed returns the ending of a query that failed.
func failed(err error) Ending {
	message, _ := fault.Text(err)
	return Ending{Outcome: NoAnswer, Reason: message}
}

// truncated returns the ending of a result that was cut, because of err.
func truncated(err error) Ending {
	message, _ := fault.Text(err)
	return Ending{Outcome: Cut, Reason: message}
}
