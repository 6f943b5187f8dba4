package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a measured program.
type process struct {
	cmd     *exec.Cmd
	address string
	began   time.Time
	ready   time.Duration // since its start
	said    tail
	done    chan struct{}
}

// build builds a program into a directory.
func build(ctx context.Context, dir, name, pkg string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-ldflags", "-s -w", "-o", filepath.Join(dir, name), pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // as make build does
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	return nil
}

// freePort returns a local address with an unused port.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// start starts a program in a directory and waits until the URL path ready answers with success.
func start(ctx context.Context, dir, path, address, ready string, args, env []string) (*process, error) {
	p := &process{cmd: exec.CommandContext(ctx, path, args...), address: address, done: make(chan struct{}), began: time.Now()}
	p.cmd.Dir, p.cmd.Env = dir, append(os.Environ(), env...)
	p.cmd.Stderr = &p.said
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { defer close(p.done); _ = p.cmd.Wait() }()
	for time.Since(p.began) < time.Minute {
		if status, _ := p.get(ready); status == http.StatusOK {
			p.ready = time.Since(p.began)
			return p, nil
		}
		select {
		case <-p.done:
			return nil, fmt.Errorf("%s ended:\n%s", filepath.Base(path), p.said.text())
		case <-time.After(time.Millisecond):
		}
	}
	p.stop()
	return nil, fmt.Errorf("%s doesn't get ready:\n%s", filepath.Base(path), p.said.text())
}

func (p *process) get(path string) (int, []byte) {
	resp, err := http.Get("http://" + p.address + path)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil
	}
	return resp.StatusCode, text
}

// stop sends SIGTERM, and kills the program if it takes too long.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// clockTick is the unit of times in /proc/PID/stat, which is fixed on Linux.
const clockTick = 10 * time.Millisecond

// cpu returns the CPU time of the program (proc(5), stat, utime and stime).
func (p *process) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(fields[12])
	return time.Duration(user+system) * clockTick, err
}

// memory returns the program's resident memory in MB, now and its peak since resetPeak (proc(5), status,
// VmRSS and VmHWM).
func (p *process) memory() (now, peak float64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		into := map[string]*float64{"VmRSS": &now, "VmHWM": &peak}[name]
		if into == nil {
			continue
		}
		kb, err := strconv.ParseFloat(strings.Fields(value)[0], 64)
		if err != nil {
			return 0, 0, err
		}
		*into = kb / 1024
	}
	return now, peak, nil
}

// resetPeak resets the peak of memory (proc(5), clear_refs).
func (p *process) resetPeak() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.cmd.Process.Pid), []byte("5"), 0)
}

// tail keeps the end of a program's output. Read it only after the program has ended.
type tail struct{ end []byte }

const tailBytes = 4000

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.end = append(t.end, p...)
	if len(t.end) > 2*tailBytes {
		t.end = append(t.end[:0], t.end[len(t.end)-tailBytes:]...)
	}
	return len(p), nil
}

func (t *tail) text() string { return string(t.end[max(0, len(t.end)-tailBytes):]) }
