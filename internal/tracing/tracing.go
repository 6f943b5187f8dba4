// Package tracing gives every question one id under which it is found again: in the log, on an error
// card, in the request to a device and, when tracing is on, in OpenTelemetry.
//
// The id is made of the question's own key, so that every attempt and every replica gives it the
// same. It is a leaf: it knows OpenTelemetry's API and none of its exporters, and every package may
// import it.
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

// Begin starts the trace of the question with that key. provider may be nil when tracing is off; the
// ids are there all the same. end takes the error that the question ended with.
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

// Start starts a step of the question that ctx belongs to.
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

// ID returns the trace id of the question that ctx belongs to, 32 hexadecimal digits, or nothing.
func ID(ctx context.Context) string {
	if id := trace.SpanContextFromContext(ctx).TraceID(); id.IsValid() {
		return id.String()
	}
	return ""
}

// Header is the name of the header that carries the id to a device (W3C Trace Context, 3.2).
const Header = "Traceparent"

// Parent returns the header's value, or nothing outside of a question. OpenTelemetry's own propagators
// would do, but bring net/http along.
func Parent(ctx context.Context) string {
	c := trace.SpanContextFromContext(ctx)
	if !c.IsValid() {
		return ""
	}
	return fmt.Sprintf("00-%s-%s-%s", c.TraceID(), c.SpanID(), c.TraceFlags())
}
