package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"overwatch/internal/fault"
)

type initCommand struct {
	Dir string `arg:"" optional:"" default:"." help:"Directory to write them to; made if it doesn't exist."`
}

func (c *initCommand) Run(t *terminal, app *kong.Kong) error {
	if err := os.MkdirAll(c.Dir, 0o750); err != nil {
		return &fault.Error{Kind: fault.Invalid, Message: "can't make the directory " + c.Dir, Hint: "Choose another directory.", Cause: err}
	}
	for _, f := range []struct{ name, text string }{
		{"overwatch.yaml", starterSettings(app)}, {"devices.yaml", starterDevices},
	} {
		path, err := write(c.Dir, f.name, f.text)
		if err != nil {
			return err
		}
		fmt.Fprintf(t.out, "wrote %s\n", path)
	}
	fmt.Fprint(t.out, "\nNext: list your devices in devices.yaml, set the environment variables it names and\n"+
		"OVERWATCH_WEBEX_BOT_TOKEN, then run overwatch check --devices and overwatch serve.\n")
	return nil
}

// starterSettings returns a settings file with every setting of serve and its help, commented out. They
// are taken from the command line's model.
func starterSettings(app *kong.Kong) string {
	var b strings.Builder
	b.WriteString("# Settings of Overwatch. Each is also a flag of overwatch serve and an environment\n" +
		"# variable. Flags override environment variables, which override this file.\n")
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

const starterDevices = `# The devices that can be queried.

# Settings of devices that don't have their own.
defaults:
  platform: ios-xe
  port: 443
  login: operator
  # How certificates of devices are checked. By default they must be signed by a CA that this
  # machine trusts.
  #tls:
  #  ca: ca.pem           # a CA certificate, relative to this file
  #  pin: "sha256:..."    # or the fingerprint of the certificate; overwatch check --devices shows it
  #  insecure: true       # or no check: anyone between the bot and the device can read the password

# Accounts. Passwords are in environment variables or files, never here.
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
