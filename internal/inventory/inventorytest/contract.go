// Package inventorytest is the contract of inventory.Source. The tests of every source run it;
// nothing else imports it.
package inventorytest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/secret"
)

// World is what stands behind a source.
type World struct {
	Source inventory.Source
	Set    func(devices []inventory.Device) // makes it return these: name, host, port, platform and groups
	Break  func()                           // makes it fail
	Repair func()
}

// Run checks that a source meets the contract.
func Run(t *testing.T, newWorld func(*testing.T) World) {
	first := []inventory.Device{
		{Name: "r1", Host: "192.0.2.1", Port: 8443, Platform: "ios-xe", Groups: []string{"edge", "paris"}},
		{Name: "r2", Host: "2001:db8::2", Platform: "openconfig"},
		{Name: "sw-1.example.com", Host: "sw1.example.com", Port: 443, Platform: "ios-xe", Groups: []string{"paris"}},
	}
	learn := func(t *testing.T, w World) []inventory.Device {
		t.Helper()
		devices, err := w.Source.Devices(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(devices, func(a, b inventory.Device) int { return strings.Compare(a.Name, b.Name) })
		return devices
	}
	same := func(t *testing.T, what string, got, want []inventory.Device) {
		t.Helper()
		empty := cmp.Transformer("empty", func(list []string) []string { return append([]string{}, list...) })
		if diff := cmp.Diff(want, got, empty, cmp.AllowUnexported(secret.Text{})); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	t.Run("all devices are returned", func(t *testing.T) {
		w := newWorld(t)
		w.Set(first)
		same(t, "at first", learn(t, w), first)
		same(t, "again", learn(t, w), first)
	})
	t.Run("changes are returned", func(t *testing.T) {
		w := newWorld(t)
		w.Set(first)
		learn(t, w)
		second := slices.Clone(first[1:])
		second[0].Host = "192.0.2.99"
		w.Set(second)
		same(t, "after a change", learn(t, w), second)
	})
	t.Run("none is a result", func(t *testing.T) {
		w := newWorld(t)
		w.Set(nil)
		same(t, "none", learn(t, w), []inventory.Device(nil))
	})
	t.Run("a failure has a text and no devices", func(t *testing.T) {
		w := newWorld(t)
		w.Set(first)
		w.Break()
		devices, err := w.Source.Devices(t.Context())
		var f *fault.Error
		if !errors.As(err, &f) || f.Message == "" || f.Hint == "" || devices != nil {
			t.Errorf("got %v and %v", devices, err)
		}
		w.Repair()
		same(t, "afterwards", learn(t, w), first)
	})
	t.Run("safe for concurrent use", func(t *testing.T) {
		w := newWorld(t)
		w.Set(first)
		var asking sync.WaitGroup
		for range 8 {
			asking.Go(func() {
				if devices, err := w.Source.Devices(context.Background()); err != nil || len(devices) != len(first) {
					t.Errorf("got %v and %v", devices, err)
				}
			})
		}
		asking.Wait()
	})
	t.Run("what is returned belongs to the caller", func(t *testing.T) {
		w := newWorld(t)
		w.Set(first)
		mine := learn(t, w)
		mine[0].Name, mine[0].Groups[0] = "mine", "mine"
		same(t, "afterwards", learn(t, w), first)
	})
}
