package devicesim

import (
	"bytes"
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"overwatch/internal/sim/delay"
)

const (
	mediaType = "application/yang-data+json"
	dataRoot  = "/restconf/data"
)

// restconf serves the RESTCONF API of one device.
type restconf struct {
	lab   *Lab
	model model
	tree  object // by module:name
}

// refusal is an error response with ietf-restconf:errors (RFC 8040, 7.1).
type refusal struct {
	status       int
	tag, message string
}

// ServeHTTP implements http.Handler.
func (d *restconf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	rec := &recorder{ResponseWriter: w}
	user, _, _ := r.BasicAuth()
	defer d.lab.journal.Add(func(seq int64) Exchange { // also if the response is cut off
		return Exchange{
			Seq: seq, At: d.lab.now(), Device: d.model.name, Method: r.Method, Path: r.RequestURI, Status: rec.status,
			Accept: strings.Join(r.Header.Values("Accept"), ", "), User: user, Traceparent: r.Header.Get("Traceparent"),
			MS: float64(time.Since(start).Microseconds()) / 1000, Bytes: rec.bytes, Answer: strings.ToValidUTF8(rec.start.String(), ""),
		}
	})
	d.serve(rec, r)
}

// maxShown bounds the response body in an Exchange, in bytes.
const maxShown = 16 << 10

type recorder struct {
	http.ResponseWriter
	status int
	bytes  int
	start  bytes.Buffer
}

// Unwrap lets http.ResponseController flush.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += n
	r.start.Write(b[:min(n, maxShown-r.start.Len())])
	return n, err
}

func (d *restconf) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Server", "nginx")
	w.Header().Set("Cache-Control", "private, no-cache, must-revalidate, proxy-revalidate")
	if !delay.For(r.Context(), d.model.delay) {
		return
	}
	if f := d.lab.fault(d.model.name, r.RequestURI); f != nil && d.fail(w, r, f) {
		return
	}
	switch path := r.URL.EscapedPath(); {
	case path == "/.well-known/host-meta":
		w.Header().Set("Content-Type", "application/xrd+xml")
		fmt.Fprint(w, "<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>\n  <Link rel='restconf' href='/restconf'/>\n</XRD>\n")
	case !d.authorized(r):
		w.Header().Set("WWW-Authenticate", `Basic realm="restconf", charset="UTF-8"`)
		d.refuse(w, refusal{http.StatusUnauthorized, "access-denied", "access denied"})
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		d.refuse(w, refusal{http.StatusMethodNotAllowed, "operation-not-supported", "the simulation is read-only"})
	case !accepts(r.Header.Values("Accept")):
		d.refuse(w, refusal{http.StatusNotAcceptable, "invalid-value", "only " + mediaType + " is supported"})
	case path == "/restconf":
		d.write(w, "ietf-restconf:restconf", obj("data", object{}, "operations", object{}, "yang-library-version", "2016-06-21"), nil, unbounded)
	case strings.HasPrefix(path, dataRoot+"/"):
		d.data(w, r, strings.TrimPrefix(path, dataRoot+"/"))
	default:
		d.refuse(w, refusal{http.StatusNotFound, "invalid-value", "uri keypath not found"})
	}
}

func (d *restconf) authorized(r *http.Request) bool {
	user, pass, ok := r.BasicAuth()
	return ok && user == username && subtle.ConstantTimeCompare([]byte(pass), []byte(d.model.password())) == 1
}

func accepts(headers []string) bool {
	if len(headers) == 0 {
		return true
	}
	for _, h := range headers {
		for kind := range strings.SplitSeq(h, ",") {
			kind, _, _ = strings.Cut(kind, ";")
			if slices.Contains([]string{mediaType, "*/*", "application/*"}, strings.TrimSpace(kind)) {
				return true
			}
		}
	}
	return false
}

func (d *restconf) data(w http.ResponseWriter, r *http.Request, path string) {
	fields, depth, wrong := parameters(r.URL.RawQuery)
	if wrong != nil {
		d.refuse(w, *wrong)
		return
	}
	name, value, wrong := d.find(path)
	switch {
	case wrong != nil:
		d.refuse(w, *wrong)
	case empty(value):
		w.WriteHeader(http.StatusNoContent)
	default:
		d.write(w, name, value, fields, depth)
	}
}

func empty(v any) bool {
	switch v := v.(type) {
	case nothing:
		return true
	case *list:
		return len(v.entries) == 0
	case *generated:
		return v.count == 0
	}
	return false
}

// unbounded is a depth beyond any data.
const unbounded = 1 << 20

// parameters parses the query (RFC 8040, 4.8). Only & separates parameters, since a field filter contains
// semicolons.
func parameters(query string) (fields filter, depth int, wrong *refusal) {
	depth = unbounded
	invalid := func(format string, args ...any) (filter, int, *refusal) {
		return nil, 0, &refusal{http.StatusBadRequest, "invalid-value", fmt.Sprintf(format, args...)}
	}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		key, value, _ := strings.Cut(part, "=")
		value, err := url.PathUnescape(value)
		if err != nil {
			return invalid("bad escape in %s", key)
		}
		if seen[key] {
			return invalid("%s is given twice", key)
		}
		seen[key] = true
		switch key {
		case "fields":
			if fields, err = parseFields(value); err != nil {
				return invalid("invalid value for fields: %v", err)
			}
		case "depth":
			n, err := strconv.Atoi(value)
			if value == "unbounded" {
				n, err = unbounded, nil
			}
			if err != nil || n < 1 || n > 65535 && n != unbounded {
				return invalid("invalid value for depth: %s", value)
			}
			depth = n
		case "content":
			if !slices.Contains([]string{"all", "config", "nonconfig"}, value) {
				return invalid("invalid value for content: %s", value)
			}
		case "with-defaults":
			if !slices.Contains([]string{"report-all", "report-all-tagged", "trim", "explicit"}, value) {
				return invalid("invalid value for with-defaults: %s", value)
			}
		default:
			return invalid("unknown query parameter %s", key)
		}
	}
	return fields, depth, nil
}

// find resolves the path of a data resource (RFC 8040, 3.5.3) to its qualified name and value.
func (d *restconf) find(path string) (string, any, *refusal) {
	var value any = d.tree
	module, name := "", ""
	for i, segment := range strings.Split(path, "/") {
		head, keys, keyed := strings.Cut(segment, "=")
		head, err := url.PathUnescape(head)
		if err != nil {
			return "", nil, &refusal{http.StatusBadRequest, "malformed-message", "bad escape in the path"}
		}
		if n, ok := value.(nothing); ok {
			value = object(n)
		}
		at, ok := value.(object)
		if !ok {
			return "", nil, unknown(head, path)
		}
		member, known := at.lookup(head, module)
		if !known {
			return "", nil, unknown(head, path)
		}
		module = moduleOf(member.name, module)
		name, value = local(member.name), member.value
		if l, isList := value.(*list); isList && keyed {
			entry := l.entry(keys)
			if entry == nil {
				return "", nil, &refusal{http.StatusNotFound, "invalid-value", "uri keypath not found"}
			}
			value = entry
			if i == strings.Count(path, "/") && !d.model.old {
				value = &list{l.keys, []object{entry}} // newer releases return a list with one entry
			}
		} else if keyed {
			return "", nil, &refusal{http.StatusBadRequest, "malformed-message", name + " is no list"}
		}
	}
	return module + ":" + name, value, nil
}

// lookup returns the member that head names in a node of that module. Like IOS-XE it accepts a name
// without a module: of several members it takes the first, but prefers ietf-interfaces.
func (o object) lookup(head, module string) (found member, known bool) {
	for _, m := range o {
		switch {
		case local(m.name) != local(head):
		case strings.Contains(head, ":"):
			if moduleOf(m.name, module) == moduleOf(head, "") {
				return m, true
			}
		case !known || moduleOf(m.name, module) == "ietf-interfaces":
			found, known = m, true
		}
	}
	return found, known
}

func unknown(element, path string) *refusal {
	return &refusal{http.StatusBadRequest, "malformed-message", fmt.Sprintf("unknown element: %s in /restconf/data/%s", element, path)}
}

// entry returns the entry with the keys, which are percent-encoded and separated by commas.
func (l *list) entry(keys string) object {
	parts := strings.Split(keys, ",")
	if len(parts) != len(l.keys) {
		return nil
	}
	for i, p := range parts {
		plain, err := url.PathUnescape(p)
		if err != nil {
			return nil
		}
		parts[i] = plain
	}
	for _, e := range l.entries {
		same := true
		for i, key := range l.keys {
			v, _ := e.get(key)
			same = same && fmt.Sprint(v) == parts[i]
		}
		if same {
			return e
		}
	}
	return nil
}

func (d *restconf) write(w http.ResponseWriter, name string, value any, fields filter, depth int) {
	w.Header().Set("Content-Type", mediaType)
	out := &writer{out: w, now: d.lab.now()}
	out.object(object{{name, value}}, filter{local(name): fields}, depth+1, 0)
	out.text("\n")
}

func (d *restconf) refuse(w http.ResponseWriter, r refusal) {
	wrapper := "ietf-restconf:errors"
	if d.model.old {
		wrapper = "errors"
	}
	w.Header().Set("Content-Type", mediaType) // before the status goes out
	w.WriteHeader(r.status)
	d.write(w, wrapper, obj("error", &list{entries: []object{
		obj("error-type", "application", "error-tag", r.tag, "error-message", r.message),
	}}), nil, unbounded)
}

// fail applies a fault and reports whether the request is finished.
func (d *restconf) fail(w http.ResponseWriter, r *http.Request, f *Fault) bool {
	if !delay.For(r.Context(), f.Delay) {
		return true
	}
	switch {
	case f.Never:
		<-r.Context().Done()
	case f.Reset:
		panic(http.ErrAbortHandler)
	case f.Redirect != "":
		http.Redirect(w, r, f.Redirect, http.StatusFound)
	case f.HTML:
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<html><body>Log in</body></html>")
	case f.Cut:
		w.Header().Set("Content-Type", mediaType)
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, `{"Cisco-IOS-XE-native:vrf": {"definition": [{"name":`)
		_ = http.NewResponseController(w).Flush() // otherwise the client gets no response at all and retries
		panic(http.ErrAbortHandler)
	case f.Body != "":
		w.Header().Set("Content-Type", mediaType)
		fmt.Fprint(w, f.Body)
		for f.Endless != "" && r.Context().Err() == nil {
			if f.Every > 0 {
				_ = http.NewResponseController(w).Flush()
				delay.For(r.Context(), f.Every)
			}
			fmt.Fprint(w, f.Endless)
		}
	case f.Status != 0:
		d.refuse(w, refusal{f.Status, "operation-failed", "injected fault"})
	default:
		return false
	}
	return true
}
