package webex

import "overwatch/internal/secret"

// Config are the settings of the way to Webex.
type Config struct {
	WebexBotToken     secret.Text `placeholder:"TOKEN" help:"The bot's token, from developer.webex.com. Not on the command line: set it in the environment."`
	WebexBotTokenFile string      `type:"path" placeholder:"FILE" help:"A file with the same."`
	WebexAPIURL       string      `name:"webex-api-url" default:"https://webexapis.com/v1" placeholder:"URL" validate:"http_url" help:"The address of Webex's API."`
	WebexU2CURL       string      `name:"webex-u2c-url" env:"OVERWATCH_WEBEX_U2C_URL" default:"https://u2c.wbx2.com/u2c/api/v1" placeholder:"URL" validate:"http_url" help:"The address of Webex's catalog of services, which says where a WebSocket is opened."`
}
