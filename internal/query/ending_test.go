package query_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
)

// A limit that is met after some rows truncates the result; one that is met before is a failure.
func TestCut(t *testing.T) {
	q := question(compile(t, "    requests: [{get: m:a, rows: r}]\n    facts: [{title: F, from: a}]\n"))
	for _, kind := range []fault.Kind{fault.Timeout, fault.TooLarge} {
		for _, c := range []struct {
			text string
			cut  bool
		}{{`{"m:a":{"r":[{"a":"1"},{"a":"2"}`, true}, {`{"m:a":{"r":[`, false}} {
			stop := &fault.Error{Kind: kind, Message: "r1 was stopped."}
			r := query.NewRunner(ending{free{}, c.text, stop}, time.Now)
			res, err := r.Page(t.Context(), q, 0, 10, nil)
			switch {
			case c.cut && (err != nil || res.Ending.Outcome != query.Cut || res.Ending.Reason != "r1 was stopped." || res.Total != 2):
				t.Errorf("%s after rows: %+v %v", kind, res, err)
			case !c.cut && fault.Of(err) != kind:
				t.Errorf("%s before rows: %v", kind, err)
			}
			if !c.cut {
				continue
			}
			var csv, json strings.Builder
			if err := errors.Join(r.Write(t.Context(), q, query.CSV, &csv), r.Write(t.Context(), q, query.JSON, &json)); err != nil {
				t.Error(err)
			}
			if csv.String() != "\ufeffF\n1\n2\nTruncated: r1 was stopped.\n" || !strings.HasSuffix(json.String(), `{"Outcome": "truncated", "Reason": "r1 was stopped.", "Note": null}`+"\n]\n") {
				t.Errorf("got\n%s%s", csv.String(), json.String())
			}
		}
	}
}

// ending is a device whose answer ends with an error.
type ending struct {
	free
	text string
	err  error
}

func (e ending) Fetch(context.Context, inventory.Device, string, string) (io.ReadCloser, error) {
	return io.NopCloser(io.MultiReader(strings.NewReader(e.text), erring{e.err})), nil
}

type erring struct{ err error }

func (e erring) Read([]byte) (int, error) { return 0, e.err }
