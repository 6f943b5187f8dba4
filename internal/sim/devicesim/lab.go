// Package devicesim is a lab of simulated devices that speak RESTCONF over HTTPS as IOS-XE does, with
// its shapes and its oddities, and an authority of its own that signs their certificates.
//
// It is the device's side of the wire and shares no code with internal/restconf, so that each proves
// the other. The playground, the command line and tests import it; the bot that runs in production
// never does.
package devicesim

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"overwatch/internal/sim/journal"
)

// Options are what a lab is made of. All of them may be left out.
type Options struct {
	Slow   time.Duration    // before each answer of the slow device; 3 s
	Routes int              // of core1 beside those of its own networks; 20,000
	Now    func() time.Time // the clock
}

// Device is how to reach a device of the lab.
type Device struct {
	Name     string
	Host     string
	Port     int
	Platform string
	Site     string
	Groups   []string
	Username string
	Password string // what the inventory has, which needn't be right
	Note     string // what is special about it
}

// Lab is a running lab. Close it in the end.
type Lab struct {
	now     func() time.Time
	started time.Time
	ca      []byte
	devices []Device
	servers []*http.Server
	serving sync.WaitGroup
	journal journal.Journal[Exchange]

	mu     sync.Mutex
	faults map[string][]Fault // by device
}

const (
	username = "netops"
	password = "playground"
)

// Start makes the devices listen on free ports of the loopback interface.
func Start(o Options) (_ *Lab, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Slow == 0 {
		o.Slow = 3 * time.Second
	}
	if o.Routes == 0 {
		o.Routes = 20_000
	}
	l := &Lab{now: o.Now, started: o.Now(), faults: map[string][]Fault{}}
	defer func() {
		if err != nil {
			l.Close()
		}
	}()
	authority, err := newAuthority()
	if err != nil {
		return nil, err
	}
	l.ca = authority.pem
	for _, m := range models(o.Slow, o.Routes) {
		cert, err := authority.issue(m.name)
		if err != nil {
			return nil, err
		}
		listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("listen for %s: %w", m.name, err)
		}
		address := listener.Addr().(*net.TCPAddr)
		l.devices = append(l.devices, Device{
			Name: m.name, Host: "127.0.0.1", Port: address.Port, Platform: m.platform(), Site: m.site, Groups: m.groups,
			Username: username, Password: password, Note: m.note,
		})
		if m.down {
			if err := listener.Close(); err != nil {
				return nil, err
			}
			continue
		}
		l.serve(m, tls.NewListener(listener, &tls.Config{
			MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert},
		}))
	}
	return l, nil
}

func (l *Lab) serve(m model, listener net.Listener) {
	server := &http.Server{
		Handler:           &restconf{lab: l, model: m, tree: m.tree(l.started)},
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       time.Minute,
		ErrorLog:          log.New(io.Discard, "", 0), // a client that refuses our certificate is no news
	}
	l.servers = append(l.servers, server)
	l.serving.Go(func() { _ = server.Serve(listener) }) // ends with ErrServerClosed
}

// CA returns the authority's certificate as PEM.
func (l *Lab) CA() []byte { return l.ca }

// Devices returns the devices in the order an inventory would list them.
func (l *Lab) Devices() []Device { return l.devices }

// Close stops the devices and cuts their connections.
func (l *Lab) Close() {
	for _, s := range l.servers {
		_ = s.Close()
	}
	l.serving.Wait()
	l.journal.Close()
}

// Exchange is a request that a device answered.
type Exchange struct {
	Seq    int64     `json:"seq"`
	At     time.Time `json:"at"`
	Device string    `json:"device"`
	Method string    `json:"method"`
	Path   string    `json:"path"` // with the query, as it came
	Accept string    `json:"accept"`
	User   string    `json:"user"`   // who logged in or tried to; never the password
	Status int       `json:"status"` // 0 where the client got no answer
	MS     float64   `json:"ms"`
	Bytes  int       `json:"bytes"`
	Answer string    `json:"answer"` // its beginning

	Traceparent string `json:"traceparent,omitempty"` // the header of that name
}

// Watch calls see with every exchange from now on; see must not call stop.
func (l *Lab) Watch(see func(Exchange)) (stop func()) { return l.journal.Watch(see) }

// Recent returns the last 500 exchanges, oldest first.
func (l *Lab) Recent() []Exchange { return l.journal.Recent() }

// Fault makes coming requests to a device fail.
type Fault struct {
	Path     string        // only requests for paths that begin so, as they come; all where empty
	Times    int           // how many requests; 1 where 0
	Status   int           // to answer with, as ietf-restconf:errors
	Delay    time.Duration // before the answer
	Never    bool          // no answer until the client gives up or the lab is closed
	Reset    bool          // close the connection without an answer
	Cut      bool          // close the connection in the middle of the answer
	HTML     bool          // answer with a web page
	Redirect string        // answer with this location
	Body     string        // answer with this as data
	Endless  string        // and with this after it, again and again until the client leaves
	Every    time.Duration // so often; without a pause where 0
}

// Fail makes the next requests to a device fail. Of several faults a request meets the oldest that
// is for its path.
func (l *Lab) Fail(device string, f Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f.Times = max(f.Times, 1)
	l.faults[device] = append(l.faults[device], f)
}

func (l *Lab) fault(device, path string) *Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := l.faults[device]
	for i := range waiting {
		if f := waiting[i]; strings.HasPrefix(path, f.Path) {
			if waiting[i].Times--; waiting[i].Times == 0 {
				l.faults[device] = slices.Delete(waiting, i, i+1)
			}
			return &f
		}
	}
	return nil
}

type authority struct {
	pem  []byte
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

const validity = 30 * 24 * time.Hour

func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Overwatch lab"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(validity),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &authority{pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), cert, key}, err
}

func (a *authority) issue(name string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return tls.Certificate{}, err
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, DNSNames: []string{name, "localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(validity),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, a.cert, key.Public(), a.key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
