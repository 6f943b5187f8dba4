package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// network is the fake devices: TLS ports with the same answers. internal/sim/devicesim has realistic ones.
type network struct {
	*server
	ports []int
	ca    []byte
	pause pause
	calls atomic.Int64
	rows  atomic.Int64 // of the ARP table
}

// vrfPaths are the requests of Show VRFs: VRFs, those that are configured in the older way, and their interfaces.
var vrfPaths = []string{
	"/restconf/data/Cisco-IOS-XE-native:native/vrf?fields=definition(name;rd;description;address-family)",
	"/restconf/data/Cisco-IOS-XE-native:native/ip?fields=vrf(name;rd;description)",
	"/restconf/data/Cisco-IOS-XE-vrf-oper:vrf-oper-data?fields=vrf-entry(vrf-name;interface)",
}

// noOldVRFs is the response of a device where no VRF is configured in the older way.
var noOldVRFs = []byte(`{"Cisco-IOS-XE-native:ip":{}}`)

var vrfs, vrfEntries = func() ([]byte, []byte) {
	var native, oper []any
	for i := range 5 {
		name := fmt.Sprintf("CUSTOMER-%d", i)
		native = append(native, map[string]any{
			"name": name, "rd": fmt.Sprintf("65000:%d", i), "description": "A customer of ours",
			"address-family": map[string]any{"ipv4": map[string]any{}, "ipv6": map[string]any{}},
		})
		oper = append(oper, map[string]any{"vrf-name": name, "interface": []string{fmt.Sprintf("GigabitEthernet0/0/%d", i), fmt.Sprintf("Loopback%d", i)}})
	}
	return object(map[string]any{"Cisco-IOS-XE-native:vrf": map[string]any{"definition": native}}).body,
		object(map[string]any{"Cisco-IOS-XE-vrf-oper:vrf-oper-data": map[string]any{"vrf-entry": oper}}).body
}()

func newNetwork(devices int) (*network, error) {
	n := &network{}
	n.server = newServer(n.serveData)
	cert, err := n.certify()
	if err != nil {
		return nil, err
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}}
	for range devices {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			n.close()
			return nil, err
		}
		n.ports = append(n.ports, l.Addr().(*net.TCPAddr).Port)
		n.serve(tls.NewListener(l, conf))
	}
	return n, nil
}

// certify creates the certificate that all devices share.
func (n *network) certify() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "devices"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	n.ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

func (n *network) serveData(r *http.Request) answer {
	n.calls.Add(1)
	n.pause.take()
	a := answer{status: http.StatusOK, kind: "application/yang-data+json"}
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "native/vrf"):
		a.body = vrfs
	case strings.HasSuffix(path, "native/ip"):
		a.body = noOldVRFs
	case strings.HasSuffix(path, "vrf-oper-data"):
		a.body = vrfEntries
	case strings.Contains(path, "interfaces/interface="):
		_, name, _ := strings.Cut(path, "=")
		a.body = object(map[string]any{"Cisco-IOS-XE-interfaces-oper:interface": []any{map[string]any{"name": name, "oper-status": "if-oper-state-ready"}}}).body
	case strings.HasSuffix(path, "arp-data"):
		a.stream = n.arp
	default:
		a.status = http.StatusNotFound
	}
	return a
}

// arp writes an ARP table with the requested number of rows.
func (n *network) arp(out io.Writer) error {
	w := bufio.NewWriter(out)
	_, _ = w.WriteString(`{"Cisco-IOS-XE-arp-oper:arp-data":{"arp-vrf":[{"vrf":"Default","arp-entry":[`)
	for i := range int(n.rows.Load()) {
		if i > 0 {
			_ = w.WriteByte(',')
		}
		_, _ = w.WriteString(`{"address":"10.` + strconv.Itoa(i>>16&255) + "." + strconv.Itoa(i>>8&255) + "." + strconv.Itoa(i&255) +
			`","enctype":"ios-encaps-type-arpa","interface":"GigabitEthernet0/0/1","type":"ios-linktype-ip","mode":"ios-arp-mode-dynamic","hwtype":"ios-hwtype-ethernet","hardware":"00:00:5e:00:53:01","time":"2026-11-23T08:20:32+00:00"}`)
	}
	_, _ = w.WriteString(`]}]}}`)
	return w.Flush() // also returns earlier errors
}

// name returns the name of a device.
func name(device int) string { return fmt.Sprintf("device%06d", device) }

// inventory writes a device file for the bot and the floor. Several devices may share a port.
func (n *network) inventory(dir string, devices int) error {
	var file bytes.Buffer
	addresses := map[string]string{}
	file.WriteString("defaults: {login: bench, tls: {ca: ca.pem}}\nlogins: {bench: {username: bench, password: {env: BENCH_PASSWORD}}}\ndevices:\n")
	for i := range devices {
		port := n.ports[i%len(n.ports)]
		groups := []string{}
		for size := 1; size <= maxFan; size *= 10 {
			if i < size {
				groups = append(groups, fanName(size))
			}
		}
		fmt.Fprintf(&file, "  - {name: %s, host: 127.0.0.1, port: %d, groups: [%s]}\n", name(i), port, strings.Join(groups, ", "))
		addresses[name(i)] = fmt.Sprintf("https://127.0.0.1:%d", port)
	}
	text, err := json.Marshal(addresses)
	if err != nil {
		return err
	}
	for name, text := range map[string][]byte{"ca.pem": n.ca, "devices.yaml": file.Bytes(), "devices.json": text} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// maxFan is the largest number of devices of one query.
const maxFan = 1000

func fanName(size int) string { return "fan" + strconv.Itoa(size) }
