package worker

import (
	"context"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/internal/chat"
)

// progressLine is a message that shows how far the work for an event is, if it takes long, and the card
// beside it. Both are a courtesy: calls for them are tried once.
type progressLine struct {
	messenger Messenger
	room      string
	after     time.Duration
	log       logrus.FieldLogger

	mu     sync.Mutex
	latest chat.Reply
	stop   chan struct{} // nil until there is something to show
	once   sync.Once     // closes stop
	ended  chan struct{} // closed when nothing more will be shown
	ids    []string      // of the messages that were sent; belongs to run until ended is closed
}

// maxEdits is how often the line is edited; Webex allows ten edits of a message.
const maxEdits = 9

// show sets what is shown: the first time after a while, later in place of what was shown before.
func (l *progressLine) show(ctx context.Context, r chat.Reply) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.latest = r
	if l.stop == nil {
		l.stop, l.ended = make(chan struct{}), make(chan struct{})
		go l.run(ctx)
	}
}

func (l *progressLine) current() chat.Reply {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.latest
}

// run sends the line and its card and edits the line, until freeze is called.
func (l *progressLine) run(ctx context.Context) {
	defer close(l.ended)
	if !l.wait(l.after) {
		return
	}
	shown := l.current()
	if !l.send(ctx, chat.Reply{Text: shown.Text, Thread: shown.Thread}) {
		return
	}
	if shown.Card != nil {
		l.send(ctx, shown)
	}
	pause := l.after
	for range maxEdits {
		if !l.wait(pause) {
			return
		}
		pause += pause / 2
		now := l.current()
		if now.Text == shown.Text {
			continue
		}
		shown = now
		if err := l.messenger.Edit(ctx, l.room, l.ids[0], now.Text); err != nil {
			l.log.WithError(err).Debug("can't edit the progress line")
		}
	}
	<-l.stop
}

// wait reports whether d has passed without a freeze.
func (l *progressLine) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-l.stop:
		return false
	case <-timer.C:
		return true
	}
}

func (l *progressLine) send(ctx context.Context, r chat.Reply) bool {
	id, err := l.messenger.Send(ctx, l.room, r)
	if err != nil {
		l.log.WithError(err).Debug("can't send the progress line")
		return false
	}
	l.ids = append(l.ids, id)
	return true
}

// freeze keeps anything more from being shown.
func (l *progressLine) freeze() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stop != nil {
		l.once.Do(func() { close(l.stop) })
	}
}

// remove deletes what was shown.
func (l *progressLine) remove(ctx context.Context) {
	l.freeze()
	if l.ended == nil {
		return
	}
	<-l.ended
	for _, id := range l.ids {
		if err := l.messenger.Remove(ctx, id); err != nil {
			l.log.WithError(err).Debug("can't delete the progress line")
		}
	}
}
