// Package inventory knows the devices that can be asked: their names, addresses, groups, logins and
// how their certificates are checked. It finds a device by what a person typed.
//
// It never talks to a device. Packages below it are sources of devices; anything that needs to name
// a device may import it.
package inventory

import "overwatch/internal/secret"

// Device is something that can be asked over RESTCONF.
type Device struct {
	Name     string   // unique in the inventory, whatever the case
	Host     string   // host name or address
	Port     int      // TCP port of the HTTPS server, 1 to 65535
	Platform string   // picks the variant of a query, such as ios-xe
	Groups   []string // sorted
	Root     string   // of its RESTCONF; /restconf where empty (RFC 8040, 3.1)
	Login    Login
	TLS      TLS
}

// Login is the account that asks.
type Login struct {
	Username string
	Password secret.Text
}

// TLS says how the device's certificate is checked. The zero value is the strict one: the
// certificate must be valid for Host under the system's authorities.
type TLS struct {
	CA       []byte // PEM: the authorities to trust instead of the system's
	Pin      []byte // SHA-256 of the device's certificate (DER, 32 bytes): trust it and no other
	Insecure bool   // accept any certificate; anybody on the path can read the password
	Legacy   bool   // accept TLS 1.0 and ciphers that are no longer safe, for devices that have nothing better

	Cert []byte      // PEM: a certificate of our own that the device wants to see; none where empty
	Key  secret.Text // its key, PEM
}
