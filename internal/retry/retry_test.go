package retry_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/retry"
)

func TestDo(t *testing.T) {
	unavailable := &fault.Error{Kind: fault.Unavailable, Message: "Not now."}
	limited := &fault.Error{Kind: fault.RateLimited, Message: "Slower.", After: 40 * time.Second}
	denied := &fault.Error{Kind: fault.Denied, Message: "No."}
	for name, c := range map[string]struct {
		policy   retry.Policy
		errs     []error // of the attempts, one after the other; further ones succeed
		want     error
		calls    int
		from, to time.Duration // how long it takes
	}{
		"success":                 {calls: 1},
		"an outage that ends":     {errs: []error{unavailable, unavailable}, calls: 3, from: 600 * time.Millisecond, to: 2 * time.Second},
		"a final error":           {errs: []error{unavailable, denied}, want: denied, calls: 2, to: time.Second},
		"a rate limit":            {errs: []error{limited}, calls: 2, from: 40 * time.Second, to: 40 * time.Second},
		"every error retried":     {policy: retry.Policy{Retry: retry.Always}, errs: []error{denied}, calls: 2, to: time.Second},
		"given up":                {policy: retry.Policy{GiveUp: 30 * time.Second}, errs: []error{unavailable, limited}, want: limited, calls: 2, to: time.Second},
		"long pauses have jitter": {policy: retry.Policy{First: time.Minute, Max: time.Minute}, errs: []error{unavailable}, calls: 2, from: 30 * time.Second, to: 90*time.Second + 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began, calls, told := time.Now(), 0, 0
				c.policy.Notify = func(err error, pause time.Duration) {
					told++
					if err != c.errs[calls-1] || pause <= 0 {
						t.Errorf("told of %v and a pause of %v", err, pause)
					}
				}
				got, err := retry.Do(t.Context(), c.policy, func(context.Context) (int, error) {
					calls++
					if calls <= len(c.errs) {
						return 0, c.errs[calls-1]
					}
					return 7, nil
				})
				if err != c.want || calls != c.calls || told != calls-1 || (err == nil) != (got == 7) {
					t.Errorf("got %d, %v after %d calls and %d pauses", got, err, calls, told)
				}
				if took := time.Since(began); took < c.from || took > c.to {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

// A context that ends stops the attempts, in a pause and in a call.
func TestDoEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := retry.Policy{}.Call(ctx, func(context.Context) error { return &fault.Error{Kind: fault.Unavailable} })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("in a pause: %v", err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		err = retry.Policy{Retry: retry.Always}.Call(ctx, func(context.Context) error { cancel(); return errors.New("broken") })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("in a call: %v", err)
		}
	})
}

func TestBackoff(t *testing.T) {
	b := retry.NewBackoff(time.Second, 8*time.Second)
	before := time.Duration(0)
	for range 20 {
		before = b.Next(nil)
	}
	if before < 4*time.Second || before > 12*time.Second {
		t.Errorf("the longest pause is %v", before)
	}
	if got := b.Next(&fault.Error{Kind: fault.RateLimited, After: time.Minute}); got != time.Minute {
		t.Errorf("a peer that asks for a minute gets %v", got)
	}
	b.Reset()
	if got := b.Next(nil); got > 1500*time.Millisecond+1 {
		t.Errorf("after Reset: %v", got)
	}
}
