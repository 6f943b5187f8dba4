package app_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Whatever is sent to the bot's port, people are answered meanwhile, and nothing of it stays.
func TestHostileTraffic(t *testing.T) {
	w := newWorld(t)
	room := w.direct(w.alice)
	address := w.app.Addr().String()
	ctx, stop := context.WithCancel(t.Context())
	var attack sync.WaitGroup
	var sent atomic.Int64
	var mu sync.Mutex
	var attackers []string // their addresses
	opened := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(attackers)
	}
	dial := func() net.Conn {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", address)
		if err != nil {
			return nil
		}
		mu.Lock()
		attackers = append(attackers, conn.LocalAddr().String())
		mu.Unlock()
		context.AfterFunc(ctx, func() { _ = conn.Close() })
		return conn
	}
	again := func(many int, attempt func(net.Conn)) {
		for range many {
			attack.Go(func() {
				for ctx.Err() == nil {
					conn := dial()
					if conn == nil {
						time.Sleep(10 * time.Millisecond) // the attacker's own pace
						continue
					}
					attempt(conn)
					_ = conn.Close()
				}
			})
		}
	}
	write := func(conn net.Conn, text string) bool {
		n, err := io.WriteString(conn, text)
		sent.Add(int64(n))
		return err == nil
	}
	const post = "POST /webex-webhooks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	// Connections that say nothing.
	for range 2000 {
		attack.Go(func() {
			if conn := dial(); conn != nil {
				<-ctx.Done()
			}
		})
	}
	// Headers that come byte by byte, and headers without an end.
	again(50, func(c net.Conn) {
		for i := 0; ctx.Err() == nil && write(c, string("POST / HTTP/1.1\r\nX: y"[i%21])); i++ {
			time.Sleep(20 * time.Millisecond) // the attack is to be slow
		}
	})
	again(4, func(c net.Conn) {
		write(c, "GET / HTTP/1.1\r\n")
		for ctx.Err() == nil && write(c, "X-Header: "+strings.Repeat("x", 1000)+"\r\n") {
		}
	})
	// Bodies that are huge, that say they are, that never end, and whose chunks are broken.
	again(4, func(c net.Conn) {
		write(c, post+"Content-Length: 99999999999\r\n\r\n")
		for ctx.Err() == nil && write(c, strings.Repeat("x", 64<<10)) {
		}
	})
	again(4, func(c net.Conn) {
		write(c, post+"Transfer-Encoding: chunked\r\n\r\n")
		for ctx.Err() == nil && write(c, "ffff\r\n"+strings.Repeat("x", 0xffff)+"\r\n") {
		}
	})
	again(4, func(c net.Conn) {
		write(c, post+"Transfer-Encoding: chunked\r\n\r\nZZZZ\r\nnonsense\r\n-1\r\n")
		_, _ = io.CopyN(io.Discard, c, 1<<10)
	})
	again(20, func(c net.Conn) {
		for ctx.Err() == nil && write(c, post+"Content-Length: 10000\r\n\r\n{\"a\":") {
			time.Sleep(50 * time.Millisecond) // the attack is to be slow
		}
	})
	// What isn't HTTP, and requests nobody understands.
	again(4, func(c net.Conn) {
		write(c, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc"+strings.Repeat("\x00\xff", 4000))
		_, _ = io.CopyN(io.Discard, c, 1<<10)
	})
	again(4, func(c net.Conn) {
		write(c, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"+strings.Repeat("\x00", 4000))
		_, _ = io.CopyN(io.Discard, c, 1<<10)
	})
	again(4, func(c net.Conn) {
		write(c, post+"Content-Length: 5\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n")
		_, _ = io.CopyN(io.Discard, c, 1<<10)
	})
	questions := 0
	for ; questions < 3 || opened() < 2000 || sent.Load() < 1<<20; questions++ {
		w.say(w.alice, room, "vrf r1")
		w.expect("**Show VRFs** on **r1** (3 rows")
		if status := w.deliver("{", sign("{")); status != 400 {
			t.Errorf("a delivery got %d", status)
		}
	}
	t.Logf("%d questions while %d connections sent %d bytes", questions, opened(), sent.Load())
	stop()
	attack.Wait()
	w.silent(room)
	// The kernel hands out connections in turn: with this one the bot has seen all of the attack.
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET /healthz HTTP/1.0\r\n\r\n")
	if answer, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.0 200 OK") {
		t.Errorf("%q, %v", answer, err)
	}
	w.closes(attackers)
}

// Nothing that isn't a right delivery is stored, and the bot answers on.
func TestHostileDeliveries(t *testing.T) {
	w := newWorld(t)
	room := w.direct(w.alice)
	good := `{"resource":"messages","event":"created","data":{"id":"gone"}}`
	huge := `{"resource":"messages","event":"created","data":{"id":"` + strings.Repeat("x", 70_000) + `"}}`
	for name, c := range map[string]struct {
		body, signature string
		want            int
	}{
		"no signature":        {good, "", http.StatusUnauthorized},
		"a forged signature":  {good, sign("something else"), http.StatusUnauthorized},
		"no hexadecimal":      {good, "zz", http.StatusUnauthorized},
		"an oversized body":   {huge, sign(huge), http.StatusRequestEntityTooLarge},
		"malformed JSON":      {`{"resource":`, sign(`{"resource":`), http.StatusBadRequest},
		"no JSON at all":      {"hello", sign("hello"), http.StatusBadRequest},
		"a list":              {"[]", sign("[]"), http.StatusBadRequest},
		"data of wrong types": {`{"resource":"messages","event":"created","data":7}`, sign(`{"resource":"messages","event":"created","data":7}`), http.StatusBadRequest},
		"no id":               {`{"resource":"messages","event":"created","data":{}}`, sign(`{"resource":"messages","event":"created","data":{}}`), http.StatusBadRequest},
		"an unknown resource": {`{"resource":"meetings","event":"created","data":{"id":"x"}}`, sign(`{"resource":"meetings","event":"created","data":{"id":"x"}}`), http.StatusOK},
		"an unknown event":    {`{"resource":"messages","event":"seen","data":{"id":"x"}}`, sign(`{"resource":"messages","event":"seen","data":{"id":"x"}}`), http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			if got := w.deliver(c.body, c.signature); got != c.want {
				t.Errorf("answered %d, want %d", got, c.want)
			}
		})
	}
	w.silent(room)
}

// Whatever somebody posts to a card, the outcome is clear, and the bot runs on.
func TestForgedSubmissions(t *testing.T) {
	w := newWorld(t)
	room := w.direct(w.alice)
	w.say(w.alice, room, "hello")
	form := w.expect("Type a query and a device")
	for name, c := range map[string]struct {
		button string
		inputs map[string]any
		want   string
	}{
		"nothing at all":      {"", map[string]any{}, "This card is too old to be pressed."},
		"an unknown device":   {"Show VRFs", map[string]any{"device": "nonsense99"}, "No device or group is called"},
		"no device":           {"Show VRFs", map[string]any{}, "Choose a device first."},
		"an empty device":     {"Show VRFs", map[string]any{"device": ""}, "Choose a device first."},
		"a list of devices":   {"Show VRFs", map[string]any{"device": []any{"r1"}}, "I can't read what this card sent."},
		"a number":            {"Show VRFs", map[string]any{"device": 1}, "I can't read what this card sent."},
		"another version":     {"Show VRFs", map[string]any{"device": "r1", "_ow": "9"}, "This button was altered or belongs to another card"},
		"another act":         {"Show VRFs", map[string]any{"device": "r1", "_do": "delete"}, "This button was altered or belongs to another card"},
		"an unknown query":    {"Show VRFs", map[string]any{"device": "r1", "_query": "../secrets"}, "This button was altered or belongs to another card"},
		"a thread of others":  {"Show VRFs", map[string]any{"device": "r1", "_thread": "elsewhere"}, "This button was altered or belongs to another card"},
		"inputs of nobody":    {"Show VRFs", map[string]any{"device": "r1", "extra": map[string]any{"a": 1}}, "**Show VRFs** on **r1**"},
		"a name with a break": {"Show VRFs", map[string]any{"device": "r1\r\nHost: x"}, "No device or group is called"},
	} {
		t.Run(name, func(t *testing.T) {
			w.press(w.alice, form, c.button, c.inputs)
			w.expect(c.want)
		})
	}
	w.say(w.alice, room, "port r1")
	port := w.expect("Enter an interface")
	for name, c := range map[string]struct {
		input any
		want  string
	}{
		"left empty":   {"", "Type a query and a device"},
		"too long":     {strings.Repeat("x", 300), "Type a query and a device"},
		"not a string": {7, "Type a query and a device"},
		"a path":       {"x?depth=1", "**One interface** on **r1** (0 rows"}, // a key like any other
	} {
		t.Run("an input "+name, func(t *testing.T) {
			w.press(w.alice, port, "One interface", map[string]any{"device": "r1", "name": c.input})
			w.expect(c.want)
		})
	}
	w.press(w.alice, port, "One interface", map[string]any{"device": "r1", "name": "GigabitEthernet1/../../x"})
	w.expect("Can't tell: r1 returned no data for this query. It has no")
	w.silent(room)
}
