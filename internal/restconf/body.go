package restconf

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"overwatch/internal/inventory"
)

// Body is a response that is read while it arrives. Its errors are faults.
type Body struct {
	ctx    context.Context
	device inventory.Device
	body   io.ReadCloser
	date   time.Time
	left   int64 // of limit, in bytes; -1 once there was more
	limit  int64
	close  sync.Once
	end    func()
}

// Read implements io.Reader.
func (b *Body) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, tooLarge(b.device, b.limit)
	}
	if int64(len(p)) > b.left+1 { // one byte more tells a response of just this size from a larger one
		p = p[:b.left+1]
	}
	n, err := b.body.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n - 1, tooLarge(b.device, b.limit)
	}
	switch {
	case err == io.EOF && b.ctx.Err() != nil:
		// A device that sees the connection close may end its response properly, although it isn't whole.
		err = explain(b.ctx, b.device, context.Cause(b.ctx))
	case err != nil && err != io.EOF:
		err = explain(b.ctx, b.device, fmt.Errorf("%w: %w", errCutOff, err))
	}
	return n, err
}

// Close implements io.Closer.
func (b *Body) Close() error {
	var err error
	b.close.Do(func() {
		err = b.body.Close()
		b.end()
	})
	return err
}

// Date returns the device's clock when it answered, or the zero time if it didn't say.
func (b *Body) Date() time.Time { return b.date }

// dateOf reads the Date header.
func dateOf(resp *http.Response) time.Time {
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return date
}
