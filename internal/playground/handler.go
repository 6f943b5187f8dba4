package playground

import (
	"encoding/json"
	"net"
	"net/http"
	"strings"

	"overwatch/internal/playground/ui"
	"overwatch/internal/sim/webexsim"
)

// handler serves the page, the simulated Webex, and below /playground/ what the page needs beyond
// Webex's API.
//
// It answers only requests to localhost or a loopback address, so that a foreign web page can't reach
// it through a DNS name that resolves to this machine. Below /playground/ it also refuses requests
// that change something if they come from a page of another origin.
func (l *lab) handler() http.Handler {
	own := http.NewServeMux()
	own.HandleFunc("GET /playground/state", l.state)
	own.HandleFunc("GET /playground/events", l.events)
	own.HandleFunc("POST /playground/faults/{name}", l.injectFault)

	mux := http.NewServeMux()
	for _, path := range webexsim.Paths() {
		mux.Handle(path, l.webex)
	}
	mux.Handle("/playground/", http.NewCrossOriginProtection().Handler(own))
	mux.Handle("/", ui.Handler())
	return localOnly(mux)
}

// localOnly answers 421 to requests whose Host isn't localhost or a loopback address.
func localOnly(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if ip := net.ParseIP(strings.Trim(host, "[]")); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "The playground only answers at localhost.", http.StatusMisdirectedRequest)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// stateView is what the page needs when it is opened.
type stateView struct {
	People      []personView    `json:"people"`
	Bot         webexsim.Person `json:"bot"`
	Devices     []deviceView    `json:"devices"`
	Suggestions []string        `json:"suggestions"` // messages to try first
	Faults      []labFault      `json:"faults"`
}

type personView struct {
	webexsim.Person
	Token string `json:"token"` // of a simulated person, so not a secret
}

type deviceView struct {
	Name   string   `json:"name"`
	Groups []string `json:"groups"`
	Note   string   `json:"note"`
}

func (l *lab) state(w http.ResponseWriter, _ *http.Request) {
	view := stateView{Bot: l.bot, Faults: faults, Suggestions: []string{"hello", "vrf r1", "interfaces core1", "help", "devices", "version slow1", "vfr r1"}}
	for _, p := range l.people {
		view.People = append(view.People, personView{p, p.Token})
	}
	for _, d := range l.devices.Devices() {
		view.Devices = append(view.Devices, deviceView{d.Name, d.Groups, d.Note})
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if err := json.NewEncoder(w).Encode(view); err != nil {
		l.log.WithError(err).Debug("The page disconnected.")
	}
}
