package playground

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"overwatch/internal/sim/devicesim"
)

// inventoryFile is the name of the device file.
const inventoryFile = "devices.yaml"

// WriteInventory writes a device file for a lab into dir, beside the CA certificate and the password
// file that it refers to. It returns the path of the device file.
func WriteInventory(dir string, lab *devicesim.Lab) (path string, err error) {
	devices := lab.Devices()
	var b strings.Builder
	fmt.Fprintf(&b, "# Simulated devices. They stop with the playground.\n"+
		"defaults:\n  login: lab\n  tls: {ca: ca.pem}\nlogins:\n  lab:\n    username: %s\n    password: {file: %s}\ndevices:\n",
		devices[0].Username, filepath.Join(dir, "password"))
	for _, d := range devices {
		fmt.Fprintf(&b, "  - {name: %s, host: %s, port: %d, platform: %s, site: %s, groups: [%s]} # %s\n",
			d.Name, d.Host, d.Port, d.Platform, d.Site, strings.Join(d.Groups, ", "), d.Note)
	}
	path = filepath.Join(dir, inventoryFile)
	for name, text := range map[string]string{path: b.String(), filepath.Join(dir, "ca.pem"): string(lab.CA()), filepath.Join(dir, "password"): devices[0].Password + "\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	return path, nil
}
