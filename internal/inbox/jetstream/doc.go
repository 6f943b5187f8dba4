// Package jetstream is the inbox of several replicas: an inbox.Store in a NATS cluster with JetStream. One
// process alone uses internal/inbox/local instead; there is no embedded server here.
//
// Events are in a work-queue stream with one subject for each space. An event may be handled when it is
// the first of its subject: that alone keeps the order of a space across replicas, without locks. The
// replica that pulled an event extends its acknowledgement deadline; after ten seconds of silence
// another one gets it. A ledger of one message for each event remembers for some hours what was handled, how
// often it was begun and how many replies were sent, since a work queue forgets what is acknowledged.
// Due events are message schedules in a stream of their own; a consumer moves them into the inbox when
// the server fires them.
//
// Every event has an id in its Nats-Msg-Id header: its key, or the key with the time it was due or the
// number of the dead letter it was. Copies are dropped by the stream for ten minutes and by the ledger
// for hours.
//
// Without a quorum Put is refused at once and Ready says why; a probe every half second finds out when
// the cluster works again.
//
// The package knows events, notes and bytes, and nothing of Webex. Only internal/app and tests import it.
//
// Reading order: names.go, store.go, health.go, put.go, ledger.go, spaces.go, pull.go, lease.go, take.go,
// due.go, dead.go, notes.go, results.go, audit.go, open.go.
package jetstream
