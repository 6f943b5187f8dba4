package devicefile

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/secret"
	"overwatch/internal/yamlfile"
)

// Source is another source of devices, as the file names it. One of NetBox and Ansible is set.
type Source struct {
	NetBox    string // its address
	Token     secret.Text
	CA        []byte // PEM: what NetBox's certificate is checked with, instead of the system's
	PortField string // the custom field of NetBox with a device's port

	Ansible string // the path of an inventory

	Filter    map[string][]string // which devices of it
	Platforms map[string]string   // what its platforms are called here
	Base      inventory.Device    // what its devices get that it doesn't say
	Refresh   time.Duration       // how often it is asked again; for files, never, as they are watched
}

type source struct {
	NetBox    string                    `yaml:"netbox"`
	Token     secret.Ref                `yaml:"token"`
	CA        string                    `yaml:"ca"`
	PortField string                    `yaml:"port-field"`
	Ansible   string                    `yaml:"ansible"`
	Filter    map[string]yamlfile.Texts `yaml:"filter"`
	Platforms map[string]string         `yaml:"platforms"`
	Refresh   string                    `yaml:"refresh"`

	Platform string   `yaml:"platform"`
	Port     int      `yaml:"port"`
	Groups   []string `yaml:"groups"`
	Login    string   `yaml:"login"`
	TLS      *trust   `yaml:"tls"`
}

// How often NetBox is asked.
const (
	usualRefresh = 10 * time.Minute
	leastRefresh = 10 * time.Second
)

func (p *parser) sources(doc document) (list []Source) {
	for _, s := range doc.Sources {
		def, line := doc.Defaults.Value, s.Line
		s := s.Value
		out := Source{
			NetBox: s.NetBox, PortField: s.PortField, Platforms: s.Platforms, Filter: map[string][]string{},
			Base: inventory.Device{
				Platform: cmp.Or(s.Platform, def.Platform, "ios-xe"), Port: cmp.Or(s.Port, def.Port, 443), Groups: s.Groups,
			},
		}
		for key, v := range s.Filter {
			out.Filter[key] = v
		}
		whom := fmt.Sprintf("the source %s", cmp.Or(s.NetBox, s.Ansible))
		login := cmp.Or(s.Login, def.Login)
		if login == "" {
			p.say(line, "%s has no login for its devices; name one, or set it under defaults:", whom)
		}
		out.Base.Login = p.login(login, whom, line)
		out.Base.TLS = p.trust(cmp.Or(s.TLS, def.TLS), whom, line)
		for _, g := range s.Groups {
			if !inventory.ValidGroup(g) {
				p.say(line, "%s: group %q isn't a name", whom, g)
			}
		}
		switch {
		case (s.NetBox == "") == (s.Ansible == ""):
			p.say(line, "a source is one of netbox and ansible")
		case s.NetBox != "":
			p.netbox(s, &out, whom, line)
		default:
			p.ansible(s, &out, whom, line)
		}
		list = append(list, out)
	}
	return list
}

func (p *parser) netbox(s source, out *Source, whom string, line int) {
	if u, err := url.Parse(s.NetBox); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil || u.RawQuery != "" {
		p.say(line, "%q isn't the address of a NetBox, such as https://netbox.example.com", s.NetBox)
	}
	var err error
	if out.Token, err = s.Token.Read(); err != nil {
		say, do := fault.Text(err)
		p.say(line, "%s: token: %s. %s", whom, say, do)
	}
	out.CA = p.authority(s.CA, whom, line)
	out.Refresh = usualRefresh
	if s.Refresh != "" {
		if out.Refresh, err = time.ParseDuration(s.Refresh); err != nil || out.Refresh < leastRefresh {
			p.say(line, "%s: refresh %q isn't a time of at least %v, such as 10m", whom, s.Refresh, leastRefresh)
		}
	}
}

// ansible takes what a file can have: no token, and one filter.
func (p *parser) ansible(s source, out *Source, whom string, line int) {
	out.Ansible = p.beside(s.Ansible)
	beside := filepath.Dir(out.Ansible)
	p.reads = append(p.reads, out.Ansible, filepath.Join(beside, "group_vars"), filepath.Join(beside, "host_vars"))
	unfit := map[string]bool{"token": s.Token != secret.Ref{}, "ca": s.CA != "", "port-field": s.PortField != "", "refresh": s.Refresh != ""}
	for _, key := range slices.Sorted(maps.Keys(unfit)) {
		if unfit[key] {
			p.say(line, "%s: an Ansible inventory takes no %s", whom, key)
		}
	}
	for key := range s.Filter {
		if key != "group" {
			p.say(line, "%s: an Ansible inventory is filtered by group, not by %s", whom, key)
		}
	}
}
