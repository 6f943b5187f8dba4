package phrase

// unservedRow is commands and words that no query can answer, and what to say instead.
type unservedRow struct {
	commands []string // with show in front
	verbs    []string // at the beginning of a text
	words    []string // anywhere in a text that has no query
	say      string
	instead  []string // names of queries
}

// unserved are commands and words of questions that no query can answer: YANG has no data for them, or
// they would change something. Say is what to answer, and instead the queries that are offered.
var unserved = []unservedRow{
	{
		commands: []string{"logging", "archive log"},
		words:    []string{"log", "logs", "logging", "syslog", "syslogs"},
		say:      "A device's log can't be read over RESTCONF.",
		instead:  []string{"errors", "environment", "version"},
	},
	{
		commands: []string{"running-config", "startup-config", "configuration", "archive", "derived-config"},
		words:    []string{"running-config", "startup-config", "config", "configs", "configuration", "configurations"},
		verbs:    []string{"more"},
		say:      "Configurations aren't shown, since they hold secrets. Use the query for the part you need.",
		instead:  []string{"interfaces", "static", "acl", "vlans"},
	},
	{
		verbs:   []string{"ping", "traceroute", "tracert", "trace", "telnet", "ssh", "mtrace", "monitor", "test"},
		words:   []string{"ping", "traceroute", "tracert"},
		say:     "The bot only reads data: it can't send packets from a device.",
		instead: []string{"route", "arp", "ipsla"},
	},
	{
		verbs: []string{
			"configure", "conf", "config", "reload", "reboot", "restart", "clear", "write", "wr", "copy", "delete", "erase", "enable", "en", "disable", "install", "set",
			"upgrade", "format", "rename", "undebug", "request", "hw-module", "bounce",
		},
		words:   []string{"configure", "reload", "reboot", "restart"},
		say:     "The bot only reads data: it can't change a device.",
		instead: []string{"version", "interfaces"},
	},
	{
		commands: []string{"ip bgp <Address>", "bgp <Address>", "ip bgp <Prefix>", "bgp <Prefix>"},
		say:      "There is no query for the paths to one prefix. Filter the BGP table instead, as in bgp table | 10.1.",
		instead:  []string{"bgp-routes", "route"},
	},
	{
		commands: []string{"debugging"},
		verbs:    []string{"debug"},
		words:    []string{"debug"},
		say:      "The bot only reads data: it can't debug on a device.",
		instead:  []string{"errors", "cpu", "interfaces"},
	},
	{
		commands: []string{"tech-support"},
		words:    []string{"tech-support"},
		say:      "A tech-support file can't be read over RESTCONF. Use the query for the part you need.",
		instead:  []string{"version", "inventory", "environment", "errors"},
	},
	{
		commands: []string{"dmvpn", "ip nhrp", "nhrp"},
		words:    []string{"dmvpn", "nhrp"},
		say:      "NHRP and DMVPN peers can't be read over RESTCONF.",
		instead:  []string{"tunnels", "ipsec"},
	},
	{
		commands: []string{"ip igmp", "ip igmp groups", "ip igmp snooping"},
		words:    []string{"igmp"},
		say:      "IGMP groups can't be read over RESTCONF.",
		instead:  []string{"mroute", "pim"},
	},
	{
		commands: []string{"device-tracking", "device-tracking database"},
		words:    []string{"device-tracking"},
		say:      "The device tracking table can't be read over RESTCONF.",
		instead:  []string{"arp", "mac", "dot1x"},
	},
	{
		commands: []string{"ip protocols"},
		say:      "There is no query for this. Type help for the list of queries.",
	},
	{
		verbs: []string{"terminal", "exit", "end", "quit", "logout"},
		say:   "The bot isn't a console: type a query and a device.",
	},
	{
		words:   []string{"connected-to"},
		say:     "What is behind a port is in the tables of CDP, LLDP and MAC addresses. Which one?",
		instead: []string{"cdp", "lldp", "mac"},
	},
	{
		words: []string{"where", "who", "who's", "find", "locate", "search"},
		say:   "The bot can't search for an address on all devices. Query one table with a filter instead, such as arp group:all | 10.1.2.3.",
	},
}
