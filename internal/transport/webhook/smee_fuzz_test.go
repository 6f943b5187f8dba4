package webhook

import (
	"strings"
	"testing"

	"github.com/tmaxmax/go-sse"
)

// Whatever a relay sends, it is an event of a bounded size or it ends the stream.
func FuzzEvents(f *testing.F) {
	f.Add("event: ready\ndata: {}\n\n")
	f.Add("id: 1\ndata: {\"x-spark-signature\": \"00\",\ndata: \"body\": {\"id\": 1}}\n\n")
	f.Add(": comment\r\ndata:{\"bodyB\":\"eyJhIjoxfQ==\"}\r\n\r\n")
	f.Fuzz(func(t *testing.T, stream string) {
		for event, err := range sse.Read(strings.NewReader(stream), &sse.ReadConfig{MaxEventSize: maxRelayed}) {
			if err != nil {
				return
			}
			if len(event.Data) > maxRelayed {
				t.Errorf("an event of %d bytes", len(event.Data))
			}
			if body, _, err := unpack(event.Data); err != nil && body != nil {
				t.Errorf("%q is %q and %v", event.Data, body, err)
			}
		}
	})
}
