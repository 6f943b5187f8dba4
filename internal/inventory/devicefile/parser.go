package devicefile

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/go-playground/validator/v10"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/yamlfile"
)

type parser struct {
	file     string
	check    *validator.Validate
	logins   map[string]inventory.Login
	pems     map[string][]byte // one copy of a CA file for all devices that name it
	reads    []string          // other files that are read
	warnings []string
	problems yamlfile.Problems
}

// say reports a mistake.
func (p *parser) say(line int, format string, args ...any) {
	p.problems = append(p.problems, yamlfile.Problem{File: p.file, Line: line, Message: fmt.Sprintf(format, args...)})
}

func (p *parser) readLogins(entries map[string]yamlfile.At[login]) {
	for name, l := range entries {
		if l.Value.Username == "" {
			p.say(l.Line, "login %q has no username", name)
		}
		password, err := l.Value.Password.Read()
		if err != nil {
			message, hint := fault.Text(err)
			p.say(l.Line, "login %q: %s. %s", name, message, hint)
		}
		p.logins[name] = inventory.Login{Username: l.Value.Username, Password: password}
	}
}

// beside returns a path of the file; relative ones start in the file's directory.
func (p *parser) beside(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(p.file), path)
}

// login returns the account of that name; user is what uses it.
func (p *parser) login(name, user string, line int) inventory.Login {
	account, ok := p.logins[name]
	if !ok && name != "" {
		p.say(line, "%s uses login %q, which isn't defined under logins:", user, name)
	}
	return account
}

func newCheck() *validator.Validate {
	check := validator.New(validator.WithRequiredStructEnabled())
	for tag, valid := range map[string]func(string) bool{"devicename": inventory.ValidName, "groupname": inventory.ValidGroup, "host": inventory.ValidHost} {
		if err := check.RegisterValidation(tag, func(f validator.FieldLevel) bool { return valid(f.Field().String()) }); err != nil {
			panic(err) // no error: there is a name and a function
		}
	}
	return check
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
