package restconf

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"overwatch/internal/inventory"
)

// Body is a response that is read while it arrives. Its errors are faults.
type Body struct {
	ctx    context.Context
	device inventory.Device
	resp   *http.Response
	begun  bool // its beginning has been read
	path   string
	report func(*http.Response) *statusError // reads an error report
	left   int64                             // of limit, in bytes; -1 once there was more
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
	n, err := b.resp.Body.Read(p)
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
	if !b.begun && len(bytes.TrimSpace(p[:n])) > 0 {
		b.begun = true
		if odd := b.begins(p[:n]); odd != nil {
			return 0, odd
		}
	}
	return n, err
}

// begins looks at the beginning of a response: an error report may come with status 200, and what isn't called
// JSON may be JSON all the same. The error is a fault.
func (b *Body) begins(first []byte) error {
	kind, path := mediaTypeOf(b.resp), b.path
	switch {
	case reportFirst.Match(first):
		rest := &http.Response{
			StatusCode: b.resp.StatusCode, Header: b.resp.Header, Body: io.NopCloser(io.MultiReader(bytes.NewReader(bytes.Clone(first)), b.resp.Body)),
		}
		return explain(b.ctx, b.device, b.report(rest))
	case kind == "" || strings.HasSuffix(kind, "json") || strings.IndexByte("{[", bytes.TrimSpace(first)[0]) >= 0:
		return nil
	}
	return notData(b.device, path, kind)
}

// Close implements io.Closer.
func (b *Body) Close() error {
	var err error
	b.close.Do(func() {
		err = b.resp.Body.Close()
		b.end()
	})
	return err
}

// Date returns the device's clock when it answered, or the zero time if it didn't say.
func (b *Body) Date() time.Time {
	date, err := http.ParseTime(b.resp.Header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return date
}
