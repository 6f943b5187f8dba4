package inventory

import (
	"context"

	"overwatch/internal/secret"
)

// Device is one device that is queried over RESTCONF.
type Device struct {
	Name     string   // unique in the inventory, whatever the case
	Host     string   // host name or address
	Port     int      // TCP port of its HTTPS server, 1 to 65535
	Platform string   // selects the variant of a query, such as ios-xe
	Groups   []string // sorted
	Root     string   // path of its RESTCONF; /restconf where empty (RFC 8040, 3.1)
	Login    Login
	TLS      TLS

	// Problem says what a source has that makes a device unusable, such as port "abc". Devices of an
	// Inventory have none.
	Problem string
}

// Login is the account for a device.
type Login struct {
	Username string
	Password secret.Text
}

// TLS says how the device's certificate is verified. The zero value is the strict one: it must be valid
// for Host under the system's CAs.
type TLS struct {
	CA       []byte // PEM: the CAs to trust instead of the system's
	Pin      []byte // SHA-256 of the device's certificate (DER, 32 bytes): trust it and no other
	Insecure bool   // accept any certificate; anybody on the path can read the password
	Legacy   bool   // accept TLS 1.0 and ciphers that are no longer safe, for devices that have nothing better

	Cert []byte      // PEM: the bot's own certificate, for devices that require one; empty for none
	Key  secret.Text // its key, PEM
}

// Source provides devices. Safe for concurrent use.
type Source interface {
	// Devices returns all devices or an error, never a part of them. The slice belongs to the caller.
	// Fields that the source doesn't know are left empty: port, platform, login and TLS.
	Devices(ctx context.Context) ([]Device, error)
}
