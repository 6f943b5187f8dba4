package jetstream

import (
	"context"
	"errors"
	"slices"

	js "github.com/nats-io/nats.go/jetstream"
)

// Limits of what is kept of answers.
const (
	answersEach = 5         // of one question
	answersAll  = 512 << 20 // bytes; the oldest go first
)

// Answers keeps the latest answers of devices, for all replicas, as long as the setting keep-answers
// says. It is the bot's archive.
type Answers struct{ *Store }

// Answers returns the store's archive.
func (s *Store) Answers() Answers { return Answers{s} }

func (s *Store) makeAnswers(ctx context.Context, replicas int) (err error) {
	if s.o.KeepAnswers == 0 {
		return nil
	}
	s.answers, err = s.js.CreateOrUpdateStream(ctx, js.StreamConfig{
		Name: s.o.NATSPrefix + "-answers", Subjects: []string{s.answer("*")}, MaxMsgsPerSubject: answersEach, MaxAge: s.o.KeepAnswers,
		MaxBytes: answersAll, Storage: js.FileStorage, Replicas: replicas, AllowDirect: true,
	})
	return err
}

// answer is where the answers to one question lie.
func (s *Store) answer(key string) string { return s.o.NATSPrefix + ".answers." + key }

// Put keeps a packed answer of at most 900 KiB under a key of letters and digits.
func (a Answers) Put(ctx context.Context, key string, packed []byte) error {
	if a.answers == nil {
		return nil
	}
	if _, err := a.js.Publish(ctx, a.answer(key), packed); err != nil {
		return unreachable(err)
	}
	return nil
}

// List returns what is kept under a key, newest first.
func (a Answers) List(ctx context.Context, key string) (list [][]byte, err error) {
	if a.answers == nil {
		return nil, nil
	}
	for next := uint64(1); ; {
		msg, err := a.answers.GetMsg(ctx, next, js.WithGetMsgSubject(a.answer(key)))
		switch {
		case errors.Is(err, js.ErrMsgNotFound):
			slices.Reverse(list)
			return list, nil
		case err != nil:
			return nil, unreachable(err)
		}
		list = append(list, msg.Data)
		next = msg.Sequence + 1
	}
}
