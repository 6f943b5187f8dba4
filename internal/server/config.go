package server

// Config are the settings of the server.
type Config struct {
	Listen string `default:":3000" placeholder:"HOST:PORT" validate:"hostname_port" help:"Where to listen for webhooks and health checks."`
}
