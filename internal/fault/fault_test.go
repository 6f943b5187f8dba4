package fault_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"overwatch/internal/fault"
)

func TestKinds(t *testing.T) {
	busy := &fault.Error{Kind: fault.Unavailable, Message: "r1 is busy.", Hint: "Wait.", After: time.Minute, Cause: errors.New("status 503")}
	for name, c := range map[string]struct {
		err     error
		kind    fault.Kind
		say     string
		after   time.Duration
		passing bool
	}{
		"nothing":     {nil, "", "Something went wrong in the bot.", 0, false},
		"a fault":     {busy, fault.Unavailable, "r1 is busy.", time.Minute, true},
		"wrapped":     {fmt.Errorf("ask: %w", busy), fault.Unavailable, "r1 is busy.", time.Minute, true},
		"joined":      {errors.Join(errors.New("x"), busy), fault.Unavailable, "r1 is busy.", time.Minute, true},
		"a deadline":  {context.DeadlineExceeded, fault.Timeout, "That took too long.", 0, true},
		"a rate":      {&fault.Error{Kind: fault.RateLimited}, fault.RateLimited, "", 0, true},
		"a refusal":   {&fault.Error{Kind: fault.Denied, Message: "No."}, fault.Denied, "No.", 0, false},
		"an accident": {errors.New("nil map"), fault.Internal, "Something went wrong in the bot.", 0, false},
	} {
		say, _ := fault.Text(c.err)
		if fault.Of(c.err) != c.kind || say != c.say || fault.After(c.err) != c.after || fault.Temporary(c.err) != c.passing {
			t.Errorf("%s: %q, %q, %v, %v", name, fault.Of(c.err), say, fault.After(c.err), fault.Temporary(c.err))
		}
	}
}

func TestErrorReadsWell(t *testing.T) {
	status := errors.New("status 503")
	busy := &fault.Error{Message: "r1 is busy.", Cause: status}
	for want, err := range map[string]error{
		"r1 is busy.":                                  &fault.Error{Message: "r1 is busy."},
		"r1 is busy (status 503).":                     busy,
		"No answer (status 503)":                       &fault.Error{Message: "No answer", Cause: status},
		"The run was ended (r1 is busy (status 503)).": &fault.Error{Message: "The run was ended.", Cause: busy},
	} {
		if got := err.Error(); got != want {
			t.Errorf("the log reads %q, want %q", got, want)
		}
	}
}
