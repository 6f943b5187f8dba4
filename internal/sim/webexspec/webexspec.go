// Package webexspec checks HTTP traffic of tests against the published description of Webex's messaging
// API (OpenAPI), so that neither the bot nor the simulated Webex deviates from it.
//
// The description isn't part of this repository: Load reads it from openapi/ in the directory that
// OVERWATCH_SHARED names. Only tests may import this package.
package webexspec

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

const file = "webex-messaging-bot-subset.json"

// Spec is the description. Safe for concurrent use.
type Spec struct{ router routers.Router }

// Load reads the description once. It returns nil without an error if the file doesn't exist.
var Load = sync.OnceValues(load)

func load() (*Spec, error) {
	dir, _ := filepath.Abs(os.Getenv("OVERWATCH_SHARED"))
	path := filepath.Join(dir, "openapi", file)
	if _, err := os.Stat(path); os.Getenv("OVERWATCH_SHARED") == "" || os.IsNotExist(err) {
		return nil, nil
	}
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	fix(doc)
	if err := doc.Validate(loader.Context, openapi3.DisableExamplesValidation()); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	router, err := gorillamux.NewRouter(doc)
	return &Spec{router}, err
}

// fix corrects known defects of the description.
func fix(doc *openapi3.T) {
	// It names no server.
	doc.Servers = openapi3.Servers{{URL: "/v1"}}
	// It describes the content of a card as a file.
	doc.Components.Schemas["Attachment"].Value.Properties["content"] = openapi3.NewSchemaRef("", openapi3.NewObjectSchema())
	// It leaves out the resource and event "all", which the guide to webhooks documents.
	webhook := doc.Paths.Find("/webhooks").Post.RequestBody.Value.Content.Get("application/json").Schema.Value
	for _, schema := range []*openapi3.Schema{webhook, doc.Components.Schemas["Webhook"].Value} {
		for _, name := range []string{"resource", "event"} {
			property := schema.Properties[name].Value
			property.Enum = append(property.Enum, "all")
		}
	}
	// It answers a button press with 202, Webex with 200.
	responses := doc.Paths.Find("/attachment/actions").Post.Responses
	responses.Set("200", responses.Value("202"))
}

// Require returns the description. Without it the test is skipped, or fails with CI=true.
func Require(t testing.TB) *Spec {
	t.Helper()
	spec, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if spec == nil {
		const missing = "the published description isn't there: set OVERWATCH_SHARED to the directory that has openapi/" + file
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	return spec
}

// Check returns a handler that passes requests below /v1 to h and reports as test errors what violates
// the description: in responses and, if requests is set, in requests. A nil Spec checks nothing.
func (s *Spec) Check(t testing.TB, h http.Handler, requests bool) http.Handler {
	if s == nil {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route, params, err := s.router.FindRoute(r)
		if err != nil { // not described, such as the content of a file
			h.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		input := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: &openapi3filter.Options{
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
			// The description leaves out uploads, which are forms.
			ExcludeRequestBody: strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/"),
		}}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if err := openapi3filter.ValidateRequest(r.Context(), input); requests && err != nil {
			t.Errorf("request %s %s %s: %v", r.Method, r.URL, body, err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		recorded := httptest.NewRecorder()
		h.ServeHTTP(recorded, r)
		if err := s.validate(r, input, recorded); err != nil && !undescribed(route, recorded.Code) {
			t.Errorf("response to %s %s: %v", r.Method, r.URL, err)
		}
		for k, v := range recorded.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(recorded.Code)
		_, _ = w.Write(recorded.Body.Bytes()) // the client may have disconnected
	})
}

// validate checks a response. Errors aren't described, so only their status is.
// undescribed reports whether a status is a failure that the description doesn't have: tests inject such.
func undescribed(route *routers.Route, status int) bool {
	return status >= http.StatusBadRequest && route.Operation.Responses.Status(status) == nil
}

func (s *Spec) validate(r *http.Request, input *openapi3filter.RequestValidationInput, recorded *httptest.ResponseRecorder) error {
	return openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: recorded.Code, Header: recorded.Header(),
		Body: io.NopCloser(bytes.NewReader(recorded.Body.Bytes())), Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
}
