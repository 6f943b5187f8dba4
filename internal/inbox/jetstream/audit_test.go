package jetstream_test

import (
	"testing"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"
)

// A cluster has a copy of every record, from which nothing can be taken.
func TestAuditIsCopied(t *testing.T) {
	o := options(t)
	for _, chain := range []string{"one", "two"} {
		for range 2 { // told again, since nobody knows what became of the first time
			if err := open(t, o).Audit(t.Context(), chain, 1, []byte("record of "+chain)); err != nil {
				t.Fatal(err)
			}
		}
	}
	conn, err := nats.Connect(o.NATSURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	way, err := js.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := way.Stream(t.Context(), "overwatch-audit")
	if err != nil {
		t.Fatal(err)
	}
	for seq, chain := range []string{"one", "two"} {
		msg, err := stream.GetMsg(t.Context(), uint64(seq+1))
		if err != nil || string(msg.Data) != "record of "+chain || msg.Header.Get("Overwatch-Chain") != chain {
			t.Errorf("got %+v %v", msg, err)
		}
	}
	if err := stream.DeleteMsg(t.Context(), 1); err == nil {
		t.Error("a record can be taken out")
	}
	if err := stream.Purge(t.Context()); err == nil {
		t.Error("all of them can be taken out")
	}
}
