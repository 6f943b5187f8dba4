// Package worker takes events from the inbox, has them handled and sends the replies. Each event goes
// through three stages: fetch its content, handle it, send the replies. A stage that fails is retried
// here, and on its own: a device isn't queried again because a reply couldn't be sent. Clients only
// classify their errors (internal/fault).
//
// It doesn't know Webex or the bot, only the interfaces it declares (Messenger, Handler) and the inbox.
// Only internal/app imports it.
//
// Reading order: options.go, interrupt.go, progress.go, job.go, stages.go, send.go, worker.go.
package worker
