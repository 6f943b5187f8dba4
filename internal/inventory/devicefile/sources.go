package devicefile

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/secret"
)

// How often NetBox is read.
const (
	usualRefresh = 10 * time.Minute
	leastRefresh = 10 * time.Second
)

func (p *parser) sources(doc document) (list []Source) {
	for _, s := range doc.Sources {
		def, line := doc.Defaults.Value, s.Line
		s := s.Value
		out := Source{
			NetBox: s.NetBox, PortField: s.PortField, Proxy: s.Proxy, Platforms: s.Platforms, Filter: map[string][]string{},
			Base: inventory.Device{
				Platform: cmp.Or(s.Platform, def.Platform, "ios-xe"), Port: cmp.Or(s.Port, def.Port, 443), Groups: s.Groups,
				Root: strings.TrimRight(cmp.Or(s.Root, def.Root), "/"),
			},
		}
		for key, v := range s.Filter {
			out.Filter[key] = v
		}
		user := fmt.Sprintf("source %s", cmp.Or(s.NetBox, s.Ansible))
		login := cmp.Or(s.Login, def.Login)
		if login == "" {
			p.say(line, "%s has no login for its devices; name one, or set it under defaults:", user)
		}
		out.Base.Login = p.login(login, user, line)
		out.Base.TLS = p.trust(cmp.Or(s.TLS, def.TLS), user, line)
		for _, g := range s.Groups {
			if !inventory.ValidGroup(g) {
				p.say(line, "%s: group %q isn't a name", user, g)
			}
		}
		switch {
		case (s.NetBox == "") == (s.Ansible == ""):
			p.say(line, "a source is one of netbox and ansible")
		case s.NetBox != "":
			p.netbox(s, &out, user, line)
		default:
			p.ansible(s, &out, user, line)
		}
		list = append(list, out)
	}
	return list
}

func (p *parser) netbox(s source, out *Source, user string, line int) {
	if u, err := url.Parse(s.NetBox); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil || u.RawQuery != "" {
		p.say(line, "%q isn't the address of a NetBox, such as https://netbox.example.com", s.NetBox)
	}
	if strings.HasPrefix(s.NetBox, "http:") {
		p.warnings = append(p.warnings, fmt.Sprintf("%s: the token is sent to NetBox unencrypted; use https:// if it has it", user))
	}
	if u, err := url.Parse(s.Proxy); s.Proxy != "" && s.Proxy != "none" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5") {
		p.say(line, "%s: proxy %q isn't an address, such as http://proxy.example.com:3128, or none", user, s.Proxy)
	}
	var err error
	if out.Token, err = s.Token.Read(); err != nil {
		message, hint := fault.Text(err)
		p.say(line, "%s: token: %s. %s", user, message, hint)
	}
	out.CA = p.authority(s.CA, user, line)
	out.Refresh = usualRefresh
	if s.Refresh != "" {
		if out.Refresh, err = time.ParseDuration(s.Refresh); err != nil || out.Refresh < leastRefresh {
			p.say(line, "%s: refresh %q isn't a time of at least %v, such as 10m", user, s.Refresh, leastRefresh)
		}
	}
}

// ansible checks the settings of an Ansible inventory, and adds what it reads beside it.
func (p *parser) ansible(s source, out *Source, user string, line int) {
	out.Ansible = p.beside(s.Ansible)
	beside := filepath.Dir(out.Ansible)
	p.reads = append(p.reads, out.Ansible, filepath.Join(beside, "group_vars"), filepath.Join(beside, "host_vars"))
	unfit := map[string]bool{"token": s.Token != secret.Ref{}, "ca": s.CA != "", "proxy": s.Proxy != "", "port-field": s.PortField != "", "refresh": s.Refresh != ""}
	for _, key := range slices.Sorted(maps.Keys(unfit)) {
		if unfit[key] {
			p.say(line, "%s: an Ansible inventory takes no %s", user, key)
		}
	}
	for key := range s.Filter {
		if key != "group" {
			p.say(line, "%s: an Ansible inventory is filtered by group, not by %s", user, key)
		}
	}
}
