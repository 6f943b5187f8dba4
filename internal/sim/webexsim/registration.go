package webexsim

import "time"

// registration is what a socket belongs to. Webex calls it a device.
type registration struct {
	id       string
	owner    *Person
	body     map[string]any // as sent by the client
	modified time.Time
}

func (r *registration) name() string {
	name, _ := r.body["name"].(string)
	return name
}
