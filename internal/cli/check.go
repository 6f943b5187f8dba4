package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"overwatch/internal/app"
	"overwatch/internal/cases"
	"overwatch/internal/config"
	"overwatch/internal/fault"
	"overwatch/internal/schema"
)

type checkCommand struct {
	YANG     string   `name:"yang" env:"-" type:"existingdir" placeholder:"DIR" help:"Check the names in query templates against the YANG modules in this directory."`
	Platform []string `env:"-" placeholder:"NAME" help:"With --yang: check only the variants for these platforms, such as ios-xe."`
	Queries  bool     `env:"-" help:"Print the queries with the platforms and releases that each supports."`
	Probe    bool     `name:"devices" env:"-" help:"Check the devices as well: name, port, TLS, RESTCONF root, login, release, supported queries."`
	JSON     bool     `name:"json" env:"-" help:"With --devices: print the result as JSON."`
	Names    []string `arg:"" optional:"" name:"device" help:"With --devices: check only these devices or groups, such as r1 site:paris."`
	config.Config
}

func (c *checkCommand) Run(ctx context.Context, t *terminal) error {
	if err := config.Check(c.Config, t.file); err != nil {
		return err
	}
	if !c.Probe && (c.JSON || len(c.Names) > 0) {
		return &fault.Error{Kind: fault.Invalid, Message: "--json and names of devices need --devices", Hint: "Add --devices to check devices."}
	}
	a, err := app.LoadEngine(ctx, c.Engine, t.logger(c.Engine))
	if err != nil {
		return err
	}
	defer a.Close()
	for _, s := range a.Sources() {
		if s.Err != nil {
			return s.Err
		}
	}
	played, err := c.cases(ctx, a)
	if err != nil {
		return err
	}
	if c.YANG != "" {
		modules, err := schema.Load(c.YANG)
		if err == nil {
			err = modules.CheckTemplates(a.Catalog(), c.Platform)
		}
		if err != nil {
			return &fault.Error{Kind: fault.Invalid, Message: err.Error(), Hint: "Fix the templates, or remove what this release doesn't have."}
		}
	}
	if c.Queries {
		fmt.Fprint(t.out, a.Catalog().Support())
		return nil
	}
	for _, w := range a.AccessWarnings() {
		fmt.Fprintln(t.out, "Warning: "+w)
	}
	if c.Probe {
		return c.checkDevices(ctx, t, a)
	}
	of := c.Inventory
	for _, s := range a.Sources() {
		of += fmt.Sprintf(", %d of %s", s.Devices, s.Name)
	}
	fmt.Fprintf(t.out, "%4d devices in %s\n%4d queries\n%4d cases of your own\n%4d cards\nAll is well.\n",
		a.Inventory().Len(), of, len(a.Catalog().All()), played, len(a.Cards().Names()))
	return nil
}

// cases runs the cases beside the operator's own templates.
func (c *checkCommand) cases(ctx context.Context, a *app.Engine) (played int, err error) {
	if c.Templates == "" {
		return 0, nil
	}
	files, err := filepath.Glob(filepath.Join(c.Templates, "*.txtar"))
	if err != nil {
		return 0, err
	}
	var wrong []string
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err == nil {
			err = cases.Check(ctx, file, src, a.Catalog(), a.Cards())
		}
		if err != nil {
			wrong = append(wrong, err.Error())
		}
	}
	if len(wrong) > 0 {
		return 0, &fault.Error{Kind: fault.Invalid, Message: strings.Join(wrong, "\n"), Hint: "Fix the template, or the case if the result is right."}
	}
	return len(files), nil
}
