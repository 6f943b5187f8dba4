package restconf

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// statusError is a response that isn't data.
type statusError struct {
	Path     string
	Status   int    // the HTTP status
	Tag      string // the error-tag (RFC 8040, 7.1), or empty
	Message  string // the error-message on one line, or empty
	RESTCONF bool   // the body was a RESTCONF error report
}

func (e *statusError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("GET %s: %d %s %s", e.Path, e.Status, e.Tag, e.Message))
}

// maxErrorBody is how much is read of an error report, in bytes.
const maxErrorBody = 64 << 10

// reported is one error of a report. Its JSON form is in RFC 8040, 7.1; XML uses the same names.
type reported struct {
	Tag     string `json:"error-tag" xml:"error-tag"`
	Message string `json:"error-message" xml:"error-message"`
}

// readStatus reads the error report of a response. The caller closes the body.
func readStatus(resp *http.Response, path string) *statusError {
	e := &statusError{Status: resp.StatusCode, Path: path}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	if err != nil {
		return e
	}
	list, ok := readJSON(body)
	if !ok {
		list, ok = readXML(body)
	}
	e.RESTCONF = ok
	if len(list) > 0 {
		e.Tag, e.Message = strings.TrimSpace(list[0].Tag), oneLine(list[0].Message)
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); !ok && kind == "text/plain" {
		e.Message = oneLine(string(body))
	}
	return e
}

// reportFirst is how an error report begins; some servers send one with status 200.
var reportFirst = regexp.MustCompile(`^\s*\{\s*"(ietf-restconf:)?errors"\s*:\s*[{\[]`)

// readJSON reads a report in JSON. Older IOS-XE writes "errors" where the RFC has
// "ietf-restconf:errors"; "error" may be one object instead of a list, or be left out.
func readJSON(body []byte) (list []reported, ok bool) {
	var doc map[string]json.RawMessage
	if json.Unmarshal(body, &doc) != nil {
		return nil, false
	}
	for name, raw := range doc {
		if name != "errors" && !strings.HasSuffix(name, ":errors") {
			continue
		}
		var inner struct {
			Error json.RawMessage `json:"error"`
		}
		if json.Unmarshal(raw, &inner) == nil && inner.Error != nil {
			raw = inner.Error
		}
		var one reported
		if json.Unmarshal(raw, &list) != nil && json.Unmarshal(raw, &one) == nil {
			list = []reported{one}
		}
		return list, true
	}
	return nil, false
}

// readXML reads a report in XML, which some servers send whatever the request accepts.
func readXML(body []byte) (list []reported, ok bool) {
	var doc struct {
		XMLName xml.Name
		Errors  []reported `xml:"error"`
	}
	dec := xml.NewDecoder(bytes.NewReader(body))
	dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // tags are ASCII anyway
	if dec.Decode(&doc) != nil || doc.XMLName.Local != "errors" {
		return nil, false
	}
	return doc.Errors, true
}

// oneLine makes a device's message fit for a chat: printable, on one line, at most 200 characters.
func oneLine(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || !unicode.IsPrint(r) }), " ")
	if runes := []rune(s); len(runes) > 200 {
		s = string(runes[:200]) + "…"
	}
	return s
}

// outcome is what a status means for a query.
type outcome int

const (
	failed      outcome = iota // anything else
	none                       // the resource is known and has nothing in it, for certain
	missing                    // nothing there, or not supported: the device doesn't say which
	unsupported                // the device doesn't support this resource
	busy                       // the same request may work in a moment
	starting                   // the web server is up, RESTCONF behind it isn't
	denied                     // the account lacks the right
	unauthorized
	redirected
)

// busyWords are in the messages of devices that can't answer just now: another session holds a lock,
// the configuration is being synchronised, or all sessions are in use. IOS-XE sends some of them with
// status 400.
var busyWords = []string{
	"lock", "in use", "sync is in progress", "sync in progress", "sessions reached", "too many sessions",
	"maximum number of sessions", "max sessions", "session limit", "resource temporarily", "try again",
}

// outcome classifies the response.
func (e *statusError) outcome() outcome {
	says := func(words []string) bool {
		text := strings.ToLower(e.Message)
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
	}
	switch {
	case e.Status == http.StatusUnauthorized:
		return unauthorized
	case e.Status == http.StatusForbidden, e.Tag == "access-denied":
		return denied
	case e.Status >= 300 && e.Status < 400:
		return redirected
	case e.Tag == "data-missing":
		return none
	case e.Tag == "lock-denied", e.Tag == "in-use", e.Tag == "resource-denied", e.Status == http.StatusTooManyRequests, e.Status == http.StatusLocked:
		return busy
	case e.Tag == "operation-not-supported", e.Status == http.StatusNotImplemented, e.Status == http.StatusMethodNotAllowed,
		e.Status == http.StatusBadRequest && (e.Tag == "unknown-element" || e.Tag == "unknown-namespace" || strings.Contains(strings.ToLower(e.Message), "unknown element")):
		return unsupported
	case says(busyWords):
		return busy
	case e.Status == http.StatusBadGateway, e.Status == http.StatusServiceUnavailable, e.Status == http.StatusGatewayTimeout:
		if e.RESTCONF {
			return busy
		}
		return starting
	case e.Status == http.StatusNotFound, e.Status == http.StatusGone, e.Status == http.StatusBadRequest && e.Tag == "malformed-message":
		return missing
	}
	return failed
}

// refusesFields reports whether the request may be accepted without fields: a server may not know them
// (400, or 501 as for other optional parameters), or find the URL too long.
func (e *statusError) refusesFields() bool {
	switch e.Status {
	case http.StatusBadRequest, http.StatusRequestURITooLong, http.StatusNotImplemented:
		return e.outcome() != busy
	}
	return false
}

// statusOf returns the statusError in err, or nil.
func statusOf(err error) *statusError {
	var s *statusError
	if errors.As(err, &s) {
		return s
	}
	return nil
}
