package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type initCommand struct {
	Dir string `arg:"" optional:"" default:"." help:"Where to write them."`
}

func (c *initCommand) Run(t *terminal, app *kong.Kong) error {
	for _, f := range []struct{ name, text string }{
		{"overwatch.yaml", starterSettings(app)}, {"devices.yaml", starterDevices},
	} {
		path, err := write(c.Dir, f.name, f.text)
		if err != nil {
			return err
		}
		fmt.Fprintf(t.out, "wrote %s\n", path)
	}
	fmt.Fprint(t.out, "\nNext: name your devices in devices.yaml, set the variables it mentions and\n"+
		"OVERWATCH_WEBEX_BOT_TOKEN, then overwatch check, then overwatch serve.\n")
	return nil
}

// starterSettings lists every setting of serve with its help, taken from the command line itself so
// that there is no second list.
func starterSettings(app *kong.Kong) string {
	var b strings.Builder
	b.WriteString("# Settings of Overwatch. Each is also a flag of overwatch serve and an environment\n" +
		"# variable; the command line goes before the environment, the environment before this file.\n")
	i := slices.IndexFunc(app.Model.Children, func(n *kong.Node) bool { return n.Name == "serve" })
	for _, flag := range app.Model.Children[i].Flags {
		value := flag.Default
		if value == "" {
			value = flag.FormatPlaceHolder()
		}
		fmt.Fprintf(&b, "\n# %s\n# (%s)\n#%s: %s\n", flag.Help, strings.Join(flag.Envs, ", "), flag.Name, quoted(value))
	}
	return b.String()
}

func quoted(s string) string {
	if strings.ContainsAny(s, ":#{}[]*&!|>'\"%@`") {
		return fmt.Sprintf("%q", s)
	}
	return s
}

const starterDevices = `# The devices that can be asked.

# What a device doesn't say itself.
defaults:
  platform: ios-xe
  port: 443
  login: operator
  # How a device's certificate is checked. Without this it must be signed by an authority this
  # machine trusts.
  #tls:
  #  ca: ca.pem           # the authority that signed it, relative to this file
  #  pin: "sha256:..."    # or the fingerprint of the one certificate to accept
  #  insecure: true       # or none at all: anybody on the way can read the password

# Accounts. A password stands in an environment variable or in a file, never here.
logins:
  operator:
    username: operator
    password: {env: OVERWATCH_DEVICE_PASSWORD}
    #password: {file: /run/secrets/device-password}

devices:
  - name: r1
    host: 192.0.2.1
    groups: [paris, edge]
  - name: r2
    host: r2.example.net
    port: 8443
    groups: [berlin]
`
