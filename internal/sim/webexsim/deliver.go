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

// event is something that webhooks may tell of.
type event struct {
	id             string // of the activity, where it isn't that of a message or an action
	at             time.Time
	resource, name string
	actor          *Person
	room           *room
	message        *message // of resource messages
	action         *action  // of resource attachmentActions
	member         *Person  // of resource memberships
	only           *Person  // whom alone it is told; nil for everybody who may know
	data           map[string]any
}

// reaches reports whether p may know of the event at all, whatever way it is told.
func (e event) reaches(p *Person) bool {
	return e.room.member(p) != nil && (e.message == nil || e.message.visible(p)) && (e.only == nil || e.only == p)
}

type delivery struct {
	event  event
	forged bool
}

// Deliveries as Webex makes them: one at a time for each webhook, no second try, and a webhook that
// fails too often is disabled (Webex guide, Webhooks).
const (
	maxQueue        = 10_000
	deliveryTimeout = 10 * time.Second
	failureWindow   = 5 * time.Minute
	maxFailures     = 100
)

// post counts deliveries that aren't done, and holds what tests ask of coming ones.
type post struct {
	mu     sync.Mutex
	idle   *sync.Cond
	open   int
	twice  int
	forged int
	late   int
	lost   int // frames
	odd    int // frames whose truth stands in their headers
}

// emit tells of an event in both ways: every webhook that wants it, and every socket of those who may
// know. The caller holds the simulation's lock.
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
				s.log.WithField("webhook", h.name).Error("too many deliveries wait; one is lost")
				s.delivered()
			}
		}
	}
	s.tellSockets(e)
}

// spread applies what was asked of coming deliveries: it returns none, one or two copies of what is
// to be delivered now, and what was held for them to overtake. The caller holds the post's lock.
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

// spend takes one of what was asked for, and reports whether there was one. The caller holds the lock of
// the counter.
func spend(counter *int) bool {
	if *counter == 0 {
		return false
	}
	*counter--
	return true
}

// ask adds to one of the post's counters.
func (p *post) ask(counter *int, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*counter += n
}

// DeliverTwice makes the next n deliveries come twice, by webhook or through a socket.
func (s *Sim) DeliverTwice(n int) { s.post.ask(&s.post.twice, n) }

// DeliverForged makes the next n deliveries come with a wrong signature, if their webhook has a secret.
func (s *Sim) DeliverForged(n int) { s.post.ask(&s.post.forged, n) }

// DeliverLate makes each of the next n deliveries come after the one that follows it at the same
// webhook or socket. One that nothing follows never comes, and Quiet doesn't wait for it.
func (s *Sim) DeliverLate(n int) { s.post.ask(&s.post.late, n) }

func (s *Sim) delivered() {
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	s.post.open--
	s.post.idle.Broadcast()
}

// Quiet waits until no delivery is under way, or ctx ends.
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

// deliver posts what is queued for one webhook until it is stopped.
func (s *Sim) deliver(h *webhook) {
	for {
		select {
		case <-h.quit:
			for { // nobody waits for what won't be delivered
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
		return // disabled while this waited
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

// failed counts a failure and disables the webhook after too many. One that was enabled again too
// soon isn't forgiven a single one.
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
		s.log.WithField("webhook", h.name).Warn("too many deliveries failed; the webhook is disabled")
	}
}

// ordered is an envelope in the order of members that Webex sends.
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
