package devicesim

import (
	"fmt"
	"time"
)

// users returns who is logged in: on r1 two people, elsewhere nobody.
func (m model) users(started time.Time) any {
	all := &list{keys: []string{"username"}}
	if m.name != "r1" {
		return nothing{{"aaa-users", all}}
	}
	for i, name := range []string{"alice", "bob"} {
		all.entries = append(all.entries, obj("username", name, "aaa-sessions", &list{keys: []string{"aaa-uid"}, entries: []object{obj(
			"aaa-uid", 40+i, "session-id", 1000+i, "ip-addr", fmt.Sprintf("192.0.2.%d", 77+i), "protocol", "aaa-sess-proto-type-ssh",
			"login-time", started.Add(-time.Duration(1+25*i)*time.Hour).UTC().Format(deviceTime),
		)}}))
	}
	return obj("aaa-users", all)
}

// sessions returns the session of an orchestrator that every device has.
func (m model) sessions(started time.Time) object {
	return obj("sessions", obj("session", &list{keys: []string{"session-id"}, entries: []object{obj(
		"session-id", 20+m.number, "transport", "netconf-ssh", "username", "automation", "source-host", "192.0.2.50",
		"login-time", started.Add(-time.Duration(m.number)*time.Hour).UTC().Format(deviceTime),
		"in-rpcs", 812, "in-bad-rpcs", 0, "out-rpc-errors", 0, "out-notifications", 0,
	)}}))
}
