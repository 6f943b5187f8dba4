package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"overwatch/internal/app"
	"overwatch/internal/audit"
	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/printable"
)

type auditCommand struct {
	List   auditListCommand   `cmd:"" default:"withargs" help:"List who ran which queries (default)."`
	Verify auditVerifyCommand `cmd:"" help:"Check that no record was changed or removed."`
}

// auditFiles finds the records.
type auditFiles struct {
	DataDir string `type:"path" default:"overwatch-data" placeholder:"DIR" help:"The data directory of the bot."`
}

func (f auditFiles) chains() ([]string, error) {
	chains, err := audit.Chains(filepath.Join(f.DataDir, app.AuditDir))
	if err == nil && len(chains) == 0 {
		err = &fault.Error{Kind: fault.Invalid, Message: "there are no audit records in " + f.DataDir, Hint: "Set --data-dir to the bot's data directory."}
	}
	return chains, err
}

type auditListCommand struct {
	auditFiles
	Person  string    `env:"-" placeholder:"EMAIL" help:"Only of this person; * stands for any characters."`
	Query   string    `env:"-" placeholder:"NAME" help:"Only of this query."`
	Device  string    `env:"-" placeholder:"NAME" help:"Only of this device; * stands for any characters."`
	Outcome string    `env:"-" placeholder:"WORD" help:"Only with this outcome: answered, failed, buried or gap."`
	Denied  bool      `env:"-" help:"Only what the access rules denied, for one device or more."`
	Since   time.Time `env:"-" placeholder:"TIME" help:"Only from then on, as in 2026-11-23T08:00:00Z."`
	JSON    bool      `name:"json" env:"-" help:"Print whole records, as lines of JSON."`
}

func (c *auditListCommand) Run(t *terminal) error {
	chains, err := c.chains()
	if err != nil {
		return err
	}
	lines := json.NewEncoder(t.out)
	table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	if !c.JSON {
		fmt.Fprintln(table, "TIME\tPERSON\tQUERY\tDEVICES\tOUTCOME\tRULE")
	}
	var damage damaged
	for _, chain := range chains {
		for r, err := range audit.Read(chain) {
			switch {
			case damage.add(chain, err):
				continue
			case !c.wants(r):
				continue
			case c.JSON:
				err = lines.Encode(r)
			default:
				_, err = fmt.Fprintln(table, auditRow(r))
			}
			if err != nil {
				return err
			}
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return damage.err("What is listed above is whole. Compare the damaged files with a copy.")
}

// wants reports whether a record passes the filters.
func (c *auditListCommand) wants(r audit.Record) bool {
	matches := func(pattern string, names ...string) bool {
		return pattern == "" || slices.ContainsFunc(names, func(name string) bool { return inventory.Match(pattern, name) })
	}
	return matches(c.Person, r.Person) && matches(c.Query, r.Query) && matches(c.Device, r.Devices...) && matches(c.Outcome, r.Outcome) &&
		(!c.Denied || denied(r)) && !r.At.Before(c.Since)
}

// denied reports whether the access rules denied a query for one of its devices or more.
func denied(r audit.Record) bool {
	if r.Outcome == audit.Gap {
		return false
	}
	for _, d := range r.Decisions {
		if !d.Allowed {
			return true
		}
	}
	return !r.Allowed
}

func auditRow(r audit.Record) string {
	const most = 3
	typed := r.Query
	for _, id := range slices.Sorted(maps.Keys(r.Inputs)) {
		typed += " " + r.Inputs[id]
	}
	if r.Format != "" {
		typed += " " + r.Format
	}
	devices := strings.Join(r.Devices[:min(most, len(r.Devices))], ",")
	if more := len(r.Devices) + r.MoreDevices - most; len(r.Devices) >= most && more > 0 {
		devices += fmt.Sprintf(" and %d more", more)
	}
	outcome := r.Outcome
	switch {
	case r.Outcome == audit.Gap:
		outcome += ": " + r.Why
	case !r.Allowed:
		outcome = "denied"
	case denied(r):
		outcome += ", partly denied"
	}
	columns := []string{r.At.Format(time.RFC3339), r.Person, typed, devices, outcome, r.Rule}
	for i, c := range columns {
		columns[i] = printable.Line(c)
	}
	return strings.Join(columns, "\t")
}

// damaged are the places that can't be verified.
type damaged struct {
	places []string
	more   int
}

// maxPlaces bounds how many places are listed.
const maxPlaces = 100

// add notes the breaks in an error, and reports whether it is one.
func (d *damaged) add(chain string, err error) bool {
	if err == nil {
		return false
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range joined.Unwrap() {
			d.add(chain, err)
		}
		return true
	}
	if len(d.places) == maxPlaces {
		d.more++
		return true
	}
	place := err.Error()
	if b := (*audit.Break)(nil); errors.As(err, &b) {
		place = filepath.Join(chain, place)
	}
	d.places = append(d.places, place)
	return true
}

// err returns a fault that lists the places, or nil.
func (d *damaged) err(hint string) error {
	if len(d.places) == 0 {
		return nil
	}
	message := strings.Join(d.places, "\n")
	if d.more > 0 {
		message += fmt.Sprintf("\n%d more places", d.more)
	}
	return &fault.Error{Kind: fault.Internal, Message: message, Hint: hint}
}

type auditVerifyCommand struct {
	auditFiles
	Head string `env:"-" placeholder:"SEQ:HASH" help:"A last record that was printed earlier: fail if it is missing now."`
}

func (c *auditVerifyCommand) Run(t *terminal) error {
	chains, err := c.chains()
	if err != nil {
		return err
	}
	var damage damaged
	found := c.Head == ""
	for _, chain := range chains {
		head, err := audit.Verify(chain)
		damage.add(chain, err)
		fmt.Fprintf(t.out, "%s: %d records, the last is %d:%s\n", chain, head.Records, head.Seq, head.Hash)
		if !found {
			for r, err := range audit.Read(chain) {
				found = found || err == nil && c.Head == fmt.Sprintf("%d:%s", r.Seq, r.Hash)
			}
		}
	}
	if err := damage.err("The log was tampered with or the disk is damaged; compare with a copy."); err != nil {
		return err
	}
	if !found {
		return &fault.Error{Kind: fault.Internal, Message: "the record " + c.Head + " is missing", Hint: "Records at the end were removed; compare with a copy."}
	}
	return nil
}
