package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// answer is the response of a fake.
type answer struct {
	status int
	kind   string // media type
	body   []byte
	stream func(io.Writer) error // writes a chunked body instead
}

// pause delays the answers of a fake. It measures the actual delays, because timers fire late.
type pause struct {
	wanted atomic.Int64 // ns
	slept  atomic.Int64
	times  atomic.Int64
}

func (p *pause) set(d time.Duration) {
	p.wanted.Store(int64(d))
	p.slept.Store(0)
	p.times.Store(0)
}

func (p *pause) take() {
	d := time.Duration(p.wanted.Load())
	if d == 0 {
		return
	}
	began := time.Now()
	time.Sleep(d)
	p.slept.Add(int64(time.Since(began)))
	p.times.Add(1)
}

// mean returns the mean of the actual delays.
func (p *pause) mean() time.Duration { return time.Duration(p.slept.Load() / max(p.times.Load(), 1)) }

// server serves HTTP/1.1. It does less than the one of net/http, because it shares the CPU with the measured
// program.
type server struct {
	answer func(*http.Request) answer

	mu     sync.Mutex
	closed bool
	open   map[io.Closer]bool
	busy   sync.WaitGroup
}

func newServer(answer func(*http.Request) answer) *server {
	return &server{answer: answer, open: map[io.Closer]bool{}}
}

// track registers a connection for close. It returns false if the server is closed.
func (s *server) track(c io.Closer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = c.Close()
		return false
	}
	s.open[c] = true
	return true
}

func (s *server) close() {
	s.mu.Lock()
	s.closed = true
	for c := range s.open {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.busy.Wait()
}

// serve accepts connections until close.
func (s *server) serve(l net.Listener) {
	if !s.track(l) {
		return
	}
	s.busy.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // closed
			}
			if s.track(conn) {
				s.busy.Go(func() { s.talk(conn) })
			}
		}
	})
}

func (s *server) talk(conn net.Conn) {
	defer func() {
		_ = conn.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.open, conn)
	}()
	in, out := bufio.NewReaderSize(conn, 2<<10), bufio.NewWriterSize(conn, 4<<10)
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return // the client disconnected
		}
		said := s.answer(req)
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return
		}
		if write(out, said) != nil || out.Flush() != nil {
			return
		}
	}
}

func write(out *bufio.Writer, a answer) error {
	_, _ = out.WriteString("HTTP/1.1 " + strconv.Itoa(a.status) + " " + http.StatusText(a.status) + "\r\nContent-Type: " + a.kind)
	if a.stream == nil {
		_, _ = out.WriteString("\r\nContent-Length: " + strconv.Itoa(len(a.body)) + "\r\n\r\n")
		_, err := out.Write(a.body) // also returns earlier errors
		return err
	}
	_, _ = out.WriteString("\r\nTransfer-Encoding: chunked\r\n\r\n")
	chunks := httputil.NewChunkedWriter(out)
	whole := bufio.NewWriterSize(chunks, 32<<10)
	err := errors.Join(a.stream(whole), whole.Flush(), chunks.Close())
	_, _ = out.WriteString("\r\n")
	return err
}

// caller sends POST requests over persistent connections.
type caller struct {
	address string
	idle    chan *line
}

type line struct {
	conn net.Conn
	in   *bufio.Reader
}

func newCaller(address string) *caller {
	return &caller{address: address, idle: make(chan *line, 2000)}
}

// post sends a complete request and returns the status of the response.
func (c *caller) post(request []byte) (int, error) {
	var l *line
	select {
	case l = <-c.idle:
	default:
		conn, err := net.Dial("tcp", c.address)
		if err != nil {
			return 0, err
		}
		l = &line{conn, bufio.NewReaderSize(conn, 1<<10)}
	}
	if _, err := l.conn.Write(request); err != nil {
		_ = l.conn.Close()
		return 0, err
	}
	resp, err := http.ReadResponse(l.in, nil)
	if err == nil {
		_, err = io.Copy(io.Discard, resp.Body)
	}
	if err != nil {
		_ = l.conn.Close()
		return 0, fmt.Errorf("no answer from %s: %w", c.address, err)
	}
	select {
	case c.idle <- l:
	default:
		_ = l.conn.Close()
	}
	return resp.StatusCode, nil
}

func (c *caller) close() {
	for {
		select {
		case l := <-c.idle:
			_ = l.conn.Close()
		default:
			return
		}
	}
}
