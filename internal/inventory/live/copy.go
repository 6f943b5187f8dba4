package live

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"overwatch/internal/inventory"
)

// saved is the copy of a feed's devices on disk. It contains no secrets.
type saved struct {
	Key     string    `json:"asks"`
	At      time.Time `json:"at"`
	Emptied bool      `json:"emptied,omitempty"`
	Devices []known   `json:"devices"`
}

// known is a device as a source returns it.
type known struct {
	Name     string   `json:"name"`
	Host     string   `json:"host"`
	Port     int      `json:"port,omitempty"`
	Platform string   `json:"platform,omitempty"`
	Groups   []string `json:"groups,omitempty"`
}

// copyPath returns the file for the devices of a feed.
func copyPath(dir, key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(dir, hex.EncodeToString(sum[:8])+".json")
}

// writeCopy writes the devices of a feed. The caller must not hold Live.mu.
func writeCopy(dir string, s saved) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return replace(copyPath(dir, s.Key), b)
}

// replace writes a file completely or not at all.
func replace(path string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// readCopy fills a feed from its copy. A missing copy is no error.
func (f *feed) readCopy(dir string) error {
	b, err := os.ReadFile(copyPath(dir, f.Key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var s saved
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err == nil && s.Key != f.Key {
		err = errors.New("it belongs to another source")
	}
	if err != nil {
		return err
	}
	f.at, f.emptied = s.At, s.Emptied
	f.devices = make([]inventory.Device, len(s.Devices))
	for i, d := range s.Devices {
		f.devices[i] = inventory.Device{Name: d.Name, Host: d.Host, Port: d.Port, Platform: d.Platform, Groups: d.Groups}
	}
	return nil
}

// copy returns what is written of a feed. The caller must hold Live.mu.
func (f *feed) copy() saved {
	s := saved{Key: f.Key, At: f.at, Emptied: f.emptied, Devices: make([]known, len(f.devices))}
	for i, d := range f.devices {
		s.Devices[i] = known{d.Name, d.Host, d.Port, d.Platform, d.Groups}
	}
	return s
}
