package webex_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"overwatch/internal/fault"
	"overwatch/internal/webex"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What Webex is sure to refuse costs no call.
func TestCreateMessageChecks(t *testing.T) {
	for _, tc := range []struct {
		name string
		m    webex.NewMessage
		want fault.Kind
	}{
		{"as long as may be", webex.NewMessage{RoomID: "r", Markdown: strings.Repeat("x", 7439)}, ""},
		{"a byte too long", webex.NewMessage{RoomID: "r", Markdown: strings.Repeat("x", 7440)}, fault.Invalid},
		{"too long in bytes alone", webex.NewMessage{RoomID: "r", Markdown: strings.Repeat("é", 3720)}, fault.Invalid},
		{"empty", webex.NewMessage{RoomID: "r"}, fault.Invalid},
		{"a card without text", webex.NewMessage{RoomID: "r", Card: json.RawMessage(`{}`)}, fault.Invalid},
		{"to nobody", webex.NewMessage{Markdown: "hi"}, fault.Invalid},
		{"to two", webex.NewMessage{RoomID: "r", PersonID: "p", Markdown: "hi"}, fault.Invalid},
		{"broken card", webex.NewMessage{RoomID: "r", Markdown: "hi", Card: json.RawMessage(`{`)}, fault.Invalid},
		{"two cards", webex.NewMessage{RoomID: "r", Markdown: "hi", Card: json.RawMessage(`[{},{}]`)}, fault.Invalid},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := newAPI(t)
			if tc.want == "" {
				a.on("POST /messages", answer(http.StatusOK, `{"id":"m"}`))
			}
			if _, err := a.client().CreateMessage(t.Context(), tc.m); fault.Of(err) != tc.want {
				t.Errorf("got %q (%v), want %q", fault.Of(err), err, tc.want)
			}
		})
	}
}

func TestUpload(t *testing.T) {
	type part struct{ name, file, kind, body string }
	a := newServer(t)
	arrived := make(chan struct{})
	a.on("POST /messages", func(w http.ResponseWriter, r *http.Request) {
		kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || kind != "multipart/form-data" {
			t.Errorf("Content-Type is %q: %v", kind, err)
		}
		var got []part
		form := multipart.NewReader(r.Body, params["boundary"])
		for {
			p, err := form.NextPart()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Error(err)
				return
			}
			if p.FormName() == "files" {
				close(arrived) // the rest isn't written yet: it can't have been held in memory
			}
			body, err := io.ReadAll(p)
			if err != nil {
				t.Error(err)
			}
			got = append(got, part{p.FormName(), p.FileName(), p.Header.Get("Content-Type"), string(body)})
		}
		want := []part{
			{"roomId", "", "", "r"},
			{"parentId", "", "", "q"},
			{"markdown", "", "", "all *rows*"},
			{"files", `vrf "r1".csv`, "text/csv", "name,rd\nCORP,65000:1\n"},
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(part{})); diff != "" {
			t.Error(diff)
		}
		answer(http.StatusOK, `{"id":"m"}`)(w, r)
	})
	sent, err := a.client().Upload(t.Context(), webex.NewMessage{RoomID: "r", ParentID: "q", Markdown: "all *rows*"}, `vrf "r1".csv`, "text/csv",
		func(ctx context.Context, out io.Writer) error {
			if _, err := io.WriteString(out, "name,rd\n"); err != nil {
				return err
			}
			select {
			case <-arrived:
			case <-ctx.Done():
				return ctx.Err()
			}
			_, err := io.WriteString(out, "CORP,65000:1\n")
			return err
		})
	if err != nil || sent.ID != "m" {
		t.Errorf("got %+v, %v", sent, err)
	}
}

func TestUploadChecks(t *testing.T) {
	never := func(context.Context, io.Writer) error { t.Error("it was written"); return nil }
	for name, m := range map[string]webex.NewMessage{
		"no text":       {RoomID: "r"},
		"beside a card": {RoomID: "r", Markdown: "hi", Card: json.RawMessage(`{}`)},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := newAPI(t).client().Upload(t.Context(), m, "a.csv", "text/csv", never); fault.Of(err) != fault.Invalid {
				t.Errorf("got %v", err)
			}
		})
	}
}

// An upload that ends half-way leaves nothing running (TestMain looks), and says whose fault it was.
func TestUploadAborted(t *testing.T) {
	m := webex.NewMessage{RoomID: "r", Markdown: "rows"}
	endless := func(_ context.Context, out io.Writer) error {
		for {
			if _, err := out.Write(make([]byte, 64<<10)); err != nil {
				return fmt.Errorf("write the rows: %w", err)
			}
		}
	}
	readSome := func(r *http.Request) { _, _ = io.CopyN(io.Discard, r.Body, 1<<20) }
	readAll := func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }

	t.Run("the file can't be written", func(t *testing.T) {
		for name, failed := range map[string]error{
			"a fault":      &fault.Error{Kind: fault.Timeout, Message: "r1 didn't answer in time."},
			"another kind": errors.New("the device hung up"),
		} {
			t.Run(name, func(t *testing.T) {
				arrived := make(chan struct{})
				a := newServer(t).on("POST /messages", func(w http.ResponseWriter, r *http.Request) {
					close(arrived)
					readAll(w, r)
				})
				_, err := a.client().Upload(t.Context(), m, "a.csv", "", func(_ context.Context, out io.Writer) error {
					if _, err := out.Write(make([]byte, 1<<20)); err != nil {
						return err
					}
					<-arrived // else the request may be gone before anybody has seen it
					return failed
				})
				if err != failed { //nolint:errorlint // the very one
					t.Errorf("got %v, want %v", err, failed)
				}
			})
		}
	})
	t.Run("refused at once", func(t *testing.T) {
		a := newServer(t).on("POST /messages", func(w http.ResponseWriter, r *http.Request) {
			readSome(r)
			answer(http.StatusTooManyRequests, "")(w, r)
		})
		if _, err := a.client().Upload(t.Context(), m, "a.csv", "", endless); fault.Of(err) != fault.RateLimited {
			t.Errorf("got %v", err)
		}
	})
	t.Run("cut off", func(t *testing.T) {
		a := newServer(t).on("POST /messages", func(_ http.ResponseWriter, r *http.Request) {
			readSome(r)
			panic(http.ErrAbortHandler)
		})
		if _, err := a.client().Upload(t.Context(), m, "a.csv", "", endless); fault.Of(err) != fault.Unavailable {
			t.Errorf("got %v", err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		a := newServer(t).on("POST /messages", func(_ http.ResponseWriter, r *http.Request) {
			readSome(r)
			cancel()
			<-done
		})
		_, err := a.client().Upload(ctx, m, "a.csv", "", endless)
		close(done)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the device hangs while Webex refuses", func(t *testing.T) {
		a := newServer(t).on("POST /messages", func(w http.ResponseWriter, r *http.Request) {
			// Else the server waits for some of the body before it answers.
			if err := http.NewResponseController(w).EnableFullDuplex(); err != nil {
				t.Error(err)
			}
			answer(http.StatusForbidden, "")(w, r)
			_ = http.NewResponseController(w).Flush()
		})
		_, err := a.client().Upload(t.Context(), m, "a.csv", "", func(ctx context.Context, _ io.Writer) error {
			<-ctx.Done()
			return ctx.Err()
		})
		if fault.Of(err) != fault.Denied {
			t.Errorf("got %v", err)
		}
	})
}
