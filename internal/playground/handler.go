package playground

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

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
}

// handler serves the page, the simulated Webex below /v1/ and what the page's inspector shows. It
// answers only those who call it by a name of this machine, so that no web page of elsewhere can
// reach it through a name that resolves to here.
func (s *scene) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/v1/", s.webex)
	mux.HandleFunc("GET /playground/state", s.state)
	mux.HandleFunc("GET /playground/events", s.events)
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
	view := stateView{Bot: s.bot, Try: []string{"hello", "vrf r1", "interfaces core1", "help", "devices", "version slow1", "vfr r1"}}
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

// heartbeat keeps proxies and browsers from giving up a quiet stream.
const heartbeat = 15 * time.Second

// maxWaiting is how many events may wait for a slow page before it is cut off; it comes back by
// itself and gets what it missed.
const maxWaiting = 2000

type streamed struct {
	id   string
	kind string
	data []byte
}

// events streams everything that happens, as server-sent events: webex for the simulated cloud,
// restconf for devices. A page that comes back gets what it missed by its Last-Event-ID.
func (s *scene) events(w http.ResponseWriter, r *http.Request) {
	flusher := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	var seenWebex, seenDevices int64
	if webex, devices, ok := strings.Cut(r.Header.Get("Last-Event-ID"), "-"); ok {
		seenWebex, _ = strconv.ParseInt(webex, 10, 64) // 0 for what can't be read: all is sent again
		seenDevices, _ = strconv.ParseInt(devices, 10, 64)
	}
	queue := make(chan streamed, maxWaiting)
	late := make(chan struct{})
	push := func(e streamed) {
		select {
		case queue <- e:
		default:
			select {
			case <-late:
			default:
				close(late)
			}
		}
	}
	entry := make(chan webexsim.Entry)
	exchange := make(chan devicesim.Exchange)
	ctx, cancel := context.WithCancel(r.Context())
	done := ctx.Done()
	stopWebex := s.webex.Watch(func(e webexsim.Entry) {
		select {
		case entry <- e:
		case <-done:
		}
	})
	defer stopWebex()
	stopDevices := s.lab.Watch(func(e devicesim.Exchange) {
		select {
		case exchange <- e:
		case <-done:
		}
	})
	defer stopDevices()
	defer cancel() // before the watchers are stopped, which may wait to hand over
	go func() {    // merges both, and knows how far each has come
		older := s.webex.Recent()
		devices := s.lab.Recent()
		add := func(kind string, v any) {
			data, err := json.Marshal(v)
			if err != nil {
				s.log.WithError(err).Error("can't show an event")
				return
			}
			push(streamed{fmt.Sprintf("%d-%d", seenWebex, seenDevices), kind, data})
		}
		addEntry := func(e webexsim.Entry) {
			if e.Seq > seenWebex {
				seenWebex = e.Seq
				add("webex", e)
			}
		}
		addExchange := func(e devicesim.Exchange) {
			if e.Seq > seenDevices {
				seenDevices = e.Seq
				add("restconf", e)
			}
		}
		for len(older) > 0 || len(devices) > 0 { // in the order of time
			if len(devices) == 0 || len(older) > 0 && older[0].At.Before(devices[0].At) {
				addEntry(older[0])
				older = slices.Delete(older, 0, 1)
			} else {
				addExchange(devices[0])
				devices = slices.Delete(devices, 0, 1)
			}
		}
		for {
			select {
			case e := <-entry:
				addEntry(e)
			case e := <-exchange:
				addExchange(e)
			case <-done:
				return
			}
		}
	}()
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		var text string
		select {
		case <-done:
			return
		case <-late:
			return
		case <-tick.C:
			text = ": still here\n\n"
		case e := <-queue:
			text = fmt.Sprintf("id: %s\nevent: %s\ndata: %s\n\n", e.id, e.kind, e.data)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			return
		}
		if len(queue) == 0 {
			if err := flusher.Flush(); err != nil {
				return
			}
		}
	}
}
