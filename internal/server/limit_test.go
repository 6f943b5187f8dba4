package server_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/internal/server"
)

// childVariable makes the test binary a server, whose descriptors the parent has limited.
const childVariable = "OVERWATCH_TEST_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		os.Exit(m.Run())
	}
	l, err := server.Listen(context.Background(), "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	fmt.Println(l.Addr())
	ctx, stop := context.WithCancel(context.Background())
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); stop() }()
	e := server.New(log, func(context.Context) error {
		f, err := os.Open(os.DevNull) // the bot needs descriptors itself
		if err == nil {
			err = f.Close()
		}
		return err
	})
	if err := server.Run(ctx, e, l); err != nil {
		panic(err)
	}
}

// Connections that are held open keep neither other clients from being served nor the process from
// opening files.
func TestHalfOpenConnections(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), "sh", "-c", `ulimit -n 100 && exec "$0"`, self)
	child.Env = append(os.Environ(), childVariable+"=1")
	child.Stderr = t.Output()
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimSpace(line)
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}
	served := func(when string) {
		t.Helper()
		resp, err := client.Get("http://" + address + "/readyz") //nolint:noctx // a test
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", when, resp.Status)
		}
	}
	served("at first")
	var held []net.Conn
	for i := range 240 {
		conn, err := (&net.Dialer{Timeout: time.Minute}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatalf("connection %d: %v", i+1, err)
		}
		held = append(held, conn)
		for _, text := range []string{"", "G", "POST /webex-webhooks HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"}[i%3:][:1] {
			_, _ = io.WriteString(conn, text) // it may be closed already
		}
		if i%40 == 39 {
			served(fmt.Sprintf("with %d connections held", i+1))
		}
	}
	for _, conn := range held {
		_ = conn.Close()
	}
	served("when they are gone")
	if err := stdin.Close(); err != nil {
		t.Error(err)
	}
	if err := child.Wait(); err != nil {
		t.Error(err)
	}
}
