package tracing_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"overwatch/internal/tracing"
)

func TestOneIDForAnEvent(t *testing.T) {
	first, end := tracing.Begin(t.Context(), nil, "messages/created/1", "answer")
	end(nil)
	id := tracing.ID(first)
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(id) {
		t.Fatalf("the id is %q", id)
	}
	step, end := tracing.Start(first, "ask")
	end(nil)
	again, end := tracing.Begin(t.Context(), sdk.NewTracerProvider(), "messages/created/1", "answer")
	end(nil)
	other, end := tracing.Begin(t.Context(), nil, "messages/created/2", "answer")
	end(nil)
	if tracing.ID(step) != id || tracing.ID(again) != id || tracing.ID(other) == id {
		t.Errorf("ids are %s, %s, %s and %s", id, tracing.ID(step), tracing.ID(again), tracing.ID(other))
	}
	if parent := tracing.Parent(step); !strings.HasPrefix(parent, "00-"+id+"-") {
		t.Errorf("the header is %q", parent)
	}
	if tracing.ID(t.Context()) != "" || tracing.Parent(t.Context()) != "" {
		t.Error("there is an id outside of a question")
	}
}

func TestSpans(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	ctx, end := tracing.Begin(t.Context(), sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)), "key", "answer")
	_, endStep := tracing.Start(ctx, "ask")
	endStep(errors.New("it refuses"))
	end(nil)
	all := spans.Ended()
	if len(all) != 2 || all[0].Name() != "ask" || all[0].Status().Code != codes.Error || all[0].Parent().SpanID() != all[1].SpanContext().SpanID() {
		t.Errorf("the spans are %v", all)
	}
}
