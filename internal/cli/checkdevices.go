package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"text/tabwriter"

	"golang.org/x/sync/errgroup"

	"overwatch/internal/app"
	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/restconf"
)

// probesAtOnce is how many devices are checked at the same time.
const probesAtOnce = 32

// checkDevices checks devices in parallel and prints what it found. Progress goes to stderr. The error
// says that a device failed.
func (c *checkCommand) checkDevices(ctx context.Context, t *terminal, e *app.Engine) error {
	devices, err := named(e.Inventory(), c.Names)
	if err != nil {
		return err
	}
	probes := make([]app.Probe, len(devices))
	var done atomic.Int64
	var group errgroup.Group
	group.SetLimit(probesAtOnce)
	out := &oneAtATime{out: t.err}
	for i, d := range devices {
		group.Go(func() error {
			probes[i] = e.Probe(ctx, d)
			fmt.Fprintf(out, "%d of %d: %s\n", done.Add(1), len(devices), verdict(probes[i]))
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(t, probes)
	} else {
		err = printTable(t, probes)
	}
	failed := 0
	for _, p := range probes {
		if p.Err() != nil {
			failed++
		}
	}
	if failed > 0 {
		err = errors.Join(err, &fault.Error{Kind: fault.Unavailable, Message: fmt.Sprintf("%d of %d devices failed the check.", failed, len(devices))})
	}
	return err
}

// named returns the devices that are named, or all.
func named(in *inventory.Inventory, names []string) ([]inventory.Device, error) {
	if len(names) == 0 {
		return slices.Collect(in.All()), nil
	}
	found, err := in.Select(strings.Join(names, ","))
	if err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Message: err.Error(), Hint: "Name devices of the inventory, or groups such as site:paris."}
	}
	return found.Devices, nil
}

func verdict(p app.Probe) string {
	if err := p.Err(); err != nil {
		message, _ := fault.Text(err)
		return message
	}
	return p.Device + " is ok."
}

// columns are the checks of the table, in their order.
var columns = []restconf.Check{restconf.CheckName, restconf.CheckPort, restconf.CheckTLS, restconf.CheckRoot, restconf.CheckLogin}

func printTable(t *terminal, probes []app.Probe) error {
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "DEVICE\tNAME\tPORT\tTLS\tROOT\tLOGIN\tRELEASE\tQUERIES\n")
	for _, p := range probes {
		cells := []string{p.Device}
		for _, check := range columns {
			cells = append(cells, cell(p, check))
		}
		fmt.Fprintln(w, strings.Join(append(cells, orDash(p.Release), queries(p)), "\t"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, p := range probes {
		printDetails(t, p)
	}
	return nil
}

func cell(p app.Probe, check restconf.Check) string {
	for _, s := range p.Steps {
		switch {
		case s.Check != check:
		case s.Err != nil:
			return "failed"
		default:
			return "ok"
		}
	}
	return "-"
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func queries(p app.Probe) string {
	if !p.Listed {
		return "-"
	}
	return fmt.Sprintf("%d of %d", len(p.Supported), len(p.Supported)+len(p.Unsupported))
}

// printDetails prints what is worth a line about a device: why it failed, its certificate if that was
// refused, the line for the inventory that helps, and the queries it doesn't support.
func printDetails(t *terminal, p app.Probe) {
	err := p.Err()
	if err == nil && len(p.Unsupported) == 0 {
		return
	}
	fmt.Fprintf(t.out, "\n%s\n", p.Device)
	if err != nil {
		fmt.Fprintf(t.out, "  %s\n", fault.Sentence(err))
	}
	if cert := p.Certificate; cert != nil && cell(p, restconf.CheckTLS) == "failed" {
		fmt.Fprintf(t.out, "  Certificate: subject %s, issuer %s, valid %s to %s, %s, %s\n", cert.Subject, cert.Issuer,
			cert.NotBefore.Format("2006-01-02"), cert.NotAfter.Format("2006-01-02"), cert.Key, cert.Fingerprint)
	}
	if p.Fix != "" {
		fmt.Fprintf(t.out, "  To accept it, check the value and add to the device in the inventory:\n    %s\n", p.Fix)
	}
	if len(p.Unsupported) > 0 {
		fmt.Fprintf(t.out, "  Queries its release doesn't support: %s\n", strings.Join(p.Unsupported, ", "))
	}
}

// probeJSON is a probe as --json prints it.
type probeJSON struct {
	Device      string                `json:"device"`
	OK          bool                  `json:"ok"`
	Steps       []stepJSON            `json:"steps"`
	Certificate *restconf.Certificate `json:"certificate,omitempty"`
	Root        string                `json:"root,omitempty"`
	Release     string                `json:"release,omitempty"`
	Fix         string                `json:"fix,omitempty"`
	Supported   []string              `json:"supported,omitempty"`
	Unsupported []string              `json:"unsupported,omitempty"`
}

type stepJSON struct {
	Check  string `json:"check"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"`
	Error  string `json:"error,omitempty"`
	Hint   string `json:"hint,omitempty"`
}

func printJSON(t *terminal, probes []app.Probe) error {
	list := make([]probeJSON, len(probes))
	for i, p := range probes {
		j := probeJSON{
			Device: p.Device, OK: p.Err() == nil, Certificate: p.Certificate, Root: p.Root, Release: p.Release, Fix: p.Fix,
			Supported: p.Supported, Unsupported: p.Unsupported,
		}
		for _, s := range p.Steps {
			step := stepJSON{Check: string(s.Check), OK: s.Err == nil, Detail: s.Detail}
			if s.Err != nil {
				step.Error, step.Hint = fault.Text(s.Err)
			}
			j.Steps = append(j.Steps, step)
		}
		list[i] = j
	}
	enc := json.NewEncoder(t.out)
	enc.SetIndent("", "  ")
	return enc.Encode(list)
}
