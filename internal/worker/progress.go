package worker

import (
	"context"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/internal/chat"
)

// workingLine is the message that says what takes so long, if it takes long, and the card beside it.
// Both are courtesies: each call for them is tried once.
type workingLine struct {
	worker *Worker
	room   string
	log    logrus.FieldLogger

	mu     sync.Mutex
	latest chat.Reply
	stop   chan struct{} // nil until there is something to show
	once   sync.Once     // closes stop
	gone   chan struct{} // closed when nothing more is shown
	ids    []string      // of what was shown; belongs to run until gone is closed
}

// maxEdits is how often the line changes; Webex lets a message be edited ten times.
const maxEdits = 9

// show says what is being done. The first line comes after a while; later ones take its place.
func (l *workingLine) show(ctx context.Context, r chat.Reply) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.latest = r
	if l.stop == nil {
		l.stop, l.gone = make(chan struct{}), make(chan struct{})
		go l.run(ctx)
	}
}

func (l *workingLine) line() chat.Reply {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.latest
}

// wait reports whether there still is something to wait for after d.
func (l *workingLine) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-l.stop:
		return false
	case <-timer.C:
		return true
	}
}

func (l *workingLine) run(ctx context.Context) {
	defer close(l.gone)
	if !l.wait(l.worker.Patience) {
		return
	}
	shown := l.line()
	if !l.send(ctx, chat.Reply{Text: shown.Text, Thread: shown.Thread}) {
		return
	}
	if shown.Card != nil {
		l.worker.open.add(l.room) // first, as a press may be quicker than Webex's answer to us
		defer l.worker.open.remove(l.room)
		l.send(ctx, shown)
	}
	pause := l.worker.Patience
	for range maxEdits {
		if !l.wait(pause) {
			return
		}
		pause += pause / 2
		now := l.line()
		if now.Text == shown.Text {
			continue
		}
		shown = now
		if err := l.worker.Conversation.Edit(ctx, l.room, l.ids[0], now.Text); err != nil {
			l.log.WithError(err).Debug("couldn't say how far it is")
		}
	}
	<-l.stop
}

func (l *workingLine) send(ctx context.Context, r chat.Reply) bool {
	id, err := l.worker.Conversation.Send(ctx, l.room, r)
	if err != nil {
		l.log.WithError(err).Debug("couldn't say that it takes a while")
		return false
	}
	l.ids = append(l.ids, id)
	return true
}

// settle keeps anything more from being shown.
func (l *workingLine) settle() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stop != nil {
		l.once.Do(func() { close(l.stop) })
	}
}

// remove takes back what was shown.
func (l *workingLine) remove(ctx context.Context) {
	l.settle()
	if l.gone == nil {
		return
	}
	<-l.gone
	for _, id := range l.ids {
		if err := l.worker.Conversation.Remove(ctx, id); err != nil {
			l.log.WithError(err).Debug("couldn't take back that it takes a while")
		}
	}
}

// interruptible are the spaces in which something can be stopped.
type interruptible struct {
	mu    sync.Mutex
	rooms map[string]int
}

func (i *interruptible) add(room string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.rooms[room]++
}

func (i *interruptible) remove(room string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.rooms[room]--; i.rooms[room] == 0 {
		delete(i.rooms, room)
	}
}

func (i *interruptible) has(room string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.rooms[room] > 0
}

// overhearWithin bounds a look at a notice before its turn.
const overhearWithin = 10 * time.Second

// overhear looks at what is said where something can be stopped, whose own turn would only come when
// it is over.
func (w *Worker) overhear(ctx context.Context, n chat.Event) {
	if n.Action != "created" || n.Resource == "memberships" || !w.open.has(n.Room) {
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(ctx, overhearWithin)
		defer cancel()
		for pause := 200 * time.Millisecond; ; pause *= 2 {
			ev, err := w.Conversation.Fetch(ctx, n)
			if err == nil {
				if ev != nil {
					w.Brain.Interrupt(ev)
				}
				return
			}
			select { // Webex tells of things a moment before they can be read
			case <-ctx.Done():
				w.Log.WithError(err).Debug("can't look at a notice before its turn")
				return
			case <-time.After(pause):
			}
		}
	}()
}
