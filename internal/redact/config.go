package redact

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"strings"

	"overwatch/internal/fault"
)

// Config holds the settings of masking.
type Config struct {
	Redact         string `default:"on" enum:"on,off" help:"Mask passwords, keys and communities in device output: on or off."`
	RedactPatterns string `type:"path" placeholder:"FILE" help:"File with regular expressions of your own to mask, one per line. The last group that took part in a match is masked, or the whole match."`
}

// Redactor returns the redactor of the settings, nil when masking is off. The error is a fault of kind
// Invalid that names file and line of each mistake.
func (c Config) Redactor() (*Redactor, error) {
	if c.Redact == "off" {
		return nil, nil
	}
	if c.RedactPatterns == "" {
		return New(), nil
	}
	f, err := os.Open(c.RedactPatterns)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Message: "can't read the patterns to mask in " + c.RedactPatterns, Hint: "Check that the file exists and that the bot's user may read it.", Cause: err}
	}
	defer f.Close()
	var own []*regexp.Regexp
	var wrong []string
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" || line[0] == '#' {
			continue
		}
		p, err := regexp.Compile(line)
		if err == nil && p.MatchString("") {
			err = fmt.Errorf("%q matches an empty text, so it would match everywhere", line)
		}
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("%s:%d: %v", c.RedactPatterns, n, err))
			continue
		}
		own = append(own, p)
	}
	if err := lines.Err(); err != nil {
		wrong = append(wrong, fmt.Sprintf("%s: %v", c.RedactPatterns, err))
	}
	if len(wrong) > 0 {
		return nil, &fault.Error{Kind: fault.Invalid, Message: strings.Join(wrong, "\n"), Hint: "Fix the lines listed above."}
	}
	return New(own...), nil
}
