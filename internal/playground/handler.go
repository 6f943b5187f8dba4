package playground

import (
	"encoding/json"
	"net"
	"net/http"
	"strings"

	"github.com/sirupsen/logrus"

	"overwatch/internal/playground/ui"
	"overwatch/internal/sim/devicesim"
	"overwatch/internal/sim/webexsim"
)

// scene is who and what there is to play with.
type scene struct {
	webex  *webexsim.Sim
	lab    *devicesim.Lab
	people []webexsim.Person
	bot    webexsim.Person
	log    logrus.FieldLogger
	run    string // a name of this run, for pages that come back after the next one began
}

// handler serves the page, the simulated Webex below /v1/ and what the page's inspector shows. It
// answers only those who call it by a name of this machine, so that no web page of elsewhere can
// reach it through a name that resolves to here.
func (s *scene) handler() http.Handler {
	mux := http.NewServeMux()
	for _, path := range webexsim.Paths() {
		mux.Handle(path, s.webex)
	}
	mux.HandleFunc("GET /playground/state", s.state)
	mux.HandleFunc("GET /playground/events", s.events)
	mux.HandleFunc("POST /playground/faults/{name}", s.fail)
	mux.Handle("/", ui.Handler())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if ip := net.ParseIP(strings.Trim(host, "[]")); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "The playground answers at localhost only.", http.StatusMisdirectedRequest)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

type stateView struct {
	People  []personView    `json:"people"`
	Bot     webexsim.Person `json:"bot"`
	Devices []deviceView    `json:"devices"`
	Try     []string        `json:"try"` // what to write first
	Faults  []mishap        `json:"faults"`
}

type personView struct {
	webexsim.Person
	Token string `json:"token"` // of a simulated person: worth nothing elsewhere
}

type deviceView struct {
	Name   string   `json:"name"`
	Groups []string `json:"groups"`
	Note   string   `json:"note"`
}

func (s *scene) state(w http.ResponseWriter, _ *http.Request) {
	view := stateView{Bot: s.bot, Faults: mishaps, Try: []string{"hello", "vrf r1", "interfaces core1", "help", "devices", "version slow1", "vfr r1"}}
	for _, p := range s.people {
		view.People = append(view.People, personView{p, p.Token})
	}
	for _, d := range s.lab.Devices() {
		view.Devices = append(view.Devices, deviceView{d.Name, d.Groups, d.Note})
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if err := json.NewEncoder(w).Encode(view); err != nil {
		s.log.WithError(err).Debug("the page went away")
	}
}
