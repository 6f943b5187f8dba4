// Package netboxsim simulates the part of NetBox's REST API that Overwatch reads: the list of devices, with
// paging, filters, tokens and errors.
//
// It shares no code with internal/inventory/netbox, so that each tests the other. Only tests may import it.
package netboxsim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Device is a device in NetBox. Empty fields are unset.
type Device struct {
	ID        int
	Name      string
	Address   string // primary address with its prefix length
	Platform  string // this and the following are slugs
	Site      string
	Tenant    string
	Role      string
	Tags      []string
	Status    string // empty means active
	Custom    map[string]any
	OldRole   bool // the role is in device_role, as before NetBox 4.0
	Invisible bool // the token has no permission to view it
}

// Sim is a simulated NetBox. It serves HTTP. The zero value has no devices and refuses every token. Safe for
// concurrent use, except for its fields.
type Sim struct {
	Token   string
	MaxPage int // MAX_PAGE_SIZE; 0 means 1000

	mu       sync.Mutex
	devices  []Device
	status   int        // to answer with; 0 for the correct one
	onPage   func(int)  // called before each page, with its offset
	requests []*url.URL // oldest first
}

// Set replaces the devices. Devices without an ID get their position, counted from 1.
func (s *Sim) Set(devices ...Device) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.devices = devices
	for i := range s.devices {
		s.devices[i].ID = cmp.Or(s.devices[i].ID, i+1)
	}
}

// Fail makes all requests fail with a status, until it is called with 0.
func (s *Sim) Fail(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = status
}

// OnPage sets a function that is called with the offset before each page is answered.
func (s *Sim) OnPage(f func(offset int)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onPage = f
}

// Requests returns the URLs of all requests so far, oldest first.
func (s *Sim) Requests() []*url.URL {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// ServeHTTP implements http.Handler.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests = append(s.requests, r.URL)
	status, onPage := s.status, s.onPage
	s.mu.Unlock()
	detail := func(status int, text string) { answer(w, status, map[string]string{"detail": text}) }
	switch {
	case status != 0:
		detail(status, "injected fault")
	case r.URL.Path == "/api/dcim/devices":
		http.Redirect(w, r, "/api/dcim/devices/", http.StatusFound)
	case r.URL.Path != "/api/dcim/devices/":
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, "<html><body>Page Not Found</body></html>")
	case r.Header.Get("Authorization") == "":
		detail(http.StatusForbidden, "Authentication credentials were not provided.")
	case r.Header.Get("Authorization") != s.scheme()+" "+s.Token:
		detail(http.StatusForbidden, "Invalid token")
	case r.Method != http.MethodGet:
		detail(http.StatusMethodNotAllowed, "the simulation is read-only")
	default:
		s.list(w, r, onPage)
	}
}

// scheme returns the scheme of the token: Bearer for tokens of version 2.
func (s *Sim) scheme() string {
	if strings.HasPrefix(s.Token, "nbt_") {
		return "Bearer"
	}
	return "Token"
}

func (s *Sim) list(w http.ResponseWriter, r *http.Request, onPage func(int)) {
	query := r.URL.Query()
	number := func(key string, otherwise int) int {
		n, err := strconv.Atoi(query.Get(key))
		if err != nil || n < 0 {
			return otherwise
		}
		return n
	}
	most := cmp.Or(s.MaxPage, 1000)
	limit, offset := number("limit", 50), number("offset", 0)
	if limit == 0 || limit > most {
		limit = most
	}
	if onPage != nil {
		onPage(offset)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Device
	for _, d := range s.devices {
		fits, wrong := d.fits(query)
		if wrong != nil {
			answer(w, http.StatusBadRequest, wrong)
			return
		}
		if fits && !d.Invisible {
			found = append(found, d)
		}
	}
	if query.Get("ordering") == "id" {
		slices.SortFunc(found, func(a, b Device) int { return cmp.Compare(a.ID, b.ID) })
	}
	end := min(offset+limit, len(found))
	results := []map[string]any{}
	for _, d := range found[min(offset, len(found)):end] {
		results = append(results, d.object())
	}
	page := map[string]any{"count": len(found), "next": nil, "previous": nil, "results": results}
	if end < len(found) {
		query.Set("limit", strconv.Itoa(limit))
		query.Set("offset", strconv.Itoa(end))
		page["next"] = "http://" + r.Host + "/api/dcim/devices/?" + query.Encode() // http, as behind a proxy that terminates TLS
	}
	answer(w, http.StatusOK, page)
}

// fits reports whether a device matches the filters. Several values of one filter are alternatives.
func (d Device) fits(query url.Values) (bool, map[string][]string) {
	for key, values := range query {
		var own []string
		switch key {
		case "limit", "offset", "exclude", "ordering":
			continue
		case "status":
			own = []string{cmp.Or(d.Status, "active")}
			for _, v := range values {
				if !slices.Contains([]string{"offline", "active", "planned", "staged", "failed", "inventory", "decommissioning"}, v) {
					return false, map[string][]string{"status": {"Select a valid choice. " + v + " is not one of the available choices."}}
				}
			}
		case "site":
			own = []string{d.Site}
		case "role":
			own = []string{d.Role}
		case "platform":
			own = []string{d.Platform}
		case "tag":
			own = d.Tags
		}
		if !slices.ContainsFunc(values, func(v string) bool { return slices.Contains(own, v) }) {
			return false, nil
		}
	}
	return true, nil
}

// object returns the device as the API does, with the fields that matter here.
func (d Device) object() map[string]any {
	named := func(slug string) any {
		if slug == "" {
			return nil
		}
		return map[string]any{"id": 1, "url": "http://netbox/api/x/1/", "display": slug, "name": strings.ToUpper(slug), "slug": slug}
	}
	o := map[string]any{
		"id": d.ID, "url": fmt.Sprintf("http://netbox/api/dcim/devices/%d/", d.ID), "display": d.Name, "name": nil,
		"platform": named(d.Platform), "site": named(d.Site), "tenant": named(d.Tenant), "role": named(d.Role),
		"status": map[string]any{"value": cmp.Or(d.Status, "active"), "label": "Active"},
		"tags":   []any{}, "custom_fields": d.Custom, "primary_ip": nil, "primary_ip4": nil, "serial": "", "asset_tag": nil,
	}
	if d.Name != "" {
		o["name"] = d.Name
	}
	if d.OldRole {
		o["device_role"] = o["role"]
		delete(o, "role")
	}
	if d.Address != "" {
		ip := map[string]any{"id": 1, "display": d.Address, "family": map[string]any{"value": 4, "label": "IPv4"}, "address": d.Address}
		o["primary_ip"], o["primary_ip4"] = ip, ip
	}
	for _, tag := range d.Tags {
		o["tags"] = append(o["tags"].([]any), named(tag))
	}
	return o
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client may have disconnected
}
