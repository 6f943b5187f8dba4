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

// Options configure a lab. The zero value is valid.
type Options struct {
	Slow   time.Duration    // response time of the slow device; 0 means 3 s
	Routes int              // of core1; 0 means 20,000
	Now    func() time.Time // clock
}

// Device describes how to reach a device of the lab.
type Device struct {
	Name     string
	Host     string
	Port     int
	Platform string
	Site     string
	Groups   []string
	Username string
	Password string // for the inventory; locked1 refuses it
	Note     string // what is special about the device
}

// Lab is a running lab. Safe for concurrent use. Call Close in the end.
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

// Start starts the devices on free ports of the loopback interface.
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
		ErrorLog:          log.New(io.Discard, "", 0), // TLS errors of clients are expected
	}
	l.servers = append(l.servers, server)
	l.serving.Go(func() { _ = server.Serve(listener) }) // ends with ErrServerClosed
}

// CA returns the certificate of the lab's certificate authority as PEM.
func (l *Lab) CA() []byte { return l.ca }

// Devices returns the devices in the order of the inventory.
func (l *Lab) Devices() []Device { return l.devices }

// Close stops the devices and closes their connections.
func (l *Lab) Close() {
	for _, s := range l.servers {
		_ = s.Close()
	}
	l.serving.Wait()
	l.journal.Close()
}

// Exchange records a request to a device and its response.
type Exchange struct {
	Seq    int64     `json:"seq"`
	At     time.Time `json:"at"`
	Device string    `json:"device"`
	Method string    `json:"method"`
	Path   string    `json:"path"` // with the query, as sent
	Accept string    `json:"accept"`
	User   string    `json:"user"`   // from the Authorization header
	Status int       `json:"status"` // 0 if there was no response
	MS     float64   `json:"ms"`     // duration in milliseconds
	Bytes  int       `json:"bytes"`
	Answer string    `json:"answer"` // beginning of the response

	Traceparent string `json:"traceparent,omitempty"` // header of the request
}

// Watch calls see with every exchange from now on; see must not call stop.
func (l *Lab) Watch(see func(Exchange)) (stop func()) { return l.journal.Watch(see) }

// Recent returns the last 500 exchanges, oldest first.
func (l *Lab) Recent() []Exchange { return l.journal.Recent() }

// Fault makes requests to a device fail.
type Fault struct {
	Path     string        // prefix of the request path, as sent; empty matches all
	Times    int           // number of requests; 0 means 1
	Status   int           // error status to answer with
	Delay    time.Duration // before the response
	Never    bool          // don't answer until the client gives up or the lab is closed
	Reset    bool          // close the connection without a response
	Cut      bool          // close the connection in the middle of the response
	HTML     bool          // answer with a login page
	Redirect string        // answer with a redirect to this location
	Body     string        // answer with this data
	Endless  string        // after Body, repeated until the client disconnects
	Every    time.Duration // interval of Endless; 0 for no pause
}

// Fail injects a fault into the next requests to a device. Of several faults a request meets the oldest
// that matches.
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
