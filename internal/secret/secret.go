// Package secret holds tokens and passwords so that they can't be printed by accident.
//
// It is a leaf: it imports only internal/fault and internal/follow, and every package may import it. It doesn't fetch
// secrets from vaults; it reads environment variables and files.
package secret

import (
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"strings"

	"overwatch/internal/fault"
)

const masked = "<secret>"

// Text is a secret. However it is formatted, marshalled or logged, it prints as <secret>. Only Reveal
// returns the value, so a search for Reveal finds every place that uses one. Compare secrets by what
// they reveal, not with ==.
type Text struct {
	// A pointer, since fmt doesn't call methods of unexported fields: in another type it would print a
	// string, but of a pointer it prints the address.
	value *string
	// A function for the same reason: it reads the file that is followed, if there is one.
	follow *func() string
}

// New wraps a secret.
func New(value string) Text {
	if value == "" {
		return Text{}
	}
	return Text{value: &value}
}

// Reveal returns the secret itself. Use it only to send or to compare it.
func (t Text) Reveal() string {
	switch {
	case t.follow != nil:
		return (*t.follow)()
	case t.value == nil:
		return ""
	}
	return *t.value
}

// Hide masks the secret in a text of the other side, which may repeat what it was sent: as it is, and as
// HTTP Basic authentication sends it (RFC 7617).
func (t Text) Hide(s, user string) string {
	value := t.Reveal()
	if value == "" {
		return s
	}
	basic := base64.StdEncoding.EncodeToString([]byte(user + ":" + value))
	return strings.NewReplacer(basic, masked, value, masked).Replace(s)
}

// IsZero reports whether there is no secret.
func (t Text) IsZero() bool { return t.value == nil && t.follow == nil }

// Format implements fmt.Formatter, so that every verb prints <secret>.
func (t Text) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.String()) }

// String returns <secret>, or nothing for no secret.
func (t Text) String() string {
	if t.IsZero() {
		return ""
	}
	return masked
}

// MarshalText makes JSON, YAML and other encoders print <secret>.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText takes the secret from a configuration.
func (t *Text) UnmarshalText(b []byte) error {
	*t = New(string(b))
	return nil
}

// Ref says where a secret is kept. Exactly one of its fields is set.
type Ref struct {
	Env  string `yaml:"env"`
	File string `yaml:"file"`
}

// Read returns the secret that r refers to. A secret in a file is read again when the file changes, so
// rotating it needs no restart; line breaks at its end are dropped, since editors add one. The error is
// a fault of kind Invalid that names the variable or the file, never a value.
func (r Ref) Read() (Text, error) {
	switch {
	case r.Env != "" && r.File != "":
		return Text{}, &fault.Error{Kind: fault.Invalid, Message: "a secret is named by env or by file, not by both", Hint: "Keep one of them."}
	case r.Env != "":
		v := os.Getenv(r.Env)
		if v == "" {
			return Text{}, &fault.Error{Kind: fault.Invalid, Message: "the environment variable " + r.Env + " is not set", Hint: "Set it, or name a file instead."}
		}
		return New(v), nil
	case r.File != "":
		return readFile(r.File)
	}
	return Text{}, &fault.Error{Kind: fault.Invalid, Message: "the secret is missing", Hint: "Name it with env: or file:."}
}
