// Package devicefile is the inventory source that reads a YAML file of devices.
//
// It checks the file completely and says what is wrong with file and line. It is used by
// internal/app only.
package devicefile

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/go-playground/validator/v10"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/secret"
	"overwatch/internal/yamlfile"
)

// Source reads a device file.
type Source struct{ path string }

var _ inventory.Source = (*Source)(nil)

// New returns the source for the file at path.
func New(path string) *Source { return &Source{path} }

type document struct {
	Defaults yamlfile.At[defaults]         `yaml:"defaults"`
	Logins   map[string]yamlfile.At[login] `yaml:"logins"`
	Devices  []yamlfile.At[device]         `yaml:"devices"`
}

type defaults struct {
	Platform string `yaml:"platform"`
	Port     int    `yaml:"port"`
	Login    string `yaml:"login"`
	TLS      *trust `yaml:"tls"`
}

type login struct {
	Username string     `yaml:"username"`
	Password secret.Ref `yaml:"password"`
}

type device struct {
	Name     string   `yaml:"name" validate:"required,max=64,devicename"`
	Host     string   `yaml:"host" validate:"required,hostname_rfc1123|ip"`
	Port     int      `yaml:"port" validate:"min=1,max=65535"`
	Platform string   `yaml:"platform" validate:"required"`
	Site     string   `yaml:"site" validate:"omitempty,devicename"`
	Groups   []string `yaml:"groups" validate:"dive,groupname"`
	Login    string   `yaml:"login" validate:"required"`
	TLS      *trust   `yaml:"tls"`
}

type trust struct {
	CA       string `yaml:"ca"`
	Pin      string `yaml:"pin"`
	Insecure bool   `yaml:"insecure"`
}

// A name is typed between other words and stands in lists: no blanks, commas or signs that the
// conversation gives a meaning of its own.
var name = regexp.MustCompile(`^[\pL\pN][\pL\pN._/-]*$`)

// A group may have a kind in front, such as site:paris.
var group = regexp.MustCompile(`^([\pL\pN][\pL\pN._/-]*:)?[\pL\pN][\pL\pN._/-]*$`)

// Devices reads the file. The error is a fault of kind Invalid that names every mistake with its line.
func (s *Source) Devices(context.Context) ([]inventory.Device, error) {
	src, err := os.ReadFile(s.path)
	if err != nil {
		return nil, &fault.Error{
			Kind: fault.Invalid, Say: "can't read the inventory " + s.path,
			Do: "Name an existing file with --inventory, or write one with overwatch init.", Cause: err,
		}
	}
	devices, err := s.parse(src)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Say: err.Error(), Do: "Mend the lines named here."}
	}
	return devices, nil
}

func (s *Source) parse(src []byte) ([]inventory.Device, error) {
	var doc document
	if err := yamlfile.Decode(s.path, src, &doc); err != nil {
		return nil, err
	}
	check := validator.New(validator.WithRequiredStructEnabled())
	if err := check.RegisterValidation("devicename", func(f validator.FieldLevel) bool {
		return name.MatchString(f.Field().String())
	}); err != nil {
		return nil, err
	}
	if err := check.RegisterValidation("groupname", func(f validator.FieldLevel) bool {
		return group.MatchString(f.Field().String())
	}); err != nil {
		return nil, err
	}
	p := parser{file: s.path, check: check, pems: map[string][]byte{}}
	logins := p.logins(doc.Logins)
	lines := map[string]int{}
	var devices []inventory.Device
	for _, d := range doc.Devices {
		device := d.Value.under(doc.Defaults.Value)
		p.device(device, d.Line)
		if first, ok := lines[strings.ToLower(device.Name)]; ok && device.Name != "" {
			p.say(d.Line, "device %q stands twice; the first is on line %d", device.Name, first)
			continue
		}
		lines[strings.ToLower(device.Name)] = d.Line
		account, ok := logins[device.Login]
		if !ok && device.Login != "" {
			p.say(d.Line, "device %q uses login %q, which isn't among the logins", device.Name, device.Login)
		}
		if device.Site != "" {
			device.Groups = append(device.Groups, "site:"+device.Site)
		}
		devices = append(devices, inventory.Device{
			Name: device.Name, Host: device.Host, Port: device.Port, Platform: device.Platform,
			Groups: slices.Compact(slices.Sorted(slices.Values(device.Groups))),
			Login:  account, TLS: p.trust(device.TLS, device.Name, d.Line),
		})
	}
	if len(doc.Devices) == 0 {
		p.say(0, "no devices; list at least one under devices:")
	}
	return devices, p.problems.Err()
}

// under returns d with what it doesn't say itself taken from the file's defaults.
func (d device) under(def defaults) device {
	d.Platform = cmp.Or(d.Platform, def.Platform, "ios-xe")
	d.Port = cmp.Or(d.Port, def.Port, 443)
	d.Login = cmp.Or(d.Login, def.Login)
	d.TLS = cmp.Or(d.TLS, def.TLS)
	return d
}

type parser struct {
	file     string
	check    *validator.Validate
	pems     map[string][]byte // one copy of a CA file for all devices that name it
	problems yamlfile.Problems
}

func (p *parser) say(line int, format string, args ...any) {
	p.problems = append(p.problems, yamlfile.Problem{File: p.file, Line: line, Say: fmt.Sprintf(format, args...)})
}

func (p *parser) logins(entries map[string]yamlfile.At[login]) map[string]inventory.Login {
	logins := make(map[string]inventory.Login, len(entries))
	for name, l := range entries {
		if l.Value.Username == "" {
			p.say(l.Line, "login %q has no username", name)
		}
		password, err := l.Value.Password.Read()
		if err != nil {
			say, do := fault.Text(err)
			p.say(l.Line, "login %q: %s. %s", name, say, do)
		}
		logins[name] = inventory.Login{Username: l.Value.Username, Password: password}
	}
	return logins
}

func (p *parser) device(d device, line int) {
	var invalid validator.ValidationErrors
	if !errors.As(p.check.Struct(d), &invalid) {
		return
	}
	for _, e := range invalid {
		key := strings.ToLower(e.StructField())
		switch {
		case e.Tag() == "required" && key == "login":
			p.say(line, "device %q has no login; name one, or set it under defaults:", d.Name)
		case e.Tag() == "required":
			p.say(line, "device %q has no %s", d.Name, key)
		case e.Tag() == "groupname":
			p.say(line, "group %q may hold letters, digits and . _ / - only, with one kind in front at most, as in site:paris", e.Value())
		case e.Tag() == "devicename":
			p.say(line, "%s %q may hold letters, digits and . _ / - only, and starts with a letter or a digit", key, e.Value())
		case key == "port":
			p.say(line, "device %q: port %v isn't between 1 and 65535", d.Name, e.Value())
		case key == "host":
			p.say(line, "device %q: host %q is neither a host name nor an address", d.Name, e.Value())
		default:
			p.say(line, "device %q: %s %q is too long", d.Name, key, e.Value())
		}
	}
}

func (p *parser) trust(t *trust, device string, line int) inventory.TLS {
	if t == nil {
		return inventory.TLS{}
	}
	said := 0
	for _, set := range []bool{t.CA != "", t.Pin != "", t.Insecure} {
		if set {
			said++
		}
	}
	if said > 1 {
		p.say(line, "device %q: tls takes one of ca, pin and insecure", device)
	}
	return inventory.TLS{CA: p.authority(t.CA, device, line), Pin: p.pin(t.Pin, device, line), Insecure: t.Insecure}
}

func (p *parser) authority(path, device string, line int) []byte {
	if path == "" {
		return nil
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(p.file), path)
	}
	if b, ok := p.pems[path]; ok {
		return b
	}
	b, err := os.ReadFile(path)
	if err != nil {
		p.say(line, "device %q: can't read the ca file %s", device, path)
	} else if block, _ := pem.Decode(b); block == nil || block.Type != "CERTIFICATE" {
		p.say(line, "device %q: the ca file %s holds no PEM certificate", device, path)
	}
	p.pems[path] = b
	return b
}

func (p *parser) pin(text, device string, line int) []byte {
	if text == "" {
		return nil
	}
	plain := strings.ReplaceAll(strings.TrimPrefix(strings.ToLower(text), "sha256:"), ":", "")
	b, err := hex.DecodeString(plain)
	if err != nil || len(b) != sha256.Size {
		p.say(line, "device %q: the pin isn't a SHA-256 fingerprint of 64 hexadecimal digits", device)
		return nil
	}
	return b
}
