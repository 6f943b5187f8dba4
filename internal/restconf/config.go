package restconf

import "time"

// Config are the settings of asking devices.
type Config struct {
	DeviceTimeout time.Duration `default:"1m" placeholder:"TIME" validate:"min=1s" help:"How long a device may take until its answer begins."`
	AnswerTime    time.Duration `default:"5m" placeholder:"TIME" validate:"min=1s" help:"How long an answer may take from there to its end. Then it is cut, and says so."`
	AnswerSize    int64         `default:"1024" placeholder:"MB" validate:"min=1,max=100000" help:"How large an answer may be, in MB. Then it is cut, and says so."`
}

// Options returns the options of a client that are settings.
func (c Config) Options() Options {
	return Options{Timeout: c.DeviceTimeout, Whole: c.AnswerTime, MaxBytes: c.AnswerSize << 20}
}
