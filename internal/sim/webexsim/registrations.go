package webexsim

import (
	"maps"
	"net/http"
	"slices"

	"github.com/google/uuid"
)

// object returns the registration as Webex does: as sent, with the URLs that the client needs.
func (r *registration) object(s *Sim) map[string]any {
	o := maps.Clone(r.body)
	socket := s.service(socketPath + "/" + r.id + "/messages")
	socket.Scheme = map[string]string{"https": "wss"}[socket.Scheme]
	if socket.Scheme == "" {
		socket.Scheme = "ws"
	}
	o["url"] = s.service(registrationsPath + "/" + r.id).String()
	o["webSocketUrl"] = socket.String()
	o["userId"] = r.owner.UUID
	o["modificationTime"] = stamp(r.modified)
	o["services"] = map[string]string{"conversationServiceUrl": s.service(conversationPath).String()}
	return o
}

// registration returns the registration that the path names.
func (c *call) registration() (*registration, error) {
	for _, r := range c.sim.registrations {
		if r.id == c.PathValue("id") && r.owner == c.who {
			return r, nil
		}
	}
	return nil, notFound()
}

func listRegistrations(c *call) (any, error) {
	var mine []map[string]any
	for _, r := range c.sim.registrations {
		if r.owner == c.who {
			mine = append(mine, r.object(c.sim))
		}
	}
	if len(mine) == 0 {
		return nil, notFound()
	}
	return map[string]any{"devices": mine}, nil
}

func createRegistration(c *call) (any, error) {
	var body map[string]any
	if err := c.decode(&body); err != nil {
		return nil, err
	}
	if body["deviceType"] == nil || body["name"] == nil {
		return nil, badRequest("name and deviceType are required.")
	}
	mine := 0
	for _, r := range c.sim.registrations {
		if r.owner == c.who {
			mine++
		}
	}
	if mine >= c.sim.cap {
		return nil, fail(http.StatusForbidden, "User has excessive device registrations")
	}
	r := &registration{id: uuid.NewString(), owner: c.who, body: body, modified: c.sim.tick()}
	c.sim.registrations = append(c.sim.registrations, r)
	return r.object(c.sim), nil
}

func getRegistration(c *call) (any, error) {
	r, err := c.registration()
	if err != nil {
		return nil, err
	}
	return r.object(c.sim), nil
}

func updateRegistration(c *call) (any, error) {
	r, err := c.registration()
	if err != nil {
		return nil, err
	}
	var body map[string]any
	if err := c.decode(&body); err != nil {
		return nil, err
	}
	maps.Copy(r.body, body)
	r.modified = c.sim.tick()
	return r.object(c.sim), nil
}

func deleteRegistration(c *call) (any, error) {
	r, err := c.registration()
	if err != nil {
		return nil, err
	}
	c.sim.unregister(func(x *registration) bool { return x == r })
	return nil, nil
}

func deleteRegistrations(c *call) (any, error) {
	c.sim.unregister(func(r *registration) bool { return r.owner == c.who })
	return nil, nil
}

// unregister removes registrations and closes their sockets. The caller holds the lock.
func (s *Sim) unregister(which func(*registration) bool) {
	for _, k := range s.opened {
		if which(k.reg) {
			k.ready = false
			k.close(codeGoing, "the registration is gone")
		}
	}
	s.registrations = slices.DeleteFunc(s.registrations, which)
}
