package devicefile_test

import (
	"os"
	"path/filepath"
	"testing"

	"overwatch/internal/fault"
	"overwatch/internal/inventory/devicefile"
)

// Whatever stands in a device file, it is taken or its mistakes are named; what is taken can be asked.
func FuzzRead(f *testing.F) {
	f.Add("logins: {a: {username: b, password: {env: HOME}}}\ndevices:\n  - {name: r1, host: a, login: a, groups: [site:x], tls: {insecure: true}}\n")
	f.Add("sources:\n  - {netbox: 'https://n', token: {env: HOME}, filter: {a: [b, c]}, refresh: 1h}\n  - {ansible: x}\n")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "devices.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := devicefile.Read(path)
		if err != nil && fault.Of(err) != fault.Invalid {
			t.Errorf("%q: %v", text, err)
		}
		for _, d := range file.Devices {
			if d.Name == "" || d.Host == "" || d.Port < 1 || d.Port > 65535 || d.Login.Username == "" {
				t.Errorf("%q has %+v", text, d)
			}
		}
	})
}
