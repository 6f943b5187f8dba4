package cards

import "embed"

// builtin holds the cards the program comes with, and their samples.
//
//go:embed *.json
var builtin embed.FS
