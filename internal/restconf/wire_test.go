package restconf_test

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/restconf"
)

// raw is a device that answers a connection with these bytes once it has read something, and closes it.
func raw(t *testing.T, conf *tls.Config, answer []byte) inventory.Device {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", conf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = conn.Read(make([]byte, 4096))
				_, _ = conn.Write(answer)
				_ = conn.(*tls.Conn).CloseWrite()
				_, _ = io.Copy(io.Discard, conn) // so that what was written isn't lost by a reset
			}()
		}
	}()
	d := device()
	d.Host, d.Port = "127.0.0.1", l.Addr().(*net.TCPAddr).Port
	return d
}

// Answers byte for byte, as web servers of devices send them.
func TestWire(t *testing.T) {
	cert, ca := certificate(t, "127.0.0.1", time.Hour)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(`{"m:a":1}`)) // a buffer takes all
	_ = z.Close()
	const (
		broke  = "r1 broke off in the middle of its response."
		closed = "r1 closed the connection before it answered."
		noHTTP = "r1 sent something that isn't HTTP."
		head   = "HTTP/1.1 200 OK\r\nContent-Type: application/yang-data+json\r\n"
	)
	settings := "\x00\x00\x00\x04\x00\x00\x00\x00\x00"
	for name, c := range map[string]struct {
		answer string
		h2     bool
		want   string
		say    string
	}{
		"no length":             {answer: "HTTP/1.0 200 OK\r\n\r\n{\"m:a\":1}", want: `{"m:a":1}`},
		"no reason":             {answer: "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}", want: "{}"},
		"hints first":           {answer: strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 3) + head + "Content-Length: 2\r\n\r\n{}", want: "{}"},
		"chunks":                {answer: head + "Transfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n0\r\nTrailer: x\r\n\r\n", want: "{}"},
		"packed":                {answer: head + "Content-Encoding: gzip\r\n\r\n" + packed.String(), want: `{"m:a":1}`},
		"nothing":               {answer: "HTTP/1.1 204 No Content\r\n\r\n"},
		"chunks without an end": {answer: head + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", want: "{}", say: broke},
		"chunks that are none":  {answer: head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}", say: broke},
		"too short":             {answer: head + "Content-Length: 10\r\n\r\n{}", want: "{}", say: broke},
		"packed and cut":        {answer: head + "Content-Encoding: gzip\r\n\r\n" + packed.String()[:15], want: `{"m:`, say: broke},
		"closed at once":        {answer: "", say: closed},
		"cut in the head":       {answer: "HTTP/1.1 200 OK\r\nContent-Le", say: noHTTP},
		"no HTTP":               {answer: "SSH-2.0-Cisco-1.25\r\n", say: noHTTP},
		"no status":             {answer: "HTTP/1.1 OK\r\n\r\n", say: noHTTP},
		"a length that is none": {answer: head + "Content-Length: many\r\n\r\n{}", say: noHTTP},
		"GOAWAY":                {h2: true, answer: settings + "\x00\x00\x08\x07\x00\x00\x00\x00\x00" + "\x00\x00\x00\x01" + "\x00\x00\x00\x02", say: closed},
		"a reset stream":        {h2: true, answer: settings + "\x00\x00\x04\x03\x00\x00\x00\x00\x01" + "\x00\x00\x00\x02", say: closed},
		"HTTP/1 as HTTP/2":      {h2: true, answer: head + "\r\n{}", say: noHTTP},
	} {
		t.Run(name, func(t *testing.T) {
			conf := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
			if c.h2 {
				conf.NextProtos = []string{"h2"}
			}
			d := raw(t, conf, []byte(c.answer))
			d.TLS = inventory.TLS{CA: ca}
			client := restconf.New(restconf.Options{Timeout: 10 * time.Second})
			t.Cleanup(client.Close)
			got, err := fetch(t, client, d, "m:a", "")
			say := ""
			if err != nil {
				say, _ = fault.Text(err)
			}
			if got != c.want || say != c.say {
				t.Errorf("got %q, %q (%v)", got, say, err)
			}
		})
	}
}
