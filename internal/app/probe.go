package app

import (
	"context"
	"encoding/json"
	"io"
	"strings"

	"overwatch/internal/inventory"
	"overwatch/internal/query"
	"overwatch/internal/restconf"
)

// Probe is what a check of a device found out.
type Probe struct {
	restconf.Report
	Listed      bool     // the device lists its YANG modules, so that the next two are known
	Supported   []string // words of the queries whose modules the device has
	Unsupported []string // words of the others for its platform
}

const (
	moduleList    = "ietf-yang-library:modules-state" // RFC 7895; IOS-XE has it in all releases
	maxModuleList = 16 << 20                          // bytes
)

// Probe checks a device, from its name to the queries that it supports.
func (e *Engine) Probe(ctx context.Context, d inventory.Device) Probe {
	p := Probe{Report: e.devices.Probe(ctx, d)}
	if p.Err() != nil {
		return p
	}
	modules := e.modules(ctx, d)
	p.Listed = len(modules) > 0
	for _, t := range e.Catalog().All() {
		requests := t.Requests(d.Platform)
		switch {
		case len(requests) == 0 || !p.Listed:
		case supported(requests, modules):
			p.Supported = append(p.Supported, t.Word())
		default:
			p.Unsupported = append(p.Unsupported, t.Word())
		}
	}
	return p
}

// modules returns the names of the device's YANG modules, or nothing if it doesn't list them.
func (e *Engine) modules(ctx context.Context, d inventory.Device) map[string]bool {
	body, err := e.devices.Fetch(ctx, d, moduleList, "module(name)")
	if err != nil {
		return nil
	}
	defer body.Close()
	var list map[string]struct {
		Module []struct{ Name string }
	}
	if json.NewDecoder(io.LimitReader(body, maxModuleList)).Decode(&list) != nil {
		return nil
	}
	names := map[string]bool{}
	for _, m := range list[moduleList].Module {
		names[m.Name] = true
	}
	return names
}

// supported reports whether a device with these modules has the data of one of the requests.
func supported(requests []query.Names, modules map[string]bool) bool {
	for _, r := range requests {
		module, _, _ := strings.Cut(r.Resource, ":")
		if modules[module] {
			return true
		}
	}
	return false
}
