// Package netboxsim plays the part of a NetBox that Overwatch reads: its list of devices, with paging,
// filters, tokens and their errors, as NetBox documents its REST API.
//
// It is the other side of the wire and shares no code with internal/inventory/netbox. Tests import it.
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

// Device is a device as a NetBox has it. Empty strings are what isn't set.
type Device struct {
	ID        int
	Name      string
	Address   string // the primary one, with the length of its prefix
	Platform  string // slugs, from here on
	Site      string
	Tenant    string
	Role      string
	Tags      []string
	Status    string // active where empty
	Custom    map[string]any
	OldRole   bool // its role is called device_role, as before NetBox 4.0
	Invisible bool // the token may not view it
}

// Sim is a NetBox. Its zero value has no devices and refuses every token.
type Sim struct {
	Token   string
	MaxPage int // MAX_PAGE_SIZE; 1000 where 0

	mu      sync.Mutex
	devices []Device
	status  int        // to answer with, instead
	onPage  func(int)  // called before each page
	asked   []*url.URL // in order
}

// Set says which devices there are.
func (s *Sim) Set(devices ...Device) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.devices = devices
	for i := range s.devices {
		s.devices[i].ID = cmp.Or(s.devices[i].ID, i+1)
	}
}

// Fail answers everything with a status from now on; 0 mends it.
func (s *Sim) Fail(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = status
}

// OnPage calls f with the offset before each page is answered.
func (s *Sim) OnPage(f func(offset int)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onPage = f
}

// Requests returns what was asked so far.
func (s *Sim) Requests() []*url.URL {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// ServeHTTP implements http.Handler.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, r.URL)
	status, onPage := s.status, s.onPage
	s.mu.Unlock()
	detail := func(status int, text string) { answer(w, status, map[string]string{"detail": text}) }
	switch {
	case status != 0:
		detail(status, "asked for by a test")
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
		detail(http.StatusMethodNotAllowed, "the simulation only reads")
	default:
		s.list(w, r, onPage)
	}
}

// scheme is Bearer for tokens of the second version.
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
		page["next"] = "http://" + r.Host + "/api/dcim/devices/?" + query.Encode() // as behind a proxy that ends TLS
	}
	answer(w, http.StatusOK, page)
}

// fits reports whether a device passes the filters: values of one are alternatives.
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

// object is the device as the API gives it, as far as it matters.
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
	_ = json.NewEncoder(w).Encode(body) // whose client may be gone
}
