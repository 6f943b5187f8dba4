package restconf

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/yang"
)

// Check is a step of a probe.
type Check string

// The steps, in their order.
const (
	CheckName    Check = "name"    // its host name resolves
	CheckPort    Check = "port"    // its port accepts connections
	CheckTLS     Check = "tls"     // its certificate is accepted
	CheckRoot    Check = "root"    // RESTCONF is at its root
	CheckLogin   Check = "login"   // its login is accepted
	CheckRelease Check = "release" // its software release is known; never fails
)

// Step is the result of one check.
type Step struct {
	Check  Check
	Detail string // what was found, such as an address or "TLS 1.3"
	Err    error  // a fault, or nil
}

// Report is what a probe found out about a device.
type Report struct {
	Device      string
	Steps       []Step       // up to the first that failed
	Certificate *Certificate // nil until the device showed one
	Root        string       // where its RESTCONF is, as far as it is known
	Release     string       // its software release, such as 17.12.1, as far as it is known
	Fix         string       // the line for the device in the inventory that helps, such as "root: /rests", or empty
}

// Err returns the fault of the step that failed, or nil.
func (r Report) Err() error {
	if len(r.Steps) == 0 {
		return nil
	}
	return r.Steps[len(r.Steps)-1].Err
}

func (r *Report) add(check Check, detail string, err error) bool {
	r.Steps = append(r.Steps, Step{check, detail, err})
	return err == nil
}

// Probe checks a device step by step, from its name to its release, and stops at the first step that
// fails. It sends the login at most three times, and once if it is refused.
func (c *Client) Probe(ctx context.Context, d inventory.Device) Report {
	ctx, cancel := context.WithTimeoutCause(ctx, c.options.Timeout, errTimeout)
	defer cancel()
	r := Report{Device: d.Name}
	if c.probeName(ctx, d, &r) && c.probePort(ctx, d, &r) && c.probeTLS(ctx, d, &r) && c.probeRESTCONF(ctx, d, &r) {
		r.Release = c.release(ctx, d)
		r.add(CheckRelease, r.Release, nil)
	}
	return r
}

func (c *Client) probeName(ctx context.Context, d inventory.Device, r *Report) bool {
	if ip, err := netip.ParseAddr(d.Host); err == nil {
		return r.add(CheckName, ip.String(), nil)
	}
	found, err := net.DefaultResolver.LookupHost(ctx, d.Host)
	if err != nil {
		return r.add(CheckName, "", explain(ctx, d, err))
	}
	return r.add(CheckName, strings.Join(found, ", "), nil)
}

func (c *Client) probePort(ctx context.Context, d inventory.Device, r *Report) bool {
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", address(d))
	if err != nil {
		return r.add(CheckPort, "", explain(ctx, d, err))
	}
	_ = conn.Close() // it isn't used
	return r.add(CheckPort, fmt.Sprint(d.Port), nil)
}

func (c *Client) probeTLS(ctx context.Context, d inventory.Device, r *Report) bool {
	conf, err := tlsConfig(d.TLS, serverName(d))
	if err != nil {
		return r.add(CheckTLS, "", explain(ctx, d, err))
	}
	conn, err := (&tls.Dialer{NetDialer: &net.Dialer{Timeout: 10 * time.Second}, Config: conf}).DialContext(ctx, "tcp", address(d))
	if err != nil {
		if chain := refusedChain(err); len(chain) > 0 {
			r.Certificate = describe(chain[0])
			r.Fix = "tls: {pin: " + r.Certificate.Fingerprint + "}"
		}
		return r.add(CheckTLS, "", explain(ctx, d, err))
	}
	defer conn.Close()
	state := conn.(*tls.Conn).ConnectionState() // what a tls.Dialer returns
	r.Certificate = describe(state.PeerCertificates[0])
	return r.add(CheckTLS, tls.VersionName(state.Version)+", "+tls.CipherSuiteName(state.CipherSuite), nil)
}

// probeRESTCONF reads the root resource (RFC 8040, 3.3), which proves the root and the login.
func (c *Client) probeRESTCONF(ctx context.Context, d inventory.Device, r *Report) bool {
	root := rootOf(d)
	resp, err := c.fetch(ctx, d, root, "")
	if s := statusOf(err); s != nil && s.Status == http.StatusNotFound {
		if err = c.findRESTCONF(ctx, d, s); err != nil && c.discoverRoot(ctx, d) != "" {
			r.Root = c.discoverRoot(ctx, d)
			r.Fix = "root: " + r.Root
		}
	}
	if err != nil {
		err = explain(ctx, d, err)
	}
	switch fault.Of(err) {
	case "":
	case fault.Denied:
		r.Root = root
		r.add(CheckRoot, root, nil)
		return r.add(CheckLogin, "", err)
	default:
		return r.add(CheckRoot, "", err)
	}
	if resp != nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxErrorBody)) // so that the connection is kept
		_ = resp.Body.Close()                                               // all that matters was its status
	}
	r.Root = root
	r.add(CheckRoot, root, nil)
	return r.add(CheckLogin, d.Login.Username, nil)
}

// releaseLeaves are the leaves with a platform's release, the most exact first.
var releaseLeaves = map[string][]string{
	"ios-xe": {
		"Cisco-IOS-XE-device-hardware-oper:device-hardware-data/device-hardware/device-system-data/software-version", // from 16.8.1
		"Cisco-IOS-XE-native:native/version",
	},
	"openconfig": {"openconfig-system:system/state/software-version"},
	"ietf":       {"ietf-system:system-state/platform/os-release"},
}

// version finds the release in the text of IOS-XE's software-version.
var version = regexp.MustCompile(`Version ([0-9][\w.()]*)`)

// release returns the device's software release, or an empty text.
func (c *Client) release(ctx context.Context, d inventory.Device) string {
	for _, leaf := range releaseLeaves[d.Platform] {
		resp, err := c.fetch(ctx, d, rootOf(d)+"/data/"+leaf, "")
		if err != nil {
			continue
		}
		text := ""
		name := leaf[strings.LastIndexByte(leaf, '/')+1:]
		_, err = yang.Rows(io.LimitReader(resp.Body, maxErrorBody), leaf, nil, func(row yang.Row) error {
			if v, ok := row.Get(name); ok {
				text = fmt.Sprint(v)
			}
			return nil
		})
		if err = errors.Join(err, resp.Body.Close()); err != nil || text == "" {
			continue
		}
		if found := version.FindStringSubmatch(text); found != nil {
			return found[1]
		}
		return c.options.Mask.Text(oneLine(text))
	}
	return ""
}
