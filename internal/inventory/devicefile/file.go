package devicefile

import (
	"cmp"
	"time"

	"overwatch/internal/inventory"
	"overwatch/internal/secret"
	"overwatch/internal/yamlfile"
)

// File is the content of a device file.
type File struct {
	Devices  []inventory.Device
	Sources  []Source
	Reads    []string // other files and directories that it depends on, such as certificates
	Warnings []string // what works, but is worth a look
}

// Source is a source of devices. One of NetBox and Ansible is set.
type Source struct {
	NetBox    string // its address
	Token     secret.Text
	CA        []byte // PEM: CAs for NetBox's certificate, instead of the system's
	Proxy     string // an address, "none", or empty for the environment's
	PortField string // NetBox's custom field with a device's port

	Ansible string // the path of an inventory

	Filter    map[string][]string // selects devices
	Platforms map[string]string   // Overwatch's names of platforms by the source's
	Base      inventory.Device    // what its devices get where it doesn't say
	Refresh   time.Duration       // how often it is read; 0 for files, which are watched
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
	Host     string   `yaml:"host" validate:"required,host"`
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
	Legacy   bool   `yaml:"legacy"`
	Cert     string `yaml:"cert"`
	Key      string `yaml:"key"`
}

type source struct {
	NetBox    string                    `yaml:"netbox"`
	Token     secret.Ref                `yaml:"token"`
	CA        string                    `yaml:"ca"`
	Proxy     string                    `yaml:"proxy"`
	PortField string                    `yaml:"port-field"`
	Ansible   string                    `yaml:"ansible"`
	Filter    map[string]yamlfile.Texts `yaml:"filter"`
	Platforms map[string]string         `yaml:"platforms"`
	Refresh   string                    `yaml:"refresh"`

	Platform string   `yaml:"platform"`
	Port     int      `yaml:"port"`
	Groups   []string `yaml:"groups"`
	Login    string   `yaml:"login"`
	Root     string   `yaml:"root"`
	TLS      *trust   `yaml:"tls"`
}

// under returns d with the file's defaults for what it leaves out.
func (d device) under(def defaults) device {
	d.Platform = cmp.Or(d.Platform, def.Platform, "ios-xe")
	d.Port = cmp.Or(d.Port, def.Port, 443)
	d.Login = cmp.Or(d.Login, def.Login)
	d.Root = cmp.Or(d.Root, def.Root)
	d.TLS = cmp.Or(d.TLS, def.TLS)
	return d
}
