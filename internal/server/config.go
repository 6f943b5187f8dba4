package server

// Config are the settings of the server.
type Config struct {
	Listen  string `default:":3000" placeholder:"HOST:PORT" validate:"hostname_port" help:"Where to listen for webhooks and health checks."`
	TLSCert string `name:"tls-cert" type:"path" placeholder:"FILE" validate:"required_with=TLSKey" help:"Serve TLS with this certificate (PEM, with those that sign it). It is read again when it changes."`
	TLSKey  string `name:"tls-key" type:"path" placeholder:"FILE" validate:"required_with=TLSCert" help:"Its key (PEM)."`
}
