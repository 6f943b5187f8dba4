package query

import (
	"context"
	"fmt"
	"time"

	"github.com/itchyny/gojq"
)

// jqTime bounds one expression on one row.
const jqTime = time.Second

func compileJQ(src string) (*gojq.Code, error) {
	parsed, err := gojq.Parse(src)
	if err != nil {
		return nil, fmt.Errorf("jq %q: %w", src, err)
	}
	code, err := gojq.Compile(parsed)
	if err != nil {
		return nil, fmt.Errorf("jq %q: %w", src, err)
	}
	return code, nil
}

// runJQ returns the first result of an expression, or nil.
func runJQ(ctx context.Context, code *gojq.Code, members map[string]any) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, jqTime)
	defer cancel()
	v, ok := code.RunWithContext(ctx, members).Next()
	if err, failed := v.(error); ok && failed {
		return nil, err
	}
	return v, nil
}
