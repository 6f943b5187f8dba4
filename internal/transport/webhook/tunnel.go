package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"overwatch/internal/fault"
)

// ngrokAgent is the local API of a running ngrok agent (ngrok documentation, Agent API).
const ngrokAgent = "http://127.0.0.1:4040/api/tunnels"

// Tunnel asks the ngrok agent on this machine for the public address of the tunnel to the address on
// which the bot listens. The error is a fault of kind Invalid.
func Tunnel(ctx context.Context, agent *http.Client, listen net.Addr) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	host, port, err := net.SplitHostPort(listen.String())
	if err != nil {
		return "", err
	}
	found, err := tunnels(ctx, agent)
	if err != nil {
		return "", &fault.Error{
			Kind: fault.Invalid, Message: "public-url is auto, but there is no ngrok agent on this machine.",
			Hint: "Start ngrok http " + port + ", or set --public-url to the bot's address.", Cause: err,
		}
	}
	for _, t := range found {
		if t.leadsTo(host, port) && strings.HasPrefix(t.PublicURL, "https://") {
			return t.PublicURL, nil
		}
	}
	return "", &fault.Error{
		Kind: fault.Invalid, Message: fmt.Sprintf("None of the ngrok agent's tunnels (%d) leads to this bot, port %s, by https.", len(found), port),
		Hint: "Start ngrok http " + port + ", or set --public-url to the bot's address.",
	}
}

type tunnel struct {
	PublicURL string `json:"public_url"`
	Config    struct {
		Addr string `json:"addr"` // a URL, host:port or a port alone
	} `json:"config"`
}

func tunnels(ctx context.Context, agent *http.Client) (found []tunnel, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, ngrokAgent, nil)
	if err != nil {
		return nil, err
	}
	resp, err := agent.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	var list struct {
		Tunnels []tunnel `json:"tunnels"`
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the ngrok agent responded %s", resp.Status)
	}
	err = json.NewDecoder(http.MaxBytesReader(nil, resp.Body, 1<<20)).Decode(&list)
	return list.Tunnels, err
}

// leadsTo reports whether a tunnel ends at the address on which the bot listens.
func (t tunnel) leadsTo(listenHost, listenPort string) bool {
	addr, implied := t.Config.Addr, ""
	if u, err := url.Parse(addr); err == nil && u.Host != "" {
		addr, implied = u.Host, map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	host, port, err := net.SplitHostPort(addr)
	switch {
	case err == nil:
	case implied != "":
		host, port = strings.Trim(addr, "[]"), implied
	default:
		host, port = "", addr
	}
	return port == listenPort && sameHost(host, listenHost)
}

// sameHost reports whether a connection to host on this machine reaches what listens on another host.
func sameHost(host, listen string) bool {
	to, on := net.ParseIP(host), net.ParseIP(listen)
	name, _ := os.Hostname()
	switch {
	case host == "" || strings.EqualFold(host, "localhost"), to != nil && (to.IsLoopback() || to.IsUnspecified()):
		return on == nil || on.IsUnspecified() || on.IsLoopback()
	case to == nil:
		return strings.EqualFold(host, listen) || strings.EqualFold(host, name)
	case on == nil || on.IsUnspecified():
		own, err := net.InterfaceAddrs()
		return err == nil && slices.ContainsFunc(own, func(a net.Addr) bool {
			n, ok := a.(*net.IPNet)
			return ok && n.IP.Equal(to)
		})
	}
	return to.Equal(on)
}
