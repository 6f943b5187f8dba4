// Package config has all settings. Each has one name: as a flag, as an environment variable (OVERWATCH_
// and capital letters) and as a key in overwatch.yaml. Flags override environment variables, which
// override the file.
//
// It consists of the Config structs of the packages that own the settings. It checks them and reads
// secrets, but starts nothing. internal/cli and internal/app import it.
//
// Reading order: file.go, config.go.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/go-playground/validator/v10"

	"overwatch/internal/access"
	"overwatch/internal/button"
	"overwatch/internal/fault"
	"overwatch/internal/inbox"
	"overwatch/internal/redact"
	"overwatch/internal/restconf"
	"overwatch/internal/secret"
	"overwatch/internal/server"
	"overwatch/internal/telemetry"
	"overwatch/internal/transport"
	"overwatch/internal/transport/polling"
	"overwatch/internal/transport/webhook"
	"overwatch/internal/webex"
)

// Engine are the settings of everything that handles a query, whether it comes from a chat or from a
// terminal.
type Engine struct {
	Inventory string `default:"devices.yaml" placeholder:"FILE" help:"Inventory file: devices, logins and sources of devices."`
	Templates string `placeholder:"DIR" help:"Directory with your own query templates, in addition to the built-in ones or replacing them."`
	Cards     string `placeholder:"DIR" help:"Directory with your own cards, in addition to the built-in ones or replacing them."`

	Access string `placeholder:"FILE" help:"File with the access rules. Without it, everyone in the bot's organization may run every query and nobody else may run any."`

	Devices restconf.Config `embed:""`
	Masking redact.Config   `embed:""`

	LogLevel  string `default:"info" enum:"debug,info,warn,error" help:"Log level: debug, info, warn or error."`
	LogFormat string `default:"text" enum:"text,json" help:"Log format: text or json."`
}

// Config is every setting of overwatch serve.
type Config struct {
	Engine    `embed:""`
	Webex     webex.Config        `embed:""`
	Transport transport.Config    `embed:""`
	Webhook   webhook.Config      `embed:""`
	Polling   polling.Config      `embed:""`
	Server    server.Config       `embed:""`
	Inbox     inbox.Config        `embed:""`
	Buttons   button.Config       `embed:""`
	Limits    access.LimitsConfig `embed:""`
	Telemetry telemetry.Config    `embed:""`
}

// Check checks the settings. The error is a fault of kind Invalid with a line for each problem.
func Check(settings any, file *File) error {
	check := validator.New(validator.WithRequiredStructEnabled())
	check.RegisterTagNameFunc(func(f reflect.StructField) string { return Name(f) })
	for name, rule := range map[string]validator.Func{"nats_url": natsURL, "loopback": loopback} {
		if err := check.RegisterValidation(name, rule); err != nil {
			panic(err) // a name and a function always work
		}
	}
	var invalid validator.ValidationErrors
	if !errors.As(check.Struct(settings), &invalid) {
		if c, ok := settings.(Config); ok {
			return c.checkTransport(file)
		}
		return nil
	}
	lines := make([]string, len(invalid))
	for i, e := range invalid {
		lines[i] = file.Where(e.Field()) + rule(e)
	}
	return &fault.Error{
		Kind: fault.Invalid, Message: strings.Join(lines, "\n"),
		Hint: "overwatch serve --help explains the settings.",
	}
}

// checkTransport checks that the settings of webhooks are there if, and only if, they are used.
func (c Config) checkTransport(file *File) error {
	hooks := c.Transport.Transport == "webhook"
	switch {
	case hooks && c.Webhook.PublicURL == "" && c.Webhook.Smee == "":
		return &fault.Error{
			Kind: fault.Invalid, Message: file.Where("transport") + "webhooks need an address at which Webex reaches the bot",
			Hint: "Set public-url (auto: ask a running ngrok agent) or smee, or use the websocket transport, which needs no address.",
		}
	case !hooks && c.Webhook.PublicURL != "":
		return unused(file, "public-url", c.Transport.Transport)
	case !hooks && c.Webhook.Smee != "":
		return unused(file, "smee", c.Transport.Transport)
	}
	return nil
}

func unused(file *File, name, transport string) error {
	return &fault.Error{
		Kind: fault.Invalid, Message: fmt.Sprintf("%s%s is for webhooks, but transport is %s", file.Where(name), name, transport),
		Hint: "Set transport to webhook, or remove this setting.",
	}
}

func rule(e validator.FieldError) string {
	switch e.Tag() {
	case "http_url":
		return fmt.Sprintf("%s %q isn't an http or https address", e.Field(), e.Value())
	case "eq=auto|http_url":
		return fmt.Sprintf("%s %q is neither auto nor an http or https address", e.Field(), e.Value())
	case "nats_url":
		return e.Field() + " isn't the address of a NATS server, such as nats://nats.example:4222; put the login in nats-user or nats-creds-file"
	case "min":
		return fmt.Sprintf("%s must be at least %s", e.Field(), e.Param())
	case "required_with":
		return e.Field() + " is missing: set both tls-cert and tls-key"
	case "max":
		return fmt.Sprintf("%s must be at most %s", e.Field(), e.Param())
	case "alphanum":
		return fmt.Sprintf("%s %q may have letters and digits only", e.Field(), e.Value())
	case "loopback":
		return fmt.Sprintf("%s %q isn't a loopback address, such as localhost:6060", e.Field(), e.Value())
	case "hostname_port":
		return fmt.Sprintf("%s %q isn't host:port or :port", e.Field(), e.Value())
	}
	return fmt.Sprintf("%s %q is invalid", e.Field(), e.Value())
}

// natsURL accepts addresses separated by commas, without a password, since settings are shown.
func natsURL(f validator.FieldLevel) bool {
	for address := range strings.SplitSeq(f.Field().String(), ",") {
		u, err := url.Parse(strings.TrimSpace(address))
		if err != nil || u.Host == "" || u.User != nil || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) {
			return false
		}
	}
	return true
}

// loopback accepts host:port that only this machine reaches.
func loopback(f validator.FieldLevel) bool {
	host, _, err := net.SplitHostPort(f.Field().String())
	return err == nil && (host == "localhost" || net.ParseIP(host).IsLoopback())
}

// Name returns the name of a setting: that of its tag, or the field's in kebab case.
func Name(f reflect.StructField) string {
	if name := f.Tag.Get("name"); name != "" {
		return name
	}
	var b strings.Builder
	for i, r := range f.Name {
		if i > 0 && 'A' <= r && r <= 'Z' {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

// Secret returns the secret of a setting: its value, or the content of the file that its -file twin
// names. It is empty if neither is set.
func Secret(name string, value secret.Text, file string) (secret.Text, error) {
	switch {
	case file == "":
		return value, nil
	case !value.IsZero():
		return secret.Text{}, &fault.Error{
			Kind: fault.Invalid, Message: fmt.Sprintf("%s and %s-file are both set", name, name), Hint: "Keep one of them.",
		}
	}
	return secret.Ref{File: file}.Read()
}
