package cli

import (
	"encoding/json"
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
)

type auditCommand struct {
	List   auditListCommand   `cmd:"" default:"withargs" help:"List who asked what (default)."`
	Verify auditVerifyCommand `cmd:"" help:"Check that no record was changed or taken out."`
}

// trails are where the records lie.
type trails struct {
	DataDir string `type:"path" default:"overwatch-data" placeholder:"DIR" help:"The data directory of the bot."`
}

func (t trails) chains() ([]string, error) {
	chains, err := audit.Chains(filepath.Join(t.DataDir, app.AuditDir))
	if err == nil && len(chains) == 0 {
		err = &fault.Error{Kind: fault.Invalid, Message: "there are no audit records in " + t.DataDir, Hint: "Name the bot's data directory with --data-dir."}
	}
	return chains, err
}

type auditListCommand struct {
	trails
	Person  string    `env:"-" placeholder:"EMAIL" help:"Only of this person; * stands for anything."`
	Query   string    `env:"-" placeholder:"NAME" help:"Only of this query."`
	Device  string    `env:"-" placeholder:"NAME" help:"Only of this device; * stands for anything."`
	Outcome string    `env:"-" placeholder:"WORD" help:"Only with this outcome: answered, failed or buried."`
	Denied  bool      `env:"-" help:"Only what the access rules refused."`
	Since   time.Time `env:"-" placeholder:"TIME" help:"Only from then on, as in 2026-11-23T08:00:00Z."`
	JSON    bool      `name:"json" env:"-" help:"Whole records, as lines of JSON."`
}

func (c *auditListCommand) Run(t *terminal) error {
	chains, err := c.chains()
	if err != nil {
		return err
	}
	lines := json.NewEncoder(t.out)
	table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	if !c.JSON {
		fmt.Fprintln(table, "TIME\tPERSON\tASKED\tDEVICES\tOUTCOME\tRULE")
	}
	for _, chain := range chains {
		for r, err := range audit.Read(chain) {
			switch {
			case err != nil:
				return err
			case !c.wants(r):
				continue
			case c.JSON:
				err = lines.Encode(r)
			default:
				_, err = fmt.Fprintln(table, row(r))
			}
			if err != nil {
				return err
			}
		}
	}
	return table.Flush()
}

// wants reports whether a record passes the filters.
func (c *auditListCommand) wants(r audit.Record) bool {
	fits := func(pattern string, names ...string) bool {
		for _, name := range names {
			if inventory.Match(pattern, name) {
				return true
			}
		}
		return pattern == ""
	}
	return fits(c.Person, r.Person) && fits(c.Query, r.Query) && fits(c.Device, r.Devices...) && fits(c.Outcome, r.Outcome) &&
		!(c.Denied && r.Allowed) && !r.At.Before(c.Since)
}

func row(r audit.Record) string {
	const most = 3
	asked := r.Query
	for _, id := range slices.Sorted(maps.Keys(r.Inputs)) {
		asked += " " + r.Inputs[id]
	}
	if r.Format != "" {
		asked += " " + r.Format
	}
	devices := strings.Join(r.Devices[:min(most, len(r.Devices))], ",")
	if len(r.Devices) > most {
		devices += fmt.Sprintf(" and %d more", len(r.Devices)-most)
	}
	outcome := r.Outcome
	if !r.Allowed {
		outcome = "denied"
	}
	return strings.Join([]string{r.At.Format(time.RFC3339), r.Person, asked, devices, outcome, r.Rule}, "\t")
}

type auditVerifyCommand struct {
	trails
	Head string `env:"-" placeholder:"SEQ:HASH" help:"A last record that was printed before: fail if it isn't among them any more."`
}

func (c *auditVerifyCommand) Run(t *terminal) error {
	chains, err := c.chains()
	if err != nil {
		return err
	}
	found := c.Head == ""
	for _, chain := range chains {
		head, err := audit.Verify(chain)
		if err != nil {
			return &fault.Error{
				Kind: fault.Internal, Message: fmt.Sprintf("%s: %v", chain, err), Hint: "Somebody has had their hands in it, or the disk; compare it with a copy.",
			}
		}
		if !found {
			for r, err := range audit.Read(chain) {
				found = found || err == nil && c.Head == fmt.Sprintf("%d:%s", r.Seq, r.Hash)
			}
		}
		fmt.Fprintf(t.out, "%s: %d records, the last is %d:%s\n", chain, head.Seq, head.Seq, head.Hash)
	}
	if !found {
		return &fault.Error{Kind: fault.Internal, Message: "the record " + c.Head + " isn't there any more", Hint: "Records are missing at the end; compare them with a copy."}
	}
	return nil
}
