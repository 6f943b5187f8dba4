package webhook

import (
	"fmt"
	"net/url"
	"strings"

	"overwatch/internal/fault"
	"overwatch/internal/secret"
)

// Config are the settings of webhooks.
type Config struct {
	PublicURL         string      `name:"public-url" placeholder:"URL" validate:"omitempty,eq=auto|http_url" help:"Address at which Webex reaches this bot, for --transport webhook. auto asks an ngrok agent on this machine."`
	Smee              string      `placeholder:"URL" validate:"omitempty,http_url" help:"Fetch deliveries from this channel of smee.io or gosmee instead, which needs no open port."`
	SmeeUnsigned      bool        `help:"Also accept deliveries whose signature was broken by smee.io, which re-encodes the payload. Content is always fetched from Webex."`
	WebhookSecret     secret.Text `placeholder:"SECRET" help:"Signs the deliveries. If unset, the bot generates one and keeps it."`
	WebhookSecretFile string      `type:"path" placeholder:"FILE" help:"Read it from this file."`
}

// Path is where the bot's server takes deliveries.
const Path = "/webex-webhooks"

// auto is the PublicURL that stands for the address of an ngrok tunnel.
const auto = "auto"

// normalize returns c with its addresses in their usual form, and a sentence for each one it changed.
// The error is a fault of kind Invalid.
func (c Config) normalize() (Config, []string, error) {
	var changes []string
	if c.Smee != "" && c.PublicURL != "" {
		return c, nil, &fault.Error{
			Kind: fault.Invalid, Message: "public-url and smee can't be used together.",
			Hint: "Remove public-url if deliveries come through the channel, else smee.",
		}
	}
	for _, setting := range []struct {
		name  string
		value *string
		fix   func(*url.URL) error
	}{{"public-url", &c.PublicURL, fixPublicURL}, {"smee", &c.Smee, fixChannel}} {
		if *setting.value == "" || *setting.value == auto {
			continue
		}
		u, err := url.Parse(*setting.value)
		if err == nil && (u.RawQuery != "" || u.Fragment != "") {
			err = fmt.Errorf("an address without ? and # is needed")
		}
		if err == nil {
			err = setting.fix(u)
		}
		if err != nil {
			return c, nil, &fault.Error{Kind: fault.Invalid, Message: fmt.Sprintf("%s %s can't be used.", setting.name, *setting.value), Hint: sentence(err), Cause: err}
		}
		if fixed := u.String(); fixed != *setting.value {
			changes = append(changes, fmt.Sprintf("%s %s is used as %s", setting.name, *setting.value, fixed))
			*setting.value = fixed
		}
	}
	return c, changes, nil
}

func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// fixPublicURL removes the path of deliveries, which the bot adds itself.
func fixPublicURL(u *url.URL) error {
	u.Path = strings.TrimRight(u.Path, "/")
	u.Path = strings.TrimRight(strings.TrimSuffix(u.Path, Path), "/")
	return nil
}

// fixChannel removes a slash at the end, and gosmee's path of events.
func fixChannel(u *url.URL) error {
	u.Path = strings.TrimRight(u.Path, "/")
	at := strings.LastIndex(u.Path, "/")
	switch {
	case at < 0:
		return fmt.Errorf("the name of the channel is missing, as in %s://%s/0123456789abcdef", u.Scheme, u.Host)
	case u.Path[at:] == "/new":
		return fmt.Errorf("open %s in a browser and use the address that it leads to", u)
	}
	u.Path = strings.TrimSuffix(u.Path[:at], eventsPath) + u.Path[at:]
	return nil
}

// eventsPath is where gosmee has the streams of its channels.
const eventsPath = "/events"
