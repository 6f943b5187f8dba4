package bot

import (
	"fmt"
	"slices"
	"strings"
)

// unserved are words of commands and questions that no query answers, and what to say instead.
var unserved = []struct {
	words []string
	say   string
}{
	{[]string{"ping", "traceroute", "tracert", "trace"}, "The bot only reads data: it can't send packets from a device."},
	{[]string{"log", "logs", "logging", "syslog"}, "A device's log can't be read over RESTCONF."},
	{[]string{"run", "running", "running-config", "startup-config", "config", "configuration"}, "Configurations aren't shown, since they hold secrets. Use the query for the part you need."},
	{[]string{"configure", "conf", "reload", "reboot", "clear", "shutdown", "write", "wr"}, "The bot only reads data: it can't change a device."},
	{
		[]string{
			"redundancy", "etherchannel", "lacp", "users", "clock", "flash", "dir", "license", "eigrp", "isis", "mpls", "pim", "mroute", "nat",
			"crypto", "policy-map", "dot1x", "port-security", "authentication", "tech", "tech-support", "debug", "terminal",
		},
		"There is no query for this. Type help for the list of queries.",
	},
	{[]string{"where", "who", "find", "locate"}, "The bot can't search for an address on all devices. Query one table with a filter instead, such as arp group:all | 10.1.2.3."},
}

// advice returns a sentence about a text that can't be run, or nothing if there is none better than which of
// its words are unknown.
func (in intent) advice(text string) string {
	for _, u := range unserved {
		if slices.ContainsFunc(in.unknown, func(w string) bool { return slices.Contains(u.words, strings.ToLower(w)) }) {
			return u.say
		}
	}
	text, _, _ = strings.Cut(clean(text), "|")
	switch {
	case len(in.unknown) > 0:
	case in.query != nil && len(in.devices) == 0 && strings.Contains(text, "*"):
		return fmt.Sprintf("A pattern needs a letter or a digit. For all devices, type %s group:all.", in.query.Word())
	case in.query == nil && len(in.devices) > 0 && len(tokens(text)) > 1:
		return fmt.Sprintf("Which query? Pick one for %s below.", in.target())
	}
	return ""
}
