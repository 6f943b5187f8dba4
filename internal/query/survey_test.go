package query_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/form"
	"overwatch/internal/inventory"
	"overwatch/internal/query"
)

// crowd are devices that take a while; those with "bad" in their names fail.
type crowd struct {
	free
	at, most atomic.Int32
	stuck    chan struct{} // devices with "stuck" in their names answer when it is closed
}

func (c *crowd) Fetch(ctx context.Context, d inventory.Device, _, _ string) (io.ReadCloser, error) {
	n := c.at.Add(1)
	defer c.at.Add(-1)
	for most := c.most.Load(); n > most && !c.most.CompareAndSwap(most, n); most = c.most.Load() {
	}
	if strings.Contains(d.Name, "stuck") {
		select {
		case <-c.stuck:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	time.Sleep(time.Second)
	if strings.Contains(d.Name, "bad") {
		return nil, &fault.Error{Kind: fault.Unavailable, Message: d.Name + " is down."}
	}
	return io.NopCloser(strings.NewReader(`{"m:a":{"r":[{"a":"row 0"},{"a":"row 1"},{"a":"row 2"}]}}`)), nil
}

func survey(t *testing.T, names ...string) query.Survey {
	s := query.Survey{Template: compile(t, "    requests: [{get: m:a, rows: r}]\n    facts: [{title: F, from: a}]\n"), Target: "all", Values: form.Values{}}
	for _, name := range names {
		s.Devices = append(s.Devices, inventory.Device{Name: name, Platform: "ios-xe"})
	}
	return s
}

// Many devices are asked together, but not all of them; one that fails doesn't disturb the others.
func TestSurvey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var names []string
		for i := range 2500 {
			names = append(names, fmt.Sprintf("r%d", i))
		}
		names[7] = "bad7"
		s := survey(t, names...)
		s.Filter = query.ParseFilter("row 2")
		c := &crowd{}
		began, seen := time.Now(), 0
		outcomes := query.NewRunner(c, time.Now).Survey(t.Context(), s, func(query.DeviceResult) { seen++ })
		if took := time.Since(began); took != 3*time.Second || c.most.Load() != 1000 || seen != 2500 {
			t.Errorf("it took %v, %d at once, %d seen", took, c.most.Load(), seen)
		}
		for i, o := range outcomes {
			bad := i == 7
			if o.Device.Name != names[i] || !o.Queried || (o.Err != nil) != bad || (!bad && o.Total != 1) || o.Took != time.Second {
				t.Errorf("%d: %+v", i, o)
			}
		}
	})
}

func TestSurveyStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		names := []string{"r1", "bad2", "stuck3"}
		for i := range 1100 {
			names = append(names, fmt.Sprintf("stuck-%d", i))
		}
		why := errors.New("somebody stopped it")
		ctx, stop := context.WithCancelCause(t.Context())
		time.AfterFunc(5*time.Second, func() { stop(why) })
		outcomes := query.NewRunner(&crowd{}, time.Now).Survey(ctx, survey(t, names...), func(query.DeviceResult) {})
		if outcomes[0].Err != nil || outcomes[0].Total != 3 || fault.Of(outcomes[1].Err) != fault.Unavailable {
			t.Errorf("those that had answered: %+v", outcomes[:2])
		}
		asked := 0
		for _, o := range outcomes[2:] {
			if !errors.Is(o.Err, why) {
				t.Fatalf("got %+v", o)
			}
			if o.Queried {
				asked++
			}
		}
		if asked != 1000 {
			t.Errorf("%d were asked", asked)
		}
	})
}

func TestSurveyFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := survey(t, "r1", "bad2")
		r := query.NewRunner(&crowd{}, time.Now)
		var csv, json strings.Builder
		if err := errors.Join(r.WriteSurvey(t.Context(), s, query.CSV, &csv), r.WriteSurvey(t.Context(), s, query.JSON, &json)); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"\ufeffDevice,F,Outcome\n", "r1,row 0,\nr1,row 1,\nr1,row 2,\n", "bad2,,No answer: bad2 is down.\n"} {
			if !strings.Contains(csv.String(), want) {
				t.Errorf("the CSV lacks %q:\n%s", want, csv.String())
			}
		}
		for _, want := range []string{`{"Device": "r1", "F": "row 0", "Outcome": null}`, `{"Device": "bad2", "F": null, "Outcome": "No answer: bad2 is down."}`} {
			if !strings.Contains(json.String(), want) {
				t.Errorf("the JSON lacks %q:\n%s", want, json.String())
			}
		}
		nobody := errors.New("nobody reads on")
		if err := r.WriteSurvey(t.Context(), s, query.CSV, failing{nobody}); !errors.Is(err, nobody) {
			t.Errorf("a writer's error comes back as %v", err)
		}
	})
}
