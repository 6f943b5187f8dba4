package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"overwatch/internal/fault"
	"overwatch/internal/inbox"
)

// The protocol of the socket is HTTP with JSON: GET /count, GET /dead (one dead letter a line),
// POST /dead/ID (replay) and DELETE /dead/ID. An error is a problem with status 400.

// problem is an error on the socket.
type problem struct {
	Kind    fault.Kind `json:"kind"`
	Message string     `json:"message"`
	Hint    string     `json:"hint,omitempty"`
}

// visitors serves overwatch inbox on a socket that only the owner of the data directory can open.
type visitors struct {
	server *http.Server
	ended  chan struct{}
}

// listen serves a store on a socket. Without it everything but overwatch inbox beside the running bot
// works, so an error is logged only.
func listen(s *Store, path string) *visitors {
	_ = os.Remove(path) // of a process that was killed: we have the lock
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", path)
	if err == nil {
		err = os.Chmod(path, 0o600)
	}
	if err != nil {
		s.log.WithError(err).Warn("overwatch inbox doesn't work while this bot runs: its socket can't be opened")
		return nil
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /count", func(w http.ResponseWriter, r *http.Request) {
		counts, err := s.Count(r.Context())
		respond(w, counts, err)
	})
	mux.HandleFunc("GET /dead", func(w http.ResponseWriter, r *http.Request) {
		for d, err := range s.Dead(r.Context()) {
			if respond(w, d, err); err != nil {
				return
			}
		}
	})
	change := func(do func(context.Context, uint64) error) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			id, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
			if err == nil {
				err = do(r.Context(), id)
			}
			respond(w, struct{}{}, err)
		}
	}
	mux.HandleFunc("POST /dead/{id}", change(s.Replay))
	mux.HandleFunc("DELETE /dead/{id}", change(s.Forget))
	v := &visitors{server: &http.Server{Handler: mux, ReadHeaderTimeout: within}, ended: make(chan struct{})}
	go func() {
		defer close(v.ended)
		if err := v.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.log.WithError(err).Warn("overwatch inbox doesn't work any more while this bot runs")
		}
	}()
	return v
}

// respond writes a line of JSON: a value or a problem.
func respond(w http.ResponseWriter, value any, err error) {
	if err != nil {
		p := problem{Kind: fault.Of(err)}
		p.Message, p.Hint = fault.Text(err)
		w.WriteHeader(http.StatusBadRequest) // too late within a list, whose reader knows by the line
		value = p
	}
	_ = json.NewEncoder(w).Encode(value) // the visitor is gone
}

func (v *visitors) close() {
	if v == nil {
		return
	}
	_ = v.server.Close() // visitors try again
	<-v.ended
}

// visitor is an inbox.Admin at the other end of the socket.
type visitor struct {
	data   string
	client *http.Client
}

// visit connects to the bot that has a data directory.
func visit(ctx context.Context, data string) (inbox.Admin, error) {
	path := filepath.Join(data, socketName)
	v := &visitor{data: data, client: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{Timeout: within}).DialContext(ctx, "unix", path)
		},
		ResponseHeaderTimeout: 2 * within,
	}}}
	if _, err := v.Count(ctx); err != nil {
		_ = v.Close()
		return nil, err
	}
	return v, nil
}

// call sends a request and returns the response's body, which the caller must close.
func (v *visitor) call(ctx context.Context, method, path string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://inbox"+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := v.client.Do(req)
	if err != nil {
		return nil, &fault.Error{
			Kind: fault.Unavailable, Message: "The bot that uses " + v.data + " doesn't answer on its socket.",
			Hint: "Run this command as the bot's user, or when the bot is stopped.", Cause: err,
		}
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, nil
	}
	defer resp.Body.Close()
	return nil, problemOf(resp.Body)
}

func problemOf(body io.Reader) error {
	var p problem
	if err := json.NewDecoder(io.LimitReader(body, 1<<16)).Decode(&p); err != nil {
		return fmt.Errorf("the bot's answer can't be read: %w", err)
	}
	return &fault.Error{Kind: p.Kind, Message: p.Message, Hint: p.Hint}
}

// Count implements inbox.Admin.
func (v *visitor) Count(ctx context.Context) (counts inbox.Counts, err error) {
	body, err := v.call(ctx, http.MethodGet, "/count")
	if err != nil {
		return counts, err
	}
	defer body.Close()
	return counts, json.NewDecoder(body).Decode(&counts)
}

// Dead implements inbox.Admin.
func (v *visitor) Dead(ctx context.Context) iter.Seq2[inbox.Dead, error] {
	return func(yield func(inbox.Dead, error) bool) {
		body, err := v.call(ctx, http.MethodGet, "/dead")
		if err != nil {
			yield(inbox.Dead{}, err)
			return
		}
		defer body.Close()
		for lines := json.NewDecoder(body); ; {
			var line json.RawMessage
			switch err := lines.Decode(&line); {
			case errors.Is(err, io.EOF):
				return
			case err != nil:
				yield(inbox.Dead{}, err)
				return
			}
			var d inbox.Dead
			if err := json.Unmarshal(line, &d); err != nil || d.ID == 0 {
				yield(inbox.Dead{}, problemOf(bytes.NewReader(line)))
				return
			}
			if !yield(d, nil) {
				return
			}
		}
	}
}

// Replay implements inbox.Admin.
func (v *visitor) Replay(ctx context.Context, id uint64) error {
	return v.change(ctx, http.MethodPost, id)
}

// Forget implements inbox.Admin.
func (v *visitor) Forget(ctx context.Context, id uint64) error {
	return v.change(ctx, http.MethodDelete, id)
}

func (v *visitor) change(ctx context.Context, method string, id uint64) error {
	ctx, cancel := context.WithTimeout(ctx, 3*within)
	defer cancel()
	body, err := v.call(ctx, method, "/dead/"+strconv.FormatUint(id, 10))
	if err != nil {
		return err
	}
	return body.Close()
}

// Close implements inbox.Admin.
func (v *visitor) Close() error {
	v.client.CloseIdleConnections()
	return nil
}

var _ inbox.Admin = (*visitor)(nil)
