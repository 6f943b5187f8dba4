// Package config has every setting of Overwatch under one name, which is the flag, the environment
// variable (OVERWATCH_ and capital letters) and the key in overwatch.yaml alike. The command line
// goes before the environment, the environment before the file.
//
// It is made of the Config structs of the packages that own the settings; it checks them and reads
// secrets, but starts nothing. internal/cli and internal/app import it.
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
	Inventory string `default:"devices.yaml" placeholder:"FILE" help:"The file with the devices."`
	Templates string `placeholder:"DIR" help:"A directory with query templates of your own, over the built-in ones."`
	Cards     string `placeholder:"DIR" help:"A directory with cards of your own, over the built-in ones."`

	Access string `placeholder:"FILE" help:"File with the access rules. Without it, everyone in the bot's organization may run every query and nobody else may run any."`

	Devices restconf.Config `embed:""`
	Masking redact.Config   `embed:""`

	LogLevel  string `default:"info" enum:"debug,info,warn,error" help:"How much to log: debug, info, warn or error."`
	LogFormat string `default:"text" enum:"text,json" help:"How to log: text or json."`
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

// Check says what is wrong with the settings, each by its name. The error is a fault of kind Invalid.
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
			return c.hearing(file)
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

// hearing checks that what is set fits the way to hear.
func (c Config) hearing(file *File) error {
	hooks := c.Transport.Transport == "webhook"
	switch {
	case hooks && c.Webhook.PublicURL == "" && c.Webhook.Smee == "":
		return &fault.Error{
			Kind: fault.Invalid, Message: file.Where("transport") + "webhooks need an address at which Webex reaches this bot",
			Hint: "Name it with public-url (auto asks a running ngrok agent) or smee, or use the transport websocket, which needs none.",
		}
	case !hooks && c.Webhook.PublicURL != "":
		return unheard(file, "public-url", c.Transport.Transport)
	case !hooks && c.Webhook.Smee != "":
		return unheard(file, "smee", c.Transport.Transport)
	}
	return nil
}

func unheard(file *File, name, transport string) error {
	return &fault.Error{
		Kind: fault.Invalid, Message: fmt.Sprintf("%s%s is for webhooks, and this bot hears by %s", file.Where(name), name, transport),
		Hint: "Set transport to webhook, or leave it out.",
	}
}

func rule(e validator.FieldError) string {
	switch e.Tag() {
	case "http_url":
		return fmt.Sprintf("%s %q isn't an http or https address", e.Field(), e.Value())
	case "eq=auto|http_url":
		return fmt.Sprintf("%s %q is neither auto nor an http or https address", e.Field(), e.Value())
	case "nats_url":
		return e.Field() + " isn't the address of a NATS server, such as nats://nats.example:4222; a login stands in nats-user or nats-creds-file"
	case "min":
		return fmt.Sprintf("%s must be at least %s", e.Field(), e.Param())
	case "required_with":
		return e.Field() + " is needed beside its other half"
	case "max":
		return fmt.Sprintf("%s must be at most %s", e.Field(), e.Param())
	case "alphanum":
		return fmt.Sprintf("%s %q may have letters and digits only", e.Field(), e.Value())
	case "loopback":
		return fmt.Sprintf("%s %q isn't an address of this machine alone, such as localhost:6060", e.Field(), e.Value())
	case "hostname_port":
		return fmt.Sprintf("%s %q isn't host:port or :port", e.Field(), e.Value())
	}
	return fmt.Sprintf("%s %q isn't right", e.Field(), e.Value())
}

// natsURL takes addresses separated by commas, without a password, which would be seen.
func natsURL(f validator.FieldLevel) bool {
	for address := range strings.SplitSeq(f.Field().String(), ",") {
		u, err := url.Parse(strings.TrimSpace(address))
		if err != nil || u.Host == "" || u.User != nil || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) {
			return false
		}
	}
	return true
}

// loopback takes host:port where only the machine itself reaches it.
func loopback(f validator.FieldLevel) bool {
	host, _, err := net.SplitHostPort(f.Field().String())
	return err == nil && (host == "localhost" || net.ParseIP(host).IsLoopback())
}

// Name returns the setting's name: the one its tag says, or the field's in kebab case.
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

// Secret returns the secret that a setting holds or, in its -file twin, names a file for; neither is
// an empty secret.
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
