package webexsim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // as Webex signs
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Webex delivers one event at a time to each webhook, without retries, and disables a webhook after too
// many failures (Webex guide, Webhooks).
const (
	maxQueue        = 10_000
	deliveryTimeout = 10 * time.Second
	failureWindow   = 5 * time.Minute
	maxFailures     = 100
)

// post counts pending deliveries, and how many coming ones each fault applies to.
type post struct {
	mu         sync.Mutex
	idle       *sync.Cond
	open       int
	twice      int
	forged     int
	late       int
	lost       int // frames
	overridden int // frames
}

// emit reports an event to every webhook that wants it and to the sockets of everybody who may know of
// it. The caller holds Sim.mu.
func (s *Sim) emit(e event) {
	e.id, e.at = uuid.NewString(), s.last
	for _, h := range s.webhooks {
		if !h.wants(e) {
			continue
		}
		d := delivery{event: e}
		s.post.mu.Lock()
		d.forged = spend(&s.post.forged)
		copies := spread(&s.post, &h.held, d)
		s.post.open += len(copies)
		s.post.mu.Unlock()
		for _, d := range copies {
			select {
			case h.queue <- d:
			default:
				s.log.WithField("webhook", h.name).Error("Too many pending deliveries; one is lost.")
				s.delivered()
			}
		}
	}
	s.emitToSockets(e)
}

// spread applies the faults twice and late to a delivery. It returns what to deliver now: nothing, one
// or two copies, and then the held delivery that they overtake. The caller holds post.mu.
func spread[T any](p *post, held *[]T, one T) []T {
	copies := []T{one}
	if spend(&p.twice) {
		copies = append(copies, one)
	}
	if *held == nil && spend(&p.late) {
		*held = copies
		return nil
	}
	copies = append(copies, *held...)
	*held = nil
	return copies
}

// spend decrements a counter and reports whether it was positive. The caller holds the counter's lock.
func spend(counter *int) bool {
	if *counter == 0 {
		return false
	}
	*counter--
	return true
}

// add adds n to one of the counters.
func (p *post) add(counter *int, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*counter += n
}

// DeliverTwice duplicates the next n deliveries, by webhook or socket.
func (s *Sim) DeliverTwice(n int) { s.post.add(&s.post.twice, n) }

// DeliverForged signs the next n webhook deliveries with a wrong secret.
func (s *Sim) DeliverForged(n int) { s.post.add(&s.post.forged, n) }

// DeliverLate swaps each of the next n deliveries with the following one of the same webhook or socket.
// Without a following one it is never delivered, and Quiet doesn't wait for it.
func (s *Sim) DeliverLate(n int) { s.post.add(&s.post.late, n) }

func (s *Sim) delivered() {
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	s.post.open--
	s.post.idle.Broadcast()
}

// Quiet waits until no webhook delivery is pending, or until ctx ends.
func (s *Sim) Quiet(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		s.post.mu.Lock()
		defer s.post.mu.Unlock()
		s.post.idle.Broadcast()
	})
	defer stop()
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	for s.post.open > 0 && ctx.Err() == nil {
		s.post.idle.Wait()
	}
	return ctx.Err()
}

// deliver sends the queued deliveries of a webhook until it is stopped.
func (s *Sim) deliver(h *webhook) {
	for {
		select {
		case <-h.quit:
			for { // count the rest as delivered
				select {
				case <-h.queue:
					s.delivered()
				default:
					return
				}
			}
		case d := <-h.queue:
			s.deliverOne(h, d)
			s.delivered()
		}
	}
}

func (s *Sim) deliverOne(h *webhook, d delivery) {
	s.mu.Lock()
	name, active, target, key := h.name, h.active, h.target, h.secret
	envelope := h.object()
	s.mu.Unlock()
	if !active {
		return // disabled meanwhile
	}
	delete(envelope, "secret")
	envelope["status"] = "active"
	envelope["resource"], envelope["event"] = d.event.resource, d.event.name
	envelope["actorId"], envelope["data"] = d.event.actor.ID, d.event.data
	body := compact(ordered(envelope))
	entry := Entry{
		Kind: "delivery", Webhook: name, TargetURL: target, Resource: d.event.resource, Event: d.event.name,
		RoomID: d.event.room.id, Body: string(body), Headers: map[string]string{"Content-Type": "application/json"},
	}
	if key != "" {
		if d.forged {
			key += " (another)"
		}
		mac := hmac.New(sha1.New, []byte(key))
		mac.Write(body)
		entry.Headers["X-Spark-Signature"] = hex.EncodeToString(mac.Sum(nil))
	}
	start := time.Now()
	status, answer, err := s.send(target, body, entry.Headers)
	entry.At, entry.MS, entry.Status, entry.Response = s.now(), milliseconds(time.Since(start)), status, answer
	if err != nil {
		entry.Error = err.Error()
	}
	s.record(entry)
	if status < 200 || status > 299 {
		s.failed(h)
	}
}

func (s *Sim) send(target string, body []byte, headers map[string]string) (int, string, error) {
	ctx, cancel := context.WithTimeout(s.running, deliveryTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxShown))
	return resp.StatusCode, string(answer), err
}

// failed counts a failure and disables the webhook after too many, or at once while it is on probation.
func (s *Sim) failed(h *webhook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	recent := h.failures[:0]
	for _, at := range h.failures {
		if now.Sub(at) < failureWindow {
			recent = append(recent, at)
		}
	}
	h.failures = append(recent, now)
	if len(h.failures) >= maxFailures || now.Before(h.probation) {
		h.active, h.disabled = false, now
		s.log.WithField("webhook", h.name).Warn("Too many deliveries failed; the webhook is disabled.")
	}
}

// ordered encodes an envelope with its fields in Webex's order.
func ordered(envelope map[string]any) json.RawMessage {
	b := []byte{'{'}
	for _, key := range []string{
		"id", "name", "targetUrl", "resource", "event", "filter", "orgId", "createdBy", "appId", "ownedBy", "status", "created", "actorId", "data",
	} {
		value, ok := envelope[key]
		if !ok {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(b, `"`+key+`":`...), compact(value)...)
	}
	return append(b, '}')
}

// emitToSockets reports an event to the sockets of everybody who may know of it. The caller holds Sim.mu.
func (s *Sim) emitToSockets(e event) {
	for _, k := range s.opened {
		if !k.ready || !e.reaches(k.owner) {
			continue
		}
		for _, a := range s.activities(e, k.owner) {
			s.sendTo(k, frame{data: map[string]any{"eventType": "conversation.activity", "activity": a}})
		}
	}
}

// sendTo sends a frame to a socket, after applying faults.
func (s *Sim) sendTo(k *socket, f frame) {
	f = k.count(f)
	s.post.mu.Lock()
	if spend(&s.post.lost) {
		s.post.mu.Unlock()
		return
	}
	if spend(&s.post.overridden) {
		f = overridden(f)
	}
	frames := spread(&s.post, &k.held, f)
	s.post.mu.Unlock()
	for _, f := range frames {
		k.send(f)
	}
}

// overridden returns a frame with a wrong verb that its headers correct.
func overridden(f frame) frame {
	a, _ := f.data["activity"].(map[string]any)
	wrong := map[string]any{}
	for k, v := range a {
		wrong[k] = v
	}
	wrong["verb"] = "acknowledge"
	return frame{
		data: map[string]any{"eventType": f.data["eventType"], "activity": wrong}, headers: map[string]any{"activity.verb": a["verb"]}, sequence: f.sequence,
	}
}
