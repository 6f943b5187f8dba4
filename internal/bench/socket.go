package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/coder/websocket"
)

// sockets are the open WebSockets of bots.
type sockets struct {
	url string
	srv *http.Server
	ack func(number int)

	mu       sync.Mutex
	ready    []*websocket.Conn
	sequence int
}

func (s *sockets) listen(ack func(number int)) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.url, s.ack = "ws://"+l.Addr().String()+"/", ack
	s.srv = &http.Server{Handler: http.HandlerFunc(s.open)}
	go func() { _ = s.srv.Serve(l) }() // ends with close
	return nil
}

func (s *sockets) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range s.ready {
		_ = conn.CloseNow()
	}
	_ = s.srv.Close()
}

// open serves one socket until it is closed.
func (s *sockets) open(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // Accept has answered
	}
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for i, c := range s.ready {
			if c == conn {
				s.ready = append(s.ready[:i], s.ready[i+1:]...)
				break
			}
		}
		_ = conn.CloseNow()
	}()
	ctx := context.Background()
	for {
		_, text, err := conn.Read(ctx)
		if err != nil {
			return
		}
		var in struct{ ID, Type, MessageID string }
		if json.Unmarshal(text, &in) != nil {
			return
		}
		switch in.Type {
		case "authorization":
			s.mu.Lock()
			s.ready, s.sequence = append(s.ready, conn), 0
			s.mu.Unlock()
			err = conn.Write(ctx, websocket.MessageText, []byte(`{"id":"ready","data":{"eventType":"mercury.buffer_state"}}`))
		case "ping":
			err = conn.Write(ctx, websocket.MessageText, []byte(`{"id":"`+in.ID+`","type":"pong"}`))
		case "ack":
			if n, err := strconv.Atoi(strings.TrimPrefix(in.MessageID, "frame-")); err == nil {
				s.ack(n)
			}
		}
		if err != nil {
			return
		}
	}
}

var errDeaf = errors.New("no socket is open")

// tell sends an activity with a sequence number to every socket.
func (s *sockets) tell(number int, activity string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ready) == 0 {
		return errDeaf
	}
	s.sequence++
	frame := []byte(`{"id":"frame-` + strconv.Itoa(number) + `","timestamp":1,"alertType":"none","headers":{},"sequenceNumber":` + strconv.Itoa(s.sequence) +
		`,"data":{"eventType":"conversation.activity","activity":` + activity + `}}`)
	for _, conn := range s.ready {
		if err := conn.Write(context.Background(), websocket.MessageText, frame); err != nil {
			return err
		}
	}
	return nil
}
