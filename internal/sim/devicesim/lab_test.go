package devicesim_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"overwatch/internal/sim/devicesim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lab is a lab and a client that knows of it what an operator would: the inventory and the authority.
type lab struct {
	*testing.T
	*devicesim.Lab
	client *http.Client
	pool   *x509.CertPool // the lab's authority
}

func start(t *testing.T) lab {
	t.Helper()
	return startWith(t, devicesim.Options{Slow: time.Millisecond})
}

func startWith(t *testing.T, o devicesim.Options) lab {
	t.Helper()
	l, err := devicesim.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(l.CA()) {
		t.Fatalf("no certificate in %q", l.CA())
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return lab{t, l, client, pool}
}

func (l lab) device(name string) devicesim.Device {
	l.Helper()
	for _, d := range l.Devices() {
		if d.Name == name {
			return d
		}
	}
	l.Fatalf("no device %s", name)
	return devicesim.Device{}
}

// request is for a path and query as they go over the wire.
func (l lab) request(method, device, raw string) *http.Request {
	l.Helper()
	d := l.device(device)
	r, err := http.NewRequestWithContext(l.Context(), method, fmt.Sprintf("https://%s:%d%s", d.Host, d.Port, raw), nil)
	if err != nil {
		l.Fatal(err)
	}
	r.SetBasicAuth(d.Username, d.Password)
	r.Header.Set("Accept", "application/yang-data+json")
	return r
}

type answer struct {
	*http.Response
	text string
}

func (l lab) do(r *http.Request) answer {
	l.Helper()
	resp, err := l.client.Do(r)
	if err != nil {
		l.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		l.Fatal(err)
	}
	return answer{resp, string(text)}
}

func (l lab) get(device, raw string) answer {
	l.Helper()
	return l.do(l.request(http.MethodGet, device, raw))
}

// abandon sends a request, hangs up without reading an answer, and returns what the device saw. It
// has a connection of its own: an http.Client may give up before anything is on the wire, and then
// there is nothing to see.
func (l lab) abandon(device, raw string) devicesim.Exchange {
	l.Helper()
	seen := make(chan devicesim.Exchange, 1)
	defer l.Watch(func(e devicesim.Exchange) { seen <- e })()
	r := l.request(http.MethodGet, device, raw)
	conn, err := tls.Dial("tcp", r.URL.Host, &tls.Config{RootCAs: l.pool})
	if err != nil {
		l.Fatal(err)
	}
	defer conn.Close()
	if err := r.Write(conn); err != nil {
		l.Fatal(err)
	}
	if err := conn.CloseWrite(); err != nil { // Close could reset the connection and take the request with it
		l.Fatal(err)
	}
	select {
	case e := <-seen:
		return e
	case <-time.After(time.Minute):
		l.Fatalf("%s goes on with a request whose client has hung up", device)
		return devicesim.Exchange{}
	}
}

// compact is JSON without its blanks.
func compact(t *testing.T, text string) string {
	t.Helper()
	var raw json.RawMessage
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	b, err := json.Marshal(raw)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestCertificates(t *testing.T) {
	l := start(t)
	for _, d := range l.Devices() {
		if d.Name == "down1" {
			continue
		}
		for _, name := range []string{d.Name, "localhost", "127.0.0.1"} {
			conn, err := tls.Dial("tcp", net.JoinHostPort(d.Host, fmt.Sprint(d.Port)), &tls.Config{RootCAs: l.pool, ServerName: name})
			if err != nil {
				t.Fatalf("%s as %s: %v", d.Name, name, err)
			}
			if left := time.Until(conn.ConnectionState().PeerCertificates[0].NotAfter); left < 24*time.Hour {
				t.Errorf("%s's certificate is valid for %v only", d.Name, left)
			}
			conn.Close()
		}
		_, err := tls.Dial("tcp", net.JoinHostPort(d.Host, fmt.Sprint(d.Port)), &tls.Config{ServerName: d.Name})
		if _, unknown := errors.AsType[*tls.CertificateVerificationError](err); !unknown {
			t.Errorf("%s's certificate is trusted without the lab's authority: %v", d.Name, err)
		}
	}
}

func TestDevices(t *testing.T) {
	l := start(t)
	for _, d := range l.Devices() {
		if d.Note == "" || d.Site == "" || d.Platform == "" {
			t.Errorf("%s has no note, site or platform: %+v", d.Name, d)
		}
		t.Run(d.Name, func(t *testing.T) {
			path, want := "Cisco-IOS-XE-native:native/hostname", fmt.Sprintf("{\n  \"Cisco-IOS-XE-native:hostname\": %q\n}\n", d.Name)
			if d.Platform == "openconfig" {
				path = "openconfig-platform:components/component=Chassis/state/part-no"
				want = "{\n  \"openconfig-platform:part-no\": \"EX-100\"\n}\n"
			}
			r := l.request(http.MethodGet, d.Name, "/restconf/data/"+path)
			if d.Name == "down1" {
				if _, err := l.client.Do(r); err == nil || !strings.Contains(err.Error(), "connection refused") {
					t.Fatalf("got %v, want a refused connection", err)
				}
				return
			}
			got := l.do(r)
			if d.Name == "locked1" {
				if got.StatusCode != http.StatusUnauthorized {
					t.Fatalf("got %d, want 401", got.StatusCode)
				}
				return
			}
			if got.text != want {
				t.Errorf("got %q, want %q", got.text, want)
			}
		})
	}
}

func TestSlowDevice(t *testing.T) {
	l := startWith(t, devicesim.Options{Slow: time.Hour})
	if e := l.abandon("slow1", "/restconf"); e.Status != 0 || e.Bytes != 0 {
		t.Errorf("answered at once: %+v", e)
	}
	if got := l.get("r1", "/restconf").StatusCode; got != 200 {
		t.Errorf("another device got %d meanwhile", got)
	}
}

func TestFaults(t *testing.T) {
	const path = "/restconf/data/Cisco-IOS-XE-native:native/hostname"
	broken := func(r *http.Request, l lab) error {
		resp, err := l.client.Do(r)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		_, err = io.ReadAll(resp.Body)
		return err
	}
	tests := []struct {
		name  string
		fault devicesim.Fault
		check func(*testing.T, lab)
	}{
		{"status", devicesim.Fault{Status: 503}, func(t *testing.T, l lab) {
			if got := l.get("r1", path); got.StatusCode != 503 || !strings.Contains(got.text, "ietf-restconf:errors") {
				t.Errorf("got %d %s", got.StatusCode, got.text)
			}
		}},
		{"twice", devicesim.Fault{Status: 503, Times: 2}, func(t *testing.T, l lab) {
			first, second := l.get("r1", path).StatusCode, l.get("r1", path).StatusCode
			if first != 503 || second != 503 {
				t.Errorf("got %d and %d", first, second)
			}
		}},
		{"path", devicesim.Fault{Status: 503, Path: path}, func(t *testing.T, l lab) {
			if got := l.get("r1", "/restconf"); got.StatusCode != 200 {
				t.Errorf("another path got %d", got.StatusCode)
			}
			if got := l.get("r1", path); got.StatusCode != 503 {
				t.Errorf("the path got %d", got.StatusCode)
			}
		}},
		{"web page", devicesim.Fault{HTML: true}, func(t *testing.T, l lab) {
			if got := l.get("r1", path); got.Header.Get("Content-Type") != "text/html" {
				t.Errorf("got %v", got.Header)
			}
		}},
		{"redirect", devicesim.Fault{Redirect: "https://example.com/"}, func(t *testing.T, l lab) {
			if got := l.get("r1", path); got.StatusCode != 302 || got.Header.Get("Location") != "https://example.com/" {
				t.Errorf("got %d %v", got.StatusCode, got.Header)
			}
		}},
		{"cut", devicesim.Fault{Cut: true}, func(t *testing.T, l lab) {
			if err := broken(l.request("GET", "r1", path), l); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("got %v", err)
			}
		}},
		{"reset", devicesim.Fault{Reset: true}, func(t *testing.T, l lab) {
			if err := broken(l.request("GET", "r1", path), l); !errors.Is(err, io.EOF) {
				t.Errorf("got %v", err)
			}
		}},
		{"a body", devicesim.Fault{Body: `{"a": nonsense`}, func(t *testing.T, l lab) {
			if got := l.get("r1", path); got.StatusCode != 200 || got.text != `{"a": nonsense` {
				t.Errorf("got %d %s", got.StatusCode, got.text)
			}
		}},
		{"endless", devicesim.Fault{Body: "[", Endless: "1,", Every: time.Millisecond}, func(t *testing.T, l lab) {
			resp, err := l.client.Do(l.request("GET", "r1", path))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			first := make([]byte, 100)
			if _, err := io.ReadFull(resp.Body, first); err != nil || !strings.HasPrefix(string(first), "[1,1,1,1,") {
				t.Errorf("got %q %v", first, err)
			}
		}},
		{"never", devicesim.Fault{Never: true}, func(t *testing.T, l lab) {
			if e := l.abandon("r1", path); e.Status != 0 || e.Bytes != 0 {
				t.Errorf("answered: %+v", e)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := start(t)
			l.Fail("r1", tt.fault)
			tt.check(t, l)
			if got := l.get("r1", path); got.StatusCode != 200 {
				t.Errorf("the fault stays: got %d", got.StatusCode)
			}
		})
	}
}

func TestWatch(t *testing.T) {
	l := start(t)
	seen := make(chan devicesim.Exchange, 10)
	stop := l.Watch(func(e devicesim.Exchange) { seen <- e })
	const path = "/restconf/data/Cisco-IOS-XE-interfaces-oper:interfaces/interface=GigabitEthernet1?fields=name;mtu"
	body := l.get("r1", path).text
	e := <-seen
	if e.Seq != 1 || e.Device != "r1" || e.Method != "GET" || e.Path != path || e.Status != 200 || e.Bytes != len(body) || e.Answer != body ||
		e.User != "netops" || e.Accept != "application/yang-data+json" || e.At.IsZero() {
		t.Errorf("got %+v for %q", e, body)
	}
	whole, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	if secret := l.device("r1").Password; strings.Contains(string(whole), secret) {
		t.Errorf("the password %q is in %s", secret, whole)
	}
	stop()
	l.get("r1", path)
	if len(seen) > 0 {
		t.Error("a stopped watcher sees on")
	}
	if got := len(l.Recent()); got != 2 {
		t.Errorf("Recent has %d exchanges, want 2", got)
	}
}

func TestBigAnswer(t *testing.T) {
	l := start(t)
	got := l.get("core1", "/restconf/data/Cisco-IOS-XE-interfaces-oper:interfaces")
	var body struct {
		Interfaces struct {
			Interface []struct{ Name string }
		} `json:"Cisco-IOS-XE-interfaces-oper:interfaces"`
	}
	if err := json.Unmarshal([]byte(got.text), &body); err != nil {
		t.Fatal(err)
	}
	if n := len(body.Interfaces.Interface); n != 2000 || got.ContentLength >= 0 {
		t.Errorf("got %d interfaces with a length of %d, want 2000 streamed", n, got.ContentLength)
	}
	if e := l.Recent()[0]; e.Bytes != len(got.text) || !strings.HasPrefix(got.text, e.Answer) || len(e.Answer) > 16<<10 {
		t.Errorf("the exchange has %d bytes and shows %d of %d", e.Bytes, len(e.Answer), len(got.text))
	}
}

// The clock moves by hand, so what grows is known to the second.
func TestLiveData(t *testing.T) {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	clock := make(chan time.Time, 1)
	clock <- now
	l := startWith(t, devicesim.Options{Now: func() time.Time { at := <-clock; clock <- at; return at }})
	const octets = "/restconf/data/Cisco-IOS-XE-interfaces-oper:interfaces/interface=GigabitEthernet1/statistics/in-octets"
	const current = "/restconf/data/Cisco-IOS-XE-device-hardware-oper:device-hardware-data/device-hardware/device-system-data/current-time"
	for _, tt := range []struct{ seconds, octets, time string }{
		{"0s", "133200000", "2026-11-23T08:00:00.000000+00:00"},
		{"90s", "133290000", "2026-11-23T08:01:30.000000+00:00"},
	} {
		later, err := time.ParseDuration(tt.seconds)
		if err != nil {
			t.Fatal(err)
		}
		<-clock
		clock <- now.Add(later)
		if got, want := compact(t, l.get("r1", octets).text), `{"Cisco-IOS-XE-interfaces-oper:in-octets":"`+tt.octets+`"}`; got != want {
			t.Errorf("after %s: got %s, want %s", tt.seconds, got, want)
		}
		if got, want := compact(t, l.get("r1", current).text), `{"Cisco-IOS-XE-device-hardware-oper:current-time":"`+tt.time+`"}`; got != want {
			t.Errorf("after %s: got %s, want %s", tt.seconds, got, want)
		}
	}
}
