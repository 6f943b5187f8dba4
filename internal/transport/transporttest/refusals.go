package transporttest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"

	"overwatch/internal/chat"
)

// missed starts and stops the transport once, then has Alice write to direct and group spaces while it
// is stopped, and returns the spaces. The last one is the most recently active and so caught up first.
func missed(w *World, spaces int) (rooms []string) {
	w.T.Helper()
	for i := range spaces {
		if i == 0 {
			rooms = append(rooms, w.Sim.Direct(w.Alice, w.Bot))
			continue
		}
		rooms = append(rooms, w.Sim.AddRoom("Space "+string(rune('A'+i)), w.Alice, w.Bob, w.Bot))
	}
	w.Start()
	w.Stop()
	for _, room := range rooms {
		w.Say(w.Alice, room, "<@personId:"+w.Bot.ID+"|Overwatch> missed")
	}
	return rooms
}

// listing reports whether a request lists the messages of a space.
func listing(r *http.Request, room string) bool {
	return r.Method == http.MethodGet && r.URL.Path == "/v1/messages" && r.URL.Query().Get("roomId") == room
}

// expectRooms waits until a message of each of the spaces was received. Some transports receive those
// of other spaces, too.
func (w *World) expectRooms(rooms ...string) {
	w.T.Helper()
	missing := map[string]bool{}
	for _, room := range rooms {
		missing[room] = true
	}
	for len(missing) > 0 {
		delete(missing, w.take("messages").Room)
	}
}

// take waits for the next event and handles it.
func (w *World) take(resource string) chat.Event {
	w.T.Helper()
	l, err := w.Store.Take(w.within())
	if err != nil {
		w.T.Fatalf("nothing was received, want %s: %v (%v)", resource, err, w.Receiver.State.Err())
	}
	n := l.Event()
	if n.Resource != resource {
		w.T.Errorf("received %+v, want %s", n, resource)
	}
	if err := l.Done(); err != nil {
		w.T.Error(err)
	}
	return n
}

func refuse(out http.ResponseWriter, status int, message string) bool {
	out.Header().Set("Content-Type", "application/json")
	out.WriteHeader(status)
	_, _ = io.WriteString(out, `{"message":"`+message+`"}`)
	return true
}

// response is one that isn't a success, or none.
type response struct {
	name    string
	respond func(out http.ResponseWriter)
	final   bool // the same request will be refused again
}

// responses are the ways in which Webex, or what stands between, doesn't do what it is asked.
func responses() (list []response) {
	for _, status := range []int{400, 401, 403, 404, 409, 413, 423, 500} {
		list = append(list, response{fmt.Sprint(status), func(out http.ResponseWriter) { refuse(out, status, "Failed to get activity.") }, status < 423})
	}
	return append(list,
		response{"502 with HTML", func(out http.ResponseWriter) {
			out.Header().Set("Content-Type", "text/html")
			out.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(out, "<html>")
		}, false},
		response{"200 with HTML", func(out http.ResponseWriter) { _, _ = io.WriteString(out, "<html>") }, true},
		response{"a cut connection", func(out http.ResponseWriter) {
			if conn, _, err := http.NewResponseController(out).Hijack(); err == nil {
				_ = conn.Close()
			}
		}, false},
	)
}

// refusedSpace has Webex refuse to list the messages of one space, every time. Others don't wait for it.
func refusedSpace(r response) func(w *World) {
	return func(w *World) {
		rooms := missed(w, 3)
		w.Replace(func(out http.ResponseWriter, req *http.Request) bool {
			if !listing(req, rooms[2]) {
				return false
			}
			r.respond(out)
			return true
		})
		ended := w.Launch()
		w.expectRooms(rooms[0], rooms[1])
		w.Say(w.Alice, rooms[0], "later")
		for w.text(w.take("messages")) != "later" {
		}
		select {
		case err := <-ended:
			w.T.Errorf("it ended with %v", err)
		default:
		}
	}
}

// refusedStart has Webex refuse once what the transport needs to receive events. It tries again.
func refusedStart(r response) func(w *World) {
	return func(w *World) {
		room := w.Sim.Direct(w.Alice, w.Bot)
		var refused atomic.Bool
		w.Replace(func(out http.ResponseWriter, req *http.Request) bool {
			needed := strings.HasPrefix(req.URL.Path, "/v1/webhooks") || strings.HasPrefix(req.URL.Path, "/wdm-a1/") || req.URL.Path == "/v1/rooms"
			if !needed || refused.Swap(true) {
				return false
			}
			r.respond(out)
			return true
		})
		w.Start()
		w.Say(w.Alice, room, "hello")
		w.Expect("messages", room)
		if !refused.Load() {
			w.T.Error("nothing was refused")
		}
	}
}

// A link to the next page that leads to another host is not followed.
func foreignPage(w *World) {
	rooms := missed(w, 2)
	w.Replace(func(out http.ResponseWriter, r *http.Request) bool {
		if !listing(r, rooms[1]) {
			return false
		}
		rec := httptest.NewRecorder()
		w.Sim.ServeHTTP(rec, r)
		out.Header().Set("Content-Type", "application/json")
		out.Header().Set("Link", `<https://evil.example/v1/messages?after=x>; rel="next"`)
		_, _ = out.Write(rec.Body.Bytes())
		return true
	})
	w.Launch()
	w.expectRooms(rooms...)
}

// Webex limits the rate after a few requests, each time that the limit has passed.
func limited(w *World) {
	rooms := missed(w, 6)
	var calls atomic.Int32
	w.Replace(func(out http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/v1/messages" || r.Method != http.MethodGet || calls.Add(1)%3 != 0 {
			return false
		}
		out.Header().Set("Retry-After", "1")
		return refuse(out, http.StatusTooManyRequests, "")
	})
	w.Launch()
	w.expectRooms(rooms...)
}

// One space and one message in the lists of Webex have a member of the wrong type.
func unreadableItem(w *World) {
	rooms := missed(w, 2)
	w.Replace(func(out http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || r.URL.Path != "/v1/rooms" && !listing(r, rooms[0]) {
			return false
		}
		rec := httptest.NewRecorder()
		w.Sim.ServeHTTP(rec, r)
		out.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(out, strings.Replace(rec.Body.String(), `"items":[`, `"items":[{"id":7},`, 1))
		return true
	})
	w.Launch()
	w.expectRooms(rooms...)
}

// Webex refuses to list the bot's memberships, and messages are caught up all the same.
func refusedArrivals(w *World) {
	rooms := missed(w, 2)
	w.Replace(func(out http.ResponseWriter, r *http.Request) bool {
		return r.Method == http.MethodGet && r.URL.Path == "/v1/memberships" && refuse(out, http.StatusForbidden, "no")
	})
	w.Launch()
	w.expectRooms(rooms...)
}
