package server

// Config are the settings of the server.
type Config struct {
	Listen  string `default:":3000" placeholder:"HOST:PORT" validate:"hostname_port" help:"Where to listen for webhooks and health checks."`
	TLSCert string `name:"tls-cert" type:"path" placeholder:"FILE" validate:"required_with=TLSKey" help:"Serve TLS with this certificate (PEM, with those that sign it). It is read again when it changes."`
	TLSKey  string `name:"tls-key" type:"path" placeholder:"FILE" validate:"required_with=TLSCert" help:"Its key (PEM)."`

	PprofListen string `placeholder:"HOST:PORT" validate:"omitempty,hostname_port,loopback" help:"Serve Go's profiles at /debug/pprof/ on this address of the machine itself, such as localhost:6060. Without it there are none."`
}
