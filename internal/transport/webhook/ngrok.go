package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"overwatch/internal/fault"
)

// ngrokAgent is the local API of a running ngrok agent (ngrok documentation, Agent API).
const ngrokAgent = "http://127.0.0.1:4040/api/tunnels"

// Tunnel asks the ngrok agent on this machine for the public address of the tunnel that leads to
// port. An error is a fault that says what to do when there is none.
func Tunnel(ctx context.Context, agent *http.Client, port string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	found, err := tunnels(ctx, agent)
	if err != nil {
		return "", &fault.Error{
			Kind: fault.Invalid, Message: "Webex needs an address to reach this bot at, and no ngrok agent runs here.",
			Hint: "Name the address with --public-url, or start ngrok http " + port + ".", Cause: err,
		}
	}
	for _, t := range found {
		if t.leadsTo(port) && strings.HasPrefix(t.PublicURL, "https://") {
			return t.PublicURL, nil
		}
	}
	return "", &fault.Error{
		Kind: fault.Invalid, Message: fmt.Sprintf("The ngrok agent has %d tunnels, but none with https to port %s.", len(found), port),
		Hint: "Start ngrok http " + port + ", or name the address with --public-url.",
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
		return nil, fmt.Errorf("the ngrok agent answered %s", resp.Status)
	}
	err = json.NewDecoder(http.MaxBytesReader(nil, resp.Body, 1<<20)).Decode(&list)
	return list.Tunnels, err
}

func (t tunnel) leadsTo(port string) bool {
	addr := t.Config.Addr
	if u, err := url.Parse(addr); err == nil && u.Host != "" {
		addr = u.Host
	}
	if _, p, err := net.SplitHostPort(addr); err == nil {
		addr = p
	}
	return addr == port
}
