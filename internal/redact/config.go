package redact

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"strings"

	"overwatch/internal/fault"
)

// Config are the settings of masking.
type Config struct {
	Redact         string `default:"on" enum:"on,off" help:"Mask passwords, keys and communities in what devices say: on or off."`
	RedactPatterns string `type:"path" placeholder:"FILE" help:"A file with further patterns to mask, a regular expression on each line: its last group, or all of it."`
}

// Redactor returns what the settings want; nil masks nothing. The error names file and line.
func (c Config) Redactor() (*Redactor, error) {
	if c.Redact == "off" {
		return nil, nil
	}
	if c.RedactPatterns == "" {
		return New(), nil
	}
	f, err := os.Open(c.RedactPatterns)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Message: "can't read the patterns to mask in " + c.RedactPatterns, Hint: "Check that it exists and that I may read it.", Cause: err}
	}
	defer f.Close()
	var own []*regexp.Regexp
	var wrong []string
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		p, err := regexp.Compile(line)
		if err == nil && p.MatchString("") {
			err = fmt.Errorf("%q fits an empty text, so it would mask everything", line)
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
		return nil, &fault.Error{Kind: fault.Invalid, Message: strings.Join(wrong, "\n"), Hint: "Mend the lines named here."}
	}
	return New(own...), nil
}
