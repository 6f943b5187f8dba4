// Package tracing gives every event a trace id: the same in the log, on an error card, in the requests to
// devices and, when tracing is on, in OpenTelemetry.
//
// The id is derived from the event's key, so every attempt and every replica has the same one. The package
// is a leaf: it uses OpenTelemetry's API and none of its exporters, and every package may import it.
package tracing

import (
	"context"
	"crypto/sha256"
	"fmt"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

const scope = "overwatch"

// Begin starts the trace of the event with that key. provider is nil when tracing is off; there is an id all
// the same. The caller must call end with the outcome of the event.
func Begin(ctx context.Context, provider trace.TracerProvider, key, name string) (_ context.Context, end func(error)) {
	sum := sha256.Sum256([]byte(key))
	ctx = trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID(sum[:16]), SpanID: trace.SpanID(sum[16:24]), TraceFlags: trace.FlagsSampled, Remote: true,
	}))
	if provider == nil {
		provider = noop.NewTracerProvider()
	}
	return start(ctx, provider, name)
}

// Start starts a span for a step in the trace of ctx. The caller must call end with the outcome of the step.
func Start(ctx context.Context, name string) (_ context.Context, end func(error)) {
	return start(ctx, trace.SpanFromContext(ctx).TracerProvider(), name)
}

func start(ctx context.Context, provider trace.TracerProvider, name string) (context.Context, func(error)) {
	ctx, span := provider.Tracer(scope).Start(ctx, name)
	return ctx, func(err error) {
		if err != nil {
			span.SetStatus(codes.Error, err.Error())
		}
		span.End()
	}
}

// ID returns the trace id of ctx, 32 hexadecimal digits, or the empty string.
func ID(ctx context.Context) string {
	if id := trace.SpanContextFromContext(ctx).TraceID(); id.IsValid() {
		return id.String()
	}
	return ""
}

// Header is the name of the header that carries the id to a device (W3C Trace Context, 3.2).
const Header = "Traceparent"

// Parent returns the header's value, or the empty string if ctx has no trace. OpenTelemetry's propagators do
// the same, but import net/http.
func Parent(ctx context.Context) string {
	c := trace.SpanContextFromContext(ctx)
	if !c.IsValid() {
		return ""
	}
	return fmt.Sprintf("00-%s-%s-%s", c.TraceID(), c.SpanID(), c.TraceFlags())
}
