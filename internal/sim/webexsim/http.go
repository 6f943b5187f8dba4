package webexsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// call is one request by somebody.
type call struct {
	*http.Request
	sim  *Sim
	who  *Person
	body []byte
}

// apiError is an answer that isn't a success.
type apiError struct {
	status  int
	message string
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s", e.status, e.message) }

func fail(status int, format string, args ...any) error {
	return &apiError{status, fmt.Sprintf(format, args...)}
}

func notFound() error {
	return fail(http.StatusNotFound, "The requested resource could not be found.")
}

// handler answers with something to encode as JSON; nil is 204 without a body. It runs under the
// simulation's lock.
type handler func(c *call) (any, error)

// raw is an answer that isn't JSON.
type raw struct {
	header http.Header
	body   []byte
}

// paged is a list with the address of its next page.
type paged struct {
	items any
	next  string
}

func (s *Sim) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"GET /v1/people/me":   getMe,
		"GET /v1/people/{id}": getPerson,
		"GET /v1/people":      listPeople,
		"GET /v1/people/{$}":  listPeople, // the JavaScript SDK asks with the slash

		"GET /v1/rooms":         listRooms,
		"POST /v1/rooms":        createRoom,
		"GET /v1/rooms/{id}":    getRoom,
		"PUT /v1/rooms/{id}":    updateRoom,
		"DELETE /v1/rooms/{id}": deleteRoom,

		"GET /v1/memberships":         listMemberships,
		"POST /v1/memberships":        createMembership,
		"GET /v1/memberships/{id}":    getMembership,
		"DELETE /v1/memberships/{id}": deleteMembership,

		"GET /v1/messages":         listMessages,
		"GET /v1/messages/direct":  listDirect,
		"POST /v1/messages":        createMessage,
		"GET /v1/messages/{id}":    getMessage,
		"PUT /v1/messages/{id}":    editMessage,
		"DELETE /v1/messages/{id}": deleteMessage,
		"GET /v1/contents/{id}":    getContents,

		"POST /v1/attachment/actions":     createAction,
		"GET /v1/attachment/actions/{id}": getAction,

		"GET /v1/webhooks":         listWebhooks,
		"POST /v1/webhooks":        createWebhook,
		"GET /v1/webhooks/{id}":    getWebhook,
		"PUT /v1/webhooks/{id}":    updateWebhook,
		"DELETE /v1/webhooks/{id}": deleteWebhook,

		"GET " + catalogPath + "/catalog": getCatalog,
		"GET " + limitedPath:              getCatalog,

		"POST " + metricsPath + "/{rest...}": takeMetrics,

		"GET " + registrationsPath:                             listRegistrations,
		"POST " + registrationsPath:                            createRegistration,
		"DELETE " + registrationsPath:                          deleteRegistrations,
		"GET " + registrationsPath + "/{id}":                   getRegistration,
		"PUT " + registrationsPath + "/{id}":                   updateRegistration,
		"DELETE " + registrationsPath + "/{id}":                deleteRegistration,
		"GET " + conversationPath + "/messages/{id}":           lookupMessage,
		"GET " + conversationPath + "/attachment/actions/{id}": lookupAction,
	} {
		mux.HandleFunc(pattern, s.serve(h))
	}
	mux.HandleFunc("GET "+socketPath+"/{id}/messages", s.socket)
	mux.HandleFunc("/", s.serve(func(*call) (any, error) { return nil, notFound() }))
	return mux
}

// ServeHTTP answers everything: the API below /v1/, and the services that its catalog names.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.misplaced(r) {
		http.NotFound(w, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// maxBody bounds a request, in bytes: a file of Webex's may have 100 MB.
const maxBody = 100 << 20

func (s *Sim) serve(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		tracking := r.Header.Get("TrackingID")
		if tracking == "" {
			tracking = "ROUTER_" + uuid.NewString()
		}
		w.Header().Set("TrackingID", tracking)
		c := &call{Request: r, sim: s}
		status, answer := s.answer(w, c, h)
		name := ""
		if c.who != nil {
			name = c.who.Name
		}
		s.record(Entry{
			At: s.now(), Kind: "call", Who: name, Method: r.Method, Path: r.URL.RequestURI(), Status: status,
			MS: milliseconds(time.Since(start)), Request: shown(r.Header.Get("Content-Type"), c.body),
			Response: shown(w.Header().Get("Content-Type"), answer), TrackingID: tracking,
		})
		w.WriteHeader(status) // recorded before: who has the answer finds the entry
		if _, err := w.Write(answer); err != nil {
			s.log.WithError(err).Debug("the caller went away")
		}
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// answer runs the handler and sets the header.
func (s *Sim) answer(w http.ResponseWriter, c *call, h handler) (int, []byte) {
	result, err := s.handle(w, c, h)
	var refused *apiError
	switch {
	case errors.As(err, &refused):
		return refused.status, errorBody(w, refused.message)
	case err != nil:
		s.log.WithError(err).Error("a defect of the simulation")
		return http.StatusInternalServerError, errorBody(w, "A defect of the simulation: "+err.Error())
	}
	switch result := result.(type) {
	case nil:
		return http.StatusNoContent, nil
	case raw:
		for k, v := range result.header {
			w.Header()[k] = v
		}
		return http.StatusOK, result.body
	case paged:
		if result.next != "" {
			// One header with one link: the JavaScript SDK reads no more.
			w.Header().Set("Link", "<"+result.next+`>; rel="next"`)
		}
		return http.StatusOK, encode(w, map[string]any{"items": result.items})
	default:
		return http.StatusOK, encode(w, result)
	}
}

func (s *Sim) handle(w http.ResponseWriter, c *call, h handler) (any, error) {
	switch status, there := s.suffer(w, c.Request, nil); {
	case !there:
		return nil, fail(http.StatusServiceUnavailable, "The caller went away.")
	case status != 0:
		return nil, fail(status, "%s (asked for by the playground or a test).", http.StatusText(status))
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, c.Body, maxBody))
	if err != nil {
		return nil, fail(http.StatusRequestEntityTooLarge, "The request is too large or was cut off.")
	}
	c.body = body
	token, ok := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running.Err() != nil {
		return nil, fail(http.StatusServiceUnavailable, "The simulation is closed.")
	}
	if c.who = s.tokens[token]; (!ok || c.who == nil) && c.URL.Path != limitedPath {
		return nil, fail(http.StatusUnauthorized, "The request requires a valid access token set in the Authorization request header.")
	}
	return h(c)
}

// decode reads a JSON body.
func (c *call) decode(into any) error {
	kind, _, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return fail(http.StatusUnsupportedMediaType, "Content type '%s' not supported", c.Header.Get("Content-Type"))
	}
	if err := json.Unmarshal(c.body, into); err != nil {
		return fail(http.StatusBadRequest, "The request could not be understood by the server due to malformed syntax. %v", err)
	}
	return nil
}

// page cuts a list to what was asked for with max, 100 when nothing was.
func page[T any](c *call, items []T) (paged, error) {
	query := c.URL.Query()
	limit, err := positive(query, "max", 100)
	if err != nil {
		return paged{}, err
	}
	from, err := positive(query, "cursor", 0)
	if err != nil {
		return paged{}, err
	}
	from = min(from, len(items))
	to := min(from+min(limit, 1000), len(items))
	list := append([]T{}, items[from:to]...)
	next := ""
	if to < len(items) {
		query.Set("cursor", strconv.Itoa(to))
		next = c.sim.base + strings.TrimPrefix(c.URL.Path, "/v1") + "?" + query.Encode()
	}
	return paged{list, next}, nil
}

func positive(query url.Values, name string, otherwise int) (int, error) {
	text := query.Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fail(http.StatusBadRequest, "%s must be a positive number.", name)
	}
	return n, nil
}

func encode(w http.ResponseWriter, v any) []byte {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	return compact(v)
}

// compact encodes without HTML escaping and line break: some clients verify signatures over JSON
// they wrote again themselves.
func compact(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // our own types always encode
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func errorBody(w http.ResponseWriter, message string) []byte {
	return encode(w, map[string]any{
		"message": message, "errors": []any{map[string]string{"description": message}}, "trackingId": w.Header().Get("TrackingID"),
	})
}
