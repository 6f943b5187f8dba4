package restconf_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"
	"go.uber.org/goleak"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/restconf"
	"overwatch/internal/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const password = "hunter2-of-the-device"

func device() inventory.Device {
	return inventory.Device{
		Name: "r1", Host: "r1.example", Port: 443, Platform: "ios-xe",
		Login: inventory.Login{Username: "netops", Password: secret.New(password)},
	}
}

// mocked is a client whose devices are played by the returned transport.
func mocked(t *testing.T) (*restconf.Client, *httpmock.MockTransport) {
	t.Helper()
	m := httpmock.NewMockTransport()
	c := restconf.New(restconf.Options{Transport: func(inventory.TLS) (http.RoundTripper, error) { return m, nil }})
	t.Cleanup(c.Close)
	return c, m
}

func fetch(t *testing.T, c *restconf.Client, d inventory.Device, path, fields string) (string, error) {
	t.Helper()
	body, err := c.Fetch(t.Context(), d, path, fields)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(body)
	return string(text), errors.Join(err, body.Close())
}

func answer(status int, kind, body string) httpmock.Responder {
	r := httpmock.NewStringResponder(status, body)
	return func(req *http.Request) (*http.Response, error) {
		resp, err := r(req)
		if kind != "" {
			resp.Header.Set("Content-Type", kind)
		}
		return resp, err
	}
}

const yang = "application/yang-data+json"

// The request as it goes out: only GET, the path and the fields byte for byte, the login.
func TestRequest(t *testing.T) {
	c, m := mocked(t)
	var got *http.Request
	m.RegisterNoResponder(func(r *http.Request) (*http.Response, error) {
		got = r
		return answer(200, yang, "{}")(r)
	})
	if _, err := fetch(t, c, device(), "m:a/b=Gi1%2F0%2F1,x%3Ay", "c(d;e/f)"); err != nil {
		t.Fatal(err)
	}
	if got.Method != http.MethodGet || got.URL.Scheme != "https" || got.URL.Host != "r1.example:443" {
		t.Errorf("%s %s", got.Method, got.URL)
	}
	if want := "/restconf/data/m:a/b=Gi1%2F0%2F1,x%3Ay?fields=c(d;e/f)"; got.URL.RequestURI() != want {
		t.Errorf("asked for %s, want %s", got.URL.RequestURI(), want)
	}
	if user, pass, ok := got.BasicAuth(); !ok || user != "netops" || pass != password {
		t.Error("the login is wrong")
	}
	if got.Header.Get("Accept") != yang {
		t.Errorf("accepts %q", got.Header.Get("Accept"))
	}
	d := device()
	d.Host, d.Port = "2001:db8::1", 8443
	if _, err := fetch(t, c, d, "m:a", ""); err != nil || got.URL.Host != "[2001:db8::1]:8443" || got.URL.RawQuery != "" {
		t.Errorf("asked %s, %v", got.URL, err)
	}
}

// Addresses with a zone and names that networks have, although RFC 1123 doesn't.
func TestHosts(t *testing.T) {
	for host, want := range map[string]string{
		"fe80::1%eth0":              "https://[fe80::1%25eth0]:443/restconf/data/m:a",
		"core_rtr_1.example.com.":   "https://core_rtr_1.example.com.:443/restconf/data/m:a",
		"xn--zrich-kva.example.com": "https://xn--zrich-kva.example.com:443/restconf/data/m:a",
		"192.0.2.1":                 "https://192.0.2.1:443/restconf/data/m:a",
	} {
		c, m := mocked(t)
		got := ""
		m.RegisterNoResponder(func(r *http.Request) (*http.Response, error) {
			got = r.URL.String()
			return answer(200, yang, "{}")(r)
		})
		d := device()
		d.Host = host
		if _, err := fetch(t, c, d, "m:a", ""); err != nil || got != want {
			t.Errorf("%s: asked %s, %v", host, got, err)
		}
	}
}

func errorsBody(tag, message string) string {
	quoted, _ := json.Marshal(message) // a string always marshals
	return fmt.Sprintf(`{"ietf-restconf:errors":{"error":[{"error-type":"application","error-tag":%q,"error-message":%s}]}}`, tag, quoted)
}

func errorsXML(tag, message string) string {
	var text strings.Builder
	_ = xml.EscapeText(&text, []byte(message)) // a builder takes all
	return `<?xml version="1.0"?><errors xmlns="urn:ietf:params:xml:ns:yang:ietf-restconf"><error><error-type>application</error-type><error-tag> ` +
		tag + ` </error-tag><error-message>` + text.String() + `</error-message></error></errors>`
}

func TestAnswers(t *testing.T) {
	const (
		noData      = "r1 returned no data for this query."
		unsupported = "r1 doesn't support this data."
		closed      = "r1 closed the connection before it answered."
	)
	for name, c := range map[string]struct {
		answer httpmock.Responder
		want   string
		kind   fault.Kind
		say    string
	}{
		"data":                {answer(200, yang, `{"m:a":1}`), `{"m:a":1}`, "", ""},
		"data with charset":   {answer(200, yang+"; charset=utf-8", `{"m:a":1}`), `{"m:a":1}`, "", ""},
		"plain JSON":          {answer(200, "application/json", `{"m:a":1}`), `{"m:a":1}`, "", ""},
		"nothing configured":  {answer(204, "", ""), "", "", ""},
		"an empty body":       {answer(200, yang, ""), "", "", ""},
		"not there":           {answer(404, yang, errorsBody("invalid-value", "uri keypath not found")), "", fault.NotFound, noData},
		"errors of old":       {answer(404, yang, `{"errors":{"error":{"error-tag":"invalid-value"}}}`), "", fault.NotFound, noData},
		"errors as a list":    {answer(404, yang, `{"errors":[{"error-tag":"invalid-value"}]}`), "", fault.NotFound, noData},
		"errors in XML":       {answer(404, "application/yang-data+xml", errorsXML("invalid-value", "Instance does not exist")), "", fault.NotFound, noData},
		"data missing":        {answer(409, yang, errorsBody("data-missing", "")), "", "", ""},
		"malformed":           {answer(400, yang, errorsBody("malformed-message", "")), "", fault.NotFound, noData},
		"an unknown element":  {answer(400, yang, errorsBody("malformed-message", "unknown element: x")), "", fault.NotFound, unsupported},
		"the RFC's tag":       {answer(400, yang, errorsBody("unknown-element", "")), "", fault.NotFound, unsupported},
		"the same in XML":     {answer(400, "text/xml", errorsXML("unknown-element", "")), "", fault.NotFound, unsupported},
		"not implemented":     {answer(501, "", ""), "", fault.NotFound, unsupported},
		"no such method":      {answer(405, yang, errorsBody("operation-not-supported", "")), "", fault.NotFound, unsupported},
		"a refused login":     {answer(401, "", ""), "", fault.Denied, "r1 refused the login of user netops."},
		"a missing right":     {answer(403, yang, errorsBody("access-denied", "no")), "", fault.Denied, "r1 doesn't let user netops read this. It says: no."},
		"a bad request":       {answer(400, yang, errorsBody("invalid-value", "line\r\n two\x07\u0085\u202e.")), "", fault.Invalid, "r1 rejected the request (status 400). It says: line two."},
		"words in XML":        {answer(400, "application/yang-data+xml", errorsXML("invalid-value", "no <b> & such")), "", fault.Invalid, "r1 rejected the request (status 400). It says: no <b> & such."},
		"words alone":         {answer(500, "text/plain; charset=utf-8", "out of memory\n"), "", fault.Unavailable, "r1 reports an internal error (status 500). It says: out of memory."},
		"a redirect":          {answer(302, "", ""), "", fault.Unavailable, "r1 answered with a redirect, which is refused to protect the password."},
		"JSON as text":        {answer(200, "text/plain", ` {"m:a":1}`), ` {"m:a":1}`, "", ""},
		"JSON as bytes":       {answer(200, "application/octet-stream", `[1]`), `[1]`, "", ""},
		"a type in capitals":  {answer(200, `Application/YANG-Data+JSON;Charset="UTF-8"`, `{}`), `{}`, "", ""},
		"a broken type":       {answer(200, "application/json; charset", `{}`), `{}`, "", ""},
		"text":                {answer(200, "text/plain", "% Invalid input"), "", fault.Unavailable, "r1 sent text/plain instead of data."},
		"XML":                 {answer(200, "application/yang-data+xml", "<a/>"), "", fault.Unavailable, "r1 answered in XML, although the bot asked for JSON."},
		"an error as 200":     {answer(200, yang, " "+errorsBody("operation-failed", "out of memory")), "", fault.Invalid, "r1 rejected the request (status 200). It says: out of memory."},
		"an old error as 200": {answer(200, "text/plain", `{"errors":{"error":[{"error-tag":"access-denied"}]}}`), "", fault.Denied, "r1 doesn't let user netops read this."},
		"busy as 200":         {answer(200, yang, errorsBody("operation-failed", "the database is locked")), "", fault.Unavailable, "r1 is busy (status 200). It says: the database is locked."},
		"a list of errors":    {answer(200, yang, `{"m:errors":{"error":[]}}`), `{"m:errors":{"error":[]}}`, "", ""},
		"no tag":              {answer(404, yang, `{"ietf-restconf:errors":{"error":[{"error-message":"gone"}]}}`), "", fault.NotFound, noData},
		"no errors in it":     {answer(404, yang, `{"ietf-restconf:errors":{"error":[]}}`), "", fault.NotFound, noData},
		"errors of null":      {answer(404, yang, `{"ietf-restconf:errors":null}`), "", fault.NotFound, noData},
		"XML of another set":  {answer(404, "text/xml", strings.Replace(errorsXML("invalid-value", "x"), `"1.0"`, `"1.0" encoding="ISO-8859-1"`, 1)), "", fault.NotFound, noData},
		"XML with a prefix":   {answer(400, "text/xml", `<rc:errors xmlns:rc="urn:ietf:params:xml:ns:yang:ietf-restconf"><rc:error><rc:error-tag>unknown-element</rc:error-tag></rc:error></rc:errors>`), "", fault.NotFound, unsupported},
		"an end of HTTP/2":    {httpmock.NewErrorResponder(errors.New("http2: server sent GOAWAY and closed the connection; LastStreamID=1, ErrCode=NO_ERROR")), "", fault.Unavailable, closed},
		"a broken stream":     {httpmock.NewErrorResponder(errors.New("stream error: stream ID 3; INTERNAL_ERROR; received from peer")), "", fault.Unavailable, closed},
		"a web page":          {answer(200, "text/html", "<html>"), "", fault.Unavailable, "r1 sent text/html instead of data."},
		"reset":               {httpmock.NewErrorResponder(&net.OpError{Op: "read", Err: syscall.ECONNRESET}), "", fault.Unavailable, closed},
		"closed":              {httpmock.NewErrorResponder(io.EOF), "", fault.Unavailable, closed},
		"refused":             {httpmock.NewErrorResponder(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), "", fault.Unavailable, "r1 refuses connections."},
		"no way":              {httpmock.NewErrorResponder(&net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH}), "", fault.Unavailable, "No route to r1."},
		"no such name":        {httpmock.NewErrorResponder(&net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}}), "", fault.Unavailable, "r1's host name can't be resolved."},
		"a late connection":   {httpmock.NewErrorResponder(&net.OpError{Op: "dial", Err: timeout{}}), "", fault.Timeout, "r1 took too long to answer."},
		"anything else":       {httpmock.NewErrorResponder(errors.New("odd " + password)), "", fault.Unavailable, "The request to r1 failed."},
	} {
		t.Run(name, func(t *testing.T) {
			client, m := mocked(t)
			m.RegisterNoResponder(c.answer)
			got, err := fetch(t, client, device(), "m:a", "")
			say := ""
			if err != nil {
				say, _ = fault.Text(err)
			}
			if got != c.want || fault.Of(err) != c.kind || say != c.say {
				t.Errorf("got %q, %q: %s", got, fault.Of(err), say)
			}
			if strings.Contains(say, password) || strings.Contains(say, "r1.example") {
				t.Error("the password or the address is shown")
			}
			if n := m.GetTotalCallCount(); n != 1 {
				t.Errorf("asked %d times: a device is asked once", n)
			}
		})
	}
}

type timeout struct{}

func (timeout) Error() string   { return "i/o timeout" }
func (timeout) Timeout() bool   { return true }
func (timeout) Temporary() bool { return true }

// A body tells the device's clock, if the device does.
func TestDate(t *testing.T) {
	for header, want := range map[string]time.Time{
		"Mon, 23 Nov 2026 08:20:32 GMT":  time.Date(2026, 11, 23, 8, 20, 32, 0, time.UTC),
		"Thu, 01 Jan 1970 00:05:00 GMT":  time.Unix(300, 0).UTC(),
		"Monday, 23-Nov-26 08:20:32 GMT": time.Date(2026, 11, 23, 8, 20, 32, 0, time.UTC), // RFC 850
		"Mon Nov 23 08:20:32 2026":       time.Date(2026, 11, 23, 8, 20, 32, 0, time.UTC), // asctime
		"2026-11-23T08:20:32Z":           {},
		"":                               {},
	} {
		c, m := mocked(t)
		m.RegisterNoResponder(func(r *http.Request) (*http.Response, error) {
			resp, err := answer(200, yang, "{}")(r)
			resp.Header.Set("Date", header)
			return resp, err
		})
		body, err := c.Fetch(t.Context(), device(), "m:a", "")
		if err != nil {
			t.Fatal(err)
		}
		if got := body.(*restconf.Body).Date(); !got.Equal(want) || body.Close() != nil {
			t.Errorf("%q: got %v", header, got)
		}
	}
}

// IOS-XE takes no fields on some nodes: it is asked once more without.
func TestFieldsAreOptional(t *testing.T) {
	c, m := mocked(t)
	m.RegisterResponder(http.MethodGet, "https://r1.example:443/restconf/data/m:a?fields=b", answer(400, yang, errorsBody("invalid-value", "fields")))
	m.RegisterResponder(http.MethodGet, "https://r1.example:443/restconf/data/m:a", answer(200, yang, `{"m:a":1}`))
	if got, err := fetch(t, c, device(), "m:a", "b"); err != nil || got != `{"m:a":1}` || m.GetTotalCallCount() != 2 {
		t.Errorf("got %q, %v after %d calls", got, err, m.GetTotalCallCount())
	}
	m.RegisterResponder(http.MethodGet, "https://r1.example:443/restconf/data/m:c?fields=b", answer(401, "", ""))
	if _, err := fetch(t, c, device(), "m:c", "b"); fault.Of(err) != fault.Denied || m.GetTotalCallCount() != 3 {
		t.Errorf("a refused login is tried again: %v, %d calls", err, m.GetTotalCallCount())
	}
}

// A busy device gets the request once more, whatever it calls that; nothing else does.
func TestBusyDevicesAreTriedOnceMore(t *testing.T) {
	for name, c := range map[string]struct {
		answer httpmock.Responder
		say    string
	}{
		"a lock, as the RFC has it":   {answer(409, yang, errorsBody("lock-denied", "locked by session 7")), "r1 is busy (status 409). It says: locked by session 7."},
		"a lock, as IOS-XE has it":    {answer(400, yang, errorsBody("lock-denied", "")), "r1 is busy (status 400)."},
		"a lock by its words":         {answer(400, yang, errorsBody("invalid-value", "Failed to acquire datastore lock")), "r1 is busy (status 400). It says: Failed to acquire datastore lock."},
		"the configuration is synced": {answer(409, yang, errorsBody("in-use", "Sync is in progress")), "r1 is busy (status 409). It says: Sync is in progress."},
		"all sessions in use":         {answer(400, yang, errorsBody("invalid-value", "maximum number of sessions reached")), "r1 is busy (status 400). It says: maximum number of sessions reached."},
		"no resources":                {answer(500, yang, errorsBody("resource-denied", "")), "r1 is busy (status 500)."},
		"too many requests":           {answer(429, "", ""), "r1 is busy (status 429)."},
		"busy in XML":                 {answer(409, "text/xml", errorsXML("in-use", "")), "r1 is busy (status 409)."},
		"503 of RESTCONF":             {answer(503, yang, errorsBody("operation-failed", "wait")), "r1 is busy (status 503). It says: wait."},
		"503 of the front end":        {answer(503, "text/html", "<html>"), "r1's web server is up, but RESTCONF isn't ready (status 503)."},
		"502 of the front end":        {answer(502, "text/html", "<html>"), "r1's web server is up, but RESTCONF isn't ready (status 502)."},
		"504 of the front end":        {answer(504, "", ""), "r1's web server is up, but RESTCONF isn't ready (status 504)."},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, m := mocked(t)
				m.RegisterNoResponder(c.answer)
				start := time.Now()
				_, err := fetch(t, client, device(), "m:a", "b")
				if say, _ := fault.Text(err); fault.Of(err) != fault.Unavailable || say != c.say || m.GetTotalCallCount() != 2 || time.Since(start) != 2*time.Second {
					t.Errorf("got %q after %d requests and %v", say, m.GetTotalCallCount(), time.Since(start))
				}
				m.RegisterNoResponder(c.answer.Then(answer(200, yang, `{"m:a":1}`)))
				if got, err := fetch(t, client, device(), "m:a", ""); err != nil || got != `{"m:a":1}` {
					t.Errorf("when it is free: %q, %v", got, err)
				}
			})
		})
	}
}

// A 404 without an error report may mean that RESTCONF is somewhere else, which the device knows.
func TestRoot(t *testing.T) {
	const at = "https://r1.example:443"
	xrd := func(root string) httpmock.Responder {
		return answer(200, "application/xrd+xml", `<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0"><Link rel="restconf" href="`+root+`"/></XRD>`)
	}
	for name, c := range map[string]struct {
		meta, root httpmock.Responder
		kind       fault.Kind
		say, do    string
	}{
		"elsewhere":          {xrd("/rests"), nil, fault.Invalid, "r1's RESTCONF is at /rests, not at /restconf.", "Set root: /rests for it in the inventory."},
		"with a slash":       {xrd("/rests/"), nil, fault.Invalid, "r1's RESTCONF is at /rests, not at /restconf.", ""},
		"a whole address":    {xrd("https://r1.example/api/rests"), nil, fault.Invalid, "r1's RESTCONF is at /api/rests, not at /restconf.", ""},
		"a link left open":   {answer(200, "", `<XRD><Link rel="restconf" href="/rests/"></XRD>`), nil, fault.Invalid, "r1's RESTCONF is at /rests, not at /restconf.", ""},
		"single quotes":      {answer(200, "", `<XRD><Link rel='restconf' href='/rests'/></XRD>`), nil, fault.Invalid, "r1's RESTCONF is at /rests, not at /restconf.", ""},
		"in JSON":            {answer(200, "application/json", `{"links":[{"rel":"restconf","href":"/rests"}]}`), nil, fault.Invalid, "r1's RESTCONF is at /rests, not at /restconf.", ""},
		"where it should be": {xrd("/restconf"), nil, fault.NotFound, "r1 returned no data for this query.", ""},
		"there by itself":    {answer(404, "", ""), answer(200, yang, "{}"), fault.NotFound, "r1 returned no data for this query.", ""},
		"nowhere":            {answer(404, "", ""), answer(404, "", ""), fault.Unavailable, "r1 has no RESTCONF at /restconf.", "On IOS-XE: restconf. It takes some minutes until it answers."},
		"another link":       {answer(200, "", `<XRD><Link rel="lrdd" href="/x"/></XRD>`), answer(404, "", ""), fault.Unavailable, "r1 has no RESTCONF at /restconf.", ""},
	} {
		t.Run(name, func(t *testing.T) {
			client, m := mocked(t)
			m.RegisterResponder(http.MethodGet, at+"/restconf/data/m:a", answer(404, "text/html", "<html>"))
			m.RegisterResponder(http.MethodGet, at+"/.well-known/host-meta", c.meta)
			if c.root != nil {
				m.RegisterResponder(http.MethodGet, at+"/restconf", c.root)
			}
			for range 2 {
				_, err := fetch(t, client, device(), "m:a", "")
				if say, do := fault.Text(err); fault.Of(err) != c.kind || say != c.say || c.do != "" && do != c.do {
					t.Errorf("got %q, %q (%v)", say, do, err)
				}
			}
			if n := m.GetCallCountInfo()["GET "+at+"/.well-known/host-meta"]; c.root == nil && n != 1 {
				t.Errorf("host-meta was read %d times", n)
			}
		})
	}
}

// blocked is a transport that answers when it is let.
type blocked struct {
	entered chan string
	answer  chan struct{}
}

func (b *blocked) RoundTrip(r *http.Request) (*http.Response, error) {
	b.entered <- r.URL.Host
	select {
	case <-b.answer:
		return answer(200, yang, "{}")(r)
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// A device's web server is small: it gets two questions at a time, others wait until a turn is over;
// other devices don't wait.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &blocked{make(chan string, 10), make(chan struct{}, 10)}
		c := restconf.New(restconf.Options{Transport: func(inventory.TLS) (http.RoundTripper, error) { return b, nil }})
		over := make(chan func(), 10)
		ask := func(host string) {
			d := device()
			d.Host = host
			release, err := c.Turn(t.Context(), d)
			if err != nil {
				t.Error(err)
				return
			}
			body, err := c.Fetch(t.Context(), d, "m:a", "")
			if err != nil {
				t.Error(err)
				return
			}
			if err := errors.Join(body.Close(), body.Close()); err != nil {
				t.Error(err)
			}
			over <- release
		}
		for range 3 {
			go ask("a")
		}
		go ask("b")
		synctest.Wait()
		if n := len(b.entered); n != 3 { // two of a, one of b
			t.Fatalf("%d are asked at the same time, want 3", n)
		}
		for range 4 {
			b.answer <- struct{}{}
		}
		synctest.Wait()
		if n := len(b.entered); n != 3 {
			t.Fatalf("the third of a was asked before a turn was over: %d", n)
		}
		for range 3 {
			(<-over)()
		}
		synctest.Wait()
		if n := len(b.entered); n != 4 {
			t.Fatalf("the third of a still waits: %d", n)
		}
		(<-over)()
	})
}

func TestTimeAndCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &blocked{make(chan string, 10), make(chan struct{})}
		c := restconf.New(restconf.Options{Transport: func(inventory.TLS) (http.RoundTripper, error) { return b, nil }})
		start := time.Now()
		_, err := c.Fetch(t.Context(), device(), "m:a", "")
		if say, _ := fault.Text(err); fault.Of(err) != fault.Timeout || say != "r1 took too long to answer." || time.Since(start) != time.Minute {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Fetch(ctx, device(), "m:a", ""); fault.Of(err) != fault.Timeout {
			t.Errorf("the caller's deadline: %v", err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := c.Fetch(ctx, device(), "m:a", ""); !errors.Is(err, context.Canceled) {
			t.Errorf("the caller gave up: %v", err)
		}
	})
}

// polite ends its body as if that were all of it when the question is given up.
type polite struct{ ctx context.Context }

func (p polite) Read([]byte) (int, error) {
	<-p.ctx.Done()
	return 0, io.EOF
}

func TestAnswerEndedByOurTimeIsNotWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := httpmock.NewMockTransport()
		m.RegisterNoResponder(func(r *http.Request) (*http.Response, error) {
			resp, err := answer(200, yang, "")(r)
			resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"m:a":1}`), polite{r.Context()}))
			return resp, err
		})
		c := restconf.New(restconf.Options{Transport: func(inventory.TLS) (http.RoundTripper, error) { return m, nil }})
		_, err := fetch(t, c, device(), "m:a", "")
		if say, _ := fault.Text(err); fault.Of(err) != fault.Timeout || say != "r1 took too long to answer." {
			t.Errorf("got %v", err)
		}
	})
}

func TestLargeAnswersAreCut(t *testing.T) {
	const limit = 1 << 20
	m := httpmock.NewMockTransport()
	c := restconf.New(restconf.Options{MaxBytes: limit, PerDevice: 1, Transport: func(inventory.TLS) (http.RoundTripper, error) { return m, nil }})
	t.Cleanup(c.Close)
	for _, size := range []int{limit + 1, limit, 2 * limit, limit - 1} {
		m.RegisterNoResponder(answer(200, yang, strings.Repeat("x", size)))
		got, err := fetch(t, c, device(), "m:a", "")
		if len(got) != min(size, limit) {
			t.Errorf("got %d bytes of %d", len(got), size)
		}
		want := ""
		if size > limit {
			want = "r1 sent more than 1 MB; the rest is left out."
		}
		say := ""
		if err != nil {
			say, _ = fault.Text(err)
		}
		if say != want {
			t.Errorf("%d bytes: got %q, want %q", size, say, want)
		}
	}
}

// Servers that are older than the RFC call its media type otherwise, and RESTCONF may stand elsewhere.
func TestOtherServers(t *testing.T) {
	m := httpmock.NewMockTransport()
	var asked []string
	m.RegisterNoResponder(func(r *http.Request) (*http.Response, error) {
		asked = append(asked, r.URL.String()+" "+r.Header.Get("Accept"))
		if r.Header.Get("Accept") == yang {
			return answer(406, yang, `{"errors":{"error":{"error-tag":"invalid-value"}}}`)(r)
		}
		return answer(200, "application/yang.data+json", `{"m:a":1}`)(r)
	})
	c := restconf.New(restconf.Options{Transport: func(inventory.TLS) (http.RoundTripper, error) { return m, nil }})
	t.Cleanup(c.Close)
	d := device()
	d.Root = "/api"
	if got, err := fetch(t, c, d, "m:a", "x"); err != nil || got != `{"m:a":1}` {
		t.Errorf("got %s %v", got, err)
	}
	if got, err := fetch(t, c, d, "m:a", ""); err != nil || got != `{"m:a":1}` {
		t.Errorf("got %s %v", got, err)
	}
	want := "https://r1.example:443/api/data/m:a?fields=x application/yang-data+json https://r1.example:443/api/data/m:a?fields=x application/yang.data+json" +
		" https://r1.example:443/api/data/m:a application/yang.data+json" // what worked is remembered
	if got := strings.Join(asked, " "); got != want {
		t.Errorf("asked %s", got)
	}
}
