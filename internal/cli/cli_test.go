package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/sirupsen/logrus"

	"overwatch/internal/cli"
	"overwatch/internal/playground"
	"overwatch/internal/sim/devicesim"
)

var update = flag.Bool("update", false, "write what comes out into the scripts")

// The test binary is the program when a script or a test calls it overwatch.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"overwatch": func() { os.Exit(cli.Run(os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

// The scripts of testdata/script run the commands as a person does. They find the devices of a lab
// in devices.yaml.
func TestScripts(t *testing.T) {
	lab, err := devicesim.Start(devicesim.Options{Slow: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(lab.Close)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", UpdateScripts: *update, RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("OVERWATCH_DEVICE_PASSWORD", lab.Devices()[0].Password)
			_, err := playground.WriteInventory(env.WorkDir, lab)
			return err
		},
	})
}

// What the playground prints with --no-bot is all that serve needs: environment variables alone make
// it answer as the playground's own bot does.
func TestServeByEnvironmentAlone(t *testing.T) {
	log := logrus.New()
	log.SetOutput(t.Output())
	p, err := playground.New(t.Context(), playground.Options{Listen: "127.0.0.1:0", NoBot: true, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	address := freeAddress(t)
	serve := exec.CommandContext(context.Background(), "overwatch", "serve") // the cleanup ends it
	serve.Dir = t.TempDir()
	serve.Env = append(append(os.Environ(), p.Environment()...), "OVERWATCH_LISTEN="+address)
	var output bytes.Buffer
	serve.Stdout, serve.Stderr = &output, &output
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := serve.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := serve.Wait(); err != nil {
			t.Errorf("serve ended with %v", err)
		}
		for _, line := range []string{"Logged in to Webex as Overwatch (overwatch@webex.bot).\n", "Connected ", "Send \"hello\" to the bot in Webex"} {
			if !strings.Contains(output.String(), line) {
				t.Errorf("it never says %q", line)
			}
		}
		if t.Failed() {
			t.Log(output.String())
		}
	})
	until(t, "serve is ready", func() bool {
		resp, err := http.Get("http://" + address + "/readyz") //nolint:noctx // bounded by until
		return err == nil && resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
	})
	var state struct {
		People []struct{ Token string }
		Bot    struct{ Email string }
	}
	get(t, p.URL()+"/playground/state", "", &state)
	token := state.People[0].Token
	body := fmt.Sprintf(`{"toPersonEmail":%q,"markdown":"vrf r1"}`, state.Bot.Email)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL()+"/v1/messages", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	var sent struct{ RoomID string }
	if err := json.NewDecoder(resp.Body).Decode(&sent); err != nil || resp.Body.Close() != nil {
		t.Fatal(err)
	}
	until(t, "the answer is there", func() bool {
		var list struct{ Items []struct{ Markdown string } }
		get(t, p.URL()+"/v1/messages?roomId="+sent.RoomID, token, &list)
		for _, m := range list.Items { // the greeting may come before or after it
			if strings.Contains(m.Markdown, "**Show VRFs** on **r1** (3 rows") {
				return true
			}
		}
		return false
	})
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}

// until polls a condition of another process.
func until(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-deadline:
			t.Fatalf("%s: not within a minute", what)
		case <-tick.C:
		}
	}
}

func get(t *testing.T, url, token string, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || json.Unmarshal(body, into) != nil {
		t.Fatalf("%s: %s %v", url, body, err)
	}
}
