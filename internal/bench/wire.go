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

// answer is what a fake says to a request.
type answer struct {
	status int
	kind   string // media type
	body   []byte
	stream func(io.Writer) error // what is said in chunks instead of body
}

// pause is how long a fake waits before each answer. A machine wakes later than it is told to, so it
// knows how long that really was.
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

// mean is how long it really takes.
func (p *pause) mean() time.Duration { return time.Duration(p.slept.Load() / max(p.times.Load(), 1)) }

// server answers HTTP/1.1 on one connection after the other. It does less than net/http's, since what
// the other sides cost is taken from the machine that is measured.
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

// track remembers what close has to close; false means that it is too late.
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

// serve accepts connections of a listener until close.
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
			return // the other side hung up
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
		_, err := out.Write(a.body) // what went wrong before is said here as well
		return err
	}
	_, _ = out.WriteString("\r\nTransfer-Encoding: chunked\r\n\r\n")
	chunks := httputil.NewChunkedWriter(out)
	whole := bufio.NewWriterSize(chunks, 32<<10)
	err := errors.Join(a.stream(whole), whole.Flush(), chunks.Close())
	_, _ = out.WriteString("\r\n")
	return err
}

// caller posts over connections that it keeps.
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

// post sends a request as it stands and returns the status of the answer, or an error.
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
