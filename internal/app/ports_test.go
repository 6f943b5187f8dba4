package app_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"runtime"
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
	var sent, opened atomic.Int64
	dial := func() net.Conn {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", address)
		if err != nil {
			return nil
		}
		opened.Add(1)
		context.AfterFunc(ctx, func() { _ = conn.Close() })
		return conn
	}
	again := func(many int, attempt func(net.Conn)) {
		for range many {
			attack.Go(func() {
				for ctx.Err() == nil {
					conn := dial()
					if conn == nil {
						time.Sleep(10 * time.Millisecond)
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
			time.Sleep(20 * time.Millisecond)
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
			time.Sleep(50 * time.Millisecond)
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
	for ; questions < 3 || opened.Load() < 2000 || sent.Load() < 1<<20; questions++ {
		w.say(w.alice, room, "vrf r1")
		w.expect("**Show VRFs** on **r1** (3 rows")
		if status := w.deliver("{", sign("{")); status != 400 {
			t.Errorf("a delivery got %d", status)
		}
	}
	t.Logf("%d questions while %d connections sent %d bytes", questions, opened.Load(), sent.Load())
	stop()
	attack.Wait()
	w.silent(room)
	for range 100 {
		if runtime.NumGoroutine() < 1500 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("%s", fmt.Sprint(runtime.NumGoroutine(), " goroutines stay"))
}
