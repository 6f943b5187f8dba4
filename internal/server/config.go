package server

// Config are the settings of the HTTP server.
type Config struct {
	Listen  string `default:":3000" placeholder:"HOST:PORT" validate:"hostname_port" help:"Address of the HTTP server, for webhooks, health checks and metrics."`
	TLSCert string `name:"tls-cert" type:"path" placeholder:"FILE" validate:"required_with=TLSKey" help:"Serve TLS with this certificate (PEM, with its chain). Read again when it changes."`
	TLSKey  string `name:"tls-key" type:"path" placeholder:"FILE" validate:"required_with=TLSCert" help:"Private key of tls-cert (PEM)."`

	PprofListen string `placeholder:"HOST:PORT" validate:"omitempty,hostname_port,loopback" help:"Serve Go's profiles at /debug/pprof/ on this loopback address, such as localhost:6060. Default: no profiles."`
}
