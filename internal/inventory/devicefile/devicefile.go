package devicefile

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/yamlfile"
)

// Read reads the file at path. The error is a fault of kind Invalid that has a line for every mistake.
func Read(path string) (File, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return File{}, &fault.Error{
			Kind: fault.Invalid, Message: "can't read the inventory " + path,
			Hint: "Name an existing file with --inventory, or write one with overwatch init.", Cause: err,
		}
	}
	file, err := parse(path, bytes.TrimPrefix(src, []byte("\ufeff")))
	if err != nil {
		return File{}, &fault.Error{Kind: fault.Invalid, Message: err.Error(), Hint: "Fix the lines listed above."}
	}
	return file, nil
}

func parse(path string, src []byte) (File, error) {
	var doc document
	if err := yamlfile.Decode(path, src, &doc); err != nil {
		return File{}, err
	}
	p := parser{file: path, check: newCheck(), pems: map[string][]byte{}, logins: map[string]inventory.Login{}}
	p.readLogins(doc.Logins)
	out := File{Devices: p.devices(doc), Sources: p.sources(doc)}
	if len(doc.Devices) == 0 && len(doc.Sources) == 0 {
		p.say(0, "no devices; list at least one under devices:, or a source under sources:")
	}
	out.Reads, out.Warnings = slices.Concat(p.reads, slices.Sorted(maps.Keys(p.pems))), p.warnings
	return out, p.problems.Err()
}

func (p *parser) devices(doc document) (devices []inventory.Device) {
	lines := map[string]int{}
	for _, d := range doc.Devices {
		device := d.Value.under(doc.Defaults.Value)
		p.device(device, d.Line)
		if first, ok := lines[strings.ToLower(device.Name)]; ok && device.Name != "" {
			p.say(d.Line, "device %q is defined twice; the first is on line %d", device.Name, first)
			continue
		}
		lines[strings.ToLower(device.Name)] = d.Line
		if device.Site != "" {
			device.Groups = append(device.Groups, "site:"+device.Site)
		}
		devices = append(devices, inventory.Device{
			Name: device.Name, Host: device.Host, Port: device.Port, Platform: device.Platform,
			Groups: slices.Compact(slices.Sorted(slices.Values(device.Groups))), Root: strings.TrimRight(device.Root, "/"),
			Login: p.login(device.Login, fmt.Sprintf("device %q", device.Name), d.Line),
			TLS:   p.trust(device.TLS, fmt.Sprintf("device %q", device.Name), d.Line),
		})
	}
	return devices
}
