package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"

	"overwatch/internal/fault"
	"overwatch/internal/secret"
	"overwatch/internal/yamlfile"
)

// DefaultFile is read when it exists and no other file is named.
const DefaultFile = "overwatch.yaml"

// FileEnv is the environment variable for --config.
const FileEnv = "OVERWATCH_CONFIG"

// File is the content of a settings file. A nil File has no settings.
type File struct {
	path   string
	values map[string]yamlfile.At[any]
}

// ReadFile reads a settings file. With an empty path it reads DefaultFile if that exists.
func ReadFile(path string) (*File, error) {
	named := path != ""
	if !named {
		path = DefaultFile
	}
	src, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !named:
		return nil, nil
	case err != nil:
		return nil, &fault.Error{
			Kind: fault.Invalid, Message: "can't read the settings in " + path,
			Hint: "Name an existing file with --config, or write one with overwatch init.", Cause: err,
		}
	}
	f := &File{path: path, values: map[string]yamlfile.At[any]{}}
	if err := yamlfile.Decode(path, src, &f.values); err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Message: err.Error(), Hint: "Fix the lines listed above."}
	}
	return f, nil
}

// Where returns "file:line: " when the setting of that name comes from the file, else nothing.
func (f *File) Where(name string) string {
	if f == nil || f.values[name].Line == 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d: ", f.path, f.values[name].Line)
}

var _ kong.Resolver = (*File)(nil)

// Validate implements kong.Resolver. It refuses unknown settings and values that aren't scalars.
func (f *File) Validate(app *kong.Application) error {
	if f == nil {
		return nil
	}
	known := map[string]bool{}
	for _, command := range app.Children {
		for _, flags := range command.AllFlags(false) {
			for _, flag := range flags {
				known[flag.Name] = true
			}
		}
	}
	var problems yamlfile.Problems
	for name, v := range f.values {
		switch reflect.ValueOf(v.Value).Kind() {
		case reflect.Map, reflect.Slice:
			problems = append(problems, yamlfile.Problem{File: f.path, Line: v.Line, Message: fmt.Sprintf("%s takes a single value", name)})
		}
		if !known[name] || name == "config" || name == "help" {
			problems = append(problems, yamlfile.Problem{File: f.path, Line: v.Line, Message: fmt.Sprintf("unknown setting %q", name)})
		}
	}
	if err := problems.Err(); err != nil {
		return &fault.Error{Kind: fault.Invalid, Message: err.Error(), Hint: "overwatch serve --help lists the settings."}
	}
	return nil
}

// Resolve implements kong.Resolver. kong lets a resolver win over the environment; here the
// environment wins.
func (f *File) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if f == nil {
		return nil, nil
	}
	for _, env := range flag.Envs {
		if _, set := os.LookupEnv(env); set {
			return nil, nil
		}
	}
	v, ok := f.values[flag.Name]
	if !ok || v.Value == nil {
		return nil, nil
	}
	return fmt.Sprint(v.Value), nil
}

// RefuseTypedSecrets refuses secrets as flags: every user of the machine can read them in the process
// list.
func RefuseTypedSecrets(ctx *kong.Context) error {
	for _, p := range ctx.Path {
		if p.Flag == nil || p.Resolved || p.Flag.Target.Type() != reflect.TypeFor[secret.Text]() {
			continue
		}
		return &fault.Error{
			Kind: fault.Invalid, Message: fmt.Sprintf("--%s would show the secret to every user of this machine", p.Flag.Name),
			Hint: fmt.Sprintf("Set %s, or put it in a file and name that with --%s-file.", strings.Join(p.Flag.Envs, " or "), p.Flag.Name),
		}
	}
	return nil
}
