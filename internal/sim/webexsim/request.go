package webexsim

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// apiError is an unsuccessful answer.
type apiError struct {
	status  int
	message string
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s", e.status, e.message) }

func fail(status int, format string, args ...any) error {
	return &apiError{status, fmt.Sprintf(format, args...)}
}

func badRequest(format string, args ...any) error {
	return fail(http.StatusBadRequest, format, args...)
}

func notFound() error {
	return fail(http.StatusNotFound, "The requested resource could not be found.")
}

func invalidArgument() error { return badRequest("One (or more) of the arguments is invalid.") }

// malformedID is Webex's answer to anything that isn't an id.
func malformedID() error { return badRequest("Expect base64 ID or UUID.") }

// call is one API request by a person.
type call struct {
	*http.Request
	sim  *Sim
	who  *Person
	body []byte
}

// handler answers a call with a value to encode as JSON, a raw or a paged. nil is 204 without a body.
// The caller holds Sim.mu.
type handler func(c *call) (any, error)

// raw is an answer that isn't JSON.
type raw struct {
	header http.Header
	body   []byte
}

// paged is a list with the URL of its next page.
type paged struct {
	items any
	next  string
}

// decode reads a JSON body.
func (c *call) decode(into any) error {
	kind, _, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return fail(http.StatusUnsupportedMediaType, "Content type '%s' not supported", c.Header.Get("Content-Type"))
	}
	if err := json.Unmarshal(c.body, into); err != nil {
		return badRequest("The request could not be understood by the server due to malformed syntax. %v", err)
	}
	return nil
}

// number returns a positive number of the query, at most limit.
func (c *call) number(name string, otherwise, limit int) (int, error) {
	text := c.URL.Query().Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > limit {
		return 0, badRequest("%s must be a number between 1 and %d.", name, limit)
	}
	return n, nil
}

// choice returns a value of the query, which must be one of the choices or absent.
func (c *call) choice(name string, choices ...string) (string, error) {
	value := c.URL.Query().Get(name)
	if c.URL.Query().Has(name) && !slices.Contains(choices, value) {
		return "", badRequest("%s must be one of: %s.", name, strings.Join(choices, ", "))
	}
	return value, nil
}

// flag returns a boolean of the query, false if absent.
func (c *call) flag(name string) (bool, error) {
	value, err := c.choice(name, "true", "false")
	return value == "true", err
}

// date returns a time of the query, zero if absent.
func (c *call) date(name string) (time.Time, error) {
	text := c.URL.Query().Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, badRequest("%s isn't a date in ISO 8601.", name)
	}
	return t, nil
}

// maxPage is how many items a page may have, 100 by default.
const maxPage = 1000

// page cuts a list to the page that max and cursor select.
func page[T any](c *call, items []T) (any, error) { return pageOf(c, items, 100, maxPage) }

func pageOf[T any](c *call, items []T, otherwise, limit int) (any, error) {
	size, err := c.number("max", otherwise, limit)
	if err != nil {
		return nil, err
	}
	from, err := c.number("cursor", 0, max(1, len(items)))
	if err != nil {
		return nil, err
	}
	to := min(from+size, len(items))
	list := append([]T{}, items[from:to]...)
	next := ""
	if to < len(items) {
		query := c.URL.Query()
		query.Set("cursor", strconv.Itoa(to))
		next = c.sim.base + strings.TrimPrefix(c.URL.Path, "/v1") + "?" + query.Encode()
	}
	return paged{list, next}, nil
}
