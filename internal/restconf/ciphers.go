package restconf

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"time"
)

// goLacks are suites of TLS 1.2 that devices offer and Go doesn't implement (IANA, "TLS Cipher Suites").
var goLacks = map[uint16]string{
	0x0016: "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA",
	0x0033: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
	0x0039: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA",
	0x003d: "TLS_RSA_WITH_AES_256_CBC_SHA256",
	0x0067: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256",
	0x006b: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
	0x009e: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
	0x009f: "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
	0xc024: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
	0xc028: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
	0xccaa: "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
}

// legacySuites returns every suite of Go that isn't forbidden (RC4, RFC 7465).
func legacySuites() (ids []uint16) {
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		if !strings.Contains(s.Name, "RC4") {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// offer is what a server picks when it may pick anything.
type offer struct {
	version uint16
	suite   uint16
}

// name returns the suite's name as IANA has it.
func (o offer) name() string {
	if name, ok := goLacks[o.suite]; ok {
		return name
	}
	return tls.CipherSuiteName(o.suite)
}

// modern reports whether a client with Go's defaults can have it.
func (o offer) modern() bool {
	return o.version >= tls.VersionTLS12 && slices.ContainsFunc(tls.CipherSuites(), func(s *tls.CipherSuite) bool { return s.ID == o.suite })
}

// legacy reports whether a client with legacySuites can have it.
func (o offer) legacy() bool {
	return o.version >= tls.VersionTLS10 && slices.Contains(legacySuites(), o.suite)
}

// askOffer finds out why a handshake failed: it connects once more, offers all suites there are with
// TLS 1.2 or less, and returns what the server picks. Nothing else is sent.
func askOffer(ctx context.Context, address string) (offer, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return offer{}, err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return offer{}, err
	}
	host, _, _ := net.SplitHostPort(address)
	if _, err := conn.Write(clientHello(host)); err != nil {
		return offer{}, err
	}
	return readOffer(conn)
}

// clientHello returns a ClientHello of TLS 1.2 in its record (RFC 5246, 7.4.1.2).
func clientHello(host string) []byte {
	suites := append(legacySuites(), 0x00ff) // and no renegotiation (RFC 5746, 3.3)
	for id := range goLacks {
		suites = append(suites, id)
	}
	body := []byte{3, 3}
	body = append(body, make([]byte, 32)...)
	_, _ = rand.Read(body[2:]) // it never fails
	body = append(body, 0)     // no session
	body = binary.BigEndian.AppendUint16(body, uint16(2*len(suites)))
	for _, id := range suites {
		body = binary.BigEndian.AppendUint16(body, id)
	}
	body = append(body, 1, 0) // no compression
	extensions := []byte{
		0, 10, 0, 10, 0, 8, 0, 29, 0, 23, 0, 24, 0, 25, // curves: X25519, P-256, P-384, P-521
		0, 11, 0, 2, 1, 0, // points uncompressed
		0, 13, 0, 22, 0, 20, 4, 1, 4, 3, 5, 1, 5, 3, 6, 1, 6, 3, 8, 4, 8, 5, 2, 1, 2, 3, // signatures
	}
	if net.ParseIP(host) == nil && !strings.Contains(host, "%") {
		name := strings.TrimSuffix(host, ".")
		sni := binary.BigEndian.AppendUint16([]byte{0, 0}, uint16(len(name)+5)) // RFC 6066, 3
		sni = binary.BigEndian.AppendUint16(sni, uint16(len(name)+3))
		sni = binary.BigEndian.AppendUint16(append(sni, 0), uint16(len(name)))
		extensions = append(extensions, append(sni, name...)...)
	}
	body = binary.BigEndian.AppendUint16(body, uint16(len(extensions)))
	body = append(body, extensions...)
	message := append([]byte{1, 0}, binary.BigEndian.AppendUint16(nil, uint16(len(body)))...)
	message = append(message, body...)
	record := binary.BigEndian.AppendUint16([]byte{22, 3, 1}, uint16(len(message)))
	return append(record, message...)
}

// readOffer reads a ServerHello.
func readOffer(r io.Reader) (offer, error) {
	head := make([]byte, 5)
	if _, err := io.ReadFull(r, head); err != nil {
		return offer{}, err
	}
	record := make([]byte, min(int(binary.BigEndian.Uint16(head[3:])), 1<<14))
	if _, err := io.ReadFull(r, record); err != nil {
		return offer{}, err
	}
	// The message has a type, a length of three bytes, the version, 32 random bytes, the session with
	// a length of one byte, and the suite.
	if head[0] != 22 || len(record) < 39 || record[0] != 2 {
		return offer{}, errors.New("no ServerHello")
	}
	session := int(record[38])
	if len(record) < 41+session {
		return offer{}, io.ErrUnexpectedEOF
	}
	return offer{version: binary.BigEndian.Uint16(record[4:]), suite: binary.BigEndian.Uint16(bytes.Clone(record[39+session:]))}, nil
}
