package redact_test

import (
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"overwatch/internal/redact"
)

// thread is RUSAGE_THREAD, which package syscall lacks.
const thread = 1

// enough is a processor time that is measured well.
const enough = 10 * time.Millisecond

// work returns the processor time that a function takes. Unlike the time on the clock it doesn't depend
// on what else the machine does.
func work(t *testing.T, f func()) time.Duration {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(thread, &u); err != nil {
			t.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	began := used()
	for times := time.Duration(1); ; times++ {
		f()
		if took := used() - began; took >= enough {
			return took / times
		}
	}
}

// The work is proportional to the length, whatever the text: 64 times the length takes about 64 times as
// long. The square of the length would take 4096 times as long; the bound is far from both.
func TestWorkIsLinear(t *testing.T) {
	const length, times, bound = 1 << 12, 64, 512
	r := redact.New()
	for _, part := range []string{
		"password ", "password x ", "\"password\":\"", "key ", "tacacs key ", "username a ", "username password ", "'", "\"", "••• ", "a:b@", "://a:b@", "ldp ",
		"snmp-server host ", "standby ", "$1$", "-----BEGIN PRIVATE KEY-----", "password=", "password \"x", "x ", "•", "is ", "password is ", "[ ]", "eyJ", "bearer ",
	} {
		short, long := strings.Repeat(part, length/len(part)), strings.Repeat(part, times*length/len(part))
		a, b := work(t, func() { r.Text(short) }), work(t, func() { r.Text(long) })
		if b > bound*a {
			t.Errorf("%q: %v for 4 kB, %v for 256 kB", part, a, b)
		}
	}
}
