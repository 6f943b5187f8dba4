package jetstream

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"
)

// chainHeader names the chain of an audit record.
const chainHeader = "Overwatch-Chain"

// Audit stores a copy of an audit record, once however often it is called within some minutes.
func (s *Store) Audit(ctx context.Context, chain string, seq uint64, record []byte) error {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	msg := &nats.Msg{Subject: s.names.audit(), Header: nats.Header{chainHeader: {chain}}, Data: record}
	if _, err := s.js.PublishMsg(ctx, msg, js.WithMsgID(fmt.Sprintf("%s:%d", chain, seq))); err != nil {
		return unavailable(err)
	}
	return nil
}
