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

// saved is a copy of what a feed knew: nothing of it is secret.
type saved struct {
	Asks    string    `json:"asks"`
	At      time.Time `json:"at"`
	Devices []known   `json:"devices"`
}

// known is a device as a source knows it.
type known struct {
	Name     string   `json:"name"`
	Host     string   `json:"host"`
	Port     int      `json:"port,omitempty"`
	Platform string   `json:"platform,omitempty"`
	Groups   []string `json:"groups,omitempty"`
}

func (l *Live) copyOf(f Feed) string {
	sum := sha256.Sum256([]byte(f.Asks))
	return filepath.Join(l.o.Copies, hex.EncodeToString(sum[:8])+".json")
}

func (l *Live) writeCopy(f Feed, devices []inventory.Device, at time.Time) {
	if l.o.Copies == "" {
		return
	}
	s := saved{Asks: f.Asks, At: at, Devices: make([]known, len(devices))}
	for i, d := range devices {
		s.Devices[i] = known{d.Name, d.Host, d.Port, d.Platform, d.Groups}
	}
	b, err := json.Marshal(s)
	if err == nil {
		err = replace(l.copyOf(f), b)
	}
	if err != nil {
		l.o.Log.WithError(err).WithField("source", f.Name).Warn("can't keep a copy of its devices; after a restart I depend on it")
	}
}

// replace writes a file at once or not at all.
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

// readCopy returns what a copy holds; nothing where there is none.
func (l *Live) readCopy(f Feed) ([]inventory.Device, time.Time) {
	if l.o.Copies == "" {
		return nil, time.Time{}
	}
	b, err := os.ReadFile(l.copyOf(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, time.Time{}
	}
	var s saved
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err == nil && s.Asks != f.Asks {
		err = errors.New("it is of another source")
	}
	if err != nil {
		l.o.Log.WithError(err).WithField("source", f.Name).Warn("can't read the copy of its devices")
		return nil, time.Time{}
	}
	devices := make([]inventory.Device, len(s.Devices))
	for i, d := range s.Devices {
		devices[i] = inventory.Device{Name: d.Name, Host: d.Host, Port: d.Port, Platform: d.Platform, Groups: d.Groups}
	}
	return devices, s.At
}
