package playground

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"overwatch/internal/sim/devicesim"
)

// Names of the files that describe the devices.
const (
	inventoryFile = "devices.yaml"
	hostsFile     = "hosts.yaml" // the device file's source
)

// hostsSite is the site whose devices are in hostsFile.
const hostsSite = "berlin"

// WriteInventory writes a device file for a lab into dir, beside what it refers to: an Ansible inventory
// with one of the sites, the CA certificate, and the password. It returns the path of the device file.
func WriteInventory(dir string, lab *devicesim.Lab) (path string, err error) {
	devices := lab.Devices()
	var file, hosts strings.Builder
	fmt.Fprintf(&file, "# Simulated devices. They stop with the playground.\n"+
		"defaults:\n  login: lab\n  tls: {ca: ca.pem}\nlogins:\n  lab:\n    username: %s\n    password: {file: %q}\ndevices:\n",
		devices[0].Username, filepath.Join(dir, "password"))
	hosts.WriteString("all:\n  hosts:\n")
	members := make(map[string][]string) // of the groups in hostsFile
	for _, d := range devices {
		if d.Site == hostsSite {
			fmt.Fprintf(&hosts, "    %s: {ansible_host: %s, overwatch_port: %d, overwatch_platform: %s} # %s\n", d.Name, d.Host, d.Port, d.Platform, d.Note)
			for _, g := range d.Groups {
				members[g] = append(members[g], d.Name+": ")
			}
			continue
		}
		fmt.Fprintf(&file, "  - {name: %s, host: %s, port: %d, platform: %s, site: %s, groups: [%s]} # %s\n",
			d.Name, d.Host, d.Port, d.Platform, d.Site, strings.Join(d.Groups, ", "), d.Note)
	}
	fmt.Fprintf(&file, "sources:\n  - {ansible: %s, groups: [site:%s]}\n", hostsFile, hostsSite)
	hosts.WriteString("  children:\n")
	for _, g := range slices.Sorted(maps.Keys(members)) {
		fmt.Fprintf(&hosts, "    %s: {hosts: {%s}}\n", g, strings.Join(members[g], ", "))
	}
	path = filepath.Join(dir, inventoryFile)
	for name, text := range map[string]string{
		path: file.String(), filepath.Join(dir, hostsFile): hosts.String(),
		filepath.Join(dir, "ca.pem"): string(lab.CA()), filepath.Join(dir, "password"): devices[0].Password + "\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	return path, nil
}
