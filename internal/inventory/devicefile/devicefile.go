// Package devicefile reads the YAML file of the inventory: devices, and the sources that know more.
//
// It checks the file completely and says what is wrong with file and line. It doesn't ask the
// sources. It is used by internal/app only.
package devicefile

import (
	"cmp"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-playground/validator/v10"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/secret"
	"overwatch/internal/yamlfile"
)

// File is what a device file says.
type File struct {
	Devices []inventory.Device
	Sources []Source
	Reads   []string // files and directories that it depends on beside itself, such as certificates
}

type document struct {
	Defaults yamlfile.At[defaults]         `yaml:"defaults"`
	Logins   map[string]yamlfile.At[login] `yaml:"logins"`
	Devices  []yamlfile.At[device]         `yaml:"devices"`
	Sources  []yamlfile.At[source]         `yaml:"sources"`
}

type defaults struct {
	Platform string `yaml:"platform"`
	Port     int    `yaml:"port"`
	Login    string `yaml:"login"`
	Root     string `yaml:"root"`
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
	Root     string   `yaml:"root" validate:"omitempty,max=64,uri,startswith=/"`
	TLS      *trust   `yaml:"tls"`
}

type trust struct {
	CA       string `yaml:"ca"`
	Pin      string `yaml:"pin"`
	Insecure bool   `yaml:"insecure"`
	Cert     string `yaml:"cert"`
	Key      string `yaml:"key"`
}

// Read reads the file at path. The error is a fault of kind Invalid that names every mistake with its
// line.
func Read(path string) (File, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return File{}, &fault.Error{
			Kind: fault.Invalid, Message: "can't read the inventory " + path,
			Hint: "Name an existing file with --inventory, or write one with overwatch init.", Cause: err,
		}
	}
	file, err := parse(path, src)
	if err != nil {
		return File{}, &fault.Error{Kind: fault.Invalid, Message: err.Error(), Hint: "Mend the lines named here."}
	}
	return file, nil
}

func newCheck() *validator.Validate {
	check := validator.New(validator.WithRequiredStructEnabled())
	for tag, valid := range map[string]func(string) bool{"devicename": inventory.ValidName, "groupname": inventory.ValidGroup} {
		if err := check.RegisterValidation(tag, func(f validator.FieldLevel) bool { return valid(f.Field().String()) }); err != nil {
			panic(err) // a name and a function always work
		}
	}
	return check
}

func parse(path string, src []byte) (File, error) {
	var doc document
	if err := yamlfile.Decode(path, src, &doc); err != nil {
		return File{}, err
	}
	p := parser{file: path, check: newCheck(), pems: map[string][]byte{}, logins: map[string]inventory.Login{}}
	p.readLogins(doc.Logins)
	out := File{Devices: p.devices(doc), Sources: p.sources(doc)}
	if len(doc.Devices) == 0 && len(doc.Sources) == 0 {
		p.say(0, "no devices; list at least one under devices:, or a source under sources:")
	}
	out.Reads = slices.Concat(p.reads, slices.Sorted(maps.Keys(p.pems)))
	return out, p.problems.Err()
}

func (p *parser) devices(doc document) (devices []inventory.Device) {
	lines := map[string]int{}
	for _, d := range doc.Devices {
		device := d.Value.under(doc.Defaults.Value)
		p.device(device, d.Line)
		if first, ok := lines[strings.ToLower(device.Name)]; ok && device.Name != "" {
			p.say(d.Line, "device %q stands twice; the first is on line %d", device.Name, first)
			continue
		}
		lines[strings.ToLower(device.Name)] = d.Line
		if device.Site != "" {
			device.Groups = append(device.Groups, "site:"+device.Site)
		}
		devices = append(devices, inventory.Device{
			Name: device.Name, Host: device.Host, Port: device.Port, Platform: device.Platform,
			Groups: slices.Compact(slices.Sorted(slices.Values(device.Groups))), Root: strings.TrimRight(device.Root, "/"),
			Login: p.login(device.Login, fmt.Sprintf("device %q", device.Name), d.Line),
			TLS:   p.trust(device.TLS, fmt.Sprintf("device %q", device.Name), d.Line),
		})
	}
	return devices
}

// login returns the account of that name for whom it is for.
func (p *parser) login(name, whom string, line int) inventory.Login {
	account, ok := p.logins[name]
	if !ok && name != "" {
		p.say(line, "%s uses login %q, which isn't among the logins", whom, name)
	}
	return account
}

// under returns d with what it doesn't say itself taken from the file's defaults.
func (d device) under(def defaults) device {
	d.Platform = cmp.Or(d.Platform, def.Platform, "ios-xe")
	d.Port = cmp.Or(d.Port, def.Port, 443)
	d.Login = cmp.Or(d.Login, def.Login)
	d.Root = cmp.Or(d.Root, def.Root)
	d.TLS = cmp.Or(d.TLS, def.TLS)
	return d
}

type parser struct {
	file     string
	check    *validator.Validate
	logins   map[string]inventory.Login
	pems     map[string][]byte // one copy of a CA file for all devices that name it
	reads    []string          // further files that are read
	problems yamlfile.Problems
}

func (p *parser) say(line int, format string, args ...any) {
	p.problems = append(p.problems, yamlfile.Problem{File: p.file, Line: line, Say: fmt.Sprintf(format, args...)})
}

func (p *parser) readLogins(entries map[string]yamlfile.At[login]) {
	for name, l := range entries {
		if l.Value.Username == "" {
			p.say(l.Line, "login %q has no username", name)
		}
		password, err := l.Value.Password.Read()
		if err != nil {
			say, do := fault.Text(err)
			p.say(l.Line, "login %q: %s. %s", name, say, do)
		}
		p.logins[name] = inventory.Login{Username: l.Value.Username, Password: password}
	}
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
		case key == "root":
			p.say(line, "device %q: root %q isn't a path such as /restconf", d.Name, e.Value())
		case key == "host":
			p.say(line, "device %q: host %q is neither a host name nor an address", d.Name, e.Value())
		default:
			p.say(line, "device %q: %s %q is too long", d.Name, key, e.Value())
		}
	}
}

func (p *parser) trust(t *trust, whom string, line int) inventory.TLS {
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
		p.say(line, "%s: tls takes one of ca, pin and insecure", whom)
	}
	out := inventory.TLS{CA: p.authority(t.CA, whom, line), Pin: p.pin(t.Pin, whom, line), Insecure: t.Insecure}
	out.Cert, out.Key = p.own(t.Cert, t.Key, whom, line)
	return out
}

// beside is where a path of the file leads: relative ones start where the file is.
func (p *parser) beside(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(p.file), path)
}

func (p *parser) authority(path, whom string, line int) []byte {
	if path == "" {
		return nil
	}
	path = p.beside(path)
	if b, ok := p.pems[path]; ok {
		return b
	}
	b, err := os.ReadFile(path)
	if err != nil {
		p.say(line, "%s: can't read the ca file %s", whom, path)
	} else if block, _ := pem.Decode(b); block == nil || block.Type != "CERTIFICATE" {
		p.say(line, "%s: the ca file %s holds no PEM certificate", whom, path)
	}
	p.pems[path] = b
	return b
}

// own reads the certificate that we show to a device, and its key.
func (p *parser) own(cert, key, whom string, line int) ([]byte, secret.Text) {
	if cert == "" && key == "" {
		return nil, secret.Text{}
	}
	cert, key = p.beside(cert), p.beside(key)
	p.reads = append(p.reads, cert, key)
	c, err := os.ReadFile(cert)
	k, missing := os.ReadFile(key)
	if err = errors.Join(err, missing); err == nil {
		_, err = tls.X509KeyPair(c, k)
	}
	if err != nil {
		p.say(line, "%s: tls: cert and key are files with a certificate and its key, in PEM: %v", whom, err)
	}
	return c, secret.New(string(k))
}

func (p *parser) pin(text, whom string, line int) []byte {
	if text == "" {
		return nil
	}
	plain := strings.ReplaceAll(strings.TrimPrefix(strings.ToLower(text), "sha256:"), ":", "")
	b, err := hex.DecodeString(plain)
	if err != nil || len(b) != sha256.Size {
		p.say(line, "%s: the pin isn't a SHA-256 fingerprint of 64 hexadecimal digits", whom)
		return nil
	}
	return b
}
