package webexsim

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/sirupsen/logrus"
)

// Options configure a simulation. The zero value is valid.
type Options struct {
	BaseURL string           // at which clients reach /v1; see SetBaseURL. Default http://localhost:3000/v1
	Client  *http.Client     // delivers webhooks
	Now     func() time.Time // clock
	Log     logrus.FieldLogger

	Cluster        string        // of spaces, as ids name it, such as urn:TEAM:us-west-2_r. Default us
	CatalogCluster string        // that the catalog names. Default Cluster
	AuthTimeout    time.Duration // for the first frame of a socket. Default 30 s
}

// New returns a simulation without people and spaces.
func New(o Options) *Sim {
	s := &Sim{
		client: o.Client, now: o.Now, log: o.Log, base: strings.TrimRight(cmp.Or(o.BaseURL, "http://localhost:3000/v1"), "/"),
		cluster: cmp.Or(o.Cluster, us), catalogCluster: cmp.Or(o.CatalogCluster, o.Cluster, us), authTimeout: cmp.Or(o.AuthTimeout, 30*time.Second), cap: MaxRegistrations,
		people: map[string]*Person{}, tokens: map[string]*Person{}, actions: map[string]*action{}, files: map[string]*file{},
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.client == nil {
		s.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute}}
	}
	if s.log == nil {
		quiet := logrus.New()
		quiet.SetOutput(io.Discard)
		s.log = quiet
	}
	s.running, s.stop = context.WithCancel(context.Background())
	s.post.idle = sync.NewCond(&s.post.mu)
	s.mux = s.routes()
	return s
}

// Close stops deliveries, sockets and watchers, and waits until they have stopped. Later calls are
// answered with 503.
func (s *Sim) Close() {
	s.mu.Lock()
	s.stop()
	hooks := s.webhooks
	s.webhooks = nil
	for _, k := range s.opened {
		k.close(codeGoing, "the simulation ends")
	}
	s.mu.Unlock()
	for _, h := range hooks {
		h.stop()
	}
	s.deliverers.Wait()
	s.journal.Close()
	s.client.CloseIdleConnections()
}

func (s *Sim) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"GET /v1/people/me":   getMe,
		"GET /v1/people/{id}": getPerson,
		"GET /v1/people":      listPeople,

		"GET /v1/rooms":                  listRooms,
		"POST /v1/rooms":                 createRoom,
		"GET /v1/rooms/{id}":             getRoom,
		"PUT /v1/rooms/{id}":             updateRoom,
		"DELETE /v1/rooms/{id}":          deleteRoom,
		"GET /v1/rooms/{id}/meetingInfo": getMeetingInfo,
		"GET /v1/teams":                  listTeams,

		"GET /v1/memberships":         listMemberships,
		"POST /v1/memberships":        createMembership,
		"GET /v1/memberships/{id}":    getMembership,
		"PUT /v1/memberships/{id}":    updateMembership,
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
	mux.HandleFunc("/", s.serve(unknownPath))
	return mux
}

// unknownPath answers 405 where another method is known, else 404.
func unknownPath(c *call) (any, error) {
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		r := c.Clone(c.Context())
		r.Method = method
		if _, pattern := c.sim.mux.Handler(r); pattern != "/" {
			return nil, fail(http.StatusMethodNotAllowed, "Request method '%s' not supported", c.Method)
		}
	}
	return nil, notFound()
}

// ServeHTTP serves the API below /v1/ and the services that the catalog names. As in Webex, a slash at
// the end of a path makes no difference.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.misplaced(r) {
		http.NotFound(w, r)
		return
	}
	if path := strings.TrimRight(r.URL.Path, "/"); path != r.URL.Path {
		r = r.Clone(r.Context())
		r.URL.Path, r.URL.RawPath = path, strings.TrimRight(r.URL.RawPath, "/")
	}
	s.mux.ServeHTTP(w, r)
}

// misplaced reports whether a request for a service is sent to the API's host.
func (s *Sim) misplaced(r *http.Request) bool {
	if !slices.ContainsFunc([]string{"/wdm-a1/", "/conversation-a1/", "/mercury-a1/"}, func(p string) bool { return strings.HasPrefix(r.URL.Path, p) }) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return r.Host != s.service("").Host
}

// maxBody bounds a request, in bytes. A file may have 100 MB.
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
		// Recorded before it is sent, so that a client with the answer finds the entry.
		s.record(Entry{
			At: s.now(), Kind: "call", Who: name, Method: r.Method, Path: r.URL.RequestURI(), Status: status,
			MS: milliseconds(time.Since(start)), Request: shown(r.Header.Get("Content-Type"), c.body),
			Response: shown(w.Header().Get("Content-Type"), answer), TrackingID: tracking,
		})
		w.WriteHeader(status)
		if _, err := w.Write(answer); err != nil {
			s.log.WithError(err).Debug("The client disconnected.")
		}
	}
}

// answer runs the handler, sets the header and returns status and body.
func (s *Sim) answer(w http.ResponseWriter, c *call, h handler) (int, []byte) {
	result, err := s.handle(w, c, h)
	var refused *apiError
	switch {
	case errors.As(err, &refused):
		return refused.status, errorBody(w, refused.message)
	case err != nil:
		s.log.WithError(err).Error("The simulated Webex has a bug.")
		return http.StatusInternalServerError, errorBody(w, "A bug of the simulation: "+err.Error())
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
			// One header with one link: the JavaScript SDK can't read more.
			w.Header().Set("Link", "<"+result.next+`>; rel="next"`)
		}
		return http.StatusOK, encode(w, map[string]any{"items": result.items})
	default:
		return http.StatusOK, encode(w, result)
	}
}

func (s *Sim) handle(w http.ResponseWriter, c *call, h handler) (any, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, c.Body, maxBody))
	if err != nil {
		return nil, fail(http.StatusRequestEntityTooLarge, "The request is too large or incomplete.")
	}
	c.body = body
	switch status, connected := s.applyFault(w, c.Request, nil, body); {
	case !connected:
		return nil, fail(http.StatusServiceUnavailable, "The client disconnected.")
	case status != 0:
		return nil, fail(status, "%s (injected fault).", http.StatusText(status))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running.Err() != nil {
		return nil, fail(http.StatusServiceUnavailable, "The simulation is closed.")
	}
	if c.who = s.bearer(c.Request); c.who == nil && c.URL.Path != limitedPath {
		return nil, fail(http.StatusUnauthorized, "The request requires a valid access token set in the Authorization request header.")
	}
	return h(c)
}

func encode(w http.ResponseWriter, v any) []byte {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	return compact(v)
}

func errorBody(w http.ResponseWriter, message string) []byte {
	return encode(w, map[string]any{
		"message": message, "errors": []any{map[string]string{"description": message}}, "trackingId": w.Header().Get("TrackingID"),
	})
}
