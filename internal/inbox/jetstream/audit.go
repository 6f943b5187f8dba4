package jetstream

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"
)

// auditFor is how long a cluster keeps copies of audit records.
const auditFor = 400 * 24 * time.Hour

// chainHeader says which chain a record is of.
const chainHeader = "Overwatch-Chain"

// makeAudit makes the stream in which a cluster keeps a copy of all replicas' audit records. Nobody can
// take anything out of it, short of removing the stream.
func (s *Store) makeAudit(ctx context.Context, replicas int) error {
	if s.server != nil {
		return nil // it would lie on the same disk as the records themselves
	}
	_, err := s.js.CreateOrUpdateStream(ctx, js.StreamConfig{
		Name: s.o.NATSPrefix + "-audit", Subjects: []string{s.o.NATSPrefix + ".audit"}, MaxAge: auditFor,
		Storage: js.FileStorage, Replicas: replicas, DenyDelete: true, DenyPurge: true,
	})
	return err
}

// Audit puts a copy of a record of a chain into the cluster, once however often it is told soon after;
// without a cluster it does nothing.
func (s *Store) Audit(ctx context.Context, chain string, seq uint64, record []byte) error {
	if s.server != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	_, err := s.js.PublishMsg(ctx, &nats.Msg{Subject: s.o.NATSPrefix + ".audit", Header: nats.Header{chainHeader: {chain}}, Data: record}, js.WithMsgID(fmt.Sprintf("%s:%d", chain, seq)))
	if err != nil {
		return unreachable(err)
	}
	return nil
}
