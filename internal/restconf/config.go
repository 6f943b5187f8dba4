package restconf

import (
	"cmp"
	"net/http"
	"time"

	"overwatch/internal/inventory"
	"overwatch/internal/redact"
)

// Config are the settings for reading devices.
type Config struct {
	DeviceTimeout time.Duration `default:"1m" placeholder:"TIME" validate:"min=1s" help:"How long to wait until a device begins to answer."`
	AnswerTime    time.Duration `default:"5m" placeholder:"TIME" validate:"min=1s" help:"How long a result may take to arrive completely. A longer one is truncated, and the card says so."`
	AnswerSize    int64         `default:"1024" placeholder:"MB" validate:"min=1,max=100000" help:"How large a result may be, in MB. A larger one is truncated, and the card says so."`
}

// Options returns the options of a client with these settings.
func (c Config) Options() Options {
	return Options{Timeout: c.DeviceTimeout, ReadTimeout: c.AnswerTime, MaxBytes: c.AnswerSize << 20}
}

// Options configure a client. Zero values take the defaults.
type Options struct {
	Timeout     time.Duration    // until the response begins; 60 s
	ReadTimeout time.Duration    // from there to its end; 5 min, as large tables take their time
	RetryAfter  time.Duration    // before a busy device gets the request once more; 2 s
	MaxBytes    int64            // of one response; 1 GiB
	PerDevice   int64            // queries on one device at the same time; 2, as its web server is small
	Total       int64            // queries on all devices at the same time; 2048
	Mask        *redact.Redactor // masks secrets in what devices say about errors
	UserAgent   string           // overwatch

	// Observe is called after each Fetch with its error and how long the response took to begin. It may be
	// nil.
	Observe func(err error, took time.Duration)

	// Transport replaces the round tripper for devices with these TLS settings. Only tests set it.
	Transport func(inventory.TLS) (http.RoundTripper, error)
}

func (o Options) withDefaults() Options {
	o.Timeout = cmp.Or(o.Timeout, time.Minute)
	o.ReadTimeout = cmp.Or(o.ReadTimeout, 5*time.Minute)
	o.RetryAfter = cmp.Or(o.RetryAfter, 2*time.Second)
	o.MaxBytes = cmp.Or(o.MaxBytes, 1<<30)
	o.PerDevice = cmp.Or(o.PerDevice, 2)
	o.Total = cmp.Or(o.Total, 2048)
	o.UserAgent = cmp.Or(o.UserAgent, "overwatch")
	return o
}
