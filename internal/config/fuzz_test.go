package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"overwatch/internal/config"
	"overwatch/internal/fault"
)

// Whatever stands in overwatch.yaml, it is taken or its mistakes are named.
func FuzzReadFile(f *testing.F) {
	f.Add("listen: :3000\npublic-url: auto\n")
	f.Add("# nothing\n")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "overwatch.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := config.ReadFile(path)
		if (file == nil) == (err == nil) || err != nil && fault.Of(err) != fault.Invalid {
			t.Errorf("%q: %v %v", text, file, err)
		}
		_ = file.Where("listen")
	})
}
