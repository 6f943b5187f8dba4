package worker

import (
	"context"
	"errors"
	"io"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
)

// sendAll sends the replies that an earlier attempt hasn't sent. The error is why the rest isn't sent.
func (j *job) sendAll(ctx context.Context, replies []chat.Reply) (outcome, error) {
	j.tried = true
	o := answered
	var why error
	for i, r := range replies {
		if r.Err != nil {
			o, why = failed, r.Err
		}
		if r.Run != nil {
			j.run = r.Run
		}
		if i < j.lease.Sent() || r.Text == "" {
			continue
		}
		refusal, err := j.deliver(ctx, r)
		if err != nil {
			return "", err
		}
		if refusal != nil {
			o, why = failed, refusal
		}
		if r.After != nil {
			j.after = append(j.after, r.After)
		}
		if i < len(replies)-1 {
			if err := j.lease.Keep(i + 1); err != nil {
				j.log.WithError(err).Warn("the inbox can't note how many replies were sent")
			}
		}
	}
	return o, why
}

// deliver sends a reply. If Webex refuses it for good, the person gets it in the next simpler form: the
// text without its card, a sentence instead of a file, a sentence in the direct space. refusal is why
// the reply itself couldn't be sent; err is set when the person got nothing at all.
func (j *job) deliver(ctx context.Context, r chat.Reply) (refusal, err error) {
	err = j.send(ctx, r)
	if !j.refused(ctx, err) {
		return nil, err
	}
	refusal = err
	log := j.log.WithError(err)
	switch {
	case fault.Of(err) == fault.NotFound: // the space, so that nothing simpler helps
	case r.Card != nil:
		log.Warn("Webex refused the card; sending its text alone")
		r.Card = nil
		if err = j.send(ctx, r); err == nil {
			j.Metrics.Simplified("text")
			return nil, nil // the text has all that the card has
		}
	case r.File != nil && r.File.Failed != nil:
		log.WithField("file", r.File.Name).Warn("Webex refused the file")
		if _, err = j.deliver(ctx, r.File.Failed(refusal)); err == nil {
			j.Metrics.Simplified("sentence")
		}
		return refusal, err
	}
	if !j.refused(ctx, err) {
		return refusal, err
	}
	return refusal, j.tellDirectly(ctx, err)
}

// refused reports whether an error of sending is about the reply or its space, so that something
// simpler or another space may work. During an outage nothing does.
func (j *job) refused(ctx context.Context, err error) bool {
	switch {
	case err == nil, ctx.Err() != nil, errors.Is(err, errLost):
		return false
	case fault.Of(err) == fault.RateLimited:
		return false // nothing may be sent
	}
	return !fault.Temporary(err) && fault.Of(err) != fault.Denied || j.Messenger.Check(ctx) == nil
}

// tellDirectly tells the person in their direct space that the bot can't reply where they asked. It
// returns err if that isn't possible either.
func (j *job) tellDirectly(ctx context.Context, err error) error {
	if j.direct || j.person == "" {
		return err
	}
	text := "I couldn't reply in the space where you asked. " + fault.Sentence(err)
	if _, told := j.Messenger.SendDirect(ctx, j.person, chat.Reply{Text: text}); told != nil {
		j.log.WithError(told).Warn("can't tell the person in their direct space either")
		return err
	}
	j.log.WithError(err).Warn("Webex refused the reply; told the person in their direct space")
	j.Metrics.Simplified("direct")
	return nil
}

// send sends one reply, retried while its error is temporary. If its file can't be written it sends
// what the file says instead.
func (j *job) send(ctx context.Context, r chat.Reply) error {
	var unwritten error
	if r.File != nil {
		file := *r.File
		write := file.Write
		file.Write = func(ctx context.Context, out io.Writer) error {
			unwritten = write(ctx, out)
			return unwritten
		}
		r.File = &file
	}
	// The error of writing the file comes back through Send. It is about the device, not about Webex,
	// and isn't retried.
	ofFile := func(err error) bool { return unwritten != nil && errors.Is(err, unwritten) }
	_, err := stage(ctx, j, "send", func(err error) bool { return fault.Temporary(err) && !ofFile(err) }, func(ctx context.Context) (string, error) {
		if !j.lease.Held() {
			return "", errLost
		}
		return j.Messenger.Send(ctx, j.room, r)
	})
	if ofFile(err) && r.File.Failed != nil && ctx.Err() == nil {
		_, err = j.deliver(ctx, r.File.Failed(unwritten))
	}
	return err
}
