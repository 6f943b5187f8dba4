// Package cases runs the test cases of query templates: files with a message to the bot, the responses of
// a device, and the expected requests and replies.
//
// A case runs the same code as a real message, from the bot to the RESTCONF client; only the device's
// responses come from the file. Tests and "overwatch check" run cases; the server doesn't import this
// package.
package cases

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/sirupsen/logrus"

	"overwatch/cards"
	"overwatch/internal/access"
	"overwatch/internal/archive"
	"overwatch/internal/bot"
	"overwatch/internal/chat"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
	"overwatch/internal/render"
	"overwatch/internal/restconf"
	"overwatch/internal/secret"
)

// Now is the time in every case, so that ages don't change.
var Now = time.Date(2026, 11, 23, 8, 20, 32, 0, time.UTC)

// Run runs a case and returns the file with the actual requests and replies. These are its parts:
//
//	-- ask --             the message to the bot; the device is r1, of the platform in "platform"
//	-- platform --        ios-xe if omitted
//	-- GET PATH --        the device's response to a path below /restconf/data, with its query
//	-- GET PATH 404 --    the same with another status than 200. Paths without a part get 404.
//	-- asked --           the requests that the device received
//	-- text --            the reply as text
//	-- card --            the card, if the case has this part
func Run(ctx context.Context, file []byte, catalog *query.Catalog, set *cards.Set) ([]byte, error) {
	archive := txtar.Parse(file)
	d := &device{responses: map[string]response{}}
	ask, platform, drawn := "", "ios-xe", false
	out := &txtar.Archive{Comment: archive.Comment}
	for _, f := range archive.Files {
		switch f.Name {
		case "ask":
			ask = strings.TrimSpace(string(f.Data))
		case "platform":
			platform = strings.TrimSpace(string(f.Data))
		case "asked", "text":
			continue
		case "card":
			drawn = true
			continue
		default:
			if err := d.add(f); err != nil {
				return nil, err
			}
		}
		out.Files = append(out.Files, f)
	}
	if ask == "" {
		return nil, fmt.Errorf("the case has no part called ask")
	}
	b, err := newBot(d, platform, catalog, set)
	if err != nil {
		return nil, err
	}
	replies := b.Handle(ctx, chat.Message{ID: "MESSAGE", Text: ask}, func(chat.Reply) {})
	var text, card bytes.Buffer
	for _, r := range replies {
		text.WriteString(r.Text + "\n")
		if r.File != nil {
			if err := r.File.Write(ctx, &text); err != nil {
				fmt.Fprintln(&text, err)
			}
		}
		if r.Card == nil {
			continue
		}
		if err := json.Indent(&card, r.Card, "", "  "); err != nil {
			return nil, err
		}
		card.WriteByte('\n')
	}
	slices.Sort(d.requests) // requests made at the same time have no order
	out.Files = append(out.Files,
		txtar.File{Name: "asked", Data: []byte(strings.Join(d.requests, "\n") + "\n")},
		txtar.File{Name: "text", Data: text.Bytes()})
	if drawn {
		out.Files = append(out.Files, txtar.File{Name: "card", Data: card.Bytes()})
	}
	return txtar.Format(out), nil
}

// Check runs a case. It returns an error that names the first line of the file that differs from the
// actual outcome.
func Check(ctx context.Context, name string, file []byte, catalog *query.Catalog, set *cards.Set) error {
	actual, err := Run(ctx, file, catalog, set)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	got := strings.Split(string(actual), "\n")
	for i, line := range strings.Split(string(file), "\n") {
		switch {
		case i >= len(got):
			return fmt.Errorf("%s:%d: got the end of the file, want %q", name, i+1, line)
		case line != got[i]:
			return fmt.Errorf("%s:%d: got %q, want %q", name, i+1, got[i], line)
		}
	}
	return nil
}

func newBot(d *device, platform string, catalog *query.Catalog, set *cards.Set) (*bot.Bot, error) {
	inv, err := inventory.New([]inventory.Device{{
		Name: "r1", Host: "r1.example", Port: 443, Platform: platform, Groups: []string{"paris"},
		Login: inventory.Login{Username: "operator", Password: secret.New("unused")},
	}})
	if err != nil {
		return nil, err
	}
	client := restconf.New(restconf.Options{
		Transport: func(inventory.TLS) (http.RoundTripper, error) { return d, nil },
	})
	log := logrus.New()
	log.SetOutput(io.Discard)
	now := func() time.Time { return Now }
	return bot.New(bot.Options{
		Inventory: inv, Catalog: catalog, Archive: archive.NewMemory(), Activity: bot.NewActivity(), Access: access.Everything(), Render: render.New(set),
		Runner: query.NewRunner(client, now), Log: log, Now: now,
	})
}

// device returns the responses of a case and records the requests. Safe for concurrent use.
type device struct {
	responses map[string]response // by path

	mu       sync.Mutex
	requests []string
}

type response struct {
	status int
	body   []byte
}

func (d *device) add(f txtar.File) error {
	fields := strings.Fields(f.Name)
	a := response{http.StatusOK, f.Data}
	if len(fields) == 3 {
		status, err := strconv.Atoi(fields[2])
		if err != nil {
			return fmt.Errorf("part %q: %q is not an HTTP status", f.Name, fields[2])
		}
		a.status = status
	}
	if len(fields) < 2 || len(fields) > 3 || fields[0] != "GET" {
		return fmt.Errorf("unknown part %q", f.Name)
	}
	d.responses[fields[1]] = a
	return nil
}

// RoundTrip implements http.RoundTripper.
func (d *device) RoundTrip(r *http.Request) (*http.Response, error) {
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/restconf/data/")
	if r.URL.RawQuery != "" {
		path += "?" + r.URL.RawQuery
	}
	d.mu.Lock()
	d.requests = append(d.requests, r.Method+" "+path)
	d.mu.Unlock()
	a, ok := d.responses[path]
	if !ok {
		a = response{http.StatusNotFound, []byte(`{"errors":{"error":[{"error-tag":"invalid-value","error-message":"uri keypath not found"}]}}`)}
	}
	return &http.Response{
		StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/yang-data+json"}},
		Body:   io.NopCloser(bytes.NewReader(a.body)),
	}, nil
}
