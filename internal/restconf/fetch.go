package restconf

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"overwatch/internal/inventory"
)

// Fetch reads one data resource. path is below {+restconf}/data and percent-encoded; fields is a filter
// such as a;b(c;d), or empty. The caller holds a slot (Turn) and closes the body, which is a *Body.
//
// What comes back tells four outcomes apart:
//   - a body with data;
//   - an empty body or an empty list: there is none, for certain;
//   - a fault of kind NotFound: the device has nothing there or doesn't support the resource, and can't
//     tell which; its Message and Hint say what is known;
//   - any other fault: no result. A fault of kind TooLarge or Timeout while reading means that the
//     result is cut.
//
// A device that says it is busy gets the request once more.
func (c *Client) Fetch(ctx context.Context, d inventory.Device, path, fields string) (io.ReadCloser, error) {
	began := time.Now()
	body, err := c.open(ctx, d, path, fields)
	if c.options.Observe != nil {
		c.options.Observe(err, time.Since(began))
	}
	return body, err
}

// open is Fetch without Observe.
func (c *Client) open(ctx context.Context, d inventory.Device, path, fields string) (io.ReadCloser, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	clock := time.AfterFunc(c.options.Timeout, func() { cancel(errTimeout) })
	end := func() {
		clock.Stop()
		cancel(nil)
	}
	path = rootOf(d) + "/data/" + path
	resp, err := c.fetch(ctx, d, path, fields)
	if s := statusOf(err); s != nil {
		switch {
		case s.outcome() == none:
			resp, err = &http.Response{Body: http.NoBody}, nil
		case s.Status == http.StatusNotFound && !s.RESTCONF:
			if elsewhere := c.findRESTCONF(ctx, d, s); elsewhere != nil {
				err = elsewhere
			}
		}
	}
	if err != nil {
		err = explain(ctx, d, err) // before the context ends for the client's own reasons
		end()
		return nil, err
	}
	if clock.Stop() {
		clock.Reset(c.options.ReadTimeout)
	}
	return &Body{
		ctx: ctx, device: d, path: path, resp: resp, report: func(r *http.Response) *statusError { return c.report(d, r, path) },
		left: c.options.MaxBytes, limit: c.options.MaxBytes, end: end,
	}, nil
}

// fetch sends a request, and once more in another way where the first wasn't accepted: with the media
// type of older servers, without fields, or after a pause. What worked is remembered for the next request.
func (c *Client) fetch(ctx context.Context, d inventory.Device, path, fields string) (*http.Response, error) {
	learned := &c.state(d).learned
	accept, refused := "", false
	learned.use(func(k *knowledge) {
		accept, refused = cmp.Or(k.media, mediaType), k.unfiltered[withoutKeys(path)]
	})
	asked := path
	if fields != "" && !refused {
		asked += "?fields=" + fields
	}
	resp, err := c.getPatiently(ctx, d, asked, accept)
	if s := statusOf(err); s != nil && s.Status == http.StatusNotAcceptable {
		accept = otherType(accept)
		resp, err = c.getPatiently(ctx, d, asked, accept)
	}
	if s := statusOf(err); s != nil && s.refusesFields() && asked != path {
		// Some nodes take no filter (RFC 8040, 4.8.3, makes it optional).
		resp, err = c.getPatiently(ctx, d, path, accept)
		refused = true
	}
	switch s := statusOf(err); {
	case err == nil:
		learned.use(func(k *knowledge) {
			k.media, k.answered, k.at = accept, rootOf(d), time.Now()
			if refused {
				k.takesNoFields(path)
			}
		})
	case s == nil || s.outcome() == starting:
		learned.forget()
	}
	return resp, err
}

// getPatiently reads a resource, and once more after a pause if the device is busy.
func (c *Client) getPatiently(ctx context.Context, d inventory.Device, path, accept string) (*http.Response, error) {
	resp, err := c.get(ctx, d, path, accept)
	s := statusOf(err)
	if s == nil || s.outcome() != busy && s.outcome() != starting {
		return resp, err
	}
	select {
	case <-ctx.Done():
		return nil, errors.Join(err, context.Cause(ctx))
	case <-time.After(c.options.RetryAfter):
		return c.get(ctx, d, path, accept)
	}
}
