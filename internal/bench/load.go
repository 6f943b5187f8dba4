package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// load describes the arrival of queries.
type load struct {
	name     string
	inFlight int           // closed loop: number of people, each with one query in flight
	rate     float64       // open loop instead: queries per second, independent of replies
	webex    time.Duration // response time of Webex
	device   time.Duration // response time of devices
	lasting  time.Duration
}

// rounds is the number of queries per person before the measurement, which open the connections.
const rounds = 3

// replyTimeout ends the benchmark if a reply takes longer.
const replyTimeout = time.Minute

// result holds the measurements of one load.
type result struct {
	questions     int
	perSecond     float64
	acks, replies latencies
	webexCalls    float64 // per question
	deviceCalls   float64
	cpu           time.Duration // per question
	peak          float64       // MB, from the start
	waited        time.Duration // delays of Webex and devices per question
	idle          float64       // MB, before the load
	idleCPU       float64       // of one core, before the load
	ready         time.Duration
}

// and returns the mean of two runs of a program.
func (r result) and(other result) result {
	r.questions += other.questions
	r.perSecond, r.cpu = (r.perSecond+other.perSecond)/2, (r.cpu+other.cpu)/2
	r.acks, r.replies = slices.Concat(r.acks, other.acks), slices.Concat(r.replies, other.replies)
	slices.Sort(r.acks)
	slices.Sort(r.replies)
	r.peak = max(r.peak, other.peak)
	return r
}

// latencies is a sorted list of response times.
type latencies []time.Duration

func (l latencies) at(share float64) time.Duration {
	if len(l) == 0 {
		return 0
	}
	return l[min(int(share*float64(len(l))), len(l)-1)]
}

// run measures bots under a load.
func (w *world) run(ctx context.Context, b *bots, l load) (r result, err error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	w.cloud.pause.set(l.webex)
	w.network.pause.set(l.device)
	defer w.cloud.pause.set(0)
	defer w.network.pause.set(0)
	var (
		measuring  atomic.Bool
		mu         sync.Mutex
		warm, busy sync.WaitGroup
		count      int
	)
	ask := func(person int, due time.Time) bool {
		q, err := w.cloud.ask(person, "", "vrf", name(person%w.devices))
		if err == nil {
			err = w.put(ctx, b, q, due)
		}
		if err != nil {
			if ctx.Err() == nil {
				stop(err)
			}
			return false
		}
		if measuring.Load() {
			mu.Lock()
			defer mu.Unlock()
			count++
			r.replies = append(r.replies, q.took)
			if acked := q.acked.Load(); acked > 0 { // on a socket the reply may precede the acknowledgement
				r.acks = append(r.acks, time.Duration(acked))
			}
		}
		return true
	}
	people, times := l.inFlight, rounds
	if l.rate > 0 {
		people, times = w.devices, 1 // enough to open connections
	}
	warm.Add(people)
	over := make(chan struct{})
	for person := range people {
		busy.Go(func() {
			// Spread the people over time.
			time.Sleep((2*l.webex + l.device) * time.Duration(person) / time.Duration(people))
			for range times {
				if !ask(person, time.Time{}) {
					break
				}
			}
			warm.Done()
			for l.rate == 0 && ctx.Err() == nil {
				select {
				case <-over:
					return
				default:
				}
				ask(person, time.Time{})
			}
		})
	}
	warm.Wait()
	began, calls, asked := time.Now(), w.cloud.calls.Load(), w.network.calls.Load()
	cpu, err := b.cpu()
	if err != nil {
		return r, err
	}
	measuring.Store(true)
	if l.rate > 0 {
		w.open(ctx, l, func(person int, due time.Time) { busy.Go(func() { ask(person, due) }) })
	} else {
		select {
		case <-ctx.Done():
		case <-time.After(l.lasting):
		}
	}
	took := time.Since(began)
	if l.rate > 0 {
		busy.Wait() // for all replies
	} else {
		measuring.Store(false)
	}
	calls, asked = w.cloud.calls.Load()-calls, w.network.calls.Load()-asked
	after, err := b.cpu()
	close(over)
	busy.Wait()
	if err := errors.Join(err, context.Cause(ctx)); err != nil {
		return r, err
	}
	n := float64(max(count, 1))
	r.waited = 2*w.cloud.pause.mean() + w.network.pause.mean()
	r.questions, r.perSecond = count, float64(count)/took.Seconds()
	r.webexCalls, r.deviceCalls, r.cpu = float64(calls)/n, float64(asked)/n, time.Duration(float64(after-cpu)/n)
	slices.Sort(r.acks)
	slices.Sort(r.replies)
	for _, p := range b.processes {
		_, peak, err := p.memory()
		if err != nil {
			return r, err
		}
		r.peak = max(r.peak, peak)
	}
	return r, nil
}

// open sends queries at the rate of the load, from one person after the other.
func (w *world) open(ctx context.Context, l load, ask func(person int, due time.Time)) {
	began, every := time.Now(), time.Duration(float64(time.Second)/l.rate)
	for i := 0; ctx.Err() == nil; i++ {
		due := began.Add(time.Duration(i) * every)
		if due.Sub(began) > l.lasting {
			return
		}
		time.Sleep(time.Until(due))
		ask(i%w.devices, due)
	}
}

// put sends a question to a bot and waits for the reply. due is when it should have been sent; zero means
// now.
func (w *world) put(ctx context.Context, b *bots, q *question, due time.Time) error {
	if err := w.tell(b, q, due); err != nil {
		return err
	}
	late := time.NewTimer(replyTimeout)
	defer late.Stop()
	select {
	case <-q.answered:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-late.C:
		return fmt.Errorf("a question wasn't answered within %v", replyTimeout)
	}
}

// tell sends the event of a question by webhook or socket.
func (w *world) tell(b *bots, q *question, due time.Time) error {
	resource, content, verb := "messages", "MESSAGE", "post"
	if q.pressed {
		resource, content, verb = "attachmentActions", "ATTACHMENT_ACTION", "cardAction"
	}
	if len(b.hooks) == 0 {
		activity := `{"id":"` + uuid(q.number) + `","objectType":"activity","verb":"` + verb + `","published":"` + published + `","actor":{"entryUUID":"` + uuid(q.room) +
			`","type":"PERSON","objectType":"person"},"object":{"objectType":"submit"},"target":{"id":"` + uuid(q.room) + `","objectType":"conversation","url":"` +
			w.cloud.base + `/conversation/conversations/` + uuid(q.room) + `"},"parent":{"type":"reply"}}`
		q.sent = now(due)
		return w.cloud.sockets.tell(q.number, activity)
	}
	body := `{"id":"` + id("WEBHOOK", 0) + `","name":"overwatch ` + resource + `","resource":"` + resource + `","event":"created","orgId":"` + org + `","status":"active","created":"` + published +
		`","actorId":"` + id("PEOPLE", q.room) + `","data":{"id":"` + id(content, q.number) + `","type":"submit","roomId":"` + id("ROOM", q.room) + `","personId":"` + id("PEOPLE", q.room) +
		`","created":"` + published + `"}}`
	mac := hmac.New(sha1.New, []byte(webhookSecret))
	mac.Write([]byte(body))
	hook := b.hooks[q.number%len(b.hooks)]
	request := "POST /webex-webhooks HTTP/1.1\r\nHost: " + hook.address + "\r\nContent-Type: application/json\r\nX-Spark-Signature: " + hex.EncodeToString(mac.Sum(nil)) +
		"\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
	q.sent = now(due)
	status, err := hook.post([]byte(request))
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("a webhook was answered with %d", status)
	}
	if err == nil {
		w.cloud.ack(q.number)
	}
	return err
}

func now(due time.Time) time.Time {
	if due.IsZero() {
		return time.Now()
	}
	return due
}
