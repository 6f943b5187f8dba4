// Command overwatch lets people ask their network from a Webex space.
package main

import (
	"os"

	"overwatch/internal/cli"
)

func main() { os.Exit(cli.Run(os.Args[1:], os.Stdout, os.Stderr)) }
