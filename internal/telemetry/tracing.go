package telemetry

import (
	"context"
	"net/url"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// Config are the settings of telemetry.
type Config struct {
	OTLPEndpoint string `name:"otlp-endpoint" placeholder:"URL" validate:"omitempty,http_url" help:"Send traces to this OpenTelemetry collector over HTTP, such as http://localhost:4318. Default: no traces."`
}

// Tracing returns a provider whose spans are sent to the endpoint. Its Shutdown sends the last ones.
func Tracing(ctx context.Context, endpoint, version string) (*sdk.TracerProvider, error) {
	at, err := url.JoinPath(endpoint, "v1/traces") // OTLP specification, OTLP/HTTP Request
	if err != nil {
		return nil, err
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(at))
	if err != nil {
		return nil, err
	}
	return sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(resource.NewSchemaless(
		attribute.String("service.name", "overwatch"), attribute.String("service.version", version),
	))), nil
}
